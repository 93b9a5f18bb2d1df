"""Builds extracted text with its structure, block by block."""

from collections.abc import Iterable, Sequence

from qa_index.formats.structure.tables import header_rows
from qa_index.formats.structure.titles import tidy
from qa_index.records import Block, BlockKind, Heading, Parsed, Span, Table, Unit, UnitKind


class Extracted:
    """Text with its structure; blocks are separated by an empty line."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.length = 0
        self.blocks: list[Block] = []
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.units: list[Unit] = []

    @property
    def text(self) -> str:
        """All text so far."""
        return "".join(self._parts)

    def add(self, kind: BlockKind, text: str) -> Span | None:
        """Append a block; ``None`` if there is nothing but white space."""
        if not text or text.isspace():
            return None
        if self._parts:
            self._append("\n\n")
        start = self.length
        self._append(text)
        self.blocks.append(Block(kind, start, self.length))
        return Span(start, self.length)

    def heading(self, level: int, title: str) -> Span | None:
        """Append a heading."""
        title = tidy(title)
        place = self.add(BlockKind.HEADING, title)
        if place is not None:
            self.headings.append(Heading(level, title, *place))
        return place

    def table(self, rows: Iterable[Sequence[str]], *, headers: int | None = None) -> Span | None:
        """Append a table. Without ``headers``, the rows that name the columns are found."""
        cells = [[tidy(cell) for cell in row] for row in rows]
        lines = ["\t".join(row).rstrip("\t") for row in cells]
        place = self.add(BlockKind.TABLE, "\n".join(lines))
        if place is not None:
            found = header_rows(cells) if headers is None else headers
            self.tables.append(Table(*place, found))
        return place

    def parsed(self, parsed: Parsed, *, below: int = 0) -> None:
        """Append what another format has extracted, its headings ``below`` levels deeper."""
        if not parsed.blocks:
            return
        if self._parts:
            self._append("\n\n")
        shift = self.length
        self._append(parsed.text)
        self.blocks += [Block(kind, a + shift, b + shift) for kind, a, b in parsed.blocks]
        self.headings += [
            Heading(level + below, title, a + shift, b + shift)
            for level, title, a, b in parsed.headings
        ]
        self.tables += [Table(a + shift, b + shift, rows) for a, b, rows in parsed.tables]

    def unit(self, kind: UnitKind, label: str, start: int) -> None:
        """End a unit that began at ``start``, a length of the text."""
        start = min(start + 2 * (start > 0), self.length)  # after the empty line
        self.units.append(Unit(kind, len(self.units) + 1, label, start, self.length))

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self.length += len(text)
