"""Rows of tables as the reader sees them: the name of the column before each cell."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from qa_index.records import Span

_DELIMITERS = "\t,;|"
_QUOTED = re.compile(r'"((?:[^"]|"")*+)"')


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
    the row has more cells than names.
    """
    names = header.splitlines()[-1] if header else ""
    delimiter = max(_DELIMITERS, key=names.count)
    labels = [field.text.strip() for field in _fields(names, delimiter)]
    fields = list(_fields(row, delimiter))
    if len(labels) < 2 or not 1 < len(fields) <= len(labels):
        return None
    text = ""
    shown: list[Cell] = []
    for label, (start, cell) in zip(labels, fields, strict=False):
        if cell and not cell.isspace():
            text += f"{', ' if text else ''}{label}{': ' if label else ''}"
            shown.append(Cell(label, cell, start, Span(len(text), len(text) + len(cell))))
            text += cell
    return LabelledRow(text, shown, labels)


class _Field(NamedTuple):
    start: int
    text: str


def _fields(row: str, delimiter: str) -> Iterator[_Field]:
    """The fields of a row, without the quotes around them."""
    place = 0
    while place <= len(row):
        quoted = _QUOTED.match(row, place)
        if quoted and row[quoted.end() : quoted.end() + 1] in ("", delimiter):
            yield _Field(place + 1, quoted[1])
            end = quoted.end()
        else:
            end = row.find(delimiter, place)
            end = len(row) if end < 0 else end
            yield _Field(place, row[place:end])
        place = end + 1
