"""Reads a page's characters as lines, each text character with its position on the page.

Layout happens in a space in which most of the page's text runs from left to right: the page turned
by quarters, with the origin at the lower left of what viewers show.
"""

import ctypes
import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from qa_index.formats.pdf.pdfium import Box, Handle, address, page_box, raw, text_functions

MOST_CHARACTERS = 200_000
"""Of a page. A page of a newspaper has 30,000."""

_HYPHENS = {0x02, 0xFFFE}
"""PDFium's codes for a hyphen that ends a line."""
_LINE_END = {0x0D, 0x0A}
_SPACES = {0x09, 0x20, 0xA0, 0x3000, *range(0x2000, 0x200C)}
_IGNORED = {0, 0xAD, 0xFEFF, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F)}
_CELL_GAP = 1.2
"""Gap between characters, in font sizes, that parts cells; justified text stays below."""
_MISSING_SPACE = 0.27
"""Gap between two pieces of text, in font sizes, that is a space."""
_KERNED_SPACE = 0.2
"""Such a gap within one piece; PDFium misses spaces that kerning narrows."""
_BOLD = 600
_FORCE_BOLD = 1 << 18
"""Bit of the font's flags."""
_BOLD_NAME = re.compile(r"bold|black|heavy|demi|cmbx|sfbx", re.IGNORECASE)


class Style(NamedTuple):
    """What the characters of a piece of text share."""

    size: float
    """In points, as it appears on the page."""
    bold: bool
    direction: int
    """Quarter turns counter-clockwise from left-to-right, in the unrotated page."""
    mark: int
    """Marked-content id in the structure of a tagged file; -1 for none."""


@dataclass(slots=True)
class Line:
    """A line of text, or a cell of one, in the turned space of the layout."""

    text: str
    glyphs: list[int]
    """For each character of ``text``, its index on the page; -1 - n for the n-th form field, and
    that of the previous character for spaces."""
    x0: float
    y0: float
    x1: float
    y1: float
    size: float
    bold: bool
    mark: int
    hyphen: bool = False
    """Whether the line ends with a hyphen that may only be there because the line ends."""
    sideways: bool = False
    """Whether it runs in another direction than most of the page."""
    outside: bool = False
    """Whether viewers do not show it, since it lies beyond the page or is tiny."""
    undecodable: bool = False
    """Whether its font gives wrong characters."""

    @property
    def is_text(self) -> bool:
        """Whether it belongs to the text that is read."""
        return not (self.sideways or self.outside or self.undecodable)

    @property
    def height(self) -> float:
        """In points."""
        return self.y1 - self.y0


@dataclass(slots=True)
class PageText:
    """The lines of one page in the order of the file."""

    lines: list[Line]
    width: float
    height: float
    boxes: "ctypes.Array[ctypes.c_float]"
    """Left, top, right and bottom of each character, in the unrotated page."""
    shown: Box
    """The part of the page that viewers show, unrotated."""
    turn: int
    """Quarter turns from the unrotated page to the layout, clockwise."""
    fields: list[Box] = field(default_factory=list)
    """Where the values of form fields stand."""
    unmapped: int = 0
    """Characters whose font does not tell what they mean."""
    left_out: int = 0
    """Characters beyond the limit."""

    def forget_places(self) -> None:
        """Free the memory of what only ``box`` needs."""
        self.boxes = (ctypes.c_float * 0)()
        for line in self.lines:
            line.glyphs = []

    def add_field(self, name: str, value: str, box: Box) -> None:
        """Add the value of a form field behind its label, or as a line with its name."""
        self.fields.append(box)
        glyph = -len(self.fields)
        turned = self.turned(box)
        label = self._label_of(turned)
        if label is not None:
            label.text += f" {value}"
            label.glyphs += [glyph] * (len(value) + 1)
            label.x1 = max(label.x1, turned.x1)
            return
        text = f"{name}: {value}" if name else value
        size = min(max(turned.y1 - turned.y0, 4.0), 12.0)
        self.lines.append(Line(text, [glyph] * len(text), *turned, size=size, bold=False, mark=-1))

    def _label_of(self, box: Box) -> "Line | None":
        """The line that ends left of a field, at its height."""
        beside = [
            line
            for line in self.lines
            if line.x1 <= box.x0 + line.size
            and box.x0 - line.x1 < 8 * line.size
            and box.y0 - 2 < (line.y0 + line.y1) / 2 < box.y1 + 2
            and not line.sideways
        ]
        return max(beside, key=lambda line: line.x1, default=None)

    def turned(self, box: Box) -> Box:
        """A rectangle of the unrotated page in the space of the layout."""
        left, bottom, right, top = self.shown
        x0, y0, x1, y1 = box
        if self.turn == 0:
            return Box(x0 - left, y0 - bottom, x1 - left, y1 - bottom)
        if self.turn == 1:
            return Box(y0 - bottom, right - x1, y1 - bottom, right - x0)
        if self.turn == 2:
            return Box(right - x1, top - y1, right - x0, top - y0)
        return Box(top - y1, x0 - left, top - y0, x1 - left)

    def box(self, glyph: int) -> Box:
        """Where a character stands in the unrotated page; negative for a form field."""
        if glyph < 0:
            return self.fields[-1 - glyph]
        left, top, right, bottom = self.boxes[4 * glyph : 4 * glyph + 4]
        return Box(min(left, right), min(bottom, top), max(left, right), max(bottom, top))


