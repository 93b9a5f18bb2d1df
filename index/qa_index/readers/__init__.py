"""From a file's bytes to its text and structure: one reader a format, picked by suffix."""

from pathlib import PurePath
from typing import Protocol

from qa_index.documents import Reading
from qa_index.readers.decoding import UnreadableSource, decode

__all__ = ["Reader", "UnreadableSource", "check_readable", "decode", "read", "reader_for"]


class Reader(Protocol):
    """Reads one format. Blocks and headings are as ``Reading`` promises."""

    def __call__(self, data: bytes, *, name: str) -> Reading:
        """Text and structure of ``data``; ``name`` gives a title where the text has none.

        Raises ``UnreadableSource`` if the data is not of this format.
        """
        ...


def _read_plain(data: bytes, *, name: str) -> Reading:
    from qa_index.readers.plain import read_plain

    return read_plain(data, name=name)


def _read_markdown(data: bytes, *, name: str) -> Reading:
    from qa_index.readers.markdown import read_markdown

    return read_markdown(data, name=name)


READERS: dict[str, Reader] = {
    "": _read_plain,
    ".txt": _read_plain,
    ".text": _read_plain,
    ".log": _read_plain,
    ".rst": _read_plain,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".mdown": _read_markdown,
}
"""By lower-case suffix. Each imports its module when called: asking a question needs none."""

_CONVERTIBLE = {
    ".pdf": "PDF",
    ".doc": "Word",
    ".docx": "Word",
    ".odt": "OpenDocument",
    ".rtf": "RTF",
    ".html": "HTML",
    ".htm": "HTML",
    ".xhtml": "HTML",
    ".epub": "EPUB",
}


def reader_for(path: str | PurePath) -> Reader:
    """The reader of this file's format.

    Raises ``UnreadableSource`` with the reason if there is none.
    """
    suffix = PurePath(path).suffix.lower()
    if suffix[1:].isdigit():  # minutes.2024, notes.1: a number, not a format
        suffix = ""
    if suffix in READERS:
        return READERS[suffix]
    if suffix in _CONVERTIBLE:
        raise UnreadableSource(f"{_CONVERTIBLE[suffix]} is not supported yet; convert it to text")
    raise UnreadableSource(f"{suffix} files are not read; convert it to .txt or .md")


def read(data: bytes, *, name: str) -> Reading:
    """``reader_for(name)`` applied to ``data``; raises ``UnreadableSource``."""
    return reader_for(name)(data, name=name)


def check_readable(data: bytes, *, name: str) -> None:
    """Raise ``UnreadableSource`` where ``read`` would, without finding the structure."""
    reader_for(name)
    decode(data)
