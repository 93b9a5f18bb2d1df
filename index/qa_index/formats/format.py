"""Definition of a format: its file names, its first bytes and its parser."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from qa_index.formats.decoding import check_text
from qa_index.records import Mark, Parsed, Place, Span

if TYPE_CHECKING:
    from qa_index.formats.ocr import Recogniser


class Parse(Protocol):
    """A pure function from bytes to a plain record: it opens nothing and keeps no state.

    So it can run in another process with limits, and can be killed there.
    """

    def __call__(self, data: bytes, *, name: str) -> Parsed:
        """Text and structure of ``data``; ``name`` provides a title if the text has none.

        Raises ``UnreadableSource`` if the data is not of this format, and nothing else.
        """
        ...


class Locate(Protocol):
    """Finds text in the original file. A pure function, like ``Parse``."""

    def __call__(
        self, data: bytes, parsed: Parsed, spans: Sequence[Span]
    ) -> list[tuple[Place, ...]]:
        """The places of each ``parsed.text[span.start:span.end]``; none if they are not known.

        ``parsed`` is what this version of the format makes of ``data``; it may lack blocks,
        headings and tables.
        """
        ...


class Render(Protocol):
    """Draws a page. A pure function, like ``Parse``."""

    def __call__(
        self, data: bytes, page: int, marks: Sequence[Mark], *, dots_per_inch: int
    ) -> bytes:
        """Page ``page``, counted from 1, as a PNG file, with the places marked by their kinds.

        Raises ``UnreadableSource`` if it cannot be drawn.
        """
        ...


class DrawnBy(Protocol):
    """Names what decides how a page is drawn. A pure function, like ``Parse``."""

    def __call__(self, data: bytes, page: int) -> str:
        """The renderer with its version, and what it takes from the system, such as fonts.

        Where it is the same, the same page gives the same picture. It matches
        ``NAME``; empty if it is not known.
        """
        ...


NAME = re.compile("[ -~]{0,200}")


@dataclass(frozen=True, slots=True)
class Format:
    """One format. Its module imports third-party packages only when it parses."""

    name: str
    """Stored with every document, like the version."""
    version: int
    """Increased whenever the same bytes give a different ``Parsed``; files are then parsed
    again."""
    suffixes: frozenset[str]
    """Lower-case, with the dot; ``""`` for names without a suffix."""
    parse: Parse
    check: Callable[[bytes], None] = check_text
    """Raises ``UnreadableSource`` if a file with these first bytes is not of this format. It gets
    ``HEAD_BYTES`` bytes, or the whole of a shorter file."""
    is_text: bool = True
    """Whether the text is the decoded file, unchanged, rather than extracted from it. Extracted
    formats are parsed in another process, with limits."""
    locate: Locate | None = None
    render: Render | None = None
    drawn_by: DrawnBy | None = None
    recognising: "Callable[[Recogniser], Format] | None" = None
    """Gives the same format, which also reads pages that are pictures of text. Without it they are
    only counted, in ``Parsed.pictures`` or ``PicturesOnly``."""
