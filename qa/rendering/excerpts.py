"""Renders a passage with its surrounding text and line numbers."""

from collections.abc import Iterator, Sequence
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING

from qa import Span, line_ends
from qa.rendering.answers import CHANGED
from qa.rendering.characters import visible
from qa.rendering.column import bar, clipped, styled
from qa.rendering.layout import Row, lay_out
from qa.rendering.terminal import Terminal
from qa.rendering.view import seen_from, trail_of

if TYPE_CHECKING:
    from qa import Excerpt


def render_excerpt(
    excerpt: "Excerpt", terminal: Terminal, *, here: Path, evidence: Sequence[Span] = ()
) -> Iterator[str]:
    """Lines of the excerpt: the quote with a bar, the text around it dim and without one.

    The text is verbatim, including Markdown marks. The path is relative to ``here``.
    ``evidence``: spans of the source to mark in the quote.
    """
    path = seen_from(here, excerpt.root, excerpt.source.path)
    shown = terminal.accent(visible(f"{path}:{excerpt.lines.start}"))
    changed = f" {terminal.doubtful(CHANGED)}" if excerpt.source.stale else ""
    yield terminal.link(shown, Path(excerpt.root, excerpt.source.path)) + changed
    trail = terminal.marks.step.join(trail_of(excerpt.source, excerpt.heading_path))
    if trail:
        yield terminal.dim(clipped(trail, terminal.width, terminal))
    yield ""
    numbers = _Numbers(excerpt.lines.end + line_ends(excerpt.surroundings.after))
    columns = terminal.width - numbers.width - 3
    first = excerpt.lines.start - line_ends(excerpt.surroundings.before)
    for row in _without_blank_end(lay_out(excerpt.surroundings.before, columns)):
        yield _beside(numbers.of(first + row.line), row, terminal)
    place = excerpt.span.start
    marked = [(max(0, start - place), end - place) for start, end in evidence]
    for row in lay_out(excerpt.quote, columns, marked):
        number = terminal.dim(numbers.of(excerpt.lines.start + row.line))
        yield f"{number} {bar(row, terminal)} {styled(row, terminal)}".rstrip()
    after = lay_out(excerpt.surroundings.after, columns)
    for row in dropwhile(_is_blank, after):
        yield _beside(numbers.of(excerpt.lines.end + row.line), row, terminal)


def _beside(number: str, row: Row, terminal: Terminal) -> str:
    text = "".join(piece.text for piece in row.pieces)
    return terminal.dim(f"{number}   {text}".rstrip())


def _is_blank(row: Row) -> bool:
    return not any(piece.text.strip() for piece in row.pieces)


def _without_blank_end(rows: Iterator[Row]) -> list[Row]:
    kept = list(rows)
    while kept and _is_blank(kept[-1]):
        kept.pop()
    return kept


class _Numbers:
    """Line numbers, each shown once."""

    def __init__(self, last: int) -> None:
        self.width = len(str(last))
        self._shown = 0

    def of(self, line: int) -> str:
        number = str(line) if line != self._shown else ""
        self._shown = line
        return number.rjust(self.width)
