"""A passage with its surroundings, looked up by citation or by place."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa.annotations.citing import annotate
from qa.answering.surroundings import Surroundings, surroundings_of
from qa.checking.locating import Pictures, pictures_of, places_of
from qa.checking.sources import Sources, sources_of
from qa.errors import UnknownCitation
from qa.places import (
    Lines,
    Source,
    SourceSpan,
    UnitRange,
    source_of,
    unit_to_dict,
    units_at,
)
from qa_index.collection.index import Index
from qa_index.collection.records import StoredDocument
from qa_index.formats.pictures import RESOLUTION
from qa_index.records import KINDS, BlockKind, Cells, Fragment, MarkKind, Rectangle, Span, Unit
from qa_index.sources.filters import lies_in
from qa_index.sources.freshness import is_stale, told_stale

SCHEMA = "qa.excerpt/1"

_CITATION = re.compile(r"[0-9a-f]{16}", re.ASCII)
_PLACE = re.compile(r"(?P<path>.+):(?P<start>\d{1,15})(?:-(?P<end>\d{1,15}))?", re.ASCII | re.S)


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Part of a source as it was indexed, with the text around it."""

    source: Source
    span: SourceSpan
    lines: Lines | None
    """``None`` if the text was extracted, as from a PDF."""
    heading_path: tuple[str, ...]
    quote: str
    surroundings: Surroundings
    units: tuple[Unit, ...]
    """The pages or similar units that the quote and its surroundings touch."""
    root: str
    """Folder that ``source.path`` is relative to."""
    index_folder: str
    """Folder of the index that holds it."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line if the source has changed since it was indexed."""
        return (told_stale(self.source.path),) if self.source.stale else ()

    @property
    def unit(self) -> UnitRange | None:
        """First and last page, or similar unit; ``None`` if the document has none."""
        return UnitRange.of(units_at(self.units, self.span.start, self.span.end))

    @property
    def breaks(self) -> dict[int, UnitRange]:
        """The pages or similar units that begin in the quote or around it, by where they begin."""
        first = self.span.start - len(self.surroundings.before)
        ranges = ((unit.start, UnitRange.of([unit])) for unit in self.units)
        return {start: unit for start, unit in ranges if unit and start >= first}

    def places(self) -> tuple[Rectangle | Cells | Fragment, ...]:
        """Where the quote is in the original file; empty if the format does not tell.

        The file is read again. Raises ``StaleSource`` if it is not as it was indexed, or if this
        version of the program reads it in another way.
        """
        [found] = places_of(self.source, [self.span], self._sources())
        return found

    def pictures(
        self,
        evidence: Sequence[Span] = (),
        answer: Span | None = None,
        *,
        dots_per_inch: int = RESOLUTION,
    ) -> Pictures:
        """The pages of the quote as PNG files, by page number, with it marked.

        The spans of ``evidence`` are marked more strongly, and ``answer`` is underlined. Empty if
        the document has no pages or its format cannot draw them. Raises ``StaleSource`` as
        ``places`` does.
        """
        marked = [(MarkKind.PASSAGE, self.span)]
        marked += [(MarkKind.EVIDENCE, SourceSpan(*span)) for span in evidence]
        if answer is not None:
            marked.append((MarkKind.ANSWER, SourceSpan(*answer)))
        return pictures_of(self.source, marked, self._sources(), dots_per_inch=dots_per_inch)

    def to_annotation(self, part: SourceSpan | None = None) -> dict[str, Any]:
        """The quote, or a ``part`` of it, as a W3C Web Annotation: see ``Citation``."""
        span = part or self.span
        unit = UnitRange.of(units_at(self.units, span.start, span.end))
        return annotate(self.source, self.span, self.quote, unit, self._sources(), part=part)

    def _sources(self) -> Sources:
        return sources_of(self.root, self.index_folder)

    def to_dict(self) -> dict[str, Any]:
        """The excerpt as JSON types, schema ``qa.excerpt/1``."""
        return {
            "schema": SCHEMA,
            "quote": self.quote,
            "quote_sha256": hashlib.sha256(self.quote.encode()).hexdigest(),
            "source": asdict(self.source),
            "span": self.span.to_dict(),
            "lines": None if self.lines is None else asdict(self.lines),
            **unit_to_dict(self.unit),
            "heading_path": list(self.heading_path),
            "before": self.surroundings.before,
            "after": self.surroundings.after,
        }


