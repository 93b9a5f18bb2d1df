"""Finds text of a PDF file on its pages, and draws pages with it marked.

Places are not stored. The page is read again, and its lines are found in the text of the page's
units: both have the same characters, in an order that differs only where layout moved whole lines.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median_low

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.ocr import OcrFailed, Recogniser, Tesseract
from qa_index.formats.pdf.document import read_page
from qa_index.formats.pdf.layout import arrange
from qa_index.formats.pdf.lines import Line, PageText
from qa_index.formats.pdf.pdfium import Box, Handle, form_of, loaded, opened, raw
from qa_index.formats.pdf.scans import recognised
from qa_index.records import Mark, MarkKind, Parsed, Place, Rectangle, Span

_MOST_SEARCHES = 500
"""Lines of a page that may stand elsewhere than behind the one before."""
_MOST_TRIES = 20
"""Occurrences of a line that are looked at for one that is free."""
_COLOURS = {
    MarkKind.PASSAGE: (255, 247, 196),
    MarkKind.EVIDENCE: (255, 221, 51),
    MarkKind.ANSWER: (204, 51, 0),
}
"""Pale yellow, strong yellow and red. They are multiplied with the page, so that its text stays
black."""
_UNDERLINE_WIDTH = 1.2
"""Points."""
_MOST_PIXELS = 40_000_000
MARKS = 1
"""Increased whenever marks are drawn in another way."""


def locate_pdf(
    data: bytes, parsed: Parsed, spans: Sequence[Span], *, recogniser: Recogniser | None
) -> list[tuple[Place, ...]]:
    """Rectangles of each span, one for each line or cell, in order of the text.

    Pages that are pictures are recognised again: word by word, so words are marked whole.
    """
    tesseract = Tesseract(recogniser) if recogniser else None
    pages = {
        unit.number: unit.recognised
        for unit in parsed.units
        if any(span.start < unit.end and unit.start < span.end for span in spans)
    }
    found: list[list[Place]] = [[] for _ in spans]
    with opened(data) as document, form_of(document) as form:
        for number in sorted(pages):
            with loaded(document, number - 1) as page:
                if page is None:
                    continue
                if not pages[number]:
                    text = read_page(page, form)
                elif tesseract is None:
                    continue
                else:
                    try:
                        text = recognised(page, tesseract).text
                    except OcrFailed as failure:
                        raise UnreadableSource(f"page {number} is a picture; {failure}") from None
                aligned = _aligned(text, parsed, number)
            for places, span in zip(found, spans, strict=True):
                places += _rectangles(text, aligned, number, span)
    return [tuple(places) for places in found]


@dataclass(slots=True)
class _Aligned:
    """A page's text in the text of the document."""

    lines: Sequence[Line]
    characters: dict[int, tuple[int, int]]
    """For positions in the document's text, the line on the page and the glyph that stands
    there."""


def _aligned(text: PageText, parsed: Parsed, number: int) -> _Aligned:
    """Where each character of a page's units stands."""
    places = [
        place
        for unit in parsed.units
        if unit.number == number
        for place in range(unit.start, unit.end)
        if not parsed.text[place].isspace()
    ]
    wanted = "".join(parsed.text[place] for place in places)
    taken = bytearray(len(wanted))
    characters: dict[int, tuple[int, int]] = {}
    expected = searches = 0
    blocks, others = arrange(text)
    # Layout without running heads may have joined pieces otherwise, so those come afterwards.
    lines = [*(line for block in blocks for line in block.lines), *others, *text.lines]
    placed: set[int] = set()
    for line_number, line in enumerate(lines):
        glyphs = [
            (character, glyph)
            for character, glyph in zip(line.text, line.glyphs, strict=True)
            if not character.isspace()
        ]
        if not glyphs or glyphs[0][1] in placed:
            continue
        for key in _spellings("".join(character for character, _ in glyphs)):
            at = expected if wanted.startswith(key, expected) and not taken[expected] else -1
            if at < 0 and searches < _MOST_SEARCHES:
                searches += 1
                at = _free(wanted, key, taken)
            if at >= 0:
                break
        else:
            continue
        taken[at : at + len(key)] = b"\1" * len(key)
        expected = at + len(key)
        for offset, (_, glyph) in enumerate(glyphs[: len(key)]):
            characters[places[at + offset]] = line_number, glyph
            placed.add(glyph)
    return _Aligned(lines, characters)


def _spellings(squeezed: str) -> list[str]:
    """How a line may stand in the text: with its hyphen or without."""
    if squeezed.endswith("-") and len(squeezed) > 1:
        return [squeezed, squeezed[:-1]]
    return [squeezed]


def _free(wanted: str, key: str, taken: bytearray) -> int:
    """The first occurrence of ``key`` where nothing has been found yet; -1 for none."""
    at = wanted.find(key)
    for _ in range(_MOST_TRIES):
        if at < 0 or not taken[at]:
            return at
        free = taken.find(0, at)
        at = wanted.find(key, free) if free >= 0 else -1
    return -1


