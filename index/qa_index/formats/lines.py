"""Splits text into lines."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_LINE_END = re.compile(r"\r\n?|\n")


class Line(NamedTuple):
    """``text[start:end]``, without its line end."""

    start: int
    end: int


def lines_of(text: str) -> list[Line]:
    """The lines of ``text``. Only LF, CRLF and CR end a line."""
    lines: list[Line] = []
    start = 0
    for line_end in _LINE_END.finditer(text):
        lines.append(Line(start, line_end.start()))
        start = line_end.end()
    lines.append(Line(start, len(text)))
    return lines


def runs_of_lines(text: str) -> Iterator[Line]:
    """Each run of lines that are not blank, as the span from its first to its last line."""
    first: Line | None = None
    last: Line | None = None
    for line in lines_of(text):
        if line.start == line.end or text[line.start : line.end].isspace():
            if first is not None and last is not None:
                yield Line(first.start, last.end)
            first = last = None
        else:
            first, last = first or line, line
    if first is not None and last is not None:
        yield Line(first.start, last.end)
