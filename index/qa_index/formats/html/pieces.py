"""The parts of a page between walking it and composing its text."""

from dataclasses import dataclass, field
from typing import NamedTuple

from qa_index.formats.html.meta import Meta
from qa_index.records import BlockKind


class Mark(NamedTuple):
    """A position in a piece that the page names."""

    offset: int
    name: str
    """An id, or the label of a printed page, which may be empty."""
    is_page: bool


class Region:
    """A part of the page such as its navigation, and how much text it holds."""

    __slots__ = ("chars", "debris", "holds_content", "inside", "kind", "linked", "parent", "titles")

    def __init__(self, kind: str, parent: "Region | None") -> None:
        self.kind = kind
        """An element: ``main``, ``nav``; ``suspect`` if only a class tells; empty for the page."""
        self.parent = parent
        self.chars = 0
        self.linked = 0
        """Characters that are links."""
        self.titles = 0
        """Headings of the first level."""
        self.inside = False
        """Whether it lies inside the main content."""
        self.holds_content = False
        """Whether the main content lies inside it."""
        self.debris = False


class Listing:
    """An outermost list, and how much of it is links."""

    __slots__ = ("chars", "items", "linked")

    def __init__(self) -> None:
        self.chars = 0
        self.items = 0
        self.linked = 0


@dataclass(slots=True)
class Piece:
    """A block of the page: stripped text that is not empty."""

    kind: BlockKind
    text: str
    region: Region
    level: int = 0
    """Of a heading."""
    links: int = 0
    linked: int = 0
    """Characters that are links."""
    listing: Listing | None = None
    depth: int = 0
    """Of nested lists."""
    opens_item: bool = False
    header_rows: int = 0
    marks: list[Mark] = field(default_factory=list)
    added: list[tuple[int, int]] = field(default_factory=list)
    """Characters that are not in the page, such as the numbers of lists: spans of ``text``."""


class Page(NamedTuple):
    """All that the walk found."""

    pieces: list[Piece]
    regions: list[Region]
    """In order of their starts; the first is the page."""
    title: str
    site: str
    """Name of the site, if the page states it."""
    has_scripts: bool
    has_pictures: bool
    meta: Meta