def excerpt_of(index: Index, name: str, *, sentences: int, within: Sequence[str] = ()) -> Excerpt:
    """The excerpt called ``name``, with up to ``sentences`` sentences before and after it.

    ``name`` is a citation's id, ``PATH:START-END`` in code points as in a citation's span, or
    ``PATH:LINE`` for the passages on a line, or on a page of a document that has no lines. Raises
    ``UnknownCitation``, also for one that is not in or below ``within``.
    """
    found = _called(index, name, sentences=sentences)
    if within and not lies_in(found.source.path, within):
        raise UnknownCitation(f"{name} is not in {', '.join(within)}")
    return found


def _called(index: Index, name: str, *, sentences: int) -> Excerpt:
    if _CITATION.fullmatch(name):
        return _of_citation(index, name, sentences)
    match = _PLACE.fullmatch(name)
    if match is None:
        raise UnknownCitation(
            f"{name} is neither a citation nor PATH:LINE nor PATH:START-END; "
            "`qa ask --json` prints each citation's id and span"
        )
    document = _document(index, match["path"])
    text = index.text_of(document)
    if match["end"] is None:
        find = _on_line if document.encoding else _on_unit
        place = find(index, document, int(match["start"]))
    else:
        place = Span(int(match["start"]), int(match["end"]))
        if not place.start < place.end <= len(text):
            raise UnknownCitation(
                f"{name} is not a span of {document.path}, which has {len(text)} characters"
            )
    return _excerpt(index, document, text, place, sentences)


def _of_citation(index: Index, citation: str, sentences: int) -> Excerpt:
    row = index.row_of(citation)
    if row is None:
        raise UnknownCitation(
            f"the index holds no citation {citation}; its source may have changed, ask again"
        )
    passage = index.passage(row)
    text = index.text_of(passage.document)
    return _excerpt(index, passage.document, text, Span(passage.start, passage.end), sentences)


def _document(index: Index, path: str) -> StoredDocument:
    """The document with this path, as stored or relative to the working folder."""
    names = {path, index.name_of(path)}
    for document in index.documents():
        if document.path in names:
            return document
    raise UnknownCitation(f"{path} is not indexed; `qa status --documents` lists what is")


def _on_line(index: Index, document: StoredDocument, line: int) -> Span:
    """The span from the first to the last passage that touches a line."""
    rows = index.outline(document)
    touching = rows[(rows["first_line"] <= line) & (rows["last_line"] >= line)]
    if not len(touching):
        last = int(rows["last_line"].max(initial=0))
        raise UnknownCitation(
            f"there is no passage on line {line} of {document.path}; the last is on line {last}"
        )
    return Span(int(touching["start"][0]), int(touching["end"][-1]))


def _on_unit(index: Index, document: StoredDocument, number: int) -> Span:
    """The span from the first to the last passage that touches a page or similar unit."""
    if not document.units:
        raise UnknownCitation(
            f"{document.path} has no lines or pages; name a citation or PATH:START-END"
        )
    kind = document.units[0].kind
    rows = index.outline(document)
    # Running heads of all pages stand together at the end of the text.
    rows = rows[rows["kind"] != KINDS.index(BlockKind.DEBRIS)]
    units = [unit for unit in document.units if unit.number == number and unit.start < unit.end]
    touching = [rows[(rows["start"] < unit.end) & (rows["end"] > unit.start)] for unit in units]
    touching = [found for found in touching if len(found)]
    if not touching:
        last = max(unit.number for unit in document.units)
        raise UnknownCitation(
            f"there is no text on {kind} {number} of {document.path}; the last is {kind} {last}"
        )
    return Span(int(touching[0]["start"][0]), int(touching[-1]["end"][-1]))


def _excerpt(
    index: Index, document: StoredDocument, text: str, place: Span, sentences: int
) -> Excerpt:
    span = SourceSpan(*place)
    around = surroundings_of(index, document, text, place, sentences=sentences)
    shown = place.start - len(around.before), place.end + len(around.after)
    return Excerpt(
        source=source_of(document, stale=is_stale(document, index.root)),
        span=span,
        lines=Lines.of(text, span) if document.encoding else None,
        heading_path=_headings_at(index, document, place.start),
        quote=text[place.start : place.end],
        surroundings=around,
        units=units_at(document.units, *shown),
        root=str(index.root),
        index_folder=str(index.folder),
    )


def _headings_at(index: Index, document: StoredDocument, place: int) -> tuple[str, ...]:
    from qa_index.records import heading_path

    above = sum(heading.start <= place for heading in document.headings)
    return heading_path(document.headings, above - 1)
