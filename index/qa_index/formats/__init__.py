"""From a file's bytes to its text and structure: one parser a format, picked by suffix."""

from pathlib import PurePath
from typing import Protocol

from qa_index.formats.decoding import UnreadableSource, decode, decode_as
from qa_index.records import Parsed

__all__ = ["UnreadableSource", "check_readable", "decode", "decode_as", "parse", "parser_for"]


class Parser(Protocol):
    """Reads one format. Blocks and headings are as ``Parsed`` promises."""

    def __call__(self, data: bytes, *, name: str) -> Parsed:
        """Text and structure of ``data``; ``name`` gives a title where the text has none.

        Raises ``UnreadableSource`` if the data is not of this format.
        """
        ...


def _parse_plain(data: bytes, *, name: str) -> Parsed:
    from qa_index.formats.plain import parse_plain

    return parse_plain(data, name=name)


def _parse_markdown(data: bytes, *, name: str) -> Parsed:
    from qa_index.formats.markdown import parse_markdown

    return parse_markdown(data, name=name)


PARSERS: dict[str, Parser] = {
    "": _parse_plain,
    ".txt": _parse_plain,
    ".text": _parse_plain,
    ".log": _parse_plain,
    ".rst": _parse_plain,
    ".md": _parse_markdown,
    ".markdown": _parse_markdown,
    ".mdown": _parse_markdown,
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


def parser_for(path: str | PurePath) -> Parser:
    """The parser of this file's format.

    Raises ``UnreadableSource`` with the reason if there is none.
    """
    suffix = PurePath(path).suffix.lower()
    if suffix[1:].isdigit():  # minutes.2024, notes.1: a number, not a format
        suffix = ""
    if suffix in PARSERS:
        return PARSERS[suffix]
    if suffix in _CONVERTIBLE:
        raise UnreadableSource(f"{_CONVERTIBLE[suffix]} is not supported yet; convert it to text")
    raise UnreadableSource(f"{suffix} files are not read; convert it to .txt or .md")


def parse(data: bytes, *, name: str) -> Parsed:
    """``parser_for(name)`` applied to ``data``; raises ``UnreadableSource``."""
    return parser_for(name)(data, name=name)


def check_readable(data: bytes, *, name: str) -> None:
    """Raise ``UnreadableSource`` where ``read`` would, without finding the structure."""
    parser_for(name)
    decode(data)
