"""Which sentences of a passage hold the answer: found by meaning and by shared words.

    score = trust * similarity / deviation + 8 * local share + 2 * share with the sentence before

The local share is the share of the question's idf weight in a sentence, where each word counts
more the fewer of the passage's own sentences hold it: the subject of a passage is in every
sentence and tells none of them apart. The last part is for sentences that go on about what the
one before named. Headings at the beginning of a passage say what it is about and answer nothing:
they are marked only where nothing else is there. docs/decisions/search.md has the figures.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.layout import term_hash
from qa_index.search import Query, sentence_similarities
from qa_index.stored import StoredIndex
from qa_index.vectors import Rows, products

LOCAL_SHARE = 8.0
SHARE_WITH_PREVIOUS = 2.0

TIE = 1.0
"""A second sentence that scores less than this behind the first is marked too."""

NEAR = 3.0
"""So is one less than this behind that adds ``ADDED_SHARE`` of the question's idf."""

ADDED_SHARE = 0.2

_LAST = 1e6
"""What puts headings behind every sentence."""

Floats = NDArray[np.float64]


class Evidence(NamedTuple):
    """What to mark in a passage."""

    sentences: tuple[int, ...]
    """Numbers of its sentences: the best, then perhaps a second that it needs."""
    terms: frozenset[int]
    """Hashes of the question's terms that stand in the best, or in a heading right over it."""

    def holds(self, word: Sequence[str]) -> bool:
        """Whether a word of the question, given as its alternatives, is one of ``terms``."""
        return any(term_hash(term) in self.terms for term in word)


def evidence(index: StoredIndex, rows: Rows, query: Query) -> list[Evidence]:
    """What to mark in each of ``rows``, in their order."""
    if not len(rows):
        return []
    records = index.passages[rows]
    first, counts = records["first_sentence"], records["sentences"].astype(np.int64)
    held = _held(index, records, query.terms.hashes)
    score = _lexical_score(held, counts, query.terms.idf)
    if query.vector is not None:
        similarities = sentence_similarities(index, first, counts, query.vector.components)
        score += query.trust * similarities / query.vector.sentences.deviation
    headings = _headings(index, records)
    ends = np.cumsum(counts)
    starts = (ends - counts).tolist()
    for start, above in zip(starts, headings, strict=True):
        score[start : start + above] -= _LAST
    # The sentences of each passage in turn, the best first.
    order = np.lexsort((-score, np.repeat(np.arange(len(rows)), counts)))
    found = []
    for start, end, above in zip(starts, ends.tolist(), headings, strict=True):
        marked = _marked(order[start:end], score, held, query.terms.idf)
        by = held.by[marked[0]] | held.by[start : start + above].any(axis=0)
        terms = query.terms.hashes[held.terms[by]]
        found.append(Evidence(tuple((marked - start).tolist()), frozenset(terms.tolist())))
    return found


def _headings(index: StoredIndex, records: NDArray[np.void]) -> list[int]:
    """How many sentences at the beginning of each passage are headings; 0 where all are."""
    found = []
    for record in records:
        leading = 0
        if record["heading"] >= 0:
            heading = index.document(int(record["document"])).headings[record["heading"]]
            first, count = int(record["first_sentence"]), int(record["sentences"])
            ends = index.sentences[first : first + count][:, 1] + record["start"]
            # An earlier passage of the section holds a heading that begins before this one.
            if heading.start >= record["start"]:
                leading = int(np.count_nonzero(ends <= heading.end)) % count
        found.append(leading)
    return found


class _Held(NamedTuple):
    """Which of the question's terms the s sentences of some passages hold."""

    by: NDArray[np.bool_]
    """Shape (s, t)."""
    terms: NDArray[np.int64]
    """Shape (t,): numbers of the terms that any sentence holds; a long question has many more."""


def _held(index: StoredIndex, records: NDArray[np.void], hashes: NDArray[np.uint32]) -> _Held:
    context = records["context_terms"]
    terms = index.terms.take(records["first_term"] + context, records["terms"] - context)
    lengths = index.sentence_terms.take(records["first_sentence"], records["sentences"])
    places = np.flatnonzero(np.isin(terms, hashes))
    number = np.searchsorted(hashes, terms[places])
    found, column = np.unique(number, return_inverse=True)
    by = np.zeros((len(lengths), len(found)), dtype=bool)
    by[np.repeat(np.arange(len(lengths)), lengths)[places], column] = True
    return _Held(by, found)


def _lexical_score(held: _Held, counts: NDArray[np.int64], idf: Floats) -> Floats:
    """Shape (s,), of passages with ``counts`` sentences."""
    starts = np.cumsum(counts) - counts
    own, total = idf[held.terms], max(float(idf.sum()), 1e-9)
    holding = np.add.reduceat(held.by, starts, axis=0, dtype=np.int64)
    local = own * _telling(counts[:, None], holding)
    local_total = local.sum(axis=1) + (total - own.sum()) * _telling(counts, 0)
    share = (held.by * np.repeat(local, counts, axis=0)).sum(axis=1)
    share /= np.repeat(np.maximum(local_total, 1e-9), counts)
    with_previous = held.by.copy()
    with_previous[1:] |= held.by[:-1]
    with_previous[starts] = held.by[starts]
    score: Floats = LOCAL_SHARE * share + SHARE_WITH_PREVIOUS * products(with_previous, own) / total
    return score


def _telling(sentences: NDArray[np.int64], holding: NDArray[np.int64] | int) -> Floats:
    """How well a term tells a passage's sentences apart of which so many hold it."""
    ratio: Floats = np.log1p((sentences - holding + 0.5) / (holding + 0.5))
    return ratio


def _marked(order: NDArray[np.int64], score: Floats, held: _Held, idf: Floats) -> NDArray[np.int64]:
    """The best of a passage's sentences, given best first, and a second that it needs."""
    if len(order) > 1:
        best, second = order[:2]
        behind = score[best] - score[second]
        if behind < TIE:
            return order[:2]
        if behind < NEAR:
            added = idf[held.terms[held.by[second] & ~held.by[best]]].sum()
            if added >= ADDED_SHARE * max(float(idf.sum()), 1e-9):
                return order[:2]
    return order[:1]
