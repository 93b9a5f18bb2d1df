"""The position of a quote: its source, and the characters, lines or pages in it.

Offsets are code points, spans half open. Text that is the decoded file has lines; text that was
extracted from a file has pages or other units instead.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from qa_index.records import Unit, UnitKind

if TYPE_CHECKING:
    from qa_index.collection.records import StoredDocument

_MAX_LABEL = 40
"""Most characters of a label that are shown in a location; a chapter's can be a sentence."""


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
class UnitName:
    """The number of a page or similar unit, from 1, and its label."""

    number: int
    label: str | None
    """Printed page number, or name of the sheet or chapter."""


@dataclass(frozen=True, slots=True)
class UnitRange:
    """The first and last page, or similar unit, that a quote is on. Mostly they are the same."""

    kind: UnitKind
    first: UnitName
    last: UnitName
    recognised: bool = False
    """Whether one of them is a picture, and its text what a program recognised on it."""

    @staticmethod
    def of(units: Sequence[Unit]) -> "UnitRange | None":
        """The range of some units of one document; ``None`` for no units."""
        if not units:
            return None
        # Not in the order of the text: a footnote precedes the rest of its paragraph.
        first, last = (pick(units, key=lambda unit: unit.number) for pick in (min, max))
        recognised = any(unit.recognised for unit in units)
        return UnitRange(units[0].kind, _name(first), _name(last), recognised)

    def to_dict(self) -> dict[str, Any]:
        """The range as JSON types."""
        return {
            "kind": str(self.kind),
            "first": asdict(self.first),
            "last": asdict(self.last),
            "recognised": self.recognised,
        }

    @property
    def page(self) -> int | None:
        """Number of the first page; ``None`` if the units are not pages."""
        return self.first.number if self.kind is UnitKind.PAGE else None

    @property
    def page_label(self) -> str | None:
        """Printed number of the first page; ``None`` if there is none."""
        return self.first.label if self.kind is UnitKind.PAGE else None

    def __str__(self) -> str:
        """For a person: ``page 12``, ``page iv (4)``, ``pages 4-5``, ``sheet Costs``."""
        first, last, kind = self.first, self.last, self.kind
        if first == last:
            label = _short(first.label or "")
            if kind is UnitKind.PAGE:
                return f"page {_page(label, str(first.number))}"
            if label.casefold().startswith(kind):
                return label
            return f"{kind} {label or first.number}"
        numbers = f"{first.number}-{last.number}"
        if not (first.label and last.label):
            return f"{kind}s {numbers}"
        labels = f"{_short(first.label)}-{_short(last.label)}"
        return f"{kind}s {_page(labels, numbers) if kind is UnitKind.PAGE else labels}"


def _name(unit: Unit) -> UnitName:
    return UnitName(unit.number, unit.label or None)


def _page(label: str, number: str) -> str:
    return number if label in {"", number} else f"{label} ({number})"


def _short(label: str) -> str:
    label = " ".join(label.split())
    return label if len(label) <= _MAX_LABEL else f"{label[: _MAX_LABEL - 3].rstrip()}..."


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
    ``utf-32``, ``utf-16-le`` or ``utf-16-be`` without a mark, ``cp1252``, ``latin-1``, one of
    before Unicode such as ``cp1250`` or ``cp932``, or ``utf-8+replace`` where invalid bytes of
    UTF-8 became U+FFFD. ``None`` if the text was extracted, as from a PDF."""
    format: str | None = None
    """Name of the format that the file was parsed as."""
    format_version: int | None = None
    """With another version, the same file may give another text."""
    recognition: str | None = None
    """What recognised text on pages that are pictures: ``tesseract 5.3.0 eng``; ``None`` if there
    are none. Another version may recognise another text."""


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a source, given as path, characters, and lines or pages."""

    path: str
    span: SourceSpan
    lines: Lines | None
    """``None`` if the text was extracted."""
    unit: UnitRange | None = None
    """Pages or similar units; ``None`` if the document has none."""

    @property
    def location(self) -> str:
        """See ``location_of``."""
        return location_of(self.path, self.lines, self.unit)

    def to_dict(self) -> dict[str, Any]:
        """The place as JSON types."""
        return {
            "path": self.path,
            "span": self.span.to_dict(),
            "lines": None if self.lines is None else asdict(self.lines),
            **unit_to_dict(self.unit),
        }


def unit_to_dict(unit: UnitRange | None) -> dict[str, Any]:
    """``page``, ``page_label`` and ``unit`` as JSON types."""
    return {
        "page": unit.page if unit else None,
        "page_label": unit.page_label if unit else None,
        "unit": unit.to_dict() if unit else None,
    }


def location_of(path: str, lines: Lines | None, unit: UnitRange | None) -> str:
    """``path:line``, as editors and terminals understand it, or ``path, page 12``."""
    if lines is not None:
        return f"{path}:{lines.start}"
    return path if unit is None else f"{path}, {unit}"


def units_at(units: Sequence[Unit], start: int, end: int) -> tuple[Unit, ...]:
    """The units that ``text[start:end]`` touches, in the order of the text.

    Takes time logarithmic in the number of ``units``, which are all those of the document.
    """
    first = bisect_right(units, start, key=lambda unit: unit.end)
    last = bisect_left(units, end, lo=first, key=lambda unit: unit.start)
    return tuple(unit for unit in units[first:last] if unit.start < unit.end)


def source_of(document: "StoredDocument", *, stale: bool) -> Source:
    """The file of a document that an index holds."""
    return Source(
        path=document.path,
        title=document.title,
        media_type=document.media_type,
        sha256=document.sha256,
        stale=stale,
        encoding=document.encoding or None,
        format=document.format,
        format_version=document.format_version,
        recognition=document.recognition or None,
    )


def line_ends(text: str) -> int:
    """How many lines end in ``text``, by LF, CRLF or CR."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
