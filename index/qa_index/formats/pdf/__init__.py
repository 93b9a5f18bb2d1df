"""PDF, by PDFium."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.format import Format
from qa_index.records import Mark, Parsed, Place, Span

if TYPE_CHECKING:
    from qa_index.formats.ocr import Recogniser

_SIGNATURE = b"%PDF-"
_SEARCHED = 1024
"""Bytes at the start in which viewers look for the signature."""


def check_pdf(head: bytes) -> None:
    """Raise ``UnreadableSource`` if these are not the first bytes of a PDF file."""
    if _SIGNATURE not in head[:_SEARCHED]:
        raise UnreadableSource("it is no PDF, although its name says so")


def parse_pdf(data: bytes, *, name: str, recogniser: "Recogniser | None" = None) -> Parsed:
    """See ``Parse``; with a ``recogniser``, pages that are pictures are read too."""
    from qa_index.formats.pdf.document import parse_pdf

    check_pdf(data[:_SEARCHED])
    return parse_pdf(data, name=name, recogniser=recogniser)


def locate_pdf(
    data: bytes, parsed: Parsed, spans: Sequence[Span], *, recogniser: "Recogniser | None" = None
) -> list[tuple[Place, ...]]:
    """See ``Locate``; on pages that are pictures, only a ``recogniser`` finds text."""
    from qa_index.formats.pdf.places import locate_pdf

    return locate_pdf(data, parsed, spans, recogniser=recogniser)


def render_pdf(data: bytes, page: int, marks: Sequence[Mark], *, dots_per_inch: int) -> bytes:
    """See ``Render``."""
    from qa_index.formats.pdf.places import render_pdf

    return render_pdf(data, page, marks, dots_per_inch=dots_per_inch)


def drawn_by_pdf(data: bytes, page: int) -> str:
    """See ``DrawnBy``."""
    from qa_index.formats.pdf.renderer import drawn_by_pdf

    return drawn_by_pdf(data, page)


def _recognising(recogniser: "Recogniser") -> Format:
    return replace(
        FORMAT,
        parse=partial(parse_pdf, recogniser=recogniser),
        locate=partial(locate_pdf, recogniser=recogniser),
    )


FORMAT = Format(
    name="pdf",
    version=4,
    suffixes=frozenset({".pdf"}),
    parse=parse_pdf,
    check=check_pdf,
    is_text=False,
    locate=locate_pdf,
    render=render_pdf,
    drawn_by=drawn_by_pdf,
    recognising=_recognising,
)
