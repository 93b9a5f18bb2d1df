"""Finds the rows of a table that name its columns."""

import re
from collections.abc import Sequence
from enum import Enum, auto

EXAMINED_ROWS = 50
"""First rows of a table, by which its header is found."""
_EXAMINED_COLUMNS = 200
_LONGEST_NAME = 120
"""Characters; a longer cell is text, not the name of a column."""

_NUMBER = re.compile(r"[(+-]?[\d.,' \u00a0\u202f]*\d[\d.,' \u00a0\u202f]*[)%+-]?(?:[eE][+-]?\d+)?")
_UNITS = "$€£¥₹%~≈<>=±* "
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}(?:[-/.]\d{1,4})?(?:[T ].*)?|\d{1,2}:\d\d(?::\d\d)?.*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_LOGICAL = frozenset({"true", "false"})


class _Kind(Enum):
    EMPTY = auto()
    WORDS = auto()
    YEAR = auto()
    """Names a column, or is a value."""
    VALUE = auto()


def header_rows(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first rows name the columns; 0 if no row looks like that.

    Such a row holds short, distinct words or years, above columns of values of another kind. In a
    table of words alone the first row is taken if it is complete. A title in the first cell above
    such a row counts with it.
    """
    rows = [row[:_EXAMINED_COLUMNS] for row in rows[:EXAMINED_ROWS]]
    kinds = [[_kind(cell) for cell in row] for row in rows]
    first = 0
    while first < len(rows) and _filled(kinds[first]) == 1 and len(rows[first]) > 1:
        first += 1
    if first + 1 >= len(rows) or not _names(rows[first], kinds[first]):
        return 0
    below = first + 1
    groups = _filled(kinds[first]) < _filled(kinds[below])
    if groups and _names(rows[below], kinds[below]) and _is_above(kinds, below):
        return below + 1  # "2023 | | 2024 |" above "cost | sales | cost | sales"
    if _is_above(kinds, first) or _heads_words(rows, first):
        return below
    return 0


def _kind(cell: str) -> _Kind:
    cell = cell.strip()
    if not cell:
        return _Kind.EMPTY
    if _YEAR.fullmatch(cell):
        return _Kind.YEAR
    bare = cell[:40].strip(_UNITS)
    if _NUMBER.fullmatch(bare) or _DATE.fullmatch(bare) or cell.lower() in _LOGICAL:
        return _Kind.VALUE
    return _Kind.WORDS


def _filled(kinds: Sequence[_Kind]) -> int:
    return sum(kind is not _Kind.EMPTY for kind in kinds)


def _names(row: Sequence[str], kinds: Sequence[_Kind]) -> bool:
    """Whether these cells can be names of columns."""
    if _Kind.VALUE in kinds or _filled(kinds) < 2 or any(len(cell) > _LONGEST_NAME for cell in row):
        return False
    return _Kind.WORDS in kinds or _Kind.EMPTY in kinds


def _is_above(kinds: Sequence[Sequence[_Kind]], row: int) -> bool:
    """Whether a column holds mostly values, and of another kind than its name."""
    for column, name in enumerate(kinds[row]):
        if name is _Kind.EMPTY:
            continue
        others = (_Kind.VALUE,) if name is _Kind.YEAR else (_Kind.VALUE, _Kind.YEAR)
        below = [each[column] for each in kinds[row + 1 :] if column < len(each)]
        filled = _filled(below)
        if filled and 2 * sum(kind in others for kind in below) > filled:
            return True
    return False


def _heads_words(rows: Sequence[Sequence[str]], row: int) -> bool:
    """Whether the row is complete and its cells are like no other cell, above columns of words."""
    names = [cell.strip() for cell in rows[row]]
    while names and not names[-1]:
        names.pop()
    below = rows[row + 1 :]
    if len(below) < 2 or "" in names[1:] or len(set(names)) < len(names):
        return False
    return not any(
        name and cell.strip() == name
        for each in below
        for cell, name in zip(each, names, strict=False)
    )