def _rectangles(text: PageText, aligned: _Aligned, number: int, span: Span) -> list[Rectangle]:
    """One rectangle for each line that the span touches."""
    touched = [
        aligned.characters[place]
        for place in range(span.start, span.end)
        if place in aligned.characters
    ]
    found = []
    for (line, is_field), group in groupby(touched, key=lambda each: (each[0], each[1] < 0)):
        boxes = [text.box(glyph) for _, glyph in group]
        box = Box(
            min(box.x0 for box in boxes),
            min(box.y0 for box in boxes),
            max(box.x1 for box in boxes),
            max(box.y1 for box in boxes),
        )
        if not (is_field or aligned.lines[line].sideways):
            box = _as_high_as_its_line(box, aligned.lines[line], text)
        found.append(Rectangle(number, *(round(edge, 1) for edge in box)))
    return found


def _as_high_as_its_line(box: Box, line: Line, text: PageText) -> Box:
    """A part of a line as high as most of the line: symbols of formulas reach into others."""
    boxes = [text.box(glyph) for glyph in line.glyphs if glyph >= 0]
    middle = Box(*(median_low(edges) for edges in zip(*boxes, strict=True)))
    if text.turn % 2:
        return box._replace(x0=middle.x0, x1=middle.x1)
    return box._replace(y0=middle.y0, y1=middle.y1)


def render_pdf(data: bytes, page: int, marks: Sequence[Mark], *, dots_per_inch: int) -> bytes:
    """The page as viewers show it, as a PNG file; raises ``UnreadableSource``."""
    with (
        opened(data) as document,
        form_of(document) as form,
        loaded(document, page - 1) as handle,
    ):
        if handle is None:
            raise UnreadableSource(f"it has no page {page}, or that page is damaged")
        return _drawn(handle, form, marks, dots_per_inch / 72)


def _drawn(page: Handle, form: Handle | None, marks: Sequence[Mark], scale: float) -> bytes:
    """A PNG file; ``scale`` in pixels per point."""
    import ctypes

    from PIL import Image, ImageChops

    pdfium = raw()
    width = max(1, round(pdfium.FPDF_GetPageWidthF(page) * scale))
    height = max(1, round(pdfium.FPDF_GetPageHeightF(page) * scale))
    if width * height > _MOST_PIXELS:
        raise UnreadableSource("the page is too large to be drawn at this resolution")
    pixels = ctypes.create_string_buffer(4 * width * height)
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, pixels, 4 * width)
    if not bitmap:
        raise UnreadableSource("the page cannot be drawn")
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        whole = (page, 0, 0, width, height, 0)
        pdfium.FPDF_RenderPageBitmap(bitmap, *whole, pdfium.FPDF_ANNOT)
        if form is not None:
            pdfium.FPDF_FFLDraw(form, bitmap, *whole, pdfium.FPDF_ANNOT)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    picture = Image.frombytes("RGB", (width, height), pixels.raw, "raw", "BGRX", 0, 1)
    paint = Image.new("RGB", picture.size, "white")
    for kind in (MarkKind.PASSAGE, MarkKind.EVIDENCE, MarkKind.ANSWER):
        for mark in marks:
            if mark.kind is kind:
                place, colour = mark.place, _COLOURS[kind]
                if kind is MarkKind.ANSWER:
                    place = _underline(page, place)
                paint.paste(colour, _on_picture(page, place, width, height))
    file = io.BytesIO()
    ImageChops.multiply(picture, paint).save(file, "PNG")
    return file.getvalue()


def _underline(page: Handle, place: Rectangle) -> Rectangle:
    """The lower edge of a line of text, as the page is shown."""
    width = _UNDERLINE_WIDTH
    turn = raw().FPDFPage_GetRotation(page)
    if turn == 0:
        return place._replace(y1=place.y0 + width)
    if turn == 1:
        return place._replace(x0=place.x1 - width)
    if turn == 2:
        return place._replace(y0=place.y1 - width)
    return place._replace(x1=place.x0 + width)


def _on_picture(
    page: Handle, rectangle: Rectangle, width: int, height: int
) -> tuple[int, int, int, int]:
    """Left, top, right and bottom in pixels."""
    import ctypes

    pdfium = raw()
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    box = Box(*rectangle[1:])
    for corner in ((box.x0, box.y0), (box.x1, box.y1)):
        pdfium.FPDF_PageToDevice(page, 0, 0, width, height, 0, *corner, x, y)
        corners.append((x.value, y.value))
    (left, right), (top, bottom) = (sorted(each) for each in zip(*corners, strict=True))
    return (
        min(max(left, 0), width), min(max(top, 0), height),
        min(max(right, 0), width), min(max(bottom, 0), height),
    )  # fmt: skip
