"""Tables with one row per line, such as CSV; rows are quoted verbatim."""

from qa_index.formats.code import in_runs
from qa_index.formats.format import Format
from qa_index.records import BlockKind, Parsed


def parse_table(data: bytes, *, name: str) -> Parsed:
    """Parse rows; raises ``UnreadableSource`` for binary data."""
    return in_runs(data, BlockKind.TABLE, name=name, media_type="text/csv")


FORMAT = Format(name="table", version=1, suffixes=frozenset({".csv", ".tsv"}), parse=parse_table)
