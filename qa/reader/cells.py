"""Rows of tables as the reader sees them: the name of the column before each cell."""

from typing import NamedTuple

from qa_index.records import Span

_DELIMITERS = "\t,;|"


class Cell(NamedTuple):
    """A filled cell of a row."""

    label: str
    """The name of its column; empty for none."""
    text: str
    start: int
    """In the row as it is written."""
    shown: Span
    """Its place in ``LabelledRow.text``."""


class LabelledRow(NamedTuple):
    """A row with the names of its columns."""

    text: str
    """Such as ``Team: Blues, Location: STL, Stanley Cups: 1``."""
    cells: list[Cell]
    labels: list[str]
    """Names of all columns."""


def labelled(header: str, row: str) -> LabelledRow | None:
    """The row with the names that the last line of ``header`` gives to its columns.

    ``None`` if there is no header, or if it cannot be told which name belongs to which cell: then
    the row has more cells than names, or delimiters within quotes.
    """
    names = header.splitlines()[-1] if header else ""
    delimiter = max(_DELIMITERS, key=names.count)
    labels = [name.strip(' "') for name in names.split(delimiter)]
    cells = row.split(delimiter)
    if len(labels) < 2 or not 1 < len(cells) <= len(labels):
        return None
    text, start = "", 0
    shown: list[Cell] = []
    for label, cell in zip(labels, cells, strict=False):
        if cell and not cell.isspace():
            text += f"{', ' if text else ''}{label}{': ' if label else ''}"
            shown.append(Cell(label, cell, start, Span(len(text), len(text) + len(cell))))
            text += cell
        start += len(cell) + 1
    return LabelledRow(text, shown, labels)
