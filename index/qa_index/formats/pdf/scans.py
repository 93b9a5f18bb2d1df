"""Pages that are pictures of text: recognised, and laid out like text that was written."""

import ctypes
import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from qa_index.formats.ocr import OcrFailed, ScannedLine, Tesseract, Word
from qa_index.formats.pdf.lines import Line, PageText
from qa_index.formats.pdf.pdfium import Handle, page_box, raw
from qa_index.formats.pdf.writing import is_wide

_DOTS_PER_INCH = 300
"""What Tesseract is made for."""
_MOST_PIXELS = 25_000_000
"""An A4 page has 8.7 million at 300 dots per inch; larger pages than A3 get fewer."""
POOR = 75
"""Mean confidence, in percent, below which the page may lie on its side, and below which the person
is told: upright pages of text had 92 and more, rotated ones and those in another script 37."""
USELESS = 50
"""Mean confidence below which the text is not taken."""
_HEIGHT = 0.93
"""From the lowest to the highest letters, in font sizes."""
_DESCENT = 0.2
"""Below the baseline, in font sizes."""
_SAME_SIZE = 0.15
"""Share by which measured sizes of the same letters differ."""
_CELL_GAP = 1.5
"""Gap between words, in font sizes, that parts cells."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What was recognised on a page."""

    text: PageText
    confidence: float
    """Mean of the characters', from 0 to 100; those of lines that run sideways count as 0."""


def recognised(page: Handle, tesseract: Tesseract) -> Scan:
    """The text on the picture that a page is; raises ``OcrFailed``."""
    tesseract.begin_page()
    picture = _Picture(page, turn=0)
    upright = _scan(picture, tesseract)
    if upright.confidence >= POOR:
        return upright
    turn = tesseract.quarter_turns(picture.pgm, dots_per_inch=picture.dots_per_inch)
    if not turn:
        return upright
    turned = _scan(_Picture(page, turn=turn), tesseract)
    return max(upright, turned, key=lambda scan: scan.confidence)


def _scan(picture: "_Picture", tesseract: Tesseract) -> Scan:
    lines = tesseract.recognise(picture.pgm, dots_per_inch=picture.dots_per_inch)
    return Scan(_page_text(lines, picture), _confidence(lines))


def _confidence(lines: list[ScannedLine]) -> float:
    characters = sum(len(word.text) for line in lines for word in line.words)
    upright = [word for line in lines if not line.is_sideways for word in line.words]
    return sum(word.confidence * len(word.text) for word in upright) / max(characters, 1)


class _Picture:
    """A page drawn in shades of grey, turned clockwise by ``turn`` quarters."""

    def __init__(self, page: Handle, *, turn: int) -> None:
        pdfium = raw()
        width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
        if turn % 2:
            width, height = height, width
        inches = max(width * height, 1.0) / 72**2
        self.dots_per_inch = min(_DOTS_PER_INCH, int(math.sqrt(_MOST_PIXELS / inches)))
        self.scale = self.dots_per_inch / 72
        """Pixels per point."""
        self.width = max(1, round(width * self.scale))
        self.height = max(1, round(height * self.scale))
        self.page = page
        self._turn = turn
        self.pgm = self._drawn()

    def _drawn(self) -> bytes:
        """As a PGM file."""
        pdfium = raw()
        if self.width * self.height > 2 * _MOST_PIXELS:
            raise OcrFailed("the page is too long and narrow to be drawn")
        # Rows of a bitmap may be padded; these are not.
        pixels = ctypes.create_string_buffer(self.width * self.height)
        bitmap = pdfium.FPDFBitmap_CreateEx(
            self.width, self.height, pdfium.FPDFBitmap_Gray, pixels, self.width
        )
        if not bitmap:
            raise OcrFailed("the page cannot be drawn")
        try:
            pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, self.width, self.height, 0xFFFFFFFF)
            flags = pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE
            place = (0, 0, self.width, self.height, self._turn)
            pdfium.FPDF_RenderPageBitmap(bitmap, self.page, *place, flags)
        finally:
            pdfium.FPDFBitmap_Destroy(bitmap)
        return b"P5\n%d %d\n255\n" % (self.width, self.height) + pixels.raw

    def on_page(self, word: Word) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a word in the unrotated page."""
        pdfium = raw()
        x, y = ctypes.c_double(), ctypes.c_double()
        corners: list[tuple[float, float]] = []
        for corner in ((word.left, word.top), (word.right, word.bottom)):
            place = (0, 0, self.width, self.height, self._turn)
            pdfium.FPDF_DeviceToPage(self.page, *place, *corner, x, y)
            corners.append((x.value, y.value))
        (left, right), (bottom, top) = (sorted(each) for each in zip(*corners, strict=True))
        return left, top, right, bottom


def _page_text(lines: list[ScannedLine], picture: _Picture) -> PageText:
    """The lines in the space of the layout, which is the upright picture; a glyph is a word."""
    sizes = _sizes(lines)
    places: list[float] = []
    found: list[Line] = []
    for line in lines:
        size = sizes[line.paragraph] / _HEIGHT / picture.scale
        for words in _cells(line.words, _CELL_GAP * size * picture.scale):
            text, glyphs = _spelled(words, first=len(places) // 4)
            for word in words:
                places += picture.on_page(word)
            left, right = words[0].left, words[-1].right
            if line.is_sideways:
                top, bottom = min(w.top for w in words), max(w.bottom for w in words)
                y0, y1 = picture.height - bottom, picture.height - top
            else:
                slope, start = line.baseline
                baseline = picture.height - (start + slope * (left + right) / 2)
                y0 = baseline - _DESCENT * size * picture.scale
                y1 = y0 + size * picture.scale
            x0, y0, x1, y1 = (each / picture.scale for each in (left, y0, right, y1))
            found.append(
                Line(
                    text, glyphs, x0, y0, x1, y1, round(size, 1), bold=False, mark=-1,
                    sideways=line.is_sideways,
                )
            )  # fmt: skip
    return PageText(
        found,
        picture.width / picture.scale,
        picture.height / picture.scale,
        (ctypes.c_float * len(places))(*places),
        page_box(picture.page),
        turn=0,
    )


def _sizes(lines: list[ScannedLine]) -> dict[int, float]:
    """The size of the letters of each paragraph, in pixels; nearly equal ones are made equal."""
    measured = {
        paragraph: statistics.median(line.size for line in group)
        for paragraph, group in groupby(lines, key=lambda line: line.paragraph)
    }
    sizes = sorted(
        measured[line.paragraph] for line in lines for word in line.words for _ in word.text
    )
    body = sizes[len(sizes) // 2] if sizes else 0.0
    return {
        paragraph: body if abs(size - body) <= _SAME_SIZE * body else size
        for paragraph, size in measured.items()
    }


def _cells(words: tuple[Word, ...], gap: float) -> Iterator[tuple[Word, ...]]:
    """The words of a line, parted where there is a wide gap."""
    ends = [n for n, (a, b) in enumerate(pairwise(words), start=1) if b.left - a.right > gap]
    for start, end in pairwise([0, *ends, len(words)]):
        yield words[start:end]


def _spelled(words: tuple[Word, ...], *, first: int) -> tuple[str, list[int]]:
    """The words as text, and the number of the word for each character, from ``first``."""
    text = ""
    glyphs: list[int] = []
    for number, word in enumerate(words, start=first):
        # Scripts without spaces come in pieces that are no words.
        if text and not (is_wide(text[-1]) and is_wide(word.text[0])):
            text += " "
            glyphs.append(glyphs[-1])
        text += word.text
        glyphs += [number] * len(word.text)
    return text, glyphs
