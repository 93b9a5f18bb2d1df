"""HTML pages: from bytes to text with structure, and from text to links."""

from collections.abc import Sequence
from pathlib import PurePath

from qa_index.formats.html.charset import decode_page
from qa_index.formats.html.composing import Composition
from qa_index.formats.html.fragments import Fragments
from qa_index.formats.html.pieces import Page
from qa_index.formats.html.regions import mark_debris
from qa_index.formats.html.titles import page_title
from qa_index.formats.html.walking import read_page
from qa_index.formats.html.xhtml import close_empty_elements, is_xhtml
from qa_index.formats.structure.metadata import stated
from qa_index.records import Fragment, Gap, Parsed, Place, Span


def parse_html(data: bytes, *, name: str) -> Parsed:
    """Parse a page; raises ``UnreadableSource`` for binary data."""
    is_xhtml = PurePath(name).suffix.lower() in (".xhtml", ".xht")
    media_type = "application/xhtml+xml" if is_xhtml else "text/html"
    return parse_markup(decode_page(data), name=name, media_type=media_type)


def parse_markup(markup: str, *, name: str, media_type: str = "text/html") -> Parsed:
    """Parse the decoded source of a page; for other formats that hold pages."""
    page, composed, text = _compose(markup)
    gaps: tuple[Gap, ...] = ()
    if not text and page.has_scripts:
        gaps = (Gap("the page", "its content is loaded by scripts"),)
    return Parsed(
        text=text,
        media_type=media_type,
        title=page_title(page.title, page.site, text, composed.blocks, composed.headings, name),
        blocks=tuple(composed.blocks),
        headings=tuple(composed.headings),
        encoding="",
        gaps=gaps,
        tables=tuple(composed.tables),
        metadata=stated(page.meta.dates, page.meta.tags),
    )


def locate_in_html(data: bytes, parsed: Parsed, spans: Sequence[Span]) -> list[tuple[Place, ...]]:
    """A link to each span of the text of a page."""
    return locate_in_markup(decode_page(data), parsed, spans)


def locate_in_markup(markup: str, parsed: Parsed, spans: Sequence[Span]) -> list[tuple[Place, ...]]:
    """A link to each span of the text of a page, given its decoded source."""
    _, composed, text = _compose(markup)
    if text != parsed.text:
        return [() for _ in spans]
    fragments = Fragments(composed, text)
    found: list[Fragment | None] = [fragments.of(span) for span in spans]
    return [(each,) if each else () for each in found]


def _compose(markup: str) -> tuple[Page, Composition, str]:
    page = read_page(close_empty_elements(markup) if is_xhtml(markup) else markup)
    composed = Composition()
    for piece in mark_debris(page, is_book=False):
        composed.add(piece)
    return page, composed, composed.text
