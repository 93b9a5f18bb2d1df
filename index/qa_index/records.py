"""The records that flow from files to the index: ``Document`` and ``Passage``.

Every offset is a code point into ``Document.text``, and every span is half open:
``document.text[start:end]``.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import NamedTuple


class Span(NamedTuple):
    """A run of characters, ``text[start:end]``."""

    start: int
    end: int


class BlockKind(StrEnum):
    """What a block of a document is made of."""

    PROSE = "prose"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    METADATA = "metadata"
    """What is said of the text and not in it, such as the head of a mail or the times of a cue."""
    DEBRIS = "debris"
    """What is repeated around the content: menus, link lists, running heads, page numbers."""
    NOTE = "note"
    """Footnotes, endnotes, comments and speaker notes."""
    CAPTION = "caption"
    """Text of a figure or table."""


KINDS = tuple(BlockKind)
"""Columns store a kind as its position in this tuple."""


class Block(NamedTuple):
    """A paragraph or similar unit. A sentence never spans two blocks."""

    kind: BlockKind
    start: int
    end: int


class Heading(NamedTuple):
    """A heading. Its section extends to the next heading of the same or a higher level."""

    level: int
    """1 for the highest."""
    title: str
    start: int
    end: int


class Table(NamedTuple):
    """A table, ``text[start:end]``: one block of kind ``TABLE``, or several in a row.

    In extracted text it has a line for each row, with cells separated by tabs. In a decoded file it
    stands as it was written.
    """

    start: int
    end: int
    header_rows: int
    """How many of the first lines name the columns."""


class UnitKind(StrEnum):
    """Kinds of location in a document that has no lines."""

    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"
    CHAPTER = "chapter"
    MESSAGE = "message"


class Unit(NamedTuple):
    """A page or similar unit, ``text[start:end]``.

    A number can occur more than once: footnotes follow the paragraph that they belong to, although
    that may end on the next page.
    """

    kind: UnitKind
    number: int
    """From 1."""
    label: str
    """Printed page number, such as ``iv``, or name of the sheet or chapter; empty for none."""
    start: int
    end: int
    recognised: bool = False
    """Whether it is a picture, and its text what a program recognised on it."""


class Rectangle(NamedTuple):
    """An upright rectangle on a page, in PDF points, as the page lies unrotated.

    The origin is at the lower left.
    """

    page: int
    """From 1."""
    x0: float
    y0: float
    x1: float
    y1: float


class MarkKind(StrEnum):
    """How a place is marked in a picture of its page."""

    PASSAGE = "passage"
    """Palely, as background."""
    EVIDENCE = "evidence"
    """Strongly."""
    ANSWER = "answer"
    """Underlined."""


class Mark(NamedTuple):
    """A marked place in a picture of a page."""

    kind: MarkKind
    place: Rectangle


class Cells(NamedTuple):
    """Cells of a sheet."""

    sheet: str
    range: str
    """Such as ``B4`` or ``A4:C4``."""


class Fragment(NamedTuple):
    """Part of an HTML page."""

    fragment: str
    """As in a link, with ``#``: an element's id, or a text fragment as browsers know it."""


Place = Rectangle | Cells | Fragment
"""A position in the original file, as its usual program shows it."""


class Ocr(StrEnum):
    """When text is recognised on pages that are pictures."""

    AUTO = "auto"
    """If the system has Tesseract."""
    OFF = "off"


PICTURE_ONLY = "picture only"
"""Reason of a gap that is a picture without text."""


class Gap(NamedTuple):
    """Content of the file that is missing from the text, or that may have been misread."""

    place: str
    """Human-readable location, such as ``page 3``."""
    reason: str
    """Such as ``picture only``."""


class DateSource(StrEnum):
    """Where the date of a document is from, the most reliable first."""

    FRONT_MATTER = "front_matter"
    PROPERTIES = "properties"
    """Of the document, as its program or author states them."""
    FILE_NAME = "file_name"
    MTIME = "mtime"
    """When the file was last changed."""


