"""PDF, by PDFium."""

from collections.abc import Sequence

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.format import Format
from qa_index.records import Mark, Parsed, Place, Span

_SIGNATURE = b"%PDF-"
_SEARCHED = 1024
"""Bytes at the start in which viewers look for the signature."""


def check_pdf(head: bytes) -> None:
    """Raise ``UnreadableSource`` if these are not the first bytes of a PDF file."""
    if _SIGNATURE not in head[:_SEARCHED]:
        raise UnreadableSource("it is no PDF, although its name says so")


def parse_pdf(data: bytes, *, name: str) -> Parsed:
    """See ``Parse``."""
    from qa_index.formats.pdf.document import parse_pdf

    check_pdf(data[:_SEARCHED])
    return parse_pdf(data, name=name)


def locate_pdf(data: bytes, parsed: Parsed, spans: Sequence[Span]) -> list[tuple[Place, ...]]:
    """See ``Locate``."""
    from qa_index.formats.pdf.places import locate_pdf

    return locate_pdf(data, parsed, spans)


def render_pdf(data: bytes, page: int, marks: Sequence[Mark], *, dots_per_inch: int) -> bytes:
    """See ``Render``."""
    from qa_index.formats.pdf.places import render_pdf

    return render_pdf(data, page, marks, dots_per_inch=dots_per_inch)


FORMAT = Format(
    name="pdf",
    version=2,
    suffixes=frozenset({".pdf"}),
    parse=parse_pdf,
    check=check_pdf,
    is_text=False,
    locate=locate_pdf,
    render=render_pdf,
)
