"""HTML: the visible text of pages, with what is around the content marked as debris.

White space is collapsed as browsers do, and no-break spaces are spaces. Not kept are what a browser
with scripts does not show (``noscript`` among it), soft hyphens, links to edit a section, and the
titles of icons; the text of a drawing becomes a caption. Added are the markers of list items,
``[1]`` around references to notes, ``10^6`` for exponents that follow a digit, and parentheses
around the reading of ruby, which follows its base.
"""

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.format import Format
from qa_index.formats.html.page import locate_in_html, parse_html

_SIGNATURES = {
    b"%PDF": "PDF",
    b"{\\rtf": "RTF",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "gzip",
}
_BINARY = bytes(byte for byte in range(32) if byte not in b"\0\t\n\f\r\x0b\x1b")
_BINARY_SHARE = 0.05
"""Random bytes contain 10 % of such characters."""


def check_html(head: bytes) -> None:
    """Raise ``UnreadableSource`` if a file with these first bytes is no page.

    NUL is allowed: browsers drop it, and UTF-16 is full of it.
    """
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            raise UnreadableSource(f"it is {kind}, not HTML")
    if len(head) - len(head.translate(None, _BINARY)) > _BINARY_SHARE * len(head):
        raise UnreadableSource("it holds many control characters, so it is taken for binary data")


FORMAT = Format(
    name="html",
    version=7,
    suffixes=frozenset({".html", ".htm", ".xhtml", ".xht"}),
    parse=parse_html,
    check=check_html,
    is_text=False,
    locate=locate_in_html,
)
