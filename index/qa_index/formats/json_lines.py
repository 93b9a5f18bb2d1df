"""JSON Lines: each record a block, quoted verbatim."""

from qa_index.formats.decoding import decode
from qa_index.formats.format import Format
from qa_index.formats.lines import lines_of
from qa_index.formats.structure.titles import readable
from qa_index.records import Block, BlockKind, Parsed


def parse_json_lines(data: bytes, *, name: str) -> Parsed:
    """Parse records, one a line; raises ``UnreadableSource`` for binary data."""
    text, encoding = decode(data)
    return Parsed(
        text=text,
        media_type="application/jsonl",
        title=readable(name),
        blocks=tuple(
            Block(BlockKind.CODE, start, end)
            for start, end in lines_of(text)
            if start < end and not text[start:end].isspace()
        ),
        headings=(),
        encoding=encoding,
    )


FORMAT = Format(
    name="json-lines",
    version=5,
    suffixes=frozenset({".jsonl", ".ndjson"}),
    parse=parse_json_lines,
)
