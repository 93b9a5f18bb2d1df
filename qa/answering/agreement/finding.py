"""The value that a passage gives as its answer.

A value counts if it is the only one of its kind in the words that the reader found, or in the
sentence if it found none. Where a passage was not read as an answer, one counts that stands between
the same words as that of the first.
"""

import re
from typing import NamedTuple

from qa.answering.agreement.asking import Asked
from qa.answering.agreement.dates import dates
from qa.answering.agreement.names import Name, is_cut, name_in
from qa.answering.agreement.permissions import permission
from qa.answering.agreement.quantities import Quantity, is_part_of_another, quantities
from qa.values import NormalValue, ValueKind
from qa_index.records import Span

_AROUND = 3
"""Words on either side of a value that must be the same."""
_ENOUGH_AROUND = 4
"""Words around a value that there must be on both sides together."""
_LONGEST = 2_000
"""Characters of the longest sentence that is looked at; longer ones are no sentences."""
_WORD = re.compile(r"\w+")


class Value(NamedTuple):
    """A value in a sentence."""

    start: int
    end: int
    """Offsets in the sentence."""
    kind: ValueKind
    normal: NormalValue
    form: str
    """Values of different forms, such as money and shares, are not compared."""
    name: Name | None = None


def answering_value(
    sentence: str, answer: Span | None, language: str, asked: Asked
) -> Value | None:
    """The one value of an ``asked`` kind in the answering words of a sentence.

    Where it is not clear which words answer, the one in the whole sentence, but no name.
    """
    if len(sentence) > _LONGEST:
        return None
    if ValueKind.YES_NO in asked.kinds:
        return _permission(sentence, language, asked)
    if ValueKind.NAME in asked.kinds:
        return _name(sentence, answer, language) if answer else None
    found = values_in(sentence, language, asked)
    if answer is not None:
        found = [each for each in found if each.start < answer.end and answer.start < each.end]
    return found[0] if len(found) == 1 else None


def values_in(sentence: str, language: str, asked: Asked) -> list[Value]:
    """All values of the ``asked`` kinds in a sentence, in order; no names and permissions."""
    if len(sentence) > _LONGEST:
        return []
    found: list[Value] = []
    days = dates(sentence)
    if ValueKind.DATE in asked.kinds:
        for start, end, normal in days:
            told = normal
            if asked.part == "year":
                told = normal[:4] if re.match(r"\d{4}(?:-|$)", normal) else ""
            if told:
                date = NormalValue(date=told)
                found.append(Value(start, end, ValueKind.DATE, date, "date"))
    for quantity in quantities(sentence, language):
        if value := _quantity(sentence, quantity, asked):
            # "2000" is a year to "when" and a number to "how many".
            longer = [day for day in days if day.end - day.start > 4 or not asked.counts]
            if not any(day.start < value.end and value.start < day.end for day in longer):
                found.append(value)
    return sorted(found)


def framed_value(
    sentence: str, language: str, asked: Asked, first: Value, beside: str
) -> Value | None:
    """The value between the same words as the ``first`` one, which stands in ``beside``."""
    frame = _frame(beside, first)
    if frame is None or first.kind in {ValueKind.NAME, ValueKind.YES_NO}:
        return None
    found = [
        value
        for value in values_in(sentence, language, asked)
        if value.form == first.form and _frame(sentence, value) == frame
    ]
    return found[0] if len(found) == 1 else None


def _frame(sentence: str, value: Value) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The words around a value; ``None`` if there are too few."""
    before = tuple(_words(sentence[: value.start])[-_AROUND:])
    after = tuple(_words(sentence[value.end :])[:_AROUND])
    return (before, after) if len(before) + len(after) >= _ENOUGH_AROUND else None


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _quantity(sentence: str, quantity: Quantity, asked: Asked) -> Value | None:
    kind = ValueKind.DURATION if quantity.is_time else ValueKind.NUMBER
    unit = quantity.normal.unit
    if kind not in asked.kinds or is_part_of_another(sentence, quantity):
        return None
    if asked.kinds[0] is ValueKind.DURATION and kind is ValueKind.NUMBER and unit is None:
        return None  # "How long" is answered by a length or a time, not by a bare number.
    if quantity.is_time:
        form = "time"
    elif quantity.is_money:
        form = "money"
    elif unit is None:
        form = "plain"
    else:
        form = "percent" if unit.startswith("percent") else "measure"
    named = asked.unit is not None and unit is not None and kind is ValueKind.NUMBER
    if named and unit != asked.unit and not quantity.is_money:
        return None
    normal = quantity.normal
    return Value(quantity.start, quantity.end, kind, normal, form)


def _name(sentence: str, answer: Span, language: str) -> Value | None:
    written = sentence[answer.start : answer.end]
    start = answer.start + len(written) - len(written.lstrip())
    end = answer.start + len(written.rstrip())
    name = name_in(written)
    if name is None or is_cut(sentence, start, end, nouns_are_names=language == "de"):
        return None
    return Value(start, end, ValueKind.NAME, NormalValue(name=name.told), "name", name)


def _permission(sentence: str, language: str, asked: Asked) -> Value | None:
    found = permission(sentence, language, obligation=asked.is_obligation)
    if found is None:
        return None
    normal = NormalValue(affirms=found.affirms)
    return Value(found.start, found.end, ValueKind.YES_NO, normal, "yes_no")
