"""PDFium, by its raw functions: documents, pages and strings.

PDFium is not thread-safe. Whoever opens a document holds its lock until it is closed.
"""

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from qa_index.formats.decoding import UnreadableSource

_LOCK = threading.RLock()
_LONGEST_STRING = 1 << 16
"""Bytes of a title, name or value."""

Handle = Any
"""A pointer of PDFium."""


class Box(NamedTuple):
    """An upright rectangle in PDF points."""

    x0: float
    y0: float
    x1: float
    y1: float


@cache
def raw() -> Any:
    """The raw functions; the first call loads and initialises the library."""
    import pypdfium2

    return pypdfium2.raw


@contextmanager
def opened(data: bytes) -> Iterator[Handle]:
    """A document. Raises ``UnreadableSource`` if PDFium cannot open it."""
    pdfium = raw()
    with _LOCK:
        document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
        if not document:
            raise UnreadableSource(_reason(pdfium.FPDF_GetLastError()))
        try:
            yield document
        finally:
            pdfium.FPDF_CloseDocument(document)


def _reason(error: int) -> str:
    pdfium = raw()
    if error == pdfium.FPDF_ERR_PASSWORD:
        return "it is encrypted; save a copy without password"
    if error == pdfium.FPDF_ERR_SECURITY:
        return "it is encrypted in a way that is not supported; save a copy without encryption"
    return "it is damaged or no PDF"


@contextmanager
def loaded(document: Handle, index: int) -> Iterator[Handle | None]:
    """Page ``index``, counted from 0; ``None`` if the file does not really hold it."""
    pdfium = raw()
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        yield None
        return
    try:
        yield page
    finally:
        pdfium.FPDF_ClosePage(page)


@contextmanager
def form_of(document: Handle) -> Iterator[Handle | None]:
    """The form of a document, needed to read its fields; ``None`` if it has none."""
    pdfium = raw()
    if pdfium.FPDF_GetFormType(document) == pdfium.FORMTYPE_NONE:
        yield None
        return
    info = pdfium.FPDF_FORMFILLINFO(version=2)
    form = pdfium.FPDFDOC_InitFormFillEnvironment(document, info)
    try:
        yield form or None
    finally:
        if form:
            pdfium.FPDFDOC_ExitFormFillEnvironment(form)


def page_box(page: Handle) -> Box:
    """The part of a page that viewers show, in its unrotated space."""
    pdfium = raw()
    box = pdfium.FS_RECTF()
    if not pdfium.FPDF_GetPageBoundingBox(page, box):
        return Box(0, 0, pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page))
    left, right = sorted((box.left, box.right))
    bottom, top = sorted((box.bottom, box.top))
    return Box(left, bottom, right, top)


def string(function: Callable[..., int], *arguments: Any) -> str:
    """What a function of PDFium writes as UTF-16 into the buffer that it is given."""
    size = function(*arguments, None, 0)
    if not 2 < size <= _LONGEST_STRING:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    function(*arguments, buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace").replace("\0", "")


class TextFunctions(NamedTuple):
    """Functions that are called for every character.

    They take addresses as plain numbers and keep the interpreter's lock: twice as fast.
    """

    unicode: Callable[[int, int], int]
    loose_box: Callable[[int, int, int], int]
    text_object: Callable[[int, int], int | None]


@cache
def text_functions() -> TextFunctions:
    """See ``TextFunctions``."""
    pdfium = raw()

    def fast(function: Any, result: Any, *arguments: Any) -> Any:
        address = ctypes.cast(function, ctypes.c_void_p).value
        return ctypes.PYFUNCTYPE(result, *arguments)(address or 0)

    pointer, number = ctypes.c_void_p, ctypes.c_int
    return TextFunctions(
        fast(pdfium.FPDFText_GetUnicode, ctypes.c_uint, pointer, number),
        fast(pdfium.FPDFText_GetLooseCharBox, number, pointer, number, pointer),
        fast(pdfium.FPDFText_GetTextObject, pointer, pointer, number),
    )


def address(handle: Handle) -> int:
    """The address behind a handle."""
    return ctypes.cast(handle, ctypes.c_void_p).value or 0
