"""Reads dates that people and programs write; one that could mean two days is not read."""

import re
from datetime import date

_LONGEST = 80
"""Characters; longer texts are no dates."""
_EARLIEST, _LATEST = 1000, 2999
"""Years. Programs write others where no date was given."""

_TIME = r"(?:[T ]+.*)?"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){_TIME}")
_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")
_YEAR = re.compile(r"[0-9]{4}")
_COMPACT = re.compile(rf"([0-9]{{4}})([0-9]{{2}})([0-9]{{2}}){_TIME}")
_YEAR_LAST = re.compile(rf"([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}),?{_TIME}")
_PDF = re.compile(r"D:([0-9]{4})(?:([0-9]{2})(?:([0-9]{2}).*)?)?", re.DOTALL)

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_WORDS = (
    re.compile(
        rf"{_WEEKDAY}(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\.?[\s-](?:of )?\s*"
        rf"(?P<month>[a-z]{{3,9}})\.?,?[\s-]\s*(?P<year>[0-9]{{4}}),?{_TIME}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_WEEKDAY}(?P<month>[a-z]{{3,9}})\.?\s+(?:(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+)?"
        rf"(?P<year>[0-9]{{4}}),?{_TIME}",
        re.IGNORECASE,
    ),
)

_DAY_IN_NAME = re.compile(
    r"(?<![0-9])(?P<year>(?:19|20)[0-9]{2})(?P<by>[-_.]?)(?P<month>[0-9]{2})(?P=by)(?P<day>[0-9]{2})"
    r"(?![0-9])"
)
_DAY_FIRST_IN_NAME = re.compile(
    r"(?<![0-9])(?<![0-9]\.)(?P<day>[0-9]{1,2})\.(?P<month>[0-9]{1,2})\."
    r"(?P<year>(?:19|20)[0-9]{2})(?![0-9])(?!\.[0-9])"
)
_MONTH_IN_NAME = re.compile(
    r"(?<![0-9])(?<![0-9][-_])(?P<year>(?:19|20)[0-9]{2})[-_](?P<month>[0-9]{2})(?![0-9])(?![-_][0-9])"
)


def read_date(written: str) -> str:
    """A date as ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; empty if it is none, or not clear.

    The year has four digits. Without the name of a month, a year at the end makes clear which is
    the day only if the other number cannot be one, or if they are separated by points, which
    everywhere means the day first.
    """
    text = written[: _LONGEST + 1].strip()
    if len(text) > _LONGEST:
        return ""
    if found := _YEAR_FIRST.fullmatch(text):
        return _valid(found[1], found[3], found[4])
    if found := _MONTH.fullmatch(text):
        return _valid(found[1], found[2])
    if found := _YEAR.fullmatch(text):
        return _valid(found[0])
    if (found := _COMPACT.fullmatch(text)) or (found := _PDF.fullmatch(text)):
        return _valid(*found.groups())
    if found := _YEAR_LAST.fullmatch(text):
        return _year_last(int(found[1]), int(found[3]), found[4], separator=found[2])
    for pattern in _WORDS:
        if found := pattern.fullmatch(text):
            month = _month_called(found["month"])
            return _valid(found["year"], month, found["day"]) if month else ""
    return ""


def date_in_name(name: str) -> str:
    """The one date in the name of a file, such as ``2024-03-01``, ``20240301`` or ``2024_03``.

    Empty if there is none, or if there are several.
    """
    days = {
        _valid(found["year"], found["month"], found["day"])
        for pattern in (_DAY_IN_NAME, _DAY_FIRST_IN_NAME)
        for found in pattern.finditer(name)
    } - {""}
    months = {_valid(found["year"], found["month"]) for found in _MONTH_IN_NAME.finditer(name)} - {
        ""
    }
    found = days | months
    return found.pop() if len(found) == 1 else ""


def first_and_last(read: str) -> tuple[date, date]:
    """The days that a date of ``read_date`` may mean. Raises ``ValueError`` for anything else."""
    if not re.fullmatch(r"[0-9]{4}(-[0-9]{2}){0,2}", read):
        raise ValueError("not a date as read_date gives it")
    year, month, day = [*map(int, read.split("-")), 0, 0][:3]
    first = date(year, month or 1, day or 1)
    if day:
        return first, first
    last = date(year, 12, 31)
    if month and month < 12:
        last = date.fromordinal(date(year, month + 1, 1).toordinal() - 1)
    return first, last


def _year_last(one: int, other: int, year: str, *, separator: str) -> str:
    if separator == "." or one > 12 or one == other:
        return _valid(year, other, one)
    return _valid(year, one, other) if other > 12 else ""


def _valid(year: str, month: str | int | None = None, day: str | int | None = None) -> str:
    """The date, if there is such a day."""
    if not _EARLIEST <= int(year) <= _LATEST:
        return ""
    try:
        whole = date(int(year), int(month or 1), int(day or 1)).isoformat()
    except ValueError:
        return ""
    if (month is not None and not int(month)) or (day is not None and not int(day)):
        return ""
    return whole[: 10 if day else 7 if month else 4]


def _month_called(name: str) -> int:
    """The number of a month by its English name or the first letters of it; 0 for none."""
    low = name.lower()
    found = [at for at, month in enumerate(_MONTHS, 1) if month.startswith(low)]
    return found[0] if len(found) == 1 else 0
