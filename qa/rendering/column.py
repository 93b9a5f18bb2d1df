"""Lines of a column: quotes behind a bar, notes without one, each within the terminal's width."""

from collections.abc import Iterator, Sequence

from qa.rendering.characters import character_width, visible
from qa.rendering.layout import Row, lay_out
from qa.rendering.terminal import Terminal

_NARROW = 40
"""Below this many columns, indentation costs more than it shows."""


def indent(terminal: Terminal) -> str:
    """What stands left of everything that belongs to a citation."""
    return "   " if terminal.width >= _NARROW else ""


def quoted(
    text: str, terminal: Terminal, evidence: Sequence[tuple[int, int]] = ()
) -> Iterator[str]:
    """``text`` behind a bar, its ``evidence`` bold and behind a heavier one."""
    left = indent(terminal)
    columns = terminal.width - len(left) - 2
    for row in lay_out(text, columns, evidence):
        yield f"{left}{bar(row, terminal)} {styled(row, terminal)}".rstrip()


def bar(row: Row, terminal: Terminal) -> str:
    """The mark at the left of a quoted row."""
    if row.emphasised:
        return terminal.accent(terminal.marks.evidence)
    return terminal.dim(terminal.marks.quote)


def styled(row: Row, terminal: Terminal) -> str:
    """The row's text, evidence in bold."""
    return "".join(
        terminal.bold(piece.text) if piece.emphasised else piece.text for piece in row.pieces
    )


def beside(text: str, terminal: Terminal) -> Iterator[str]:
    """Text of the source that is not quoted: in line with quotes, dim and without a bar."""
    left = indent(terminal) + "  "
    for row in lay_out(text, terminal.width - len(left)):
        plain = "".join(piece.text for piece in row.pieces)
        yield (left + terminal.dim(plain)).rstrip()


def note(text: str, terminal: Terminal, *, left: str = "", dim: bool = False) -> Iterator[str]:
    """The tool's own words, wrapped. ``text`` may hold names from documents."""
    for row in lay_out(visible(text), terminal.width - len(left)):
        line = "".join(piece.text for piece in row.pieces)
        yield left + (terminal.dim(line) if dim else line)


def clipped(text: str, columns: int, terminal: Terminal) -> str:
    """``text`` in one safe line of at most ``columns`` cells."""
    ellipsis = terminal.marks.ellipsis
    line = visible(text[: 4 * columns])  # combining marks take no cells, but have an end
    used = 0
    for place, character in enumerate(line):
        used += character_width(character)
        if used > columns:
            return _fitting(line[:place], columns - len(ellipsis)).rstrip() + ellipsis
    return line if len(text) <= 4 * columns else line + ellipsis


def _fitting(line: str, columns: int) -> str:
    used = 0
    for place, character in enumerate(line):
        used += character_width(character)
        if used > columns:
            return line[:place]
    return line
