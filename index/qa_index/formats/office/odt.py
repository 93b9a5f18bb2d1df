"""Texts of OpenDocument."""

from qa_index.formats.format import Format
from qa_index.formats.office.signatures import check_opendocument
from qa_index.records import Parsed


def parse_odt(data: bytes, *, name: str) -> Parsed:
    """Parse a text of OpenDocument; raises ``UnreadableSource``."""
    from qa_index.formats.office.opendocument import parse_opendocument  # it imports ElementTree

    return parse_opendocument(data, name=name, body="text")


FORMAT = Format(
    name="odt",
    version=3,
    suffixes=frozenset({".odt", ".ott", ".fodt"}),
    parse=parse_odt,
    check=check_opendocument,
    is_text=False,
)
