"""What is nearest to a quote that no document holds, and what differs.

Candidates come from BM25 with the quote's words; each is aligned with the quote word by word.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from qa.checking.quotes.alignment import nearest_words
from qa.checking.quotes.finding import Fitting, fits, merged, words_in
from qa.checking.quotes.lookalikes import unmasked
from qa.checking.quotes.pattern import Pattern
from qa.checking.quotes.words import Word
from qa_index.collection.protocol import Collection
from qa_index.records import Span
from qa_index.vectors import Rows

_DEPTH = 32
"""Passages that are compared. What is nearly the same is mostly the first by its words."""

_LEAST_SHARED = 0.4
"""Share of the distinct words of a quote that a passage has to hold to be compared."""

_ENOUGH = 0.9
"""Share of equal words with which no other passage is compared."""

_BUDGET = 300_000
"""Steps of alignment for one quote, in words of sources: about a second."""

_MOST_DIFFERENT = 0.4
"""Share of the words of a quote that may differ. More is a paraphrase."""

_LEAST_WORDS = 3
"""Words of the shortest quote that can drift: of shorter ones too little is left."""

_AROUND = 240
"""Characters around a passage that are compared beyond the length of the quote."""

_JOINED_AROUND = 3_000
"""The same for a quote of which pieces may be far from each other."""

_JOINED_PASSAGES = 4
"""Passages that are searched for pieces."""

_LEAST_PIECE = 3
"""Words of the shortest piece."""

_LEAST_JOINED = 0.8
"""Share of the words of a quote that its pieces have to hold."""

_LONG = 2_000
"""Words of a quote beyond which only its first ones are compared."""


class Nearest(NamedTuple):
    """The part of a document that is nearest to a quote."""

    document: int
    span: Span
    similarity: float
    """Share of the words of the quote that are the same."""
    fitting: Fitting | None = None
    """If it fits in fact, with a hyphen at the end of a line."""


def nearest(
    index: Collection, quote: str, pattern: Pattern, among: Rows | None = None
) -> Nearest | None:
    """The nearest part of the documents, or of these passages; ``None`` if none is near."""
    written = [word for word in pattern.words if word.is_word][:_LONG]
    sought = [unmasked(word.folded).casefold() for word in written]
    regions = regions_of(index, quote, pattern, among)
    best: Nearest | None = None
    budget = float(_BUDGET)
    known = frozenset(word.folded for word in pattern.words)
    distinct = frozenset(sought)
    tried: list[tuple[int, Span]] = []
    for number, text, window in regions:
        if _shared(distinct, text[window.start : window.end]) < _LEAST_SHARED * len(distinct):
            continue
        whole = words_in(text, window, known)
        for fitting in fits(text, whole, pattern):
            if not fitting.distorts:
                return Nearest(number, fitting.span, 1.0, fitting)
        words = [word for word in whole if word.is_word]
        tried.append((number, window))
        aligned = nearest_words(sought, [word.folded.casefold() for word in words])
        similarity = 1 - aligned.distance / len(sought)
        if aligned.start < aligned.end and (best is None or similarity > best.similarity):
            span = Span(words[aligned.start].start, words[aligned.end - 1].end)
            best = Nearest(number, span, similarity)
        budget -= len(words) * (1 + len(sought) / 500)
        if budget < 0 or (best is not None and best.similarity >= _ENOUGH):
            break
    if best is not None and not _is_near(best, len(sought)):
        best = None
    if best is not None and best.similarity >= _LEAST_JOINED:
        return best
    joined = _joined(index, known, sought, tried[:_JOINED_PASSAGES])
    return max((each for each in (best, joined) if each), key=_similarity, default=None)


def _similarity(found: Nearest) -> float:
    return found.similarity


def _is_near(best: Nearest, words: int) -> bool:
    different = round((1 - best.similarity) * words)
    if words < _LEAST_WORDS:
        return not different
    return different <= max(1, int(_MOST_DIFFERENT * words))


def _terms(index: Collection, quote: str, written: Sequence[Word]) -> tuple[str, ...]:
    """The terms that candidates are found by; lookalikes are what they look like."""
    text = quote[: written[-1].end]
    for word in {text[word.start : word.end] for word in written}:
        if unmasked(word) != word:
            text = text.replace(word, unmasked(word))
    return index.analyzer.analyze_question(text).terms


def regions_of(
    index: Collection, quote: str, pattern: Pattern, among: Rows | None, *, widened: int = 1
) -> Iterator[tuple[int, str, Span]]:
    """Documents with parts of their text that share words with the quote, the best first.

    A part has the length of the quote on both sides of a passage, or ``widened`` times that.
    """
    written = [word for word in pattern.words if word.is_word][:_LONG]
    terms = _terms(index, quote, written)
    if not terms:
        return
    block = index.candidates(terms, None, depth=_DEPTH, among=among)
    if block.bm25 is None or not len(block):
        return
    order = (-block.bm25).argsort(kind="stable").tolist()
    places = index.places(block.rows)
    length = pattern.words[-1].end - pattern.words[0].start
    reach = widened * (int(1.3 * length) + _AROUND)
    by_document: dict[int, list[Span]] = {}
    for place in (places[position] for position in order):
        span = Span(max(0, place.start - reach), place.end + reach)
        by_document.setdefault(place.document, []).append(span)
    for number, spans in by_document.items():
        text = index.text_of(index.document(number))
        cut = (Span(span.start, min(span.end, len(text))) for span in sorted(spans))
        for window in merged(cut, text):
            yield number, text, window


def _shared(words: frozenset[str], text: str) -> int:
    """How many of some words a text holds; a few too many, as it is not split into words."""
    folded = text.casefold()
    return sum(word in folded for word in words)


def _joined(
    index: Collection,
    known: frozenset[str],
    sought: Sequence[str],
    tried: Sequence[tuple[int, Span]],
) -> Nearest | None:
    """The part that holds nearly all of the quote in pieces, in order."""
    best: Nearest | None = None
    for number, window in tried:
        text = index.text_of(index.document(number))
        start, end = window.start - _JOINED_AROUND, window.end + _JOINED_AROUND
        wide = Span(max(0, start), min(len(text), end))
        words = [word for word in words_in(text, wide, known) if word.is_word]
        there = [word.folded.casefold() for word in words]
        matcher = SequenceMatcher(None, sought, there, autojunk=False)
        pieces = [each for each in matcher.get_matching_blocks() if each.size >= _LEAST_PIECE]
        similarity = sum(piece.size for piece in pieces) / len(sought)
        if similarity >= _LEAST_JOINED and (best is None or similarity > best.similarity):
            first, last = words[pieces[0].b], words[pieces[-1].b + pieces[-1].size - 1]
            best = Nearest(number, Span(first.start, last.end), similarity)
    return best
