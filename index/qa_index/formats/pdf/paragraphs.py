"""Paragraphs of a page: which lines belong together, and what kind of text they are."""

import re
import statistics
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from qa_index.formats.pdf.layout import Block, Row, Table
from qa_index.formats.pdf.lines import Line
from qa_index.formats.structure.paragraphs import ends_sentence, goes_on
from qa_index.records import BlockKind

_ITEM = re.compile(r"(?:[-–—*•‣◦▪▫·●○■□➢✓]\s+|\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{2,5})[.)]\s+)\S")
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|table|tab\.|abb(?:ildung|\.)|tabelle|tableau|figura|tabla|scheme|listing"
    r"|图|圖|表|図)\s*[A-Z]?\d+(?:[.\-]\d+)*\w?\s*(?:[:.–—|]|$|(?=[A-Z]))",
    re.IGNORECASE,
)
_NOTE = re.compile(r"(?:\[?\d{1,3}\]?|[*†‡§¶]+|[a-z])\)?\s*[^\W\d_]")
_RTL = re.compile("[\u0590-\u08ff]")
_SMALL = 0.93
"""Share of the body's size below which letters count as small."""
_LARGER = 1.3
"""Times the body's size: letters of a chapter or title."""
_HEADING_PITCH = 1.4
_NUMBERED = re.compile(r"[\dIVX]+[.\s]")
_SAME_SIZE = 0.08
_WORD_WIDTH = 0.5
"""Mean width of a character, in font sizes."""
_MOST_HEADER_ROWS = 3
_SHORT = 30
"""Characters; a line alone that is shorter is no sentence that goes on."""
_WIDE = 15
"""Font sizes; narrower columns are no running text."""


class Role(NamedTuple):
    """What the structure of a tagged file says of a piece of text."""

    element: int
    kind: BlockKind
    level: int = 0
    """Of a heading."""


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together; they may come from several pages."""

    kind: BlockKind
    lines: list[tuple[int, Line]]
    """With the page of each, counted from 1."""
    size: float
    bold: bool
    full: bool = False
    """Whether its last line reaches the edge of its column."""
    indented: bool = False
    """Whether its first line begins further in than others of its column."""
    level: int = 0
    """Of a heading."""
    rows: list[Row] | None = None
    """Of a table."""
    header_rows: int = 0
    """How many of the first rows name the columns."""

    @property
    def first(self) -> str:
        """Text of the first line."""
        return self.lines[0][1].text

    @property
    def last(self) -> str:
        """Text of the last line."""
        return self.lines[-1][1].text

    def continued_by(self, other: "Paragraph") -> bool:
        """Whether ``other``, in the next column or on the next page, is the rest of it."""
        if self.kind not in (BlockKind.PROSE, BlockKind.LIST) or other.kind is not BlockKind.PROSE:
            return False
        if not _alike(self.size, other.size) or self.bold != other.bold:
            return False
        if self.lines[-1][1].hyphen:
            return other.first[:1].islower()
        if ends_sentence(self.last) or (len(self.lines) == 1 and len(self.first) < _SHORT):
            return False
        return goes_on(other.first) or (self.full and not other.indented)


def paragraphs(
    block: Block, page: int, *, height: float, body: float, roles: dict[int, Role]
) -> list[Paragraph]:
    """The paragraphs of a block; ``height`` is that of the page, ``body`` the usual font size."""
    if block.table:
        return [_table(block.table, page)]
    starts = _starts(block, roles, body)
    found: list[Paragraph] = []
    for start, end in pairwise([*starts, len(block.lines)]):
        lines = block.lines[start:end]
        size = statistics.mode(line.size for line in lines for _ in range(min(len(line.text), 50)))
        last = lines[-1]
        paragraph = Paragraph(
            BlockKind.PROSE,
            [(page, line) for line in lines],
            size,
            all(line.bold for line in lines),
            full=len(block.lines) > 1
            and block.x1 - block.x0 > _WIDE * size
            and _room(last, block) < 2 * last.size,
            indented=lines[0].x0 > block.x0 + 0.8 * size and not _is_rtl(lines[0]),
        )
        paragraph.kind = _kind(paragraph, found[-1] if found else None, height=height, body=body)
        role = roles.get(lines[0].mark)
        if role and role.kind is not BlockKind.PROSE:
            paragraph.kind, paragraph.level = role.kind, role.level
        found.append(paragraph)
    return found


def _alike(size: float, other: float) -> bool:
    return abs(size - other) <= _SAME_SIZE * max(size, other)


def _starts(block: Block, roles: dict[int, Role], body: float) -> list[int]:
    """Indices of the lines that begin a paragraph."""
    lines = block.lines
    pitches = [above.y0 - below.y0 for above, below in pairwise(lines)]
    # Of four distances, one at least is within a paragraph.
    pitch = sorted(pitches)[len(pitches) // 4] if pitches else 0
    starts = [0]
    for number, (above, line) in enumerate(pairwise(lines), start=1):
        roles_here = roles.get(above.mark), roles.get(line.mark)
        if roles_here[0] and roles_here[1]:
            anew = roles_here[0].element != roles_here[1].element
        elif _is_wrapped_heading(line, above, body):
            anew = False
        else:
            anew = _starts_anew(line, above, lines[starts[-1]], block, pitch)
        if anew:
            starts.append(number)
    return starts


def _is_wrapped_heading(line: Line, above: Line, body: float) -> bool:
    """Whether two lines in large letters are one heading; those are seldom as wide as the page."""
    return (
        line.size == above.size > _LARGER * body
        and line.bold == above.bold
        and above.y0 - line.y0 < _HEADING_PITCH * line.size
        and not _NUMBERED.match(line.text)
    )


def _starts_anew(line: Line, above: Line, first: Line, block: Block, pitch: float) -> bool:
    """Whether a line begins a paragraph, seen from the line above and the paragraph's first."""
    size = max(line.size, above.size)
    if above.y0 - line.y0 > max(pitch, 1.2 * size) + 0.3 * size:
        return True
    if not _alike(line.size, above.size):
        return True
    if line.bold != above.bold and min(len(line.text), len(above.text)) > 3:
        return True
    start = _indent(line, above)
    item = _ITEM.match(first.text) is not None
    ended = ends_sentence(above.text)
    if _ITEM.match(line.text):
        return item or ended or start > 0.5 * size
    if above.hyphen:
        return False
    if start > 0.8 * size and not item:
        return ended or not goes_on(line.text)
    if item and ended and _indent(line, first) < 0.5 * size < _indent(above, first):
        return True
    word = len(line.text.split(" ", 1)[0]) + 1
    fits = _room(above, block) > (word * _WORD_WIDTH + 1) * size
    return fits and (ended or not goes_on(line.text))


