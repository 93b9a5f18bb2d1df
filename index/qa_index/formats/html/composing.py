"""Composes the text of a document from the pieces of its pages."""

from dataclasses import dataclass, field

from qa_index.formats.html.pieces import Listing, Mark, Piece
from qa_index.records import Block, BlockKind, Heading, Span, Table

_INDENT = "  "


@dataclass(slots=True)
class Composition:
    """Text and structure, while pieces are added."""

    blocks: list[Block] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    """Ids and starts of printed pages at their positions in the text."""
    added: list[Span] = field(default_factory=list)
    """Characters of the text that the page does not have."""
    size: int = 0
    """Characters of the text."""
    _parts: list[str] = field(default_factory=list)
    _listing: Listing | None = None

    @property
    def text(self) -> str:
        """All that was added, without white space at the ends."""
        return "".join(self._parts)

    def add(self, piece: Piece) -> None:
        """Append a piece, after an empty line or, inside a list, on the next line."""
        same_list = piece.listing is not None and piece.listing is self._listing
        separator = "\n" if same_list and piece.opens_item else "\n\n"
        if self._parts:
            if piece.kind is not BlockKind.HEADING:
                separator += _INDENT * piece.depth
            self._parts.append(separator)
            self.size += len(separator)
        start = self.size
        self._parts.append(piece.text)
        self.size += len(piece.text)
        self._listing = piece.listing
        self.blocks.append(Block(piece.kind, start, self.size))
        if piece.kind is BlockKind.HEADING:
            self.headings.append(Heading(piece.level, piece.text, start, self.size))
        elif piece.kind is BlockKind.TABLE:
            self.tables.append(Table(start, self.size, piece.header_rows))
        self.marks += [mark._replace(offset=start + mark.offset) for mark in piece.marks]
        self.added += [Span(start + first, start + last) for first, last in piece.added]