def read_lines(page: Handle) -> PageText:
    """The text of a page. A page that has none gives no lines."""
    pdfium = raw()
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        count = pdfium.FPDFText_CountChars(text_page) if text_page else 0
        read = max(0, min(count, MOST_CHARACTERS))
        return _Reader(page, text_page, read).page_text(left_out=max(0, count - read))
    finally:
        if text_page:
            pdfium.FPDFText_ClosePage(text_page)


class _Reader:
    """Reads one page; holds what its characters have in common."""

    def __init__(self, page: Handle, text_page: Handle, count: int) -> None:
        self.text_page = text_page
        self.box = page_box(page)
        self.boxes = (ctypes.c_float * (4 * count))()
        handle, start = address(text_page), ctypes.addressof(self.boxes)
        functions = text_functions()
        for index in range(count):
            functions.loose_box(handle, index, start + 16 * index)
        self.codes = [functions.unicode(handle, index) for index in range(count)]
        objects = [functions.text_object(handle, index) for index in range(count)]
        self.styles, self.unmapped = self._styles_of(objects)

    def _styles_of(self, objects: list[int | None]) -> tuple[list[Style | None], int]:
        """The style of each character, asked for once for each piece of text."""
        pdfium = raw()
        known: dict[int, tuple[Style, bool]] = {}
        fonts: dict[int, bool] = {}
        styles: list[Style | None] = []
        unmapped = 0
        for index, piece in enumerate(objects):
            if piece is None or self.codes[index] in _LINE_END:
                styles.append(None)
                continue
            if piece not in known:
                lost = pdfium.FPDFText_HasUnicodeMapError(self.text_page, index) == 1
                known[piece] = self._style_at(index, fonts), lost
            style, lost = known[piece]
            unmapped += lost
            styles.append(style)
        return styles, unmapped

    def _style_at(self, index: int, fonts: dict[int, bool]) -> Style:
        pdfium = raw()
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(self.text_page, index, matrix)
        size = pdfium.FPDFText_GetFontSize(self.text_page, index)
        size *= math.hypot(matrix.c, matrix.d)
        turned = math.atan2(matrix.b, matrix.a) / (math.pi / 2)
        piece = pdfium.FPDFText_GetTextObject(self.text_page, index)
        font = pdfium.FPDFTextObj_GetFont(piece)
        if font and address(font) not in fonts:
            fonts[address(font)] = _is_bold(font)
        bold = bool(font) and fonts[address(font)]
        mark = pdfium.FPDFPageObj_GetMarkedContentID(piece)
        finite = math.isfinite(size) and math.isfinite(turned)
        return Style(
            round(size, 1) if finite else 0.0, bold, round(turned) % 4 if finite else 0, mark
        )

    def page_text(self, *, left_out: int) -> PageText:
        """The characters, gathered to lines."""
        directions = Counter(style.direction for style in self.styles if style)
        turn = max(directions, key=lambda each: (directions[each], -each), default=0)
        left, bottom, right, top = self.box
        width, height = right - left, top - bottom
        if turn % 2:
            width, height = height, width
        lines: list[Line] = []
        places = self._turned(turn)
        now = _OpenLine(lines, turn, width, height)
        for index, code in enumerate(self.codes):
            if code in _SPACES:
                now.space = True
                continue
            if code in _LINE_END:
                now.close()
                continue
            style = self.styles[index]
            if style is None or code in _IGNORED or (code < 0x20 and code not in _HYPHENS):
                continue
            now.make_room(places[index], style)
            if code in _HYPHENS:
                now.add("-", index, places[index], style)
                now.close(hyphen=True)
            else:
                now.add(_characters(code), index, places[index], style)
        now.close()
        return PageText(
            lines,
            width,
            height,
            self.boxes,
            self.box,
            turn,
            unmapped=self.unmapped,
            left_out=left_out,
        )

    def _turned(self, turn: int) -> list[tuple[float, float, float, float]]:
        """Each character's box in the space of the layout, as x0, y0, x1, y1."""
        import numpy as np

        edges = np.nan_to_num(
            np.frombuffer(memoryview(self.boxes).cast("B"), np.float32).reshape(-1, 4)
        ).T
        x0, x1 = np.minimum(edges[0], edges[2]), np.maximum(edges[0], edges[2])
        y0, y1 = np.minimum(edges[1], edges[3]), np.maximum(edges[1], edges[3])
        left, bottom, right, top = self.box
        if turn == 0:
            turned = (x0 - left, y0 - bottom, x1 - left, y1 - bottom)
        elif turn == 1:
            turned = (y0 - bottom, right - x1, y1 - bottom, right - x0)
        elif turn == 2:
            turned = (right - x1, top - y1, right - x0, top - y0)
        else:
            turned = (top - y1, x0 - left, top - y0, x1 - left)
        return list(zip(*(each.tolist() for each in turned), strict=True))


