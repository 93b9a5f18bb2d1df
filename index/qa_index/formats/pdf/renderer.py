"""Names what decides how a page of a PDF file is drawn."""

import ctypes
import hashlib
from collections.abc import Callable, Iterator

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.pdf.pdfium import Handle, address, loaded, opened, raw
from qa_index.formats.pdf.places import MARKS

_MOST_OBJECTS = 100_000
"""Of a page, with those in its forms and annotations."""

_Item = Callable[[Handle, int], Handle]
"""Gives an object of a page, form or annotation by its number."""


def drawn_by_pdf(data: bytes, page: int) -> str:
    """PDFium and its version, that of the marks, and a hash of the fonts that PDFium chose.

    A font that is not embedded is taken from the system or from PDFium. Empty if a page has too
    many objects to look at all. Raises ``UnreadableSource`` if the page cannot be loaded.
    """
    from pypdfium2.version import PDFIUM_INFO

    name = f"PDFium {PDFIUM_INFO}, marks {MARKS}"
    with opened(data) as document, loaded(document, page - 1) as handle:
        if handle is None:
            raise UnreadableSource(f"it has no page {page}, or that page is damaged")
        try:
            fonts = sorted(set(_substitutes(handle)))
        except _TooMany:
            return ""
    if not fonts:
        return name
    return f"{name}, fonts {hashlib.sha256(b''.join(fonts)).hexdigest()[:16]}"


class _TooMany(Exception):
    """The page has more than ``_MOST_OBJECTS``."""


def _substitutes(page: Handle) -> Iterator[bytes]:
    """The hash of each font that stands in for one that is not embedded."""
    pdfium = raw()
    seen: set[int] = set()
    for piece in _pieces(page):
        if pdfium.FPDFPageObj_GetType(piece) != pdfium.FPDF_PAGEOBJ_TEXT:
            continue
        font = pdfium.FPDFTextObj_GetFont(piece)
        if font and address(font) not in seen and not pdfium.FPDFFont_GetIsEmbedded(font):
            yield hashlib.sha256(_data_of(font)).digest()
        seen.add(address(font))


def _data_of(font: Handle) -> bytes:
    pdfium, size = raw(), ctypes.c_size_t()
    if not pdfium.FPDFFont_GetFontData(font, None, 0, size):
        return b""
    data = (ctypes.c_uint8 * size.value)()
    pdfium.FPDFFont_GetFontData(font, data, size.value, size)
    return bytes(data)


def _pieces(page: Handle) -> Iterator[Handle]:
    """The objects of a page, of its annotations, and of the forms in either."""
    pdfium, looked = raw(), 0

    def within(holder: Handle, count: int, item: _Item) -> Iterator[Handle]:
        nonlocal looked
        for index in range(max(count, 0)):
            looked += 1
            if looked > _MOST_OBJECTS:
                raise _TooMany
            piece = item(holder, index)
            if pdfium.FPDFPageObj_GetType(piece) == pdfium.FPDF_PAGEOBJ_FORM:
                inner = pdfium.FPDFFormObj_CountObjects(piece)
                yield from within(piece, inner, pdfium.FPDFFormObj_GetObject)
            yield piece

    yield from within(page, pdfium.FPDFPage_CountObjects(page), pdfium.FPDFPage_GetObject)
    for number in range(max(pdfium.FPDFPage_GetAnnotCount(page), 0)):
        looked += 1
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        if annotation:
            try:
                count = pdfium.FPDFAnnot_GetObjectCount(annotation)
                yield from within(annotation, count, pdfium.FPDFAnnot_GetObject)
            finally:
                pdfium.FPDFPage_CloseAnnot(annotation)
