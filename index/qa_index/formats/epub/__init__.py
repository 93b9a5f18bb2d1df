"""EPUB: the chapters of a book in reading order, with its printed page numbers where it has them.

The text of a chapter is that of its page, see ``html``. Added are titles from the table of contents
for chapters without a heading. Marks of printed pages are not part of the text.
"""

from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.epub.book import locate_in_epub, parse_epub
from qa_index.formats.format import Format


def check_epub(head: bytes) -> None:
    """Raise ``UnreadableSource`` if a file with these first bytes is no book."""
    if not head.startswith(b"PK\x03\x04"):
        raise UnreadableSource("it is no EPUB, which is a ZIP archive")


FORMAT = Format(
    name="epub",
    version=7,
    suffixes=frozenset({".epub"}),
    parse=parse_epub,
    check=check_epub,
    is_text=False,
    locate=locate_in_epub,
)
