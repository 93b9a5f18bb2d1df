"""The position of a quote: its source, and the characters and lines in it.

Offsets are code points, spans half open.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qa_index.collection.records import StoredDocument


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """``text[start:end]`` of a source."""

    start: int
    end: int

    def to_dict(self) -> dict[str, Any]:
        """The span as JSON types."""
        return {"start": self.start, "end": self.end, "unit": "codepoint"}


@dataclass(frozen=True, slots=True)
class Lines:
    """First and last line, 1-based, both included."""

    start: int
    end: int

    @staticmethod
    def of(text: str, span: SourceSpan) -> "Lines":
        """The lines that ``text[span.start:span.end]`` touches."""
        first = 1 + line_ends(text[: span.start])
        return Lines(first, first + line_ends(text[span.start : span.end]))


@dataclass(frozen=True, slots=True)
class Source:
    """The file that a quote was taken from."""

    path: str
    title: str
    media_type: str
    sha256: str
    """SHA-256 of the file's bytes when it was indexed."""
    stale: bool
    """Whether the file has changed or gone since."""
    encoding: str | None = None
    """Codec that turned the file's bytes into text: ``utf-8``, ``utf-8-sig``, ``utf-16``,
    ``utf-32``, ``cp1252``, ``latin-1``, or ``utf-8+replace`` where invalid bytes of UTF-8 became
    U+FFFD."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a source, given as path, characters and lines."""

    path: str
    span: SourceSpan
    lines: Lines


def source_of(document: "StoredDocument", *, stale: bool) -> Source:
    """The file of a document that an index holds."""
    return Source(
        path=document.path,
        title=document.title,
        media_type=document.media_type,
        sha256=document.sha256,
        stale=stale,
        encoding=document.encoding,
    )


def line_ends(text: str) -> int:
    """How many lines end in ``text``, by LF, CRLF or CR."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
