"""Lines of a column: quotes with a bar at the left, notes without, within the terminal's width."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from qa.rendering.characters import character_width, visible, width
from qa.rendering.layout import Piece, Row, lay_out
from qa.rendering.terminal import Terminal

_NARROW = 40
"""With fewer columns than this, nothing is indented."""

_LONG_WORD = 30
"""A text in which no word ends within this many characters is cut anywhere."""


def indent(terminal: Terminal) -> str:
    """The indentation of everything that belongs to a citation."""
    return "   " if terminal.width >= _NARROW else ""


def quoted(
    text: str,
    terminal: Terminal,
    evidence: Sequence[tuple[int, int]] = (),
    *,
    answer: tuple[int, int] | None = None,
    most: int | None = None,
) -> Iterator[str]:
    """``text`` with a bar at the left, its ``evidence`` bold with a heavier bar.

    If it takes more than ``most`` rows, those with the ``answer`` are shown, otherwise the first.
    """
    left = indent(terminal)
    columns = terminal.width - len(left) - 2
    if most is None:
        rows: Iterable[Row] = lay_out(text, columns, evidence, answer=answer)
    else:
        rows = _part(text, columns, evidence, answer, most, terminal.marks.ellipsis)
    for row in rows:
        yield f"{left}{bar(row, terminal)} {styled(row, terminal)}".rstrip()


def _part(
    text: str,
    columns: int,
    evidence: Sequence[tuple[int, int]],
    answer: tuple[int, int] | None,
    most: int,
    ellipsis: str,
) -> list[Row]:
    """At most ``most`` rows of a text, cut between words, with an ellipsis wherever it is cut."""
    rows = list(
        islice(lay_out(text[: _reach(columns, most)], columns, evidence, answer=answer), most + 1)
    )
    if len(rows) <= most:
        return rows
    columns = max(columns - len(ellipsis) - 1, 1)
    start = 0
    if answer and _rows_to(text, columns, answer[1]) > most:
        start = _word_start(text, max(0, answer[0] - most * columns // 3))
    before = f"{ellipsis} " if start else ""
    shift = len(before) - start

    def moved(span: tuple[int, int]) -> tuple[int, int]:
        return max(span[0] + shift, len(before)), span[1] + shift

    shown = before + text[start : start + _reach(columns, most)]
    spans = [moved(span) for span in evidence if span[1] > start]
    laid = lay_out(shown, columns, spans, answer=moved(answer) if answer else None)
    rows = list(islice(laid, most + 1))
    if len(rows) > most:
        *rows, last = rows[:most]
        rows.append(last._replace(pieces=(*last.pieces, Piece(f" {ellipsis}", False))))
    return rows


def _reach(columns: int, rows: int) -> int:
    """Number of characters that always fill this many rows, apart from combining marks."""
    return 4 * columns * (rows + 1)


def _rows_to(text: str, columns: int, place: int) -> int:
    return sum(1 for _ in lay_out(text[:place], columns))


def _word_start(text: str, place: int) -> int:
    """The start of the next word, or ``place`` if none is near."""
    space = text.find(" ", place, place + _LONG_WORD)
    return place if space < 0 or not place else space + 1


def bar(row: Row, terminal: Terminal) -> str:
    """The mark at the left of a quoted row."""
    if row.emphasised:
        return terminal.accent(terminal.marks.evidence)
    return terminal.dim(terminal.marks.quote)


def styled(row: Row, terminal: Terminal) -> str:
    """The row's text, with evidence in bold and the answering words also underlined."""

    def style(piece: Piece) -> str:
        if piece.answers:
            return terminal.answer(piece.text)
        return terminal.bold(piece.text) if piece.emphasised else piece.text

    return "".join(map(style, row.pieces))


def beside(text: str, terminal: Terminal) -> Iterator[str]:
    """Source text that is not quoted: aligned with quotes, dim and without a bar."""
    left = indent(terminal) + "  "
    for row in lay_out(text, terminal.width - len(left)):
        plain = "".join(piece.text for piece in row.pieces)
        yield (left + terminal.dim(plain)).rstrip()


def note(text: str, terminal: Terminal, *, left: str = "", dim: bool = False) -> Iterator[str]:
    """The tool's own text, wrapped. ``text`` may hold names from documents."""
    for row in lay_out(visible(text), terminal.width - len(left)):
        line = "".join(piece.text for piece in row.pieces)
        yield left + (terminal.dim(line) if dim else line)


def clipped(text: str, columns: int, terminal: Terminal) -> str:
    """``text`` in one safe line of at most ``columns`` cells."""
    ellipsis = terminal.marks.ellipsis
    line = visible(text[: 4 * columns])  # bounded: combining marks take no cells
    if len(text) <= 4 * columns and width(line) <= columns:
        return line
    return _fitting(line, columns - len(ellipsis)).rstrip() + ellipsis


def _fitting(line: str, columns: int) -> str:
    used = 0
    for place, character in enumerate(line):
        used += character_width(character)
        if used > columns:
            return line[:place]
    return line
