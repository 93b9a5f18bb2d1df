"""EPUB: from bytes to text with chapters and pages, and from text to links."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote

from qa_index.formats.archive import Archive
from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.epub.navigation import Entry, Navigation, read_navigation
from qa_index.formats.epub.outline import fit_headings
from qa_index.formats.epub.package import Item, read_package
from qa_index.formats.html.charset import decode_page
from qa_index.formats.html.composing import Composition
from qa_index.formats.html.fragments import Fragments
from qa_index.formats.html.pieces import Mark, Piece
from qa_index.formats.html.regions import mark_debris
from qa_index.formats.html.walking import read_page
from qa_index.formats.html.xhtml import close_empty_elements
from qa_index.formats.structure.titles import title_of
from qa_index.records import (
    BlockKind,
    Fragment,
    Gap,
    Metadata,
    Parsed,
    Place,
    Span,
    Unit,
    UnitKind,
)

_PAGES = frozenset({"application/xhtml+xml", "text/html", "text/x-oeb1-document", ""})
"""Media types of chapters."""


class _Chapter(NamedTuple):
    """A document of the book that has text."""

    number: int
    """In the order of reading, from 1."""
    path: str
    start: int
    end: int


class _Book(NamedTuple):
    title: str
    metadata: Metadata
    composed: Composition
    text: str
    chapters: list[_Chapter]
    navigation: Navigation
    gaps: list[Gap]


_DEFAULT_TITLES = frozenset({"unknown", "unknown title", "untitled", "no title", "[no title]"})
"""Titles that programs set and nobody wrote."""


def parse_epub(data: bytes, *, name: str) -> Parsed:
    """Parse a book; raises ``UnreadableSource`` if it is damaged or protected."""
    book = _read(data)
    composed = book.composed
    starts = (
        block.start for block in composed.blocks if block.kind in (BlockKind.PROSE, BlockKind.LIST)
    )
    return Parsed(
        text=book.text,
        media_type="application/epub+zip",
        title=("" if book.title.casefold() in _DEFAULT_TITLES else book.title)
        or title_of(
            composed.headings,
            text_starts=next(starts, len(book.text)),
            first_line="",
            name=name,
        ),
        blocks=tuple(composed.blocks),
        headings=tuple(composed.headings),
        encoding="",
        units=tuple(_pages(book) or _chapters(book)),
        gaps=tuple(book.gaps),
        tables=tuple(composed.tables),
        metadata=book.metadata,
    )


def locate_in_epub(data: bytes, parsed: Parsed, spans: Sequence[Span]) -> list[tuple[Place, ...]]:
    """A link to each span, such as ``OEBPS/chapter.xhtml#id``; none without an id in its section.

    The path is that in the archive.
    """
    book = _read(data)
    if book.text != parsed.text:
        return [() for _ in spans]
    fragments = Fragments(book.composed, book.text)
    names = [fragments.id_before(span.start) for span in spans]
    return [(Fragment(name),) if "#" in name else () for name in names]


def _read(data: bytes) -> _Book:
    archive = Archive(data)
    package = read_package(archive)
    navigation = read_navigation(archive, package)
    composed = Composition()
    chapters: list[_Chapter] = []
    gaps: list[Gap] = []
    depth = 0  # of the last entry of the table of contents that was passed
    for number, item in enumerate(package.chapters, 1):
        pieces, reason = _pieces(archive, item)
        if reason:
            place = f"chapter {number}" + (f" ({item.path})" if item else "")
            gaps.append(Gap(place, reason))
        if item is None:
            continue
        entries = [each for each in navigation.contents if each.path == item.path]
        depth = fit_headings(pieces, entries, depth)
        if not pieces:
            continue
        first = len(composed.blocks)
        marks, composed.marks = composed.marks, []
        for piece in pieces:
            composed.add(piece)
        start = composed.blocks[first].start
        link = quote(item.path)
        composed.marks = [
            *marks,
            Mark(start, link, is_page=False),
            *(
                mark if mark.is_page else mark._replace(name=f"{link}#{quote(mark.name)}")
                for mark in composed.marks
            ),
        ]
        chapters.append(_Chapter(number, item.path, start, composed.size))
    if gaps and not chapters:
        raise UnreadableSource(f"none of its chapters can be read: {gaps[0].reason}")
    return _Book(
        package.title, package.metadata, composed, composed.text, chapters, navigation, gaps
    )


def _pieces(archive: Archive, item: Item | None) -> tuple[list[Piece], str]:
    """The pieces of a chapter, or why there are none."""
    if item is None:
        return [], "the package does not list it"
    if item.media_type not in _PAGES:
        return [], f"its type {item.media_type} is not read"
    if item.path not in archive:
        return [], "it is missing in the archive"
    try:
        markup = decode_page(archive.read(item.path))
    except UnreadableSource as error:
        return [], str(error)
    page = read_page(close_empty_elements(markup), is_book=True)
    reason = "picture only" if page.has_pictures and not page.pieces else ""
    return mark_debris(page, is_book=True), reason


def _pages(book: _Book) -> list[Unit]:
    """The printed pages, by the marks in the text and by the list of pages; empty without."""
    starts = {chapter.path: chapter.start for chapter in book.chapters}
    positions = {mark.name: mark.offset for mark in book.composed.marks if not mark.is_page}
    labels = {mark.offset: mark.name for mark in book.composed.marks if mark.is_page}
    for entry in book.navigation.pages:
        position = _position(entry, starts, positions)
        if position is not None:
            labels[position] = labels.get(position) or entry.title
    if not labels:
        return []
    found = sorted(labels.items())
    first = book.composed.blocks[0].start
    if found[0][0] > first:
        found.insert(0, (first, ""))  # before the first mark
    ends = [start for start, _ in found[1:]] + [book.composed.size]
    pages = [
        (label, start, end) for (start, label), end in zip(found, ends, strict=True) if end > start
    ]
    return [
        Unit(UnitKind.PAGE, number, label, start, end)
        for number, (label, start, end) in enumerate(pages, 1)
    ]


def _position(entry: Entry, starts: dict[str, int], positions: dict[str, int]) -> int | None:
    if entry.fragment:
        return positions.get(f"{quote(entry.path)}#{quote(entry.fragment)}")
    return starts.get(entry.path)


def _chapters(book: _Book) -> list[Unit]:
    """The documents, each by the entry for it, its heading or the first entry inside it."""
    whole: dict[str, str] = {}
    inside: dict[str, str] = {}
    for entry in book.navigation.contents:
        (inside if entry.fragment else whole).setdefault(entry.path, entry.title)
    return [
        Unit(
            UnitKind.CHAPTER,
            chapter.number,
            whole.get(chapter.path)
            or _first_heading(book, chapter)
            or inside.get(chapter.path, ""),
            chapter.start,
            chapter.end,
        )
        for chapter in book.chapters
    ]


def _first_heading(book: _Book, chapter: _Chapter) -> str:
    inside: Iterable[str] = (
        heading.title
        for heading in book.composed.headings
        if chapter.start <= heading.start < chapter.end
    )
    return next(iter(inside), "")
