"""Lays out verbatim text in a column: rows that fit, with nothing added and nothing lost.

A row holds a stretch of one line of the source. The only characters of the text that are not shown
are the white space where a row is broken and the line ends themselves; a tab is shown as the spaces
it stands for, and characters unsafe on a terminal are escaped.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa.rendering.characters import NO_BREAK_SPACES, character_width, joins, visible_character

_LINE_END = re.compile(r"\r\n|\n|\r")
_TAB = 4
_MAX_SIGN = 32
"""Most characters of a grapheme cluster kept together; a family emoji has 11."""
_NOT_FIRST = set("、。，．！？：；）」』】〉》〕…")
"""Closing punctuation of scripts without spaces, which must not start a row."""


class Piece(NamedTuple):
    """A run of characters in one style."""

    text: str
    emphasised: bool
    answers: bool = False
    """Whether these are the answering words."""


class Row(NamedTuple):
    """One row of a column."""

    pieces: tuple[Piece, ...]
    line: int
    """Number of lines of the text that end before it; 0 for the first."""

    @property
    def emphasised(self) -> bool:
        """Whether any piece is emphasised or answers."""
        return any(piece.emphasised or piece.answers for piece in self.pieces)


class _Cell(NamedTuple):
    """A unit that is never split: a grapheme cluster or an escaped character."""

    text: str
    width: int
    style: tuple[bool, bool]
    """Whether it is emphasised, and whether it answers."""
    space: bool


def lay_out(
    text: str,
    columns: int,
    emphasis: Sequence[tuple[int, int]] = (),
    *,
    answer: tuple[int, int] | None = None,
) -> Iterator[Row]:
    """Rows of at most ``columns`` cells.

    ``emphasis``: disjoint spans of ``text``, in order; ``answer``: span of the answering words.
    """
    marks = _Marks(emphasis, answer)
    start = number = 0
    for match in _LINE_END.finditer(text):
        yield from _rows(_cells(text, start, match.start(), marks), columns, number)
        start = match.end()
        number += 1
    yield from _rows(_cells(text, start, len(text), marks), columns, number)


class _Marks:
    """The style of each place, for places asked in ascending order."""

    def __init__(self, spans: Sequence[tuple[int, int]], answer: tuple[int, int] | None) -> None:
        self._spans = list(spans)
        self._answer = answer or (0, 0)
        self._next = 0

    def at(self, place: int) -> tuple[bool, bool]:
        while self._next < len(self._spans) and self._spans[self._next][1] <= place:
            self._next += 1
        emphasised = self._next < len(self._spans) and self._spans[self._next][0] <= place
        return emphasised, self._answer[0] <= place < self._answer[1]


def _cells(text: str, start: int, end: int, marks: _Marks) -> list[_Cell]:
    cells: list[_Cell] = []
    column = 0
    for place in range(start, end):
        character = text[place]
        shown = visible_character(character)
        last = cells[-1].text if cells else ""
        if last and len(last) < _MAX_SIGN and shown == character and joins(last, character):
            # Not every terminal draws joined emoji as one: count the width of all of them.
            wide = character_width(character)
            cells[-1] = _Cell(last + character, cells[-1].width + wide, cells[-1].style, False)
            column += wide
            continue
        if character == "\t":
            shown = " " * (_TAB - column % _TAB)
        wide = character_width(character) if shown == character else len(shown)
        breaking = shown.isspace() and character not in NO_BREAK_SPACES
        cells.append(_Cell(shown, wide, marks.at(place), breaking))
        column += wide
    return cells


def _rows(cells: list[_Cell], columns: int, line: int) -> Iterator[Row]:
    """Breaks rows between words, and inside a word that is longer than a row."""
    start = 0
    while True:
        end = _row_end(cells, start, columns)
        shown = end
        if end < len(cells):
            while shown > start and cells[shown - 1].space:
                shown -= 1
        yield Row(_pieces(cells[start:shown]), line)
        if end == len(cells):
            return
        start = end


def _row_end(cells: list[_Cell], start: int, columns: int) -> int:
    """End of the row that begins at ``start``, including spaces after its last word."""
    used, best = 0, start
    for place in range(start, len(cells)):
        cell = cells[place]
        if place > start and _may_break(cells[place - 1], cell):
            best = place
        if used + cell.width > columns and not cell.space:
            return best if best > start else max(place, start + 1)
        used += cell.width
    return len(cells)


def _may_break(before: _Cell, after: _Cell) -> bool:
    if before.space:
        return not after.space
    if after.space or after.text in _NOT_FIRST:
        return False
    return before.width == 2 or after.width == 2


def _pieces(cells: Sequence[_Cell]) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    texts: list[str] = []
    for place, cell in enumerate(cells):
        texts.append(cell.text)
        if place + 1 == len(cells) or cells[place + 1].style != cell.style:
            pieces.append(Piece("".join(texts), *cell.style))
            texts = []
    return tuple(pieces)