class _OpenLine:
    """The line that characters are being added to."""

    def __init__(self, lines: list[Line], turn: int, width: float, height: float) -> None:
        self.lines = lines
        self.turn = turn
        self.width = width
        self.height = height
        self._clear()

    def _clear(self) -> None:
        self.text: list[str] = []
        self.glyphs: list[int] = []
        self.boxes: list[tuple[float, float, float, float]] = []
        self.styles: list[Style] = []
        self.space = False
        self.raised: list[int] = []

    def make_room(self, box: tuple[float, float, float, float], style: Style) -> None:
        """Close the line if it cannot go on with this character."""
        if not self.boxes:
            return
        last, before = self.boxes[-1], self.styles[-1]
        x0, y0, x1, y1 = box
        if style.direction != before.direction:
            self.close()
        elif style.direction != self.turn:
            return
        else:
            gap = max(x0 - last[2], last[0] - x1)
            size = max(style.size, before.size, 1.0)
            shared = min(y1, last[3]) - max(y0, last[1])
            if gap > _CELL_GAP * size or shared < 0.2 * min(y1 - y0, last[3] - last[1]):
                self.close()
            elif gap > (_KERNED_SPACE if style is before else _MISSING_SPACE) * size:
                self.space = True

    def add(
        self, text: str, glyph: int, box: tuple[float, float, float, float], style: Style
    ) -> None:
        """Add the characters of one glyph."""
        if self.space and self.text:
            self.text.append(" ")
            self.glyphs.append(self.glyphs[-1])
        self.space = False
        if self.boxes and box == self.boxes[-1] and text == _LAM and self.text[-1] in _ALEFS:
            # PDFium reverses right-to-left text character by character, ligatures included.
            self.text.insert(-1, text)
            self.glyphs.append(glyph)
            return
        self._note_raised(text, box, style)
        for each in text:
            self.text.append(each)
            self.glyphs.append(glyph)
        self.boxes.append(box)
        self.styles.append(style)

    def _note_raised(self, text: str, box: tuple[float, float, float, float], style: Style) -> None:
        """Keep the positions of digits that stand higher than the text beside them."""
        if not self.boxes:
            self.level = box, style
            return
        base, usual = self.level
        if text.isdecimal() and _is_raised(box, style, base, usual):
            self.raised.append(len(self.text))
            return
        begun = len(self.text) <= _LONGEST_MARK and "".join(self.text).isdecimal()
        if begun and text.isalpha() and _is_raised(base, usual, box, style):
            self.raised += range(len(self.text))
        self.level = box, style

    def _mark_notes(self) -> None:
        """Put raised digits in brackets if they mark a note, so that they change no word."""
        runs: list[list[int]] = []
        for place in self.raised:
            if runs and runs[-1][-1] == place - 1:
                runs[-1].append(place)
            else:
                runs.append([place])
        for run in reversed(runs):
            start, end = run[0], run[-1] + 1
            digits = "".join(self.text[start:end])
            before = "".join(self.text[max(0, start - 4) : start])
            mark = note_mark(digits, before, after="".join(self.text[end:]))
            places = self.glyphs[start:end]
            self.text[start:end] = mark
            if len(mark) > len(digits):
                closing = len(mark) - len(digits) - 1
                self.glyphs[start:end] = [places[0], *places, *places[-1:] * closing]

    def close(self, *, hyphen: bool = False) -> None:
        """End the line, if there is one."""
        if self.text:
            self._mark_notes()
            # Characters without extent, such as generated ones, say nothing about the line.
            real = [box for box in self.boxes if box[2] > box[0] and box[3] > box[1]] or self.boxes
            x0s, y0s, x1s, y1s = zip(*real, strict=True)
            x0, y0, x1, y1 = min(x0s), min(y0s), max(x1s), max(y1s)
            style = Counter(self.styles).most_common(1)[0][0]
            self.lines.append(
                Line(
                    "".join(self.text), self.glyphs, x0, y0, x1, y1, style.size, style.bold,
                    style.mark, hyphen,
                    sideways=style.direction != self.turn,
                    outside=style.size < _TINY
                    or not (-1 < (x0 + x1) / 2 < self.width + 1)
                    or not (-1 < (y0 + y1) / 2 < self.height + 1),
                )
            )  # fmt: skip
        self._clear()


