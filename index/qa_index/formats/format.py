"""Definition of a format: its file names, its first bytes and its parser."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from qa_index.formats.decoding import check_text
from qa_index.records import Parsed


class Parse(Protocol):
    """A pure function from bytes to a plain record: it opens nothing and keeps no state.

    So it can run in another process with limits, and can be killed there.
    """

    def __call__(self, data: bytes, *, name: str) -> Parsed:
        """Text and structure of ``data``; ``name`` provides a title if the text has none.

        Raises ``UnreadableSource`` if the data is not of this format, and nothing else.
        """
        ...


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
    """Whether the text is the decoded file, unchanged, rather than extracted from it."""
