"""What a format is: its names, its first bytes, and how its files become text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from qa_index.formats.decoding import check_text
from qa_index.records import Parsed


class Parse(Protocol):
    """Bytes in, a plain record out: nothing is opened, kept or called back.

    So it can run in another process, with limits, and be killed there.
    """

    def __call__(self, data: bytes, *, name: str) -> Parsed:
        """Text and structure of ``data``; ``name`` gives a title where the text has none.

        Raises ``UnreadableSource`` if the data is not of this format, and nothing else.
        """
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """One format. Its module imports third-party packages only when it parses."""

    name: str
    """Kept with every document, like the version."""
    version: int
    """Raised whenever the same bytes would give another ``Parsed``: they are parsed again then."""
    suffixes: frozenset[str]
    """Lower-case, with the dot; ``""`` for names without one."""
    parse: Parse
    check: Callable[[bytes], None] = check_text
    """Raises ``UnreadableSource`` if a file with these first bytes is not of this format. It sees
    ``HEAD_BYTES`` bytes, or fewer of a shorter file."""
    is_text: bool = True
    """Whether the text is the decoded file, unchanged, and not extracted from it."""
