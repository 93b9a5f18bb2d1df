"""Looks a quote up in everything that an index holds."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from qa.checking.quotes.alignment import changes_between
from qa.checking.quotes.differences import concerns_of, typography_of
from qa.checking.quotes.drift import nearest
from qa.checking.quotes.finding import Fitting, Found, Occurrences, fitting, written
from qa.checking.quotes.naming import documents_named
from qa.checking.quotes.narrowing import documents_holding, sound_words
from qa.checking.quotes.pattern import Pattern, pattern_of
from qa.checking.quotes.records import (
    Concern,
    QuoteCheck,
    QuotePlace,
    QuoteVerdict,
    Typography,
)
from qa.checking.quotes.words import words_of
from qa.errors import UnknownCitation
from qa.places import Lines, SourceSpan, UnitRange, source_of, units_at
from qa_index.collection.protocol import Collection
from qa_index.errors import InputError
from qa_index.records import Span
from qa_index.sources.freshness import is_stale
from qa_index.vectors import Rows

LONGEST_QUOTE = 100_000
"""Characters of a quote: about thirty pages."""

_SHORT = 2
"""Words of a quote that says little if it stands in many places."""

_MANY = 5
"""Places that are many for such a quote."""


def look_up(
    index: Collection,
    quote: str,
    *,
    source: str | None = None,
    among: frozenset[int] | None = None,
) -> QuoteCheck:
    """What the documents of an index say of a quote; only those with the numbers ``among``.

    Raises ``InputError`` if it is too long, and ``UnknownCitation`` if no document is called
    ``source``.
    """
    if len(quote) > LONGEST_QUOTE:
        raise InputError(
            f"the quote has {len(quote):,} characters, and at most {LONGEST_QUOTE:,} can be "
            "looked up at once; look it up in parts"
        )
    every = frozenset(range(index.counts.documents)) if among is None else among
    named = None if source is None else documents_named(index, source) & every
    if named is not None and not named:
        raise UnknownCitation(f"{source} is not indexed; `qa status --documents` lists what is")
    pattern = pattern_of(quote)
    if pattern is None:
        found = QuoteCheck(quote, QuoteVerdict.ABSENT, "it holds no word")
    else:
        found = _LookUp(index, quote, pattern).verdict(set(every), named)
    return replace(found, source=source)


class _LookUp:
    """One quote in one index."""

    def __init__(self, index: Collection, quote: str, pattern: Pattern) -> None:
        self._index = index
        self._quote = quote
        self._pattern = pattern
        self._distorted: list[Found] = []
        """Where it fits but for a negation that its ellipsis leaves out."""

    def verdict(self, every: set[int], named: set[int] | None) -> QuoteCheck:
        """The verdict; ``named`` are the documents of the source that it is said to be from."""
        if named is None:
            return self._standing(every) or self._near(every) or self._absent()
        here = self._standing(named)
        if here is not None:
            return here
        near = self._near(named)
        there = self._standing(every - named)
        if there is not None:
            return _elsewhere(there, near)
        return near or self._near(every - named) or self._absent()

    def _standing(self, documents: set[int]) -> QuoteCheck | None:
        """The verdict if documents hold it, at most in another typography."""
        quote = self._quote.strip()
        found = written(self._index, quote, self._among(documents, sound_words(quote)))
        if found.count:
            return self._check(QuoteVerdict.EXACT, found)
        fitted = fitting(self._index, self._pattern, self._fitting_documents(documents))
        if fitted.first is None:
            self._distorted += [fitted.distorted] if fitted.distorted else []
            return None
        return self._fits(fitted.occurrences, fitted.first)

    def _fitting_documents(self, documents: set[int]) -> list[int]:
        inner = [word.folded for word in self._pattern.literals()[1:-1]]
        return self._among(documents, inner)

    def _among(self, documents: set[int], words: Sequence[str]) -> list[int]:
        """Those of the documents that hold the rarest of some words, in order."""
        holders = documents_holding(self._index, words)
        return sorted(documents if holders is None else documents & holders)

    def _near(self, documents: set[int]) -> QuoteCheck | None:
        """The verdict if documents hold nearly the same."""
        for place in self._distorted:
            if place.document in documents:
                return self._drifted(place, 1.0)
        rows = rows_of(self._index, documents)
        if rows is not None and not len(rows):
            return None
        found = nearest(self._index, self._quote, self._pattern, rows)
        if found is None:
            return None
        place = Found(found.document, found.span)
        if found.fitting is not None:
            return self._fits(Occurrences([place], 1), found.fitting)
        return self._drifted(place, found.similarity)

    def _drifted(self, place: Found, similarity: float) -> QuoteCheck:
        text = self._index.text_of(self._index.document(place.document))
        place = Found(place.document, self._with_end_marks(place.span, text))
        there = text[place.span.start : place.span.end]
        known = frozenset(word.folded for word in self._pattern.words)
        stands = words_of(there, known)
        changes = changes_between(self._quote, self._pattern.words, there, stands)
        concerns = concerns_of(changes)
        found = self._check(QuoteVerdict.DRIFTED, Occurrences([place], 1))
        return replace(
            found,
            detail=_told_drift(found.places[0], concerns),
            changes=changes,
            concerns=tuple(concerns),
            similarity=round(similarity, 3),
        )

    def _with_end_marks(self, span: Span, text: str) -> Span:
        """The part of a text with the marks that follow it, as far as the quote ends with them."""
        marks: list[str] = []
        for word in reversed(self._pattern.words):
            if word.is_word:
                break
            marks.insert(0, self._quote[word.start : word.end])
        end = span.end
        for mark in marks:
            if not text.startswith(mark, end):
                break
            end += len(mark)
        return Span(span.start, end)

    def _fits(self, occurrences: Occurrences, fit: Fitting) -> QuoteCheck:
        text = self._index.text_of(self._index.document(occurrences.first[0].document))
        differing = typography_of(self._quote, self._pattern, text, fit)
        found = self._check(QuoteVerdict.TYPOGRAPHY, occurrences)
        detail = f"{found.detail}, but for {listed(differing)}"
        return replace(found, detail=detail, typography=tuple(differing))

    def _check(self, verdict: QuoteVerdict, found: Occurrences) -> QuoteCheck:
        places = tuple(place_of(self._index, each) for each in found.first)
        further = found.count - len(places)
        words = sum(word.is_word for word in self._pattern.words)
        unspecific = words <= _SHORT and found.count >= _MANY
        detail = f"stands at {places[0].location}"
        if found.count > 1:
            most = "at least " if found.full else ""
            others = found.count - 1
            detail += f" and at {most}{others:,} other place{'s' if others > 1 else ''}"
        if unspecific:
            detail += "; it is too short to say much"
        return QuoteCheck(
            quote=self._quote,
            verdict=verdict,
            detail=detail,
            places=places,
            further=further,
            counted_all=not found.full,
            unspecific=unspecific,
        )

    def _absent(self) -> QuoteCheck:
        detail = "no source holds it or anything near it"
        return QuoteCheck(self._quote, QuoteVerdict.ABSENT, detail)


def _elsewhere(there: QuoteCheck, near: QuoteCheck | None) -> QuoteCheck:
    """The verdict on a quote that another source holds than the one that was named."""
    detail = f"the named source does not hold it; it {there.detail}"
    if near is None:
        return replace(there, verdict=QuoteVerdict.ELSEWHERE, detail=detail)
    return replace(
        there,
        verdict=QuoteVerdict.ELSEWHERE,
        detail=f"{detail}; the named source holds nearly the same at {near.places[0].location}",
        changes=near.changes,
        concerns=near.concerns,
        similarity=near.similarity,
        nearest=near.places[0],
    )


def _told_drift(place: QuotePlace, concerns: Sequence[Concern]) -> str:
    told = f"stands differently at {place.location}"
    return f"{told}: {', '.join(concerns)}" if concerns else told


def listed(names: Sequence[Typography]) -> str:
    """Differences in words."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def rows_of(index: Collection, documents: set[int]) -> Rows | None:
    """Rows of some documents; ``None`` for all."""
    if len(documents) == index.counts.documents:
        return None
    rows = index.paths_and_rows[1]
    ranges = [np.arange(*rows[number]) for number in sorted(documents)]
    return np.concatenate(ranges) if ranges else np.empty(0, dtype=np.int64)


def place_of(index: Collection, found: Found) -> QuotePlace:
    """A place with what stands there."""
    document = index.document(found.document)
    text = index.text_of(document)
    quote = text[found.span.start : found.span.end]
    span = SourceSpan(*found.span)
    return QuotePlace(
        quote=quote,
        quote_sha256=hashlib.sha256(quote.encode()).hexdigest(),
        source=source_of(document, stale=is_stale(document, index.root)),
        span=span,
        lines=Lines.of(text, span) if document.encoding else None,
        unit=UnitRange.of(units_at(document.units, *found.span)),
    )
