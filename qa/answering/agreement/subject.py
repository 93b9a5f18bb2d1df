"""Whether another value is about the same as the first.

It is told by the words of the question, as far as the sentence of the first value has them.
docs/decisions/agreement.md has the figures.
"""

import re
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from qa.answering.agreement.asking import Asked
from qa.answering.agreement.finding import Value
from qa.answering.agreement.names import is_part, same
from qa.answering.agreement.numeral_words import LANGUAGES, number_words
from qa.answering.agreement.units import is_unit_word
from qa.answering.columns import AskedWords
from qa.answers import Citation
from qa.reader.network import is_read_as_english
from qa.values import ValueKind
from qa_index.collection.records import StoredPassage
from qa_index.records import Span

OTHERS = 0.67
"""The same for the passages after the first: of those below, most answered something else."""
DIFFERS = 0.85
DIFFERS_IN_ENGLISH = 0.9
"""The same for a value that differs from the first. The network that reads English is surer of what
answers something else."""
SAID = 0.5
"""Share of the question's words in the first value's sentence that the sentence of an equal value
must hold more of."""
LEAST_WORDS = 2
LEAST_SHARE = 0.75
"""Least number and share of the question's words in the first value's sentence for which other
values are compared; with fewer it is not plain that both are about the same."""
NEAR = 0.5
"""Least share of the question's words in the first value's sentence that the clause of a value that
differs must hold."""
LEAST_CLAUSE = 3
"""Least words of a clause beside its value."""
LEAST_PAIRS = 3
PAIRS = 0.8
"""The same number, and the share of them that must be equal, for pairs of characters in scripts
without spaces."""

_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_EDGES = re.compile(r"^\W+|\W+$")
_WORD = re.compile(r"\w+")
_JOINED = re.compile(r"\w[-‑/. ]\w")
_ENDS_CLAUSE = re.compile(r"[,;:()]\s|\s[(–—]|[，；：]")
_NUMBERS = frozenset(word for language in LANGUAGES for word in number_words(language))
_SHORTEST_STEM = 4
_PEOPLE_WORDS = (
    "people persons menschen personen personas personnes persone pessoas mensen människor osób "
    "человек людей"
)
_PEOPLE = frozenset(_PEOPLE_WORDS.split())
"""Counted without being named: "killed 23"."""


class Found(NamedTuple):
    """A value with where it stands."""

    citation: Citation
    passage: StoredPassage
    sentence: Span
    text: str
    """The sentence's."""
    value: Value

    @property
    def beside(self) -> str:
        """The sentence without the value: a 12 in the question is not that of "12 January".

        All of it if it permits or forbids, as in "darf die Beiträge nicht": the words between are
        of the subject.
        """
        if self.value.kind is ValueKind.YES_NO:
            return self.text
        return f"{self.text[: self.value.start]} {self.text[self.value.end :]}"

    @property
    def clause(self) -> str:
        """The part of the sentence between punctuation marks that holds the value.

        One that holds little else, as in "On 4 May 1874, the house was opened", with the next.
        """
        start, end = 0, len(self.text)
        later = []
        for mark in _ENDS_CLAUSE.finditer(self.text):
            if mark.end() <= self.value.start:
                start = mark.end()
            elif mark.start() >= self.value.end:
                later.append(mark.start())
        for each in (*later, end):
            told = f"{self.text[start : self.value.start]} {self.text[self.value.end : each]}"
            if len(_WORD.findall(told)) >= LEAST_CLAUSE:
                return told
        return told


