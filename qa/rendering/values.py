"""Finds passages that give another number or date than the first, in clear cases only.

Two rules. The answering words that the reader found are compared if they are just values of the
same form. An answering number is compared with one that occurs between the same four words, two on
either side, in the best sentence of another passage.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_VALUE = re.compile(
    r"[^\w\s]?#(?:\s?%|(?:[\s-][^\W\d_]+){1,2})?|#(?:[-/]#){2}|month #,? #|# month,? #"
)
"""A value after its numbers are replaced with #: "# days", "$#", "#%", "#-#-#"."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|\w+")
_MONTH = re.compile(r"^[^\W\d_]+(?= #,? #$)|(?<=^# )[^\W\d_]+(?=,? #$)")

_AROUND = 2
"""Words on either side of a number that must be the same."""


class Said(NamedTuple):
    """What a passage says."""

    sentence: str
    answer: str
    """The answering words; empty if they are not known."""
    place: int
    """Offset of the answering words in the sentence."""


def differing(said: Sequence[Said]) -> Iterator[tuple[int, str]]:
    """Values that differ from that of the first passage, with the passage's number, 1 for the
    second."""
    first, *others = said
    for number, other in enumerate(others, 1):
        value = _same_form(first, other) or _same_words(first, other)
        if value:
            yield number, value


def _same_form(first: Said, other: Said) -> str:
    one, two = (" ".join(each.answer.split()) for each in (first, other))
    return two if _form(one) and _form(one) == _form(two) and _key(one) != _key(two) else ""


def _form(value: str) -> str:
    """The form of a value: its text with numbers as #; empty if the text is not just a value."""
    form = _MONTH.sub("month", _NUMBER.sub("#", value.casefold()))
    return form if _VALUE.fullmatch(form) else ""


def _key(value: str) -> str:
    """A key that is equal for values that may be the same, whatever separators they use."""
    return _NUMBER.sub(lambda number: _plain(number[0]), value.casefold())


def _plain(number: str) -> str:
    """A number without thousands separators and trailing zeros, with a decimal point."""
    digits = re.sub(r"[.,](?=\d{3}(?!\d))", "", number)
    whole, _, decimals = digits.replace(",", ".").partition(".")
    if "." in decimals:  # a date or a version
        return digits
    return f"{whole}.{decimals.rstrip('0')}".rstrip(".")


def _same_words(first: Said, other: Said) -> str:
    """The other's number, with its unit, if it is between the same words as that of the first."""
    numbers = list(_NUMBER.finditer(first.answer))
    if len(numbers) != 1 or not _form(" ".join(first.answer.split())):
        return ""
    place = first.place + numbers[0].start()
    asked = [each for each in _framed(first.sentence) if each.number.start() == place]
    for each in asked:
        for found in _framed(other.sentence):
            if found.words == each.words and _key(found.number[0]) != _key(each.number[0]):
                return " ".join(other.sentence[found.number.start() : found.unit_end].split())
    return ""


class _Framed(NamedTuple):
    """A number with its neighbouring words."""

    number: re.Match[str]
    words: tuple[str, ...]
    unit_end: int


def _framed(sentence: str) -> Iterator[_Framed]:
    """The numbers of a sentence with enough words, none of them numbers, on either side."""
    tokens = list(_TOKEN.finditer(sentence))
    for at in range(_AROUND, len(tokens) - _AROUND):
        near = (*tokens[at - _AROUND : at], *tokens[at + 1 : at + 1 + _AROUND])
        words = tuple(token[0].casefold() for token in near)
        if tokens[at][0][0].isdigit() and not any(word[0].isdigit() for word in words):
            yield _Framed(tokens[at], words, tokens[at + 1].end())
