"""Presentations of PowerPoint."""

from qa_index.formats.format import Format
from qa_index.formats.office.signatures import check_office
from qa_index.records import Parsed


def parse_pptx(data: bytes, *, name: str) -> Parsed:
    """Parse a presentation; raises ``UnreadableSource``."""
    from qa_index.formats.office.slides import parse_slides  # it imports ElementTree and zipfile

    return parse_slides(data, name=name)


FORMAT = Format(
    name="pptx",
    version=2,
    suffixes=frozenset({".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"}),
    parse=parse_pptx,
    check=check_office,
    is_text=False,
)
