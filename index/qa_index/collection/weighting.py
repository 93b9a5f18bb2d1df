"""BM25 formulas that all engines share."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.terms.analyzer import MAX_QUESTION_TERMS

DEFAULT_K1 = 0.9
DEFAULT_B = 0.4


def lucene_idf(count: int, total: int) -> float:
    """``log(1 + (N - n + 0.5) / (n + 0.5))``: the weight of a term in n of N passages.

    Lucene's variant of BM25's idf. It is positive on any collection.
    """
    return math.log1p((total - count + 0.5) / (count + 0.5))


def length_norms(
    lengths: NDArray[Any], average: float, *, k1: float, b: float
) -> NDArray[np.float64]:
    """BM25's length normalisation, added to a term's frequency in the denominator, shape (n,)."""
    norms: NDArray[np.float64] = k1 * (1 - b + b * lengths / max(average, 1e-9))
    return norms


class ScoredTerm(NamedTuple):
    """A term of a question that occurs in the collection."""

    term: str
    frequency: int
    """Number of passages that hold it."""
    repeats: int
    """How often the question holds it."""


def scored_terms(terms: Sequence[str], frequency: Callable[[str], int]) -> list[ScoredTerm]:
    """The distinct terms of a question that any passage holds, by first mention.

    Of more than ``MAX_QUESTION_TERMS`` the rarest are kept, the rarest first.
    """
    known = [
        ScoredTerm(term, count, repeats)
        for term, repeats in Counter(terms).items()
        if (count := frequency(term))
    ]
    if len(known) > MAX_QUESTION_TERMS:
        known.sort(key=lambda each: each.frequency)
        del known[MAX_QUESTION_TERMS:]
    return known
