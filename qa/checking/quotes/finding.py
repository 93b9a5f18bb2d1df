"""Finds a quote in the texts of documents: as it is written, or as a pattern."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from qa.checking.quotes.boundaries import stands_alone
from qa.checking.quotes.pattern import MOST_BETWEEN, Match, Pattern, hidden_negation, matches
from qa.checking.quotes.words import Word, words_of
from qa.checking.searching import exact
from qa_index.collection.protocol import Collection
from qa_index.records import Span

MOST_PLACES = 1_000
"""Places that are counted. Whoever looks up a word learns nothing from more."""

LISTED = 10
"""Places that are told."""

_TYPOGRAPHY_BUDGET = 2_000_000
"""Characters that are split into words for one quote: about two seconds."""

_ANCHOR = re.compile(r"(?<![^\W_])[A-Za-z]{3,}(?![^\W_])")
_AROUND = 200
"""Characters around an occurrence of a word that are compared beyond the length of the quote."""

_BETWEEN = 8 * MOST_BETWEEN
"""Characters that an ellipsis can leave out."""


class Found(NamedTuple):
    """A place of a quote in a document."""

    document: int
    span: Span

    def overlaps(self, other: "Found") -> bool:
        """Whether the two share characters."""
        return (
            other.document == self.document
            and other.span.start < self.span.end
            and self.span.start < other.span.end
        )


@dataclass(slots=True)
class Occurrences:
    """The first places of a quote, and how many there are."""

    first: list[Found] = field(default_factory=list)
    count: int = 0
    listed: int = LISTED
    """Number of places that are kept."""

    @property
    def full(self) -> bool:
        """Whether counting ends."""
        return self.count >= MOST_PLACES

    def add(self, found: Found) -> None:
        """Counts a place."""
        self.count += 1
        if len(self.first) < self.listed:
            self.first.append(found)


def written(
    index: Collection, quote: str, documents: Iterable[int], *, listed: int = LISTED
) -> Occurrences:
    """Where the documents hold the quote character by character, as whole words."""
    occurrences = Occurrences(listed=listed)
    for number in documents:
        document = index.document(number)
        if document.characters < len(quote):
            continue
        text = index.text_of(document)
        for span in exact(text, quote):
            if stands_alone(text, *span):
                occurrences.add(Found(number, span))
            if occurrences.full:
                return occurrences
    return occurrences


class Fitting(NamedTuple):
    """Where a pattern fits in a text."""

    span: Span
    match: Match
    words: list[Word]
    """Those that the match counts, with places in the whole text."""

    @property
    def distorts(self) -> bool:
        """Whether its ellipsis leaves out a negation."""
        return hidden_negation(self.match, self.words)


class Fittings(NamedTuple):
    """Where a pattern fits in some documents; the fitting of the first place tells how."""

    occurrences: Occurrences
    first: Fitting | None
    distorted: Found | None
    """A place where its ellipsis leaves out a negation, which does not count."""


def fitting(
    index: Collection, pattern: Pattern, documents: Iterable[int], *, listed: int = LISTED
) -> Fittings:
    """Where the quote fits as a pattern. Looks at a bounded number of characters."""
    occurrences = Occurrences(listed=listed)
    first: Fitting | None = None
    distorted: Found | None = None
    budget = _TYPOGRAPHY_BUDGET
    known = frozenset(word.folded for word in pattern.words)
    anchor = _anchor_of(pattern)
    for number in documents:
        text = index.text_of(index.document(number))
        for window in _windows(text, pattern, anchor):
            budget -= window.end - window.start
            for fit in fits(text, words_in(text, window, known), pattern):
                if fit.distorts:
                    distorted = distorted or Found(number, fit.span)
                    continue
                first = first or fit
                occurrences.add(Found(number, fit.span))
            if occurrences.full or budget < 0:
                return Fittings(occurrences, first, distorted)
    return Fittings(occurrences, first, distorted)


def words_in(text: str, window: Span, known: frozenset[str]) -> list[Word]:
    """The words and marks of a part of a text, with places in the whole; see ``words_of``."""
    return [
        Word(folded, start + window.start, end + window.start)
        for folded, start, end in words_of(text[window.start : window.end], known)
    ]


def fits(text: str, words: list[Word], pattern: Pattern) -> Iterator[Fitting]:
    """Where the pattern fits among the words of a text."""
    for match in matches(pattern, words):
        span = Span(words[match.first].start, words[match.end - 1].end)
        if stands_alone(text, *span):
            yield Fitting(span, match, words)


_ANCHORS = 2
"""Words of which one has to be in one piece: another may be hyphenated at the end of a line."""


def _anchor_of(pattern: Pattern) -> re.Pattern[str] | None:
    """The longest words of a pattern; ``None`` if it has none that texts write in one way."""
    # The first word can differ in case; and words of other scripts are written in several ways.
    literals = pattern.literals()
    folded = dict.fromkeys(word.folded for word in literals[1:] or literals)
    words = sorted(filter(_ANCHOR.fullmatch, folded), key=len, reverse=True)[:_ANCHORS]
    return re.compile("|".join(map(re.escape, words)), re.IGNORECASE) if words else None


def _windows(text: str, pattern: Pattern, anchor: re.Pattern[str] | None) -> Iterator[Span]:
    """The parts of a text that can hold the pattern: those around its longest words."""
    if anchor is None:
        yield Span(0, len(text))
        return
    length = 2 * (pattern.words[-1].end - pattern.words[0].start) + _AROUND
    reach = length + _BETWEEN * (len(pattern.pieces) - 1)
    around = (
        Span(max(0, found.start() - reach), min(len(text), found.end() + reach))
        for found in anchor.finditer(text)
    )
    yield from merged(around, text)


def merged(spans: Iterable[Span], text: str) -> Iterator[Span]:
    """Ascending spans, joined where they overlap, and widened to white space."""
    start, end = -1, -1
    for span in spans:
        if span.start > end:
            if end >= 0:
                yield _widened(text, start, end)
            start = span.start
        end = max(end, span.end)
    if end >= 0:
        yield _widened(text, start, end)


_WIDENED = 64
"""Characters by which a part of a text is widened at most, so as not to cut a word."""


def _widened(text: str, start: int, end: int) -> Span:
    for _ in range(_WIDENED):
        if start and not text[start - 1].isspace():
            start -= 1
        if end < len(text) and not text[end].isspace():
            end += 1
    return Span(start, end)
