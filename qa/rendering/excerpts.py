"""Renders a passage with its surrounding text, and with line numbers or page breaks."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qa import Span, line_ends
from qa.rendering.answers import CHANGED, RECOGNISED
from qa.rendering.characters import visible
from qa.rendering.column import bar, clipped, styled
from qa.rendering.layout import Row, lay_out
from qa.rendering.terminal import Terminal
from qa.rendering.view import location_seen_from, trail_of, viewer_fragment

if TYPE_CHECKING:
    from qa import Excerpt


def render_excerpt(
    excerpt: "Excerpt", terminal: Terminal, *, here: Path, evidence: Sequence[Span] = ()
) -> Iterator[str]:
    """Lines of the excerpt: the quote with a bar, the text around it dim and without one.

    The text is verbatim, including Markdown marks. The path is relative to ``here``.
    ``evidence``: spans of the source to mark in the quote.
    """
    source = excerpt.source
    place = location_seen_from(here, excerpt.root, source.path, excerpt.lines, excerpt.unit)
    shown = terminal.accent(visible(place))
    is_picture = excerpt.unit is not None and excerpt.unit.recognised
    marks = [RECOGNISED] * is_picture + [CHANGED] * source.stale
    told = "".join(f" {terminal.doubtful(mark)}" for mark in marks)
    fragment = viewer_fragment(source.media_type, excerpt.unit)
    yield terminal.link(shown, Path(excerpt.root, source.path), fragment) + told
    trail = terminal.marks.step.join(trail_of(source, excerpt.heading_path))
    if trail:
        yield terminal.dim(clipped(trail, terminal.width, terminal))
    yield ""
    numbers = _Numbers(excerpt)
    columns = terminal.width - numbers.width - 2
    for part in _parts(excerpt):
        if part.begins:
            dash = terminal.marks.dash
            yield terminal.dim(clipped(f"{dash} {part.begins} {dash}", terminal.width, terminal))
        marked = [(max(0, start - part.start), end - part.start) for start, end in evidence]
        marked = [span for span in marked if span[0] < span[1]] if part.is_quote else []
        for row in _without_blank_ends(lay_out(part.text, columns, marked)):
            number = numbers.of(part.line + row.line)
            if part.is_quote:
                line = f"{terminal.dim(number)}{bar(row, terminal)} {styled(row, terminal)}"
                yield line.rstrip()
            else:
                text = "".join(piece.text for piece in row.pieces)
                yield terminal.dim(f"{number}  {text}".rstrip())


class _Part(NamedTuple):
    """A part of the text that lies on one page and is quoted or is not."""

    text: str
    start: int
    """Offset into the source."""
    line: int
    """Number of the line on which it begins, if there are lines."""
    is_quote: bool
    begins: str
    """The page or similar unit that begins with it; empty for none."""


def _parts(excerpt: "Excerpt") -> Iterator[_Part]:
    before, after = excerpt.surroundings
    breaks = excerpt.breaks
    at = excerpt.span.start - len(before)
    line = excerpt.lines.start - line_ends(before) if excerpt.lines else 0
    for text, is_quote in ((before, False), (excerpt.quote, True), (after, False)):
        end = at + len(text)
        edges = [at, *(place for place in sorted(breaks) if at < place < end), end]
        for start, stop in pairwise(edges):
            part = text[start - at : stop - at]
            begins = str(breaks[start]) if start in breaks and part else ""
            yield _Part(part, start, line, is_quote, begins)
            line += line_ends(part)
        at = end


def _without_blank_ends(rows: Iterable[Row]) -> list[Row]:
    kept = list(dropwhile(_is_blank, rows))
    while kept and _is_blank(kept[-1]):
        kept.pop()
    return kept


def _is_blank(row: Row) -> bool:
    return not any(piece.text.strip() for piece in row.pieces)


class _Numbers:
    """Line numbers, each shown once, with a space after them; nothing if there are no lines."""

    def __init__(self, excerpt: "Excerpt") -> None:
        lines = excerpt.lines
        last = lines.end + line_ends(excerpt.surroundings.after) if lines else None
        self.width = 0 if last is None else len(str(last)) + 1
        self._shown = 0

    def of(self, line: int) -> str:
        """The number at the left of a row of this line."""
        if not self.width:
            return ""
        number = str(line) if line != self._shown else ""
        self._shown = line
        return number.rjust(self.width - 1) + " "
