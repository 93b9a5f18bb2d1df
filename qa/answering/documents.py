"""An indexed document by the hash of its file: what it is, its pages, and windows of its text."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from qa.checking.locating import picture_of
from qa.checking.sources import sources_of
from qa.errors import UnknownCitation
from qa.places import Lines, Source, SourceSpan, source_of, units_at
from qa_index import formats
from qa_index.collection.index import Index
from qa_index.collection.records import StoredDocument
from qa_index.records import (
    KINDS,
    BlockKind,
    Heading,
    MarkKind,
    Span,
    Unit,
    UnitKind,
    header_above,
    heading_path,
)
from qa_index.sources.filters import lies_in
from qa_index.sources.freshness import is_stale

SCHEMA = "qa.document/1"
WINDOW_SCHEMA = "qa.text/1"

MAX_WINDOW = 50_000
"""Characters of the longest window: ten pages of print."""

MARGIN = 3_000
"""Characters of a window before and after the passage that it shows."""

_MAX_HEADINGS = 2_000
"""Headings that are listed; a reference work has more than anybody scrolls through."""


@dataclass(frozen=True, slots=True)
class IndexedDocument:
    """A document of an index, without its text."""

    source: Source
    paths: tuple[str, ...]
    """All files with these bytes, sorted."""
    language: str
    size: int
    """Of the file, in bytes."""
    characters: int
    """Length of the text."""
    passages: int
    headings: tuple[Heading, ...]
    """At most 2,000."""
    unit: UnitKind | None
    """What it is divided into; ``None`` if it has lines instead."""
    units: int
    """How many of them; 0 if it has lines instead."""
    has_pictures: bool
    """Whether its pages can be drawn."""
    root: str = field(repr=False)
    """Folder that ``source.path`` is relative to."""
    index_folder: str = field(repr=False)
    """Folder of the index that holds it."""

    def picture(
        self,
        page: int,
        quote: Span | None = None,
        evidence: Sequence[Span] = (),
        answer: Span | None = None,
        *,
        width: int = 900,
    ) -> bytes:
        """Page ``page``, counted from 1, as a PNG file about ``width`` pixels wide.

        ``quote`` is marked, the spans of ``evidence`` more strongly, and ``answer`` is underlined,
        as far as they are on this page.

        Raises ``UnknownCitation`` if there is no such page or it cannot be drawn, and
        ``StaleSource`` as ``Citation.places`` does.
        """
        path = self.source.path
        if not self.has_pictures:
            raise UnknownCitation(f"{path} has no pages that can be drawn")
        if not 1 <= page <= self.units:
            raise UnknownCitation(f"{path} has no page {page}; the last is page {self.units}")
        marked = [] if quote is None else [(MarkKind.PASSAGE, SourceSpan(*quote))]
        marked += [(MarkKind.EVIDENCE, SourceSpan(*span)) for span in evidence]
        marked += [] if answer is None else [(MarkKind.ANSWER, SourceSpan(*answer))]
        sources = sources_of(self.root, self.index_folder)
        return picture_of(self.source, page, marked, sources, width=width)

    def to_dict(self) -> dict[str, Any]:
        """The document as JSON types, schema ``qa.document/1``."""
        return {
            "schema": SCHEMA,
            "id": self.source.sha256,
            "source": asdict(self.source),
            "paths": list(self.paths),
            "language": self.language,
            "size": self.size,
            "characters": self.characters,
            "passages": self.passages,
            "headings": [heading._asdict() for heading in self.headings],
            "unit": None if self.unit is None else str(self.unit),
            "units": self.units,
            "has_pictures": self.has_pictures,
        }


class TextBlock(NamedTuple):
    """A run of text of one kind, ``text[start:end]`` of the document."""

    kind: BlockKind
    start: int
    end: int
    header: str
    """For rows of a table, the names of its columns as they stand in the document; else empty."""


@dataclass(frozen=True, slots=True)
class TextWindow:
    """Part of a document's text with its structure. All offsets are those of the document."""

    source: Source
    characters: int
    """Length of the whole text."""
    span: SourceSpan
    """Of the window."""
    text: str
    lines: Lines | None
    """Of the window; ``None`` if the text was extracted."""
    heading_path: tuple[str, ...]
    """The headings that the window begins under, the outermost first."""
    headings: tuple[Heading, ...]
    """Those in the window."""
    units: tuple[Unit, ...]
    """Pages or similar units that the window touches, in the order of the text."""
    blocks: tuple[TextBlock, ...]
    """In order, cut to the window. Rows of a table are lines, in extracted text with tabs between
    the cells."""
    quote: SourceSpan | None
    """The passage that the window was opened at."""

    def to_dict(self) -> dict[str, Any]:
        """The window as JSON types, schema ``qa.text/1``."""
        return {
            "schema": WINDOW_SCHEMA,
            "id": self.source.sha256,
            "source": asdict(self.source),
            "characters": self.characters,
            "span": self.span.to_dict(),
            "text": self.text,
            "lines": None if self.lines is None else asdict(self.lines),
            "heading_path": list(self.heading_path),
            "headings": [heading._asdict() for heading in self.headings],
            "units": [{**unit._asdict(), "kind": str(unit.kind)} for unit in self.units],
            "blocks": [{**block._asdict(), "kind": str(block.kind)} for block in self.blocks],
            "quote": None if self.quote is None else self.quote.to_dict(),
        }


