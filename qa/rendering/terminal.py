"""The capabilities of the output stream: width, colours, links and characters."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

_MAX_WIDTH = 100
"""Longer lines are hard to read, however wide the terminal is."""
_MIN_WIDTH = 20
_NOT_A_TERMINAL_WIDTH = 80
_NOT_A_TERMINAL_HEIGHT = 24


class Marks(NamedTuple):
    """Decorative characters that are not part of a text."""

    quote: str
    """At the left of each row of a quote."""
    evidence: str
    """The same where the row holds evidence."""
    step: str
    """Between the headings of a path."""
    dot: str
    """Between facts on one line."""
    ellipsis: str
    dash: str
    """On both sides of the page that begins."""


UNICODE = Marks(quote="│", evidence="▌", step=" › ", dot=" · ", ellipsis="…", dash="—")
ASCII = Marks(quote="|", evidence=">", step=" > ", dot=" - ", ellipsis="...", dash="--")


@dataclass(frozen=True, slots=True)
class Terminal:
    """Styles text, or returns it unchanged if the stream cannot show styles."""

    width: int = _NOT_A_TERMINAL_WIDTH
    height: int = _NOT_A_TERMINAL_HEIGHT
    interactive: bool = False
    """Whether the stream is a terminal, so that Markdown marks may be removed."""
    color: bool = False
    links: bool = False
    marks: Marks = UNICODE

    def bold(self, text: str) -> str:
        """Emphasised."""
        return self._styled("1", text)

    def answer(self, text: str) -> str:
        """Style of the answering words."""
        return self._styled("1;4", text)

    def dim(self, text: str) -> str:
        """Less prominent."""
        return self._styled("2", text)

    def good(self, text: str) -> str:
        """Style of a good result."""
        return self._styled("32", text)

    def doubtful(self, text: str) -> str:
        """Style of a doubtful result."""
        return self._styled("33", text)

    def bad(self, text: str) -> str:
        """Style of a failure."""
        return self._styled("31", text)

    def accent(self, text: str) -> str:
        """Highlighted without a judgement."""
        return self._styled("36", text)

    def _styled(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def link(self, text: str, file: Path, fragment: str = "") -> str:
        """A hyperlink to a file (OSC 8); only the text if links cannot be shown.

        ``fragment``: appended to the address, with ``#``.
        """
        if not self.links:
            return text
        try:
            target = file.absolute().as_uri() + fragment
        except ValueError:
            return text
        return f"\x1b]8;;{target}\x1b\\{text}\x1b]8;;\x1b\\"


def terminal_of(
    stream: TextIO, environment: Mapping[str, str] = os.environ, *, no_color: bool = False
) -> Terminal:
    """The capabilities of ``stream``. Colours need a terminal on which they are not disabled."""
    kind = environment.get("TERM", "")
    capable = stream.isatty() and kind != "dumb" and not no_color
    capable = capable and not environment.get("NO_COLOR")
    size = shutil.get_terminal_size((_NOT_A_TERMINAL_WIDTH, _NOT_A_TERMINAL_HEIGHT))
    return Terminal(
        width=max(_MIN_WIDTH, min(size.columns, _MAX_WIDTH)),
        height=size.lines if stream.isatty() else _NOT_A_TERMINAL_HEIGHT,
        interactive=stream.isatty(),
        color=capable,
        links=capable and kind != "linux",  # the Linux console prints links as garbage
        marks=UNICODE if _can_write(stream, UNICODE) else ASCII,
    )


def _can_write(stream: TextIO, marks: Marks) -> bool:
    try:
        "".join(marks).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