def _is_raised(
    box: tuple[float, float, float, float],
    style: Style,
    base: tuple[float, float, float, float],
    usual: Style,
) -> bool:
    """Whether a smaller character stands above the base line of another one."""
    return style.size < 0.85 * usual.size and box[1] - base[1] > 0.25 * usual.size


_LONGEST_MARK = 3
_SHORTEST_NOTE = 12
"""Characters; pieces of formulas are shorter."""
_NOTE_AFTER = re.compile('[^\\W\\d_]{4}$|[.,;:!?"”’»\u3040-\u30ff\u3400-\u9fff。，、]$')
"""What a mark of a note stands behind, rather than an exponent."""
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def note_mark(digits: str, before: str, *, after: str) -> str:
    """Raised digits between two texts, in brackets if they mark a note."""
    if len(digits) <= _LONGEST_MARK and digits[0] != "0":
        # Notes begin with a capital, or in a script that has none; formulas hardly do.
        begins = after[:1].isalpha() and not after[0].islower()
        if not before and begins and len(after) >= _SHORTEST_NOTE:
            return f"[{digits}] "
        if _NOTE_AFTER.search(before):
            return f"[{digits}]"
    return digits.translate(_SUPERSCRIPTS) if before[-1:].isdecimal() else digits


_TINY = 1.5
"""Points; nobody reads smaller letters."""
_LAM = "\N{ARABIC LETTER LAM}"
_ALEFS = frozenset(
    "\N{ARABIC LETTER ALEF}\N{ARABIC LETTER ALEF WITH MADDA ABOVE}"
    "\N{ARABIC LETTER ALEF WITH HAMZA ABOVE}\N{ARABIC LETTER ALEF WITH HAMZA BELOW}"
)


@cache
def _characters(code: int) -> str:
    """What a code stands for: ligatures and Arabic presentation forms become letters."""
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return "\N{REPLACEMENT CHARACTER}"
    if 0xFB00 <= code <= 0xFDFF or 0xFE70 <= code <= 0xFEFC:
        return unicodedata.normalize("NFKC", chr(code)).strip() or chr(code)
    return chr(code)


def _is_bold(font: Handle) -> bool:
    pdfium = raw()
    if pdfium.FPDFFont_GetWeight(font) >= _BOLD or pdfium.FPDFFont_GetFlags(font) & _FORCE_BOLD:
        return True
    size = pdfium.FPDFFont_GetBaseFontName(font, None, 0)
    if not 1 < size <= 1000:
        return False
    name = ctypes.create_string_buffer(size)
    pdfium.FPDFFont_GetBaseFontName(font, name, size)
    return _BOLD_NAME.search(name.value.decode("latin-1")) is not None
