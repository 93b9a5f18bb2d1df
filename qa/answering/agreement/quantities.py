"""Numbers with their units, bounds and ranges."""

import re
from typing import NamedTuple

from qa.answering.agreement.numerals import Number, numbers
from qa.answering.agreement.units import (
    MONEY,
    TIMES,
    is_unit_word,
    money_before,
    rate_after,
    unit_after,
)
from qa.values import Bound, NormalValue

_BOUNDS = {
    Bound.AT_LEAST: (
        r"at least|not less than|no less than|no fewer than|"
        r"a minimum of|minimum of|"
        r"mindestens|wenigstens|nicht weniger als|al menos|por lo menos|como mínimo|no menos de|"
        r"au moins|au minimum|almeno|non meno di|pelo menos|no mínimo|ten minste|minstens|minst|"
        r"co najmniej|не менее|как минимум|至少|不少于|不得少于|不低于"
    ),
    Bound.MORE_THAN: (
        r"more than|longer than|over|greater than|in excess of|exceeding|above|mehr als|"
        r"länger als|über|más de|"
        r"plus d(?:e|['’])|più di|oltre|mais de|meer dan|över|mer än|ponad|więcej niż|более|"
        r"больше|свыше|超过|多于|逾"
    ),
    Bound.AT_MOST: (
        r"at most|no more than|not more than|not exceeding|not to exceed|up to|a maximum of|"
        r"maximum of|höchstens|maximal|bis zu|nicht mehr als|como máximo|no más de|hasta|"
        r"au plus|au maximum|jusqu['’]à|al massimo|non più di|non superiore a(?:i|l|gli)?|"
        r"fino a|no máximo|não superior a|até|"
        r"ten hoogste|hoogstens|maximaal|tot|högst|upp till|najwyżej|nie więcej niż|"
        r"не более|до|至多|最多|不超过|不得超过"
    ),
    Bound.LESS_THAN: (
        r"less than|fewer than|under|below|weniger als|unter|menos de|moins d(?:e|['’])|"
        r"meno di|minder dan|mindre än|mniej niż|менее|少于|低于|不到|不足"
    ),
    Bound.ABOUT: (
        r"about|around|approximately|approx\.|roughly|some|circa|ca\.|c\.|nearly|almost|"
        r"an estimated|estimated|etwa|ungefähr|rund|knapp|fast|unos|unas|alrededor de|"
        r"aproximadamente|cerca de|casi|environ|à peu près|près de|presque|circa|quasi|"
        r"ongeveer|bijna|ungefär|omkring|cirka|około|prawie|около|примерно|почти|"
        r"大约|约|大概|近|~|≈"
    ),
}
_SIGNS = {
    "≥": Bound.AT_LEAST,
    ">": Bound.MORE_THAN,
    "≤": Bound.AT_MOST,
    "<": Bound.LESS_THAN,
    "~": Bound.ABOUT,
    "≈": Bound.ABOUT,
}
_BOUND = re.compile(
    "|".join(
        rf"(?P<{bound}>(?<![^\W\d_])(?:{words}))(?: (?:the|a|los|las|les|der|die|den))?"
        for bound, words in _BOUNDS.items()
    ),
    re.IGNORECASE,
)
_LONGEST_BOUND = 26
_BETWEEN_NUMBERS = re.compile(
    r"\s?[-–—]\s?|\s(?:to|till|bis|a|à|al|tot|do|до|e|et|y|and|und|en)\s|[至到~]"
)
_OPENING = re.compile(
    r"(?:between|from|zwischen|von|entre|de|tra|fra|da|tussen|van|mellan|от|между)\s+$", re.I
)
_ONE = re.compile(
    r"(?<![^\W_])(?:an?|one|eine?[mnrs]?|une?|una?|uno|uma?|één|een|en|ett|один|одна|одного|одну)"
    r"[ \u00a0](?=([^\W\d_]+))",
    re.IGNORECASE,
)
_PARTS_OF_OTHERS = re.compile(r"[-–/.:]\d|[ \u00a0]?[-–]?(?:th|st|nd|rd)\b|\.\s?[^\W\d_]+\s\d{4}")


