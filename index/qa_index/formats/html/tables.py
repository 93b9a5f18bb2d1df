"""Tables: which hold data, and their rows as lines."""

from dataclasses import dataclass, field

from qa_index.formats.html.pieces import Mark, Piece, Region
from qa_index.records import BlockKind

_WIDEST_SPAN = 100
"""Columns; a hostile page could ask for many cells in few bytes."""
_LONGEST_CELL = 300
"""Characters of an average cell; text that is set in columns has longer ones."""
_MOST_BLOCKS = 3
"""Paragraphs of an average cell."""
_DATA_ROLES = frozenset({"table", "grid", "treegrid"})
_LAYOUT_ROLES = frozenset({"presentation", "none"})


@dataclass(slots=True)
class Cell:
    """A cell and what is in it."""

    header: bool
    columns: int
    rows: int
    pieces: list[Piece] = field(default_factory=list)


@dataclass(slots=True)
class Row:
    """A row of a table."""

    in_head: bool
    cells: list[Cell] = field(default_factory=list)


@dataclass(slots=True)
class OpenTable:
    """A table while it is walked."""

    region: Region
    kind: BlockKind
    outer: list[Piece]
    """Where its pieces go when it ends."""
    role: str
    in_head: bool = False
    caption: list[Piece] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    loose: list[Piece] = field(default_factory=list)
    """Content that is in no cell."""
    has_tables: bool = False
    foot: list[Row] = field(default_factory=list)


def span(value: str | None) -> int:
    """A ``colspan`` or ``rowspan``."""
    return min(max(int(value), 1), _WIDEST_SPAN) if value and value.isdecimal() else 1


def pieces_of(table: OpenTable) -> list[Piece]:
    """The table as one piece of rows, or the content of its cells if it only lays them out."""
    cells = [cell for row in table.rows for cell in row.cells]
    if not _holds_data(table, cells):
        inside = [piece for cell in cells for piece in cell.pieces]
        return [*table.caption, *table.loose, *inside]
    body = _rows(table)
    return [*table.caption, *table.loose, *([body] if body else [])]


def _holds_data(table: OpenTable, cells: list[Cell]) -> bool:
    if table.role in _LAYOUT_ROLES:
        return False
    filled = [cell for cell in cells if cell.pieces]
    width = max((sum(bool(c.pieces) for c in row.cells) for row in table.rows), default=0)
    if width < 2:
        return False
    inside = [piece for cell in filled for piece in cell.pieces]
    if any(piece.kind is BlockKind.HEADING for piece in inside):
        return False
    if (
        table.role in _DATA_ROLES
        or table.caption
        or any(row.in_head for row in table.rows)
        or any(cell.header for cell in filled)
    ):
        return True
    if table.has_tables or any(p.kind is BlockKind.CODE and "\n" in p.text for p in inside):
        return False
    size = sum(len(piece.text) for piece in inside)
    return size <= _LONGEST_CELL * len(filled) and len(inside) <= _MOST_BLOCKS * len(filled)


def _rows(table: OpenTable) -> Piece | None:
    lines: list[str] = []
    result = Piece(table.kind, "", table.region)
    offset = 0
    header_rows = 0
    in_header = True
    spanned: dict[int, int] = {}  # column: rows that a cell above still covers
    for row in table.rows:
        columns: list[str] = []
        width = 0
        for cell in row.cells:
            while spanned.get(len(columns), 0):
                columns.append("")
                width += 1
            at = len(columns)
            text = ""
            for piece in cell.pieces:
                if text:
                    text += " "
                base = offset + width + len(text)
                result.marks += [Mark(base + m.offset, *m[1:]) for m in piece.marks]
                result.added += [(base + start, base + end) for start, end in piece.added]
                result.links += piece.links
                result.linked += piece.linked
                text += piece.text.replace("\n", " ").replace("\t", " ")
            columns += [text, *[""] * (cell.columns - 1)]
            width += len(text) + cell.columns
            if cell.rows > 1:
                for column in range(at, at + cell.columns):
                    spanned[column] = cell.rows
        spanned = {column: left - 1 for column, left in spanned.items() if left > 1}
        line = "\t".join(columns).rstrip("\t")
        if not line:
            continue
        # A row that spans the table is its title or a subtitle, not names of columns.
        filled = [cell for cell in row.cells if cell.pieces]
        named = row.in_head or all(cell.header for cell in filled)
        if in_header and named:
            lines.append(line)
            if len(filled) > 1:
                header_rows = len(lines)
        else:
            in_header = False
            lines.append(line)
        offset += len(line) + 1
    if not lines:
        return None
    result.text = "\n".join(lines)  # the empty cells before the first name tell its column
    result.header_rows = min(header_rows, len(lines))
    return result