def document_of(index: Index, sha256: str, *, within: Sequence[str] = ()) -> IndexedDocument:
    """The document whose file had this SHA-256, in or below ``within``; or ``UnknownCitation``."""
    documents = _documents(index, sha256, within)
    first = documents[0]
    kind = first.units[0].kind if first.units else None
    return IndexedDocument(
        source=source_of(first, stale=is_stale(first, index.root)),
        paths=tuple(document.path for document in documents),
        language=first.language,
        size=first.size,
        characters=first.characters,
        passages=first.passages.end - first.passages.start,
        headings=first.headings[:_MAX_HEADINGS],
        unit=kind,
        units=max((unit.number for unit in first.units), default=0),
        has_pictures=kind is UnitKind.PAGE and _draws_pages(first.format),
        root=str(index.root),
        index_folder=str(index.folder),
    )


def _draws_pages(name: str) -> bool:
    try:
        return formats.format_called(name).render is not None
    except formats.UnreadableSource:  # the package that added it is not installed here
        return False


def window_of(
    index: Index,
    sha256: str,
    *,
    citation: str | None = None,
    span: Span | None = None,
    within: Sequence[str] = (),
) -> TextWindow:
    """The text around a passage of a document, or the part ``span`` of it; else its beginning.

    A window is at most ``MAX_WINDOW`` characters long. Raises ``UnknownCitation``, also for a
    document that is not in or below ``within``.
    """
    documents = _documents(index, sha256, within)
    document, quote = documents[0], None
    if citation is not None:
        document, quote = _quoted_in(index, documents, citation)
        span = Span(quote.start - MARGIN, quote.end + MARGIN)
    asked = span or Span(0, 2 * MARGIN)
    text = index.text_of(document)
    start = min(max(asked.start, 0), len(text))
    end = min(max(asked.end, start), start + MAX_WINDOW, len(text))
    if span is None or quote is not None:
        start, end = _whole_lines(text, start, end)
    above = sum(heading.start < start for heading in document.headings)
    return TextWindow(
        source=source_of(document, stale=is_stale(document, index.root)),
        characters=len(text),
        span=SourceSpan(start, end),
        text=text[start:end],
        lines=Lines.of(text, SourceSpan(start, end)) if document.encoding else None,
        heading_path=heading_path(document.headings, above - 1),
        headings=tuple(each for each in document.headings if start <= each.start < end),
        units=units_at(document.units, start, end),
        blocks=tuple(_blocks(index, document, start, end)),
        quote=None if quote is None else SourceSpan(*quote),
    )


def _quoted_in(
    index: Index, documents: Sequence[StoredDocument], citation: str
) -> tuple[StoredDocument, Span]:
    """The one of some documents with a passage, and its span; raises ``UnknownCitation``."""
    row = index.row_of(citation)
    passage = None if row is None else index.passage(row)
    if passage is None or passage.document.path not in {each.path for each in documents}:
        raise UnknownCitation(f"the document holds no citation {citation}; ask again")
    return passage.document, Span(passage.start, passage.end)


def _documents(index: Index, sha256: str, within: Sequence[str]) -> list[StoredDocument]:
    """Those with this hash in or below ``within``, in the order of paths; or
    ``UnknownCitation``."""
    found = [index.document(number) for number in index.numbers_with(sha256)]
    found = [each for each in found if not within or lies_in(each.path, within)]
    if not found:
        raise UnknownCitation(
            f"the index holds no document {sha256}; it may have changed, ask again"
        )
    return found


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """The window without parts of lines at its ends, unless they are long."""
    most = MARGIN // 2  # characters to leave out
    found = text.find("\n", start, min(start + most, end)) if start else -1
    first = start if found < 0 else found + 1
    found = text.rfind("\n", max(first, end - most), end) if end < len(text) else -1
    return first, end if found < 0 else found


def _blocks(index: Index, document: StoredDocument, start: int, end: int) -> Iterator[TextBlock]:
    """The kinds of the passages in a window; neighbours of one kind are joined."""
    rows = index.outline(document)
    rows = np.sort(rows[(rows["start"] < end) & (rows["end"] > start)], order="start")
    joined: TextBlock | None = None
    for row in rows:
        kind = KINDS[int(row["kind"])]
        first, last = max(int(row["start"]), start), min(int(row["end"]), end)
        header = header_above(document.headers, int(row["start"])) if kind == "table" else ""
        block = TextBlock(kind, first, last, header)
        if joined and (joined.kind, joined.header) == (kind, header):
            joined = joined._replace(end=last)
            continue
        if joined:
            yield joined
        joined = block
    if joined:
        yield joined
