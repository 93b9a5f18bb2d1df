"""Rows of tables as the reader sees them: the name of the column before each cell."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from qa_index.collection.records import StoredPassage
from qa_index.records import Span, header_above

_DELIMITERS = ",;|"
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


def table_row(passage: StoredPassage, sentence: int) -> LabelledRow | None:
    """A sentence of a passage as a row; positions of its cells are those in the sentence.

    ``None`` for any other sentence, and where it cannot be told which name belongs to which cell.
    Sentences have no white space around them, so empty cells may precede one; and a long row is cut
    into several sentences, of which those behind the first have no names.
    """
    start, end = passage.sentences[sentence]
    header = header_above(passage.document.headers, start)
    line = max(passage.text.rfind(each, 0, start - passage.start) for each in "\r\n") + 1
    empty = passage.text[line : start - passage.start]
    if not header or empty.strip():
        return None
    # What precedes the first line of a passage is not known.
    row = labelled(header, passage.text[line : end - passage.start], is_whole=line > 0)
    if row is None:
        return None
    cells = [cell._replace(start=cell.start - len(empty)) for cell in row.cells]
    return row._replace(cells=cells)


def labelled(header: str, row: str, *, is_whole: bool = True) -> LabelledRow | None:
    """The row with the names that the last line of ``header`` gives to its columns.

    Only a row of an extracted table may have fewer cells than names, as empty ones at its end are
    left out there; it must have all that precede them, which ``is_whole`` tells.

    ``None`` if there is no header, or if it cannot be told which name belongs to which cell.
    """
    names = header.splitlines()[-1] if header else ""
    # Cells of extracted tables may hold any of the others, but no tab.
    delimiter = "\t" if "\t" in names else max(_DELIMITERS, key=names.count)
    labels = [field.text.strip() for field in _fields(names, delimiter)]
    fields = list(_fields(row, delimiter))
    least = 2 if is_whole and delimiter == "\t" else len(labels)
    if len(labels) < 2 or not least <= len(fields) <= len(labels):
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
