"""Takes places in the original file, such as rectangles on a page, from the file again."""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from qa.checking.sources import Sources
from qa.errors import StaleSource
from qa.places import Source, SourceSpan, units_at
from qa_index import formats, parsing
from qa_index.records import Cells, Fragment, Mark, MarkKind, Rectangle, Span
from qa_index.sources import files
from qa_index.sources.freshness import told_stale

Pictures = dict[int, bytes]
"""PNG files, by page number."""


def _bytes_of(source: Source, sources: Sources) -> bytes:
    """The file's bytes, which are those that were indexed.

    Raises ``StaleSource`` if they are not, or if the format has another version by now.
    """
    try:
        data = files.read_bytes(sources.root / source.path)
        version = None if source.format is None else formats.format_called(source.format).version
    except OSError:
        raise StaleSource(told_stale(source.path)) from None
    except formats.UnreadableSource as error:
        raise StaleSource(f"{source.path} cannot be read: {error}") from None
    if hashlib.sha256(data).hexdigest() != source.sha256:
        raise StaleSource(told_stale(source.path))
    if version != source.format_version:
        raise StaleSource(f"{source.path} is read in another way by now; run `qa index`")
    return data


def _recognition_of(source: Source) -> parsing.Recognition:
    """What recognises text on pictures as it did when they were indexed; or ``StaleSource``."""
    before = source.recognition or ""
    recognition = parsing.Recognition.like(before)
    if recognition.recogniser is None:
        raise StaleSource(f"{source.path} holds pictures; {recognition.remedy}")
    if recognition.identity != before:
        raise StaleSource(
            f"{source.path} was recognised by {before}, not {recognition.identity}; run `qa index`"
        )
    return recognition


def places_of(
    source: Source, spans: Sequence[SourceSpan], sources: Sources
) -> list[tuple[Rectangle | Cells | Fragment, ...]]:
    """The places of some spans of a source; none for formats that do not tell.

    Pages that are pictures are recognised again, which takes a few seconds each.

    Raises ``StaleSource`` if the file is not as it was indexed, or if its format or what recognised
    it has another version by now.
    """
    data = _bytes_of(source, sources)
    if source.format is None or formats.format_called(source.format).locate is None:
        return [() for _ in spans]
    try:
        parsed = sources.indexed(
            source.path,
            sha256=source.sha256,
            format_name=source.format,
            version=source.format_version,
            recognition=source.recognition,
        ) or sources.parse(data, source.path, recognition=source.recognition)
        wanted = [Span(span.start, span.end) for span in spans]
        on = (unit for span in wanted for unit in units_at(parsed.units, *span))
        recognition = _recognition_of(source) if any(unit.recognised for unit in on) else None
        return parsing.locate(data, parsed, wanted, source.format, recognition=recognition)
    except formats.UnreadableSource as error:
        raise StaleSource(f"{source.path} cannot be read: {error}") from None


class Marked(NamedTuple):
    """A file, and the marks on its pages."""

    source: Source
    data: bytes
    marks: dict[int, list[Mark]]
    """By page."""

    def drawn(self, page: int, dots_per_inch: int) -> bytes:
        """A PNG file of a page; raises ``StaleSource`` if it cannot be drawn."""
        marks, name = self.marks.get(page, []), str(self.source.format)
        try:
            return parsing.render(self.data, page, marks, name, dots_per_inch=dots_per_inch)
        except formats.UnreadableSource as error:
            raise StaleSource(f"{self.source.path} cannot be drawn: {error}") from None

    def drawn_by(self, page: int) -> str:
        """What decides how the page is drawn, see ``DrawnBy``; raises ``StaleSource``."""
        try:
            return parsing.drawn_by(self.data, page, str(self.source.format))
        except formats.UnreadableSource as error:
            raise StaleSource(f"{self.source.path} cannot be drawn: {error}") from None


def marked_pages(
    source: Source, marked: Sequence[tuple[MarkKind, SourceSpan]], sources: Sources
) -> Marked | None:
    """The pages on which some spans are, to be drawn with the spans marked.

    ``None`` if the format cannot draw pages. Raises ``StaleSource`` as ``places_of`` does.
    """
    if source.format is None or formats.format_called(source.format).render is None:
        return None
    marks = _marks_of(source, marked, sources)
    return Marked(source, _bytes_of(source, sources), marks)


def pictures_of(
    source: Source,
    marked: Sequence[tuple[MarkKind, SourceSpan]],
    sources: Sources,
    *,
    dots_per_inch: int,
) -> Pictures:
    """The pages on which some spans are, by number, with the spans marked.

    Empty if the format cannot draw pages. Raises ``StaleSource`` as ``places_of`` does.
    """
    pages = marked_pages(source, marked, sources)
    if pages is None:
        return {}
    return {page: pages.drawn(page, dots_per_inch) for page in sorted(pages.marks)}


def picture_of(
    source: Source,
    page: int,
    marked: Sequence[tuple[MarkKind, SourceSpan]],
    sources: Sources,
    *,
    width: int,
) -> bytes:
    """Page ``page`` of a source whose format has pages, as a PNG file, with the spans marked.

    It is about ``width`` pixels wide. Raises ``StaleSource`` as ``places_of`` does, also if the
    page cannot be drawn.
    """
    marks = _marks_of(source, marked, sources).get(page, []) if marked else []
    data, name = _bytes_of(source, sources), str(source.format)
    try:
        # Drawn small first: nothing else tells how wide it is.
        small = parsing.render(data, page, (), name, dots_per_inch=_PROBE)
        wanted = max(_PROBE * width // max(_width_of(small), 1), 1)
        return parsing.render(data, page, marks, name, dots_per_inch=wanted)
    except formats.UnreadableSource as error:
        raise StaleSource(f"{source.path} cannot be drawn: {error}") from None


_PROBE = 24
"""Dots per inch at which a page's width is measured: to 0.5% on paper of common sizes."""


def _width_of(picture: bytes) -> int:
    """Pixels in a row of a PNG file, from its first chunk."""
    return int.from_bytes(picture[16:20], "big")


def _marks_of(
    source: Source, marked: Sequence[tuple[MarkKind, SourceSpan]], sources: Sources
) -> dict[int, list[Mark]]:
    """The marks of some spans, by page."""
    marks: dict[int, list[Mark]] = {}
    found = places_of(source, [span for _, span in marked], sources)
    for (kind, _), places in zip(marked, found, strict=True):
        for place in places:
            if isinstance(place, Rectangle):
                marks.setdefault(place.page, []).append(Mark(kind, place))
    return marks
