"""The events of a page by the standard library, where turbohtml is not installed.

It closes what HTML allows to leave open, which is all that pages without errors need.
"""

from html.parser import HTMLParser

from qa_index.formats.html.elements import words
from qa_index.formats.html.events import Attributes, Handler

_VOID = words(
    "area base basefont bgsound br col embed frame hr img input keygen link meta param source "
    "track wbr"
)
_ENDS_PARAGRAPH = words(
    "address article aside blockquote center details dialog dir div dl dd dt fieldset "
    "figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol p pre "
    "search section summary table ul"
)
_HEADINGS = words("h1 h2 h3 h4 h5 h6")
_IN_HEAD = words("base link meta noscript script style template title")
_SCOPES = words("table td th caption button template html svg math")
"""Elements that an implied end does not reach beyond."""

_ROW_ENDS = ("tr", "td", "th", "caption", "colgroup")
_ENDED_BY = {
    **dict.fromkeys(_HEADINGS, ("h1", "h2", "h3", "h4", "h5", "h6")),
    "li": ("li",),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "tr": _ROW_ENDS,
    "thead": ("thead", "tbody", "tfoot", *_ROW_ENDS),
    "tbody": ("thead", "tbody", "tfoot", *_ROW_ENDS),
    "tfoot": ("thead", "tbody", "tfoot", *_ROW_ENDS),
    "option": ("option",),
    "optgroup": ("optgroup", "option"),
    "rt": ("rt", "rp"),
    "rp": ("rt", "rp"),
}
"""Which open elements a start tag ends."""
_STOPS = {
    "li": frozenset({"ul", "ol", "menu", "dir"}),
    "dt": frozenset({"dl"}),
    "dd": frozenset({"dl"}),
    "rt": frozenset({"ruby"}),
    "rp": frozenset({"ruby"}),
    "option": frozenset({"select", "datalist"}),
    "optgroup": frozenset({"select"}),
    **dict.fromkeys(_HEADINGS, frozenset({"div", "section", "article", "li", "body"})),
    **dict.fromkeys(("td", "th"), frozenset({"tr", "table"})),
    **dict.fromkeys(("tr", "thead", "tbody", "tfoot"), frozenset({"table"})),
}
_CELLS = frozenset({"td", "th", "table"})
_END_STOPS = dict.fromkeys(
    ("td", "th", "tr", "thead", "tbody", "tfoot", "caption"), frozenset({"table"})
)
"""Elements that an end tag does not reach beyond."""
_SEARCHED = 100
"""Open elements that are searched for one to end; pages without errors need a few."""


class _Events(HTMLParser):
    def __init__(self, handler: Handler) -> None:
        super().__init__(convert_charrefs=True)
        self._handler = handler
        self._open: list[str] = []
        self._head = self._body = False
        self._drop_line_end = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._drop_line_end = False
        if tag == "html":
            return
        if tag == "head":
            self._head = True
            self._start(tag, tuple(attrs))
            return
        if tag == "body":
            if not self._body:
                self._open_body(tuple(attrs))
            return
        if not self._body:
            if tag in _IN_HEAD:
                if not self._head:
                    self._head = True
                    self._start("head", ())
            elif not self._within("template", "noscript"):
                self._open_body(())
        if tag in _ENDS_PARAGRAPH:
            self._close(("p",), _SCOPES)
        if tag in _ENDED_BY and not (tag in _HEADINGS and self._open[-1:] not in _HEADING_STACKS):
            self._close(_ENDED_BY[tag], _STOPS.get(tag, _SCOPES))
        if tag in ("td", "th") and not self._within("tr"):
            self._start("tr", ())
        if tag == "tr" and not self._within("thead", "tbody", "tfoot"):
            self._start("tbody", ())
        self._start("img" if tag == "image" else tag, tuple(attrs))
        if tag in _VOID:
            self._end()
        self._drop_line_end = tag in ("pre", "listing", "textarea")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        # In HTML the slash means nothing; in SVG and MathML it ends the element.
        if tag not in _VOID and self._within("svg", "math"):
            self._end()

    def handle_endtag(self, tag: str) -> None:
        self._drop_line_end = False
        if tag in ("html", "body"):
            return
        if tag == "br":
            self.handle_starttag("br", [])
        elif tag == "p" and not self._reaches(("p",), _SCOPES):
            self.handle_starttag("p", [])
            self._close(("p",), _SCOPES)
        else:
            self._close((tag,), frozenset() if tag == "table" else _END_STOPS.get(tag, _CELLS))

    def handle_data(self, data: str) -> None:
        if self._drop_line_end:
            self._drop_line_end = False
            data = data.removeprefix("\r\n").removeprefix("\n")
        data = data.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
        if not self._body and not (self._open and self._open[-1] != "head"):
            if not data.strip():
                return
            self._open_body(())
        if data:
            self._handler.characters(data)

    def finish(self) -> None:
        """End what is still open."""
        self.close()
        if not self._body:
            self._open_body(())
        while self._open:
            self._end()

    def _open_body(self, attributes: Attributes) -> None:
        while self._open:
            self._end()
        self._body = True
        self._start("body", attributes)

    def _start(self, tag: str, attributes: Attributes) -> None:
        self._open.append(tag)
        self._handler.start_element(tag, attributes)

    def _end(self) -> None:
        self._handler.end_element(self._open.pop())

    def _reaches(self, tags: tuple[str, ...], stops: frozenset[str]) -> int:
        """How many elements to end so that the outermost of ``tags`` is ended; 0 for none."""
        found = 0
        for depth, tag in enumerate(reversed(self._open[-_SEARCHED:]), 1):
            if tag in tags:
                found = depth
                if len(tags) == 1:
                    break
            elif tag in stops:
                break
        return found

    def _close(self, tags: tuple[str, ...], stops: frozenset[str]) -> None:
        for _ in range(self._reaches(tags, stops)):
            self._end()

    def _within(self, *tags: str) -> bool:
        for tag in reversed(self._open[-_SEARCHED:]):
            if tag in tags:
                return True
            if tag == "table":
                return False
        return False


_HEADING_STACKS = [[tag] for tag in sorted(_HEADINGS)]


def walk_by_standard_library(markup: str, handler: Handler) -> None:
    """Send the events of a page to ``handler``; see ``events.walk``."""
    parser = _Events(handler)
    parser.feed(markup)
    parser.finish()
