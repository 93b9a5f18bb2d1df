"""Finds a quote whose lines a page interrupts: by its foot and head, another column, line numbers.

A program that writes a page line by line keeps the words of the quote in order, but puts between
them what stands beside them or between two pages. Nothing else may stand there: a paragraph that
somebody added is a change.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from qa.checking.quotes.drift import regions_of
from qa.checking.quotes.finding import MOST_PLACES, Found
from qa.checking.quotes.pattern import Pattern
from qa_index.collection.protocol import Collection
from qa_index.records import Span
from qa_index.terms.analyzer import UNSPACED_SCRIPTS
from qa_index.vectors import Rows

_MOST_BETWEEN = 60
"""Words that may stand between two parts: the foot and head of a page, or a line of a column."""

_WORDS_A_PART = 2
"""Words that the parts hold at least, in the mean: less is put together from anywhere."""

_LEAST_WORDS = 6
"""Words of the shortest quote that is put together."""

_RECURS = 3
"""Lines of the same letters in a document from which on they are taken for a head or foot."""

_FAR = 8
"""Spaces before a line that belongs to another column than the first."""

_BUDGET = 400_000
"""Steps for one quote: about a second. One that takes more is not put together."""

_WIDTH = 4
"""Characters of a page with columns, and spaces between them, for each of a quote."""

_ATOM = re.compile(rf"\d+|[{UNSPACED_SCRIPTS}]|[^\W\d_{UNSPACED_SCRIPTS}]+")
_NUMBER = re.compile(r"[-\u2212\u2013]?\d+(?:[.,]\d+)*")
_DASHES = str.maketrans("\u2212\u2013", "--")
_HYPHEN = re.compile("[-\u2010\u00ad\ufffe]")
_LINE_END = re.compile(r"[\r\n\f]")
_WIDE = re.compile(r"[ \u00a0]{2,}|\t")
_MARKS_AFTER = re.compile(r"(?: ?[^\w\s]+)*")
_MARKS_BEFORE = re.compile(r"(?:[^\w\s]+ ?)*$")
_DIGITS = re.compile(r"\d+")


class Interrupted(NamedTuple):
    """A place of a quote with something else between its parts."""

    document: int
    parts: tuple[Span, ...]
    """What is of the quote, in order; one if only white space and marks differ."""

    @property
    def found(self) -> Found:
        """From the beginning of the quote to its end."""
        return Found(self.document, Span(self.parts[0].start, self.parts[-1].end))


def interrupted(
    index: Collection, quote: str, pattern: Pattern, among: Rows | None = None
) -> list[Interrupted]:
    """The places of a quote in parts, in the documents or these passages; none if in doubt."""
    sought = [_folded(match.group()) for match in _ATOM.finditer(quote)]
    if len(sought) < _LEAST_WORDS:
        return []
    found: list[Interrupted] = []
    budget = _BUDGET
    pages: dict[int, _Page] = {}
    for number, text, window in regions_of(index, quote, pattern, among, widened=_WIDTH):
        page = pages.setdefault(number, _Page(text))
        search = _Search(page, window, sought, budget)
        for parts in search.places():
            if _same_signs(quote, text, parts):
                found.append(Interrupted(number, parts))
        budget = search.budget
        if budget < 0 or len(found) > MOST_PLACES:
            return []  # there may be others
    return _apart(found)


def numbers_of(text: str) -> list[str]:
    """The numbers of a text with their signs, in order."""
    return [match.group().translate(_DASHES) for match in _NUMBER.finditer(text)]


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()


def _apart(found: Sequence[Interrupted]) -> list[Interrupted]:
    """Of places that overlap, the shortest."""
    kept: list[Interrupted] = []
    for each in sorted(found, key=lambda place: place.found.span.end - place.found.span.start):
        if not any(each.found.overlaps(other.found) for other in kept):
            kept.append(each)
    return sorted(kept, key=lambda place: place.found)


def _same_signs(quote: str, text: str, parts: Sequence[Span]) -> bool:
    """Whether numbers with their signs, and the signs of sums and units, are the same."""
    there = []
    for start, end in parts:
        before = _MARKS_BEFORE.search(text, max(0, start - 8), start)
        after = _MARKS_AFTER.match(text, end, end + 8)
        there.append(text[before.start() if before else start : after.end() if after else end])
    joined = "\n".join(there)
    return numbers_of(quote) == numbers_of(joined) and _signs(quote) == _signs(joined)


def _signs(text: str) -> Counter[str]:
    return Counter(
        character
        for character in text
        if character in "%\u2030\u00b0" or unicodedata.category(character) in {"Sc", "Sm"}
    )


class _Page:
    """What a document tells of its pages."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def _recurring(self) -> Counter[str]:
        return Counter(_line(line) for line in _LINE_END.split(self.text))

    def is_furniture(self, lines: str) -> bool:
        """Whether all lines are numbers, or heads and feet that recur."""
        told = [_line(line) for line in _LINE_END.split(lines) if line.strip()]
        return all(line == "0" or self._recurring[line] >= _RECURS for line in told)