class Subject:
    """What a question is about, as far as the first value's sentence says it."""

    def __init__(self, words: AskedWords, asked: Asked, first: Found) -> None:
        self._words = words
        self._first = first.value
        self._in_pairs = _UNSPACED.search(asked.subject) is not None
        self._told = self._asked_about(asked)
        self._held = self._told - self._lacking(first.passage.text, *_above(first))
        self._under = self._told - self._lacking(first.beside, *_above(first))
        self._said = self._told - self._lacking(first.beside, *_above(first)[1:])
        least = LEAST_PAIRS if self._in_pairs else LEAST_WORDS
        enough = len(self._said) >= max(least, LEAST_SHARE * len(self._told))
        unsaid = () if self._in_pairs else self._told - self._said
        self._is_plain = enough and not any(map(words.is_name, unsaid))

    def is_of(self, other: Found, *, between_same_words: bool = False) -> bool:
        """Whether another value is about the same.

        An equal value is evidence for that. Another one needs all words of the question that the
        first one's sentence holds, and so does a yes or no, which are often equal. The headings
        above a sentence count, but the title does so for equal values alone: all documents may have
        the same.
        """
        if not between_same_words and (other.citation.scores.reading or 0) < OTHERS:
            return False
        title, *headings = _above(other)
        missing = self._held & self._lacking(other.passage.text, title, *headings)
        if not self._in_pairs and any(map(self._words.is_name, missing)):
            return False
        equal = agree(self._first, other.value)
        yes_no = other.value.kind is ValueKind.YES_NO
        if equal and not yes_no:
            lacking = self._under & self._lacking(other.beside, title, *headings)
            return len(lacking) < (1 - SAID) * len(self._under)
        in_english = is_read_as_english(self._words.question, other.passage)
        least = DIFFERS_IN_ENGLISH if in_english else DIFFERS
        if not between_same_words and (other.citation.scores.reading or 0) < least:
            return False
        lacking = self._said & self._lacking(other.beside, *headings)
        share = PAIRS if self._in_pairs else 1
        enough = len(lacking) <= (1 - share) * len(self._said)
        if between_same_words or not enough:
            return enough
        return self._is_plain and (yes_no or self._is_near(other, headings))

    def _is_near(self, other: Found, headings: Iterable[str]) -> bool:
        """Whether the words of the question stand in the clause of a value, not only beside it."""
        lacking = self._said & self._lacking(other.clause, *headings)
        return len(lacking) <= (1 - NEAR) * len(self._said)

    def _asked_about(self, asked: Asked) -> set[str]:
        """The words of the question that say what it is about, or its pairs of characters."""
        if self._in_pairs:
            return self._words.terms(asked.subject)
        listed = [_EDGES.sub("", word) for word in asked.subject.split()]
        about = set(listed)
        units = {word for word in about if is_unit_word(word)}
        units |= {word for word in listed[:1] if asked.counts and word.casefold() in _PEOPLE}
        told = [word for word in self._words.words if self._words.terms(word)]
        # "season three" is not said by "the third season had three judges".
        numbered = {
            f"{word} {number}"
            for word, number in pairwise(listed)
            if word in told and (number.isdecimal() or number.casefold() in _NUMBERS)
        }
        return about.intersection(told) - units | numbered

    def _lacking(self, *texts: str) -> set[str]:
        """Which of the words are in none of some texts, in no form that begins alike."""
        terms = self._words.terms(*texts)
        if self._in_pairs:
            return self._told - terms
        lacking = self._told.intersection(self._words.lacking(terms))
        folded = " ".join(texts).casefold()
        there = set(_WORD.findall(folded)) if lacking else set()
        lacking = {word for word in lacking if not _begins_alike(word.casefold(), there)}
        # SARS-CoV shares a term with MERS-CoV.
        lacking = {word for word in lacking if not _JOINED.search(word)}
        joined = {word for word in self._told if _JOINED.search(word)}
        return lacking | {word for word in joined if word.casefold() not in folded}


def _above(found: Found) -> tuple[str, ...]:
    """The title and the headings above a passage."""
    title, path = found.passage.document.title, found.passage.heading_path
    return (title, *(path[1:] if path[:1] == (title,) else path))


def _begins_alike(word: str, others: Iterable[str]) -> bool:
    """Whether one of some words shares all but the last two letters of a word, at least four."""
    stem = word[: max(_SHORTEST_STEM, len(word) - 2)]
    return len(word) > _SHORTEST_STEM and any(other.startswith(stem) for other in others)


def agree(one: Value, other: Value) -> bool:
    """Whether two values are the same, or one is a name that is part of the other.

    Of names it is not transitive: "Smith" agrees with "John Smith" and with "Jane Smith".
    """
    if one.name is None or other.name is None:
        return one.normal == other.normal
    names = one.name, other.name
    return same(*names) or is_part(*names) or is_part(*reversed(names))