class Quantity(NamedTuple):
    """A number with its unit in a text."""

    start: int
    end: int
    number: Number
    normal: NormalValue

    @property
    def is_time(self) -> bool:
        """Whether its unit is one of time."""
        return (self.normal.unit or "").removeprefix("working ").removeprefix("calendar ") in TIMES

    @property
    def is_money(self) -> bool:
        """Whether its unit is a currency."""
        return self.normal.unit in MONEY


def quantities(text: str, language: str) -> list[Quantity]:
    """The numbers of a text with what belongs to them, in order."""
    unspaced = language in {"zh", "ja"}
    plain = numbers(text, language)
    plain += [
        Number(match.start(), match.end() - 1, "1")
        for match in _ONE.finditer(text)
        if is_unit_word(match[1]) in TIMES and not any(_overlap(match, each) for each in plain)
    ]
    plain.sort()
    found: list[Quantity] = []
    at = 0
    while at < len(plain):
        first, last = plain[at], plain[at]
        upper = _upper(text, plain, at)
        at += 1
        if upper is not None:
            last = upper
            at += 1
            if last.scale > first.scale == 1:  # "three to five million"
                first = first.times(last.scale)
        if not found or first.start >= found[-1].end:  # "a year" in "$5 a year"
            found.append(_whole(text, first, last, unspaced=unspaced))
    return found


def _overlap(match: re.Match[str], number: Number) -> bool:
    return match.start() < number.end and number.start < match.end()


def _upper(text: str, plain: list[Number], at: int) -> Number | None:
    """The upper end of the range that begins with a number."""
    if at + 1 >= len(plain):
        return None
    first, last = plain[at : at + 2]
    between = text[first.end : last.start]
    unit = unit_after(text, first.end)
    if unit is not None and unit.end <= last.start:
        between = text[unit.end : last.start]
    if not _BETWEEN_NUMBERS.fullmatch(between):
        return None
    joined = between.strip() in {"e", "et", "y", "and", "und", "en", "a"}
    opened = _OPENING.search(text, max(0, first.start - 12), first.start)
    if joined and not opened:
        return None
    scale = last.scale if first.scale == 1 else 1  # "three to five million"
    try:
        ordered = float(first.plain) * scale < float(last.plain)
    except ValueError:
        return None
    return last if ordered else None


def _whole(text: str, first: Number, last: Number, *, unspaced: bool) -> Quantity:
    start, end = first.start, last.end
    unit = None
    if before := money_before(text, start):
        unit, start = before
        if last is not first:
            end = last.end
    elif after := unit_after(text, end, unspaced=unspaced):
        unit, end = after
    elif last is not first and (after := unit_after(text, first.end, unspaced=unspaced)):
        unit = after.name
    rate = rate_after(text, end)
    if rate:
        end = rate.end
    number = first.plain
    if re.search(r"(?:^|[\s(])[-−]$", text[max(0, start - 2) : start]):
        number, start = f"-{number}", start - 1
    bound, begin = _bound(text, start)
    return Quantity(
        begin,
        end,
        first,
        NormalValue(
            number=number,
            to=None if last is first else last.plain,
            unit=unit,
            per=rate.name if rate else None,
            bound=bound,
        ),
    )


def _bound(text: str, place: int) -> tuple[Bound | None, int]:
    """What bounds the number at a place, and where the whole begins."""
    window = max(0, place - _LONGEST_BOUND)
    before = text[window:place]
    stripped = before.rstrip()
    if stripped[-1:] in _SIGNS:
        return _SIGNS[stripped[-1]], window + len(stripped) - 1
    best = None
    for match in _BOUND.finditer(before):
        if not before[match.end() :].strip():
            best = best or match
    # "no more than" holds "more than": the match that begins first is the whole.
    if best is None:
        return None, place
    return Bound(best.lastgroup or ""), window + best.start()


def is_part_of_another(text: str, quantity: Quantity) -> bool:
    """Whether the number is rather an ordinal, a time of day, or part of a date or number."""
    if quantity.normal.unit is not None:
        return False
    return _PARTS_OF_OTHERS.match(text, quantity.number.end) is not None
