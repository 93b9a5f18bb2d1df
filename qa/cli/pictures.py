"""Writes pictures of pages with a quote marked."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from qa.errors import InputError, StaleSource

if TYPE_CHECKING:
    from qa import Excerpt, SourceSpan
    from qa.checking.sources import Sources
    from qa_index.records import Rectangle

_SUFFIX = ".png"


def write_pictures(
    excerpt: "Excerpt", evidence: "Sequence[SourceSpan]", sources: "Sources", to: str
) -> dict[int, Path]:
    """A PNG file for each page that the excerpt is on, by page number.

    One page is written to the path ``to``; several to paths with the page's number: ``out-4.png``,
    ``out-5.png``. The excerpt is marked, and its ``evidence`` again.

    Raises ``InputError`` if the document has no pages, ``StaleSource`` if the file changed.
    """
    from qa.checking.locating import bytes_of, places_of
    from qa_index import formats, parsing

    path, source = Path(to), excerpt.source
    if path.suffix.lower() != _SUFFIX:
        raise InputError(f"{to} is no name for a picture; it must end with {_SUFFIX}")
    if source.format is None or formats.format_called(source.format).render is None:
        raise InputError(f"{source.path} has no pages to show; `qa show --open` opens the file")
    pages = _marked(places_of(source, [excerpt.span, *evidence], sources))
    if not pages:
        if excerpt.unit is None or excerpt.unit.page is None:
            raise InputError(f"{source.path} has no pages to show")
        pages = {number: [] for number in _pages(excerpt)}
    data = bytes_of(source, sources)
    written = {}
    for number, rectangles in pages.items():
        try:
            picture = parsing.render(data, number, rectangles, source.format)
        except formats.UnreadableSource as error:
            raise StaleSource(f"page {number} of {source.path} cannot be drawn: {error}") from None
        name = path if len(pages) == 1 else path.with_stem(f"{path.stem}-{number}")
        try:
            name.write_bytes(picture)
        except OSError as error:
            raise InputError(f"cannot write {name}: {error.strerror}") from None
        written[number] = name
    return written


def _marked(places: Sequence[Sequence[object]]) -> "dict[int, list[Rectangle]]":
    from qa_index.records import Rectangle

    found = [each for one in places for each in one if isinstance(each, Rectangle)]
    found.sort(key=lambda each: each.page)  # stable: evidence comes last and is drawn on top
    return {page: list(each) for page, each in groupby(found, key=lambda each: each.page)}


def _pages(excerpt: "Excerpt") -> range:
    """Numbers of the pages of an excerpt of which no rectangles are known."""
    unit = excerpt.unit
    return range(unit.first.number, unit.last.number + 1) if unit else range(0)
