"""A text as lines."""

import re
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n?|\n")


class Line(NamedTuple):
    """``text[start:end]``, without its line end."""

    start: int
    end: int


def lines_of(text: str) -> list[Line]:
    """The lines of ``text``: LF, CRLF and CR end one, and nothing else does."""
    lines: list[Line] = []
    start = 0
    for line_end in _LINE_END.finditer(text):
        lines.append(Line(start, line_end.start()))
        start = line_end.end()
    lines.append(Line(start, len(text)))
    return lines