def _line(line: str) -> str:
    """A line that differs in its numbers alone is the same head or foot."""
    return _DIGITS.sub("0", " ".join(line.split())).strip("-\u2013\u2014 ")


_Parts = tuple[tuple[int, int], ...]


class _Search:
    """Looks for words, in order, in a part of a text."""

    def __init__(self, page: _Page, window: Span, sought: Sequence[str], budget: int) -> None:
        self._page = page
        self._sought = sought
        self.budget = budget
        self._words = [
            Span(*match.span()) for match in _ATOM.finditer(page.text, window.start, window.end)
        ]
        self._folded = [_folded(page.text[slice(*word)]) for word in self._words]
        self._places: dict[str, list[int]] = {}
        for number, word in enumerate(self._folded):
            self._places.setdefault(word, []).append(number)

    def places(self) -> Iterator[tuple[Span, ...]]:
        """The parts of each place; places may overlap."""
        for start in self._places.get(self._sought[0], ()):
            parts = self._from(start)
            if self.budget < 0:
                return
            if parts is not None and len(parts) * _WORDS_A_PART <= len(self._sought):
                yield tuple(
                    Span(self._words[first].start, self._words[end - 1].end) for first, end in parts
                )

    def _from(self, start: int) -> _Parts | None:
        """The parts, as numbers of words, that begin here and leave out least."""
        states: dict[int, tuple[int, _Parts]] = {start: (0, ((start, start),))}
        for sought in self._sought:
            following: dict[int, tuple[int, _Parts]] = {}
            for at, (left_out, parts) in states.items():
                for first, end in self._taken(sought, at, may_skip=at > start):
                    self.budget -= 1
                    more = self._extended(parts, at, first, end)
                    cost = left_out + max(0, first - at)
                    if end not in following or cost < following[end][0]:
                        following[end] = (cost, more)
            if not following or self.budget < 0:
                return None
            states = following
        return min(states.values())[1]

    def _extended(self, parts: _Parts, at: int, first: int, end: int) -> _Parts:
        if first > at:
            return (*parts, (first, end))
        if first < at:  # a word that began before what is left out
            return (*parts[:-1], (parts[-1][0], at + 1), (end - 1, end))
        return (*parts[:-1], (parts[-1][0], end))

    def _taken(self, sought: str, at: int, *, may_skip: bool) -> Iterator[tuple[int, int]]:
        """Where the word is: its first number and the one behind it.

        A first number below ``at`` is a word in two parts, of which the first stands at ``at``.
        """
        if at >= len(self._words):
            return
        here = self._folded[at]
        if here == sought:
            yield at, at + 1
        elif sought.startswith(here) and self._is_hyphenated(at):
            rest = sought[len(here) :]
            if self._folded[at + 1 : at + 2] == [rest]:
                yield at, at + 2
            for there in self._within(rest, at + 1):
                if self._may_leave_out(at + 1, there):
                    yield -1, there + 1
        if may_skip:
            for there in self._within(sought, at):
                if self._may_leave_out(at, there):
                    yield there, there + 1

    def _within(self, word: str, at: int) -> Sequence[int]:
        """Where a word stands behind ``at``, as far as something may stand between."""
        places = self._places.get(word, [])
        first = bisect_left(places, at + 1)
        return places[first : bisect_left(places, at + _MOST_BETWEEN + 1)]

    def _is_hyphenated(self, at: int) -> bool:
        gap = self._gap(at + 1)
        is_hyphen = _HYPHEN.match(gap) is not None
        return is_hyphen and (len(gap) == 1 or bool(_LINE_END.search(gap) or _WIDE.search(gap)))

    def _gap(self, at: int) -> str:
        """The text before a word, from the one before it on."""
        if not 0 < at < len(self._words):
            return "\n"
        return self._page.text[self._words[at - 1].end : self._words[at].start]

    def _may_leave_out(self, start: int, end: int) -> bool:
        """Whether the words from ``start`` to ``end`` are beside the text or between pages."""
        self.budget -= 1
        before, after = self._gap(start), self._gap(end)
        is_line_before, is_line_after = (
            bool(_LINE_END.search(before)),
            bool(_LINE_END.search(after)),
        )
        inside = self._page.text[self._words[start].start : self._words[end - 1].end]
        if "\f" in before + inside + after:
            return is_line_before and is_line_after
        if is_line_before and is_line_after:
            numbers = self._folded[start - 1].isdigit() or self._folded[end].isdigit()
            return not numbers and self._page.is_furniture(inside)
        if is_line_before and _WIDE.search(after):  # a column or number at the left
            *lines, _ = _LINE_END.split(inside)
            return self._page.is_furniture("\n".join(lines))
        if is_line_after and _WIDE.search(before):
            return all(len(gap) >= _FAR for gap in re.findall(r"\n([ \u00a0]*)\S", inside))
        return False