def _is_rtl(line: Line) -> bool:
    return _RTL.search(line.text) is not None


def _room(line: Line, block: Block) -> float:
    """White between the end of a line and the edge of its column."""
    return line.x0 - block.x0 if _is_rtl(line) else block.x1 - line.x1


def _indent(line: Line, other: Line) -> float:
    """How much further in a line begins than another."""
    return other.x1 - line.x1 if _is_rtl(line) else line.x0 - other.x0


def _kind(
    paragraph: Paragraph, before: Paragraph | None, *, height: float, body: float
) -> BlockKind:
    text = paragraph.first
    if _CAPTION.match(text) and len(paragraph.lines) <= 12:
        return BlockKind.CAPTION
    low = paragraph.lines[0][1].y1 < 0.5 * height
    if paragraph.size < _SMALL * body and low:
        if before and before.kind is BlockKind.NOTE:
            return BlockKind.NOTE
        if _NOTE.match(text) and sum(len(line.text) for _, line in paragraph.lines) > 20:
            return BlockKind.NOTE
    if _ITEM.match(text):
        return BlockKind.LIST
    return BlockKind.PROSE


def _table(table: Table, page: int) -> Paragraph:
    """A table; ``page`` is counted from 1."""
    lines = [line for row in table.rows for cell in row for line in cell]
    return Paragraph(
        BlockKind.TABLE,
        [(page, line) for line in lines],
        statistics.mode(line.size for line in lines),
        bold=False,
        rows=table.rows,
        header_rows=_header_rows(table.rows) if table.aligned else 0,
    )


def _header_rows(rows: list[Row]) -> int:
    """The first rows if only they are bold; one that has no figures if others have."""
    bold = [all(line.bold for cell in row for line in cell) for row in rows]
    # A table of contents may begin with a bold chapter and its page.
    numbers = any(line.text.isdecimal() for cell in rows[0] for line in cell)
    if not numbers and False in bold and 0 < (leading := bold.index(False)) <= _MOST_HEADER_ROWS:
        return leading
    figures = [
        sum(any(c.isdigit() for line in cell for c in line.text) for cell in row) for row in rows
    ]
    return int(len(rows) > 1 and figures[0] == 0 and sum(figures[1:]) >= len(rows) - 1)
