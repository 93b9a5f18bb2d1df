"""HTML: the visible text of pages, with what is around the content marked as debris.

White space is collapsed as browsers do, and no-break spaces are spaces. Not kept are what a browser
with scripts does not show (``noscript`` among it), soft hyphens, links to edit a section, and the
titles of icons; the text of a drawing becomes a caption. Added are the markers of list items,
``[1]`` around references to notes, ``10^6`` for exponents that follow a digit, and parentheses
around the reading of ruby, which follows its base.
"""

import codecs
import unicodedata

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.format import Format
from qa_index.formats.html.charset import utf_16_of_page
from qa_index.formats.html.page import locate_in_html, parse_html

_SIGNATURES = {
    b"%PDF": "PDF",
    b"{\\rtf": "RTF",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "gzip",
}
_SPACES = "\0\t\n\f\r\x0b\x1b"
"""What is normal among control characters: NUL, which browsers drop, and those of text."""
_BINARY = bytes(byte for byte in range(32) if chr(byte) not in _SPACES)
_BINARY_SHARE = 0.05
"""Random bytes contain 10 % of such characters, and random UTF-16 14 % of those of ``_NO_TEXT``."""
_NO_TEXT = frozenset({"Cc", "Cn", "Co", "Cs"})
"""Categories of control, unassigned, private and invalid characters."""


def check_html(head: bytes) -> None:
    """Raise ``UnreadableSource`` if a file with these first bytes is no page.

    Accepts UTF-16 with and without a mark, as ``decode_page`` does.
    """
    for signature, kind in _SIGNATURES.items():
        if head.startswith(signature):
            raise UnreadableSource(f"it is {kind}, not HTML")
    if _binary_share(head) > _BINARY_SHARE:
        raise UnreadableSource("it holds many control characters, so it is taken for binary data")


def _binary_share(head: bytes) -> float:
    """The share of characters that are not text; of bytes, unless they are UTF-16.

    In UTF-16 a letter such as Cyrillic ``а`` is a byte below 32 and another one.
    """
    wide = utf_16_of_page(head)
    if wide is None:
        return (len(head) - len(head.translate(None, _BINARY))) / max(len(head), 1)
    text = codecs.getincrementaldecoder(wide)("surrogatepass").decode(head)
    strange = sum(unicodedata.category(each) in _NO_TEXT and each not in _SPACES for each in text)
    return strange / max(len(text), 1)


FORMAT = Format(
    name="html",
    version=7,
    suffixes=frozenset({".html", ".htm", ".xhtml", ".xht"}),
    parse=parse_html,
    check=check_html,
    is_text=False,
    locate=locate_in_html,
)
