"""Dates in a text, in digits and in words."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import NamedTuple

from qa_index.formats.structure.dates import read_date

_MONTHS = (
    "january jan januar janvier enero gennaio janeiro januari stycznia января январь",
    "february feb februar février febrero febbraio fevereiro februari lutego февраля февраль",
    "march mar märz mars marzo março maart marca марта март",
    "april apr avril abril aprile kwietnia апреля апрель",
    "may mai mayo maggio maio mei maj maja мая май",
    "june jun juni juin junio giugno junho czerwca июня июнь",
    "july jul juli juillet julio luglio julho lipca июля июль",
    "august aug août agosto augustus augusti sierpnia августа август",
    "september sep sept septembre septiembre settembre setembro września сентября сентябрь",
    "october oct oktober octobre octubre ottobre outubro oktober października октября октябрь",
    "november nov novembre noviembre novembro listopada ноября ноябрь",
    "december dec dezember décembre diciembre dicembre dezembro grudnia декабря декабрь",
)
_YEAR = r"(?P<year>1[0-9]{3}|20[0-9]{2})"

_TO = r"(?:-|–|to|and|bis|und|y|al?|et|au|e|tot|en|до|по|и)"
_RANGE_ENDS = re.compile(rf"\d\s?{_TO}\s?$", re.IGNORECASE)
_RANGE_OPENS = re.compile(
    r"\b(?:between|from|zwischen|von|entre|desde|de|tra|fra|dal|tussen|van|mellan|från|между|с|от)\s$",
    re.IGNORECASE,
)
_RANGE_GOES_ON = re.compile(rf"\s?{_TO}\s", re.IGNORECASE)
"""A date that begins or ends a range is none."""


@cache
def _months() -> dict[str, int]:
    return {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    month = rf"(?P<month>{'|'.join(sorted(_months(), key=len, reverse=True))})\b\.?"
    day = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|er|º|\.)?"
    of = r"\s+(?:of\s+|de\s+|del\s+)?"
    year = rf"(?:,?\s+(?:de\s+|del\s+)?{_YEAR}(?![\w-]|[.,]\d)(?!\s*[–-]\s*\d))"
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"(?<![\w/.-])(?P<digits>\d{4}-\d{1,2}-\d{1,2}|\d{4}/\d{1,2}/\d{1,2}|"
            r"\d{1,2}[./-]\d{1,2}[./-]\d{4})(?![\w/-]|\.\d)",
            r"(?<!\d)(?P<year>\d{4})\s?年(?:\s?(?P<month>\d{1,2})\s?月(?:\s?(?P<day>\d{1,2})\s?日)?)?",
            r"(?<![\d年])(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日",
            rf"(?<![\w.,-]){day}{of}{month}{year}?",
            rf"(?<!\w){month}\s+{day}(?![\w:.,]\d|\w){year}?",
            rf"(?<!\w){month}(?:,|\s+de|\s+del|\s+of)?\s+{_YEAR}(?![\w-]|[.,]\d)",
            rf"(?<![\w.,/–-]){_YEAR}(?![\w%/°-]|[.,]\d|\s?[–%€]|\s?年)",
        )
    )


class Date(NamedTuple):
    """A date in a text."""

    start: int
    end: int
    normal: str
    """``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD`` or ``--MM-DD``; as written if it is not clear."""


def dates(text: str) -> list[Date]:
    """The dates of a text, in order."""
    found: list[Date] = []
    for each in _all(text):
        if all(each.end <= other.start or other.end <= each.start for other in found):
            found.append(each)
    return sorted(each for each in found if each.normal)


def _all(text: str) -> Iterator[Date]:
    """Dates by pattern, the most telling first; they may overlap.

    The normal form of a day that does not exist is empty.
    """
    for pattern in _patterns():
        for match in pattern.finditer(text):
            before = text[max(0, match.start() - 12) : match.start()]
            if _RANGE_ENDS.search(before):
                continue
            if _RANGE_OPENS.search(before) and _RANGE_GOES_ON.match(text, match.end()):
                continue
            parts = match.groupdict()
            if digits := parts.get("digits"):
                yield Date(*match.span(), read_date(digits) or digits)
            else:
                yield Date(*match.span(), _normal(parts))


def _normal(parts: dict[str, str | None]) -> str:
    year, month, day = (parts.get(name) for name in ("year", "month", "day"))
    number = _months().get(month.casefold(), 0) if month and not month.isdigit() else month
    try:
        date(int(year or 2000), int(number or 1), int(day or 1))
    except ValueError:
        return ""
    if not year:
        return f"--{int(number or 0):02}-{int(day or 0):02}"
    told = year
    if number:
        told += f"-{int(number):02}"
    if day:
        told += f"-{int(day):02}"
    return told