class Metadata(NamedTuple):
    """What a document states about itself; made by ``formats.structure.metadata``."""

    date: str = ""
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; empty for none."""
    date_from: DateSource = DateSource.PROPERTIES
    tags: tuple[str, ...] = ()
    """Distinct, and case-folded."""


NO_METADATA = Metadata()


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a parser extracts from a file's bytes: the text and the positions of its structure.

    Blocks are disjoint, in order, and cover every character that is not white space. Headings
    repeat the blocks of kind ``HEADING``, in the same order, with level and title; tables
    consist of blocks of kind ``TABLE``. Units are disjoint and in order of the text.

    Text that is the decoded file is located by its lines, extracted text by its units and headings.
    """

    text: str
    """The decoded file, unchanged; for formats that are not text, the text extracted from it."""
    media_type: str
    title: str
    blocks: tuple[Block, ...]
    headings: tuple[Heading, ...]
    encoding: str
    """Codec that turned the bytes into ``text``, e.g. ``utf-8-sig``; empty for extracted text."""
    units: tuple[Unit, ...] = ()
    gaps: tuple[Gap, ...] = ()
    tables: tuple[Table, ...] = ()
    pictures: int = 0
    """Pages that are pictures without text."""
    recognition: str = ""
    """What recognised text on them, with its version: ``tesseract 5.3.0 eng``; empty if nothing
    tried."""
    metadata: Metadata = NO_METADATA
    format: str = ""
    """Name and version of the format that parsed it; set by the registry."""
    version: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """One source file as text."""

    path: str
    """As stored and shown: ``/``-separated, relative to the index's parent folder if inside it."""
    parsed: Parsed
    sha256: str
    """Of the file's bytes, in hexadecimal."""
    size: int
    """Of the file, in bytes."""
    mtime_ns: int
    language: str
    """ISO 639-1 code that selects the stemmer; ``und`` if the language is unknown."""

    @property
    def text(self) -> str:
        """See ``Parsed.text``."""
        return self.parsed.text


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one document: the unit of retrieval and citation."""

    start: int
    end: int
    sentences: tuple[Span, ...]
    """In order and disjoint. The first begins at ``start``, the last ends at ``end``."""
    heading: int
    """Index of the innermost heading above it in ``Parsed.headings``; -1 for none."""
    kind: BlockKind
    first_line: int
    """1-based; LF, CRLF and CR end a line."""
    last_line: int


_LINE_END = re.compile(r"\r\n?|\n")
_WORD = re.compile(r"\b[^\W\d_]{3,}\b")
"""A title without such a word, for example the name of a numbered file, is uninformative."""


def context_of(title: str, path: tuple[str, ...]) -> str:
    """The title and headings above a text. Models get them as context; they are never quoted."""
    if path[:1] != (title,) and _WORD.search(title):
        path = (title, *path)
    return " - ".join(path)


class TableHeader(NamedTuple):
    """The names of the columns of the rows in ``text[start:end]``, as they are written there."""

    start: int
    end: int
    names: str


LONGEST_HEADER = 300
"""Characters of a header that the rows get as context."""


def table_headers(parsed: Parsed) -> tuple[TableHeader, ...]:
    """The headers of the tables that have one, in order; long ones are cut."""
    found: list[TableHeader] = []
    for table in parsed.tables:
        names: list[str] = []
        start = table.start
        for _ in range(table.header_rows):
            line_end = _LINE_END.search(parsed.text, start, table.end)
            if line_end is None:
                break
            names.append(parsed.text[start : line_end.start()][:LONGEST_HEADER])
            start = line_end.end()
        header = "\n".join(names)[:LONGEST_HEADER]
        if names:
            found.append(TableHeader(start, table.end, header))
    return tuple(found)


def header_above(headers: Sequence[TableHeader], start: int) -> str:
    """The header of the row that begins at ``start``; empty for none. Models get it as context."""
    at = bisect_right(headers, (start, inf)) - 1
    return headers[at].names if at >= 0 and start < headers[at].end else ""


def heading_path(headings: tuple[Heading, ...], innermost: int) -> tuple[str, ...]:
    """Titles from the outermost heading down to ``headings[innermost]``; empty for -1."""
    path: list[str] = []
    level = None
    for position in range(innermost, -1, -1):
        heading = headings[position]
        if level is None or heading.level < level:
            path.append(heading.title)
            level = heading.level
    return tuple(reversed(path))


class Correction(NamedTuple):
    """A word of a question that no document holds, and the word as which it is read."""

    written: str
    read: str
