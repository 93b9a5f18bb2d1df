"""Presentations of OpenDocument."""

from qa_index.formats.format import Format
from qa_index.formats.office.signatures import check_opendocument
from qa_index.records import Parsed


def parse_odp(data: bytes, *, name: str) -> Parsed:
    """Parse a presentation of OpenDocument; raises ``UnreadableSource``."""
    from qa_index.formats.office.opendocument import parse_opendocument  # it imports ElementTree

    return parse_opendocument(data, name=name, body="presentation")


FORMAT = Format(
    name="odp",
    version=2,
    suffixes=frozenset({".odp", ".otp", ".fodp"}),
    parse=parse_odp,
    check=check_opendocument,
    is_text=False,
)
