"""Order of reading on one page: rows, tables, columns and blocks of lines.

The order of the file is kept unless a block stands below another that comes later in its column.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from qa_index.formats.pdf.lines import Line, PageText, note_mark

_FRAGMENT_GAP = 1.2
"""Gap, in font sizes, below which two pieces of a row are one piece."""
_SPACE_GAP = 0.2
_FEWEST_ROWS = 3
_MANY_CELLS = 5
_EVEN = 0.2
"""Font sizes by which the spaces of a line that was spread to its column may differ."""
_MOST_PROSE_IN_CELL = 45
"""Mean characters of a cell above which aligned pieces are columns of prose."""
_WRAPPED_PITCH = 1.5
"""Distance of lines, in font sizes, within a cell."""
_ITEM_MARK = re.compile(r"[-–—*•‣◦▪▫·●○■□➢✓]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{2,5})[.)]")
_SHARE_OF_EQUAL_ROWS = 0.9
"""Share of the rows with as many cells as the first, from which those name the columns."""
_GUTTER_ROWS = 4
_GUTTER_TEXT = 12
"""Characters on either side of a gutter."""
_PITCH = 2.0
"""Distance of lines, in font sizes, within a block."""
_OPEN_BLOCKS = 8
"""How many of the last blocks a line can continue; more than a page has columns."""
_MOST_SORTED = 250
"""Blocks; sorting takes quadratic time."""


Row = list[list[Line]]
"""The lines of each cell of a row; an empty cell has none."""


class Table(NamedTuple):
    """The rows of a table."""

    rows: list[Row]
    aligned: bool
    """Whether cells with the same index stand in one column."""


@dataclass(slots=True)
class Block:
    """Lines of one column that follow each other, or the rows of a table."""

    lines: list[Line]
    """In order; of a table, all its cells."""
    table: Table | None = None
    x0: float = 0
    y0: float = 0
    x1: float = 0
    y1: float = 0

    def __post_init__(self) -> None:
        self.x0 = min(line.x0 for line in self.lines)
        self.y0 = min(line.y0 for line in self.lines)
        self.x1 = max(line.x1 for line in self.lines)
        self.y1 = max(line.y1 for line in self.lines)

    def add(self, line: Line) -> None:
        """Add the line below."""
        self.lines.append(line)
        self.x0, self.x1 = min(self.x0, line.x0), max(self.x1, line.x1)
        self.y0, self.y1 = min(self.y0, line.y0), max(self.y1, line.y1)


def arrange(page: PageText) -> tuple[list[Block], list[Line]]:
    """The blocks of a page in order of reading, and lines that do not belong to its text.

    Those are hidden, run sideways or cannot be decoded.
    """
    shown = [line for line in page.lines if line.is_text]
    others = [line for line in page.lines if not line.is_text]
    rows = _rows(shown)
    blocks: list[Block] = []
    gutters = _gutters(rows)
    loose: list[Line] = []
    for table, group in _tables(rows, gutters):
        if table:
            blocks += _chained(loose)
            loose = []
            lines = [line for row in table.rows for cell in row for line in cell]
            blocks.append(Block(lines, table))
        else:
            loose += [piece for row in group for piece in _joined(row, gutters)]
    blocks += _chained(loose)
    return _ordered(blocks), others


def _overlap(a0: float, a1: float, b0: float, b1: float) -> float:
    """Length that two intervals share, as a share of the shorter one."""
    return (min(a1, b1) - max(a0, b0)) / max(min(a1 - a0, b1 - b0), 0.1)


def _rows(lines: list[Line]) -> list[list[Line]]:
    """Pieces that stand beside each other, in the order of the file."""
    rows: list[list[list[Line]]] = []
    tallest: Line | None = None
    for line in lines:
        last = rows[-1][-1][-1] if rows else None
        if last is None or tallest is None or not _beside(line, last, tallest):
            rows.append([[line]])
            tallest = line
            continue
        if _distance(last, line) < _FRAGMENT_GAP * max(line.size, last.size):
            rows[-1][-1].append(line)
        else:
            rows[-1].append([line])
        tallest = max(tallest, line, key=lambda each: each.size)
    return [[_merged(pieces) for pieces in row] for row in rows]


def _beside(line: Line, last: Line, tallest: Line) -> bool:
    """Whether a piece goes on with the row of the last one, as indices do."""
    if last.hyphen or _distance(last, line) < -0.3 * line.size:
        return False
    return any(_overlap(line.y0, line.y1, each.y0, each.y1) > 0.4 for each in (last, tallest))


def _distance(line: Line, other: Line) -> float:
    """White between two pieces of a row; negative if they overlap."""
    return max(other.x0 - line.x1, line.x0 - other.x1)


def _merged(pieces: list[Line], *, spaced: bool = False) -> Line:
    """Pieces of a line as one; ``spaced`` puts a space between any two."""
    if len(pieces) == 1:
        return pieces[0]
    texts: list[str] = []
    glyphs: list[int] = []
    before = None
    for piece, after in zip(pieces, [*pieces[1:], None], strict=True):
        if mark := _note_mark(piece, before, after):
            texts.append(mark)
            glyphs += [*piece.glyphs[:1], *piece.glyphs]
            glyphs += piece.glyphs[-1:] * (len(mark) - len(piece.text) - 1)
            before = piece
            continue
        if (
            before
            and texts[-1][-1] != " "
            and (spaced or _distance(before, piece) > _SPACE_GAP * piece.size)
        ):
            texts.append(" ")
            glyphs += glyphs[-1:]
        texts.append(piece.text)
        glyphs += piece.glyphs
        before = piece
    larger = max(pieces, key=lambda each: (each.size, len(each.text)))
    return Line(
        "".join(texts),
        glyphs,
        min(piece.x0 for piece in pieces),
        min(piece.y0 for piece in pieces),
        max(piece.x1 for piece in pieces),
        max(piece.y1 for piece in pieces),
        larger.size,
        all(piece.bold for piece in pieces),
        pieces[0].mark,
        pieces[-1].hyphen,
    )


def _note_mark(piece: Line, before: Line | None, after: Line | None) -> str | None:
    """What a piece becomes that is the mark of a note; ``None`` for others."""
    beside = before or after
    if beside is None or not piece.text.isdecimal() or piece.size > 0.85 * beside.size:
        return None
    if piece.y0 - beside.y0 < 0.25 * beside.size:
        return None
    mark = note_mark(piece.text, before.text if before else "", after=after.text if after else "")
    return mark if len(mark) > len(piece.text) else None


def _gutters(rows: list[list[Line]]) -> list[tuple[float, float]]:
    """Vertical white bands between columns of prose that the file writes row by row."""
    gaps = [
        (left.x1, right.x0)
        for row in rows
        for left, right in pairwise(sorted(row, key=lambda each: each.x0))
        if len(left.text) >= _GUTTER_TEXT and len(right.text) >= _GUTTER_TEXT
    ]
    # Right edges are ragged, left edges are not: gaps that end at the same x are one gutter.
    ends = Counter(round(end / 4) for _, end in gaps)
    found = []
    for end, count in sorted(ends.items()):
        if count >= _GUTTER_ROWS:
            start = max(gap[0] for gap in gaps if round(gap[1] / 4) == end)
            found.append((start, end * 4.0))
    return found


def _joined(row: list[Line], gutters: list[tuple[float, float]]) -> list[Line]:
    """The pieces of a row as lines: parted at gutters, otherwise joined."""
    lines = [[row[0]]]
    for piece in row[1:]:
        right = max(piece.x0, lines[-1][-1].x0)
        if any(abs(right - end) < 5 for _, end in gutters):
            lines.append([piece])
        else:
            lines[-1].append(piece)
    return [_merged(pieces, spaced=True) for pieces in lines]


def _tables(
    rows: list[list[Line]], gutters: list[tuple[float, float]]
) -> Iterator[tuple[Table | None, list[list[Line]]]]:
    """The rows in groups, each with the table that it is."""
    plain: list[list[Line]] = []
    at = 0
    while at < len(rows):
        end = _table_end(rows, at)
        group = rows[at:end]
        if end > at and _is_table(group, gutters):
            if plain:
                yield None, plain
                plain = []
            yield _table(group), group
            at = end
        else:
            end = max(end, at + 1)
            plain += rows[at:end]
            at = end
    if plain:
        yield None, plain


def _table_end(rows: list[list[Line]], start: int) -> int:
    """End of the rows from ``start`` that have several cells in common columns.

    Between them stand second lines of cells.
    """
    end = start
    columns: list[tuple[float, float]] = []
    while end < len(rows):
        if len(rows[end]) < 2:
            if end == start or not _is_wrapped(rows[end][0], rows[end - 1], columns):
                break
            end += 1
            continue
        if end > start:
            above, row = rows[end - 1][0], rows[end][0]
            distance = above.y0 - row.y0
            # The lines of a header may come in any order.
            if not -2 * row.height < distance < 4 * max(above.height, row.height):
                break
        grown = _columns([*columns, *((cell.x0, cell.x1) for cell in rows[end])])
        if len(grown) < 2 or len(grown) < len(columns) - 1:
            break
        columns = grown
        end += 1
    return end


def _is_wrapped(line: Line, above: list[Line], columns: list[tuple[float, float]]) -> bool:
    """Whether a line goes on with a cell of the row above, in another column than the first."""
    for start, _ in columns[1:]:
        if abs(line.x0 - start) < 0.5 * line.size:
            return any(
                abs(cell.x0 - line.x0) < 0.5 * line.size
                and 0 < cell.y0 - line.y0 < _WRAPPED_PITCH * line.size
                for cell in above
            )
    return False


def _table(group: list[list[Line]]) -> Table:
    """The rows as a table, with a cell for each column if it is certain which is whose."""
    rows: list[Row] = []
    for pieces in group:
        if len(pieces) == 1:
            above = min(rows[-1], key=lambda cell: abs(cell[0].x0 - pieces[0].x0))
            above.append(pieces[0])
        else:
            rows.append([[piece] for piece in sorted(pieces, key=lambda each: each.x0)])
    rows.sort(key=lambda row: -max(cell[0].y0 for cell in row))
    grid = _grid(rows)
    if grid:
        return Table(grid, aligned=True)
    usual = len(rows[0])
    return Table(rows, sum(len(row) == usual for row in rows) >= _SHARE_OF_EQUAL_ROWS * len(rows))


def _grid(rows: list[Row]) -> list[Row] | None:
    """The rows with empty cells where they have none; ``None`` if that is not certain."""
    widest = max(map(len, rows))
    full = [row for row in rows if len(row) == widest]
    if len(full) == len(rows):
        return rows
    columns = _columns([_extent(cell) for row in full for cell in row])
    if len(columns) != widest:
        return None
    grid: list[Row] = []
    for number, row in enumerate(rows):
        cells: Row = [[] for _ in columns]
        for cell in row:
            extent = _extent(cell)
            shares = [_overlap(*extent, *column) for column in columns]
            at = shares.index(max(shares))
            # Names can stand above several columns, or between them.
            certain = rows.index(full[0]) >= number or sum(share > 0.2 for share in shares) == 1
            if not certain or cells[at]:
                return None
            cells[at] = cell
        grid.append(cells)
    return grid


def _extent(cell: list[Line]) -> tuple[float, float]:
    return min(line.x0 for line in cell), max(line.x1 for line in cell)


def _columns(intervals: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """The union of intervals, as disjoint ones."""
    merged: list[tuple[float, float]] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_table(rows: list[list[Line]], gutters: list[tuple[float, float]]) -> bool:
    cells = [cell for row in rows for cell in row]
    rows = [row for row in rows if len(row) > 1]
    widest = max(map(len, rows))
    # A row of many cells is one, even if the lines around it belong to a single cell.
    fewest = _FEWEST_ROWS if widest < 3 else 2 if widest < _MANY_CELLS else 1
    if len(rows) < fewest or (len(rows) == 1 and _is_justified(rows[0])):
        return False
    if all(len(row) == 2 and _ITEM_MARK.fullmatch(row[0].text) for row in rows):
        return False
    long = statistics.mean(len(cell.text) for cell in cells) > _MOST_PROSE_IN_CELL
    prose = bool(gutters) and statistics.mean(len(row[0].text) for row in rows) > 25
    return not (long or prose)


def _is_justified(row: list[Line]) -> bool:
    """Whether these are the words of a line that was spread to the width of its column."""
    ordered = sorted(row, key=lambda each: each.x0)
    gaps = [after.x0 - before.x1 for before, after in pairwise(ordered)]
    return max(gaps) - min(gaps) < _EVEN * row[0].size


def _chained(lines: list[Line]) -> list[Block]:
    """Blocks of lines that stand below each other, whatever columns lie between them."""
    blocks: list[Block] = []
    for line in lines:
        for block in reversed(blocks[-_OPEN_BLOCKS:]):
            last = block.lines[-1]
            distance = last.y0 - line.y0
            size = max(last.size, line.size)
            near = 0.2 * size < distance < _PITCH * size
            if near and _overlap(line.x0, line.x1, last.x0, last.x1) > 0.3:
                block.add(line)
                break
        else:
            blocks.append(Block([line]))
    return blocks


def _ordered(blocks: list[Block]) -> list[Block]:
    """The blocks, each behind those that stand above it in the same column."""
    if len(blocks) > _MOST_SORTED:
        return blocks
    above = [
        {
            other
            for other, upper in enumerate(blocks)
            if other != number
            and upper.y0 > block.y1 - 0.4 * min(block.lines[0].height, upper.lines[-1].height)
            and _overlap(block.x0, block.x1, upper.x0, upper.x1) > 0.1
        }
        for number, block in enumerate(blocks)
    ]
    ordered: list[int] = []
    done: set[int] = set()
    waiting = list(range(len(blocks)))
    while waiting:
        number = next((each for each in waiting if above[each] <= done), waiting[0])
        waiting.remove(number)
        done.add(number)
        ordered.append(number)
    return [blocks[number] for number in ordered]
