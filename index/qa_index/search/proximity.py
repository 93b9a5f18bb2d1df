"""Scores the positions of the question's terms: together in a sentence, and near each other.

BM25 ignores positions. These two scores use them, for candidates only.
"""

from collections.abc import Mapping
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.protocol import CandidateBlock, Statistics
from qa_index.collection.weighting import length_norms
from qa_index.terms.hashing import term_hash
from qa_index.vectors import products

Floats = NDArray[np.float64]

REACH = 8
"""Largest distance in terms that counts as near: 8 is worth 1/64 of adjacent."""


class QuestionTerms(NamedTuple):
    """The m terms that match a question's words, in the order of their hashes."""

    hashes: NDArray[np.uint32]
    """Shape (m,): ``term_hash`` of each, ascending."""
    idf: Floats
    """Shape (m,)."""
    is_word: NDArray[np.bool_]
    """Shape (m,): whether it is a word, not a pair of characters."""

    @classmethod
    def of(cls, weights: Mapping[str, float]) -> Self:
        """From terms with their idf."""
        hashes = np.array([term_hash(term) for term in weights], dtype=np.uint32)
        order = np.argsort(hashes)
        idf = np.fromiter(weights.values(), dtype=np.float64)
        is_word = np.array([not _is_pair(term) for term in weights], dtype=bool)
        return cls(hashes[order], idf[order], is_word[order])


class TermProximity(NamedTuple):
    """Two scores of each of n candidates, shape (n,)."""

    sentence_share: Floats
    """Share of the question's idf whose terms occur in the passage's best sentence; title and
    headings count as part of each sentence. 0 to 1."""
    proximity: Floats
    """Term proximity, in units of BM25 (Büttcher, Clarke and Lushman, SIGIR 2006): neighbouring
    occurrences of two terms credit each with the other's idf over their squared distance."""


class _Occurrences(NamedTuple):
    """Every occurrence of a question term in n candidates with m sentences, in reading order."""

    candidate: NDArray[np.int64]
    sentence: NDArray[np.int64]
    """Number among the m; -1 in the context."""
    place: NDArray[np.int64]
    """Position, counted in terms."""
    term: NDArray[np.int64]
    """Number of the question's term."""


def term_proximity(
    block: CandidateBlock, terms: QuestionTerms, statistics: Statistics
) -> TermProximity:
    """The two scores of each candidate."""
    if not len(terms.hashes) or not len(block):
        return TermProximity(np.zeros(len(block)), np.zeros(len(block)))
    found = _occurrences(block, terms.hashes)
    # Keep only terms that occur: a long question has many more than these passages hold.
    held, number = np.unique(found.term, return_inverse=True)
    own = QuestionTerms(terms.hashes[held], terms.idf[held], terms.is_word[held])
    found = found._replace(term=number)
    share = _sentence_weight(found, block.sentence_counts, own.idf)
    k1, b, average = statistics.k1, statistics.b, statistics.average_length
    norms = length_norms(block.lengths, average, k1=k1, b=b)
    return TermProximity(share / terms.idf.sum(), _proximity(found, norms, own, k1))


def _is_pair(term: str) -> bool:
    """Whether a term is a pair of characters of a script without spaces.

    Such pairs overlap, so they are always near each other.
    """
    return len(term) == 2 and min(term) >= "\u0e00"


def _occurrences(block: CandidateBlock, hashes: NDArray[np.uint32]) -> _Occurrences:
    terms = block.term_hashes
    places = np.flatnonzero(np.isin(terms, hashes))
    number = np.searchsorted(hashes, terms[places])
    candidate = np.searchsorted(np.cumsum(block.lengths), places, side="right")
    # The context is counted as a sentence before the first one of each passage.
    counts = block.sentence_counts
    first_sentences = np.cumsum(counts) - counts
    ends = np.cumsum(np.insert(block.sentence_lengths, first_sentences, block.context_lengths))
    part = np.searchsorted(ends, places, side="right") - candidate
    sentence = np.where(part == first_sentences[candidate], -1, part - 1)
    return _Occurrences(candidate=candidate, sentence=sentence, place=places, term=number)


def _sentence_weight(found: _Occurrences, counts: NDArray[np.int64], idf: Floats) -> Floats:
    """The highest total idf of the terms in any one sentence of each candidate."""
    in_context = found.sentence < 0
    of_context = np.zeros((len(counts), len(idf)), dtype=bool)
    of_context[found.candidate[in_context], found.term[in_context]] = True
    present = np.repeat(of_context, counts, axis=0)
    present[found.sentence[~in_context], found.term[~in_context]] = True
    best: Floats = np.maximum.reduceat(products(present, idf), np.cumsum(counts) - counts)
    return best


def _proximity(found: _Occurrences, norms: Floats, terms: QuestionTerms, k1: float) -> Floats:
    gap = np.diff(found.place)
    near = np.flatnonzero(
        (np.diff(found.candidate) == 0)
        & (np.diff(found.term) != 0)
        & (gap <= REACH)
        & terms.is_word[found.term[1:]]
        & terms.is_word[found.term[:-1]]
    )
    credit = np.zeros((len(norms), len(terms.idf)))
    for one, other in ((near, near + 1), (near + 1, near)):
        np.add.at(
            credit,
            (found.candidate[one], found.term[one]),
            terms.idf[found.term[other]] / gap[near] ** 2.0,
        )
    saturated = credit * (k1 + 1) / (credit + norms[:, None])
    return products(saturated, np.minimum(terms.idf, 1))
