"""Word documents."""

from qa_index.formats.format import Format
from qa_index.formats.office.signatures import check_office
from qa_index.records import Parsed


def parse_docx(data: bytes, *, name: str) -> Parsed:
    """Parse a Word document; raises ``UnreadableSource``."""
    from qa_index.formats.office.word import parse_word  # it imports ElementTree and zipfile

    return parse_word(data, name=name)


FORMAT = Format(
    name="docx",
    version=4,
    suffixes=frozenset({".docx", ".docm", ".dotx", ".dotm"}),
    parse=parse_docx,
    check=check_office,
    is_text=False,
)
