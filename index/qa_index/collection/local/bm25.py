"""BM25 over postings in sparse arrays, in memory or mapped from disk.

    BM25(q, d) = sum over t in q of idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * |d| / avg|d|))

(Robertson and Zaragoza 2009, with the ``k1 + 1`` that ``rank_bm25`` keeps.) All factors but the
idf are known at indexing time, so their product, the *impact*, is computed once and stored with
each posting (eager scoring, after Lù 2024, "BM25S"). A question then costs one addition for each
posting of its terms, and reads nothing else.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25

from qa_index.collection.local.inverting import PostingsBuilder
from qa_index.collection.local.postings import Postings
from qa_index.collection.weighting import DEFAULT_B, DEFAULT_K1, lucene_idf, scored_terms

_REMEMBERED_TERMS = 1 << 14
"""Terms whose bounds in the postings are cached: about 3 MB when full."""

_OKAPI_FLOOR = 0.25
"""Share of the mean idf that ``rank_bm25.BM25Okapi`` gives to terms of negative idf."""


class Idf(StrEnum):
    """Formula of the idf, for N rows of which n hold the term."""

    LUCENE = "lucene"
    """``log(1 + (N - n + 0.5) / (n + 0.5))``: positive on any collection."""
    OKAPI = "okapi"
    """``log((N - n + 0.5) / (n + 0.5))``; negative values are replaced by a quarter of the mean
    over all terms, as in ``rank_bm25.BM25Okapi``."""


@dataclass(frozen=True, slots=True, eq=False)
class LexicalScores:
    """The scores of one question over a whole collection."""

    dense: NDArray[np.float32]
    """Shape (rows,); 0 where no term occurs."""
    _rows: tuple[NDArray[np.int32], ...]
    """The rows that hold each term."""

    def among(self, mask: NDArray[np.bool_]) -> "LexicalScores":
        """The same scores of the rows of a mask, shape (rows,), and 0 for the others."""
        return LexicalScores(self.dense * mask, self._rows)

    def top(self, n: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ``n`` highest positive scores, or all if fewer, as (rows, scores), best first.

        Ties go to the smaller row.
        """
        # The n-th score among some rows is no higher than the n-th of all. For the rows of a rare
        # term it is close to that, so one comparison per row leaves few to sort. At 1,000,000 rows
        # this takes a hundredth of the time of partitioning them all.
        rare = next((rows for rows in sorted(self._rows, key=len) if len(rows) >= n > 0), None)
        threshold = 0.0 if rare is None else _nth_highest(self.dense[rare], n)
        rows = np.flatnonzero(self.dense >= threshold if threshold > 0 else self.dense > 0)
        return _best(rows, self.dense[rows], n)


def _nth_highest(scores: NDArray[np.float32], n: int) -> float:
    return float(np.partition(scores, len(scores) - n)[len(scores) - n])


def _best(
    rows: NDArray[np.int64], scores: NDArray[np.float32], n: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The ``n`` best of these ascending rows, even if many rows tie."""
    if n < len(rows):
        if n <= 0:
            return rows[:0], scores[:0]
        last = _nth_highest(scores, n)
        above = np.flatnonzero(scores > last)
        tied = np.flatnonzero(scores == last)[: n - len(above)]
        kept = np.sort(np.concatenate([above, tied]))
        rows, scores = rows[kept], scores[kept]
    order = np.argsort(-scores, kind="stable")
    return rows[order], scores[order]


class SparseBM25(BM25):  # type: ignore[misc]
    """``rank_bm25``'s interface over ``Postings``. Read-only, so safe to share between threads."""

    def __init__(self, postings: Postings, *, idf: Idf = Idf.LUCENE) -> None:
        # The base class would build dictionaries of the whole corpus; all its methods are replaced.
        self.postings = postings
        self.idf_kind = idf
        self.corpus_size = postings.row_count
        self.avgdl = postings.average_length
        # A question looks up the same terms repeatedly, and questions share terms.
        self._bounds = lru_cache(maxsize=_REMEMBERED_TERMS)(postings.bounds)

    @classmethod
    def from_corpus(
        cls,
        corpus: Iterable[Sequence[str]],
        *,
        k1: float = DEFAULT_K1,
        b: float = DEFAULT_B,
        idf: Idf = Idf.LUCENE,
    ) -> "SparseBM25":
        """BM25 in memory over documents given as terms."""
        builder = PostingsBuilder(k1=k1, b=b)
        for terms in corpus:
            builder.add(terms)
        return cls(builder.finish(), idf=idf)

    def __contains__(self, term: str) -> bool:
        """Whether any row holds a term."""
        return self.frequency(term) > 0

    def idf(self, term: str) -> float:
        """The idf of a term; of one that no row holds, 0 unless the formula is ``LUCENE``."""
        return self._weight(self.frequency(term))

    def get_scores(self, query: Sequence[str]) -> NDArray[np.float64]:
        """Score of every row, shape (rows,). A term counts as often as it is repeated."""
        scores = np.zeros(self.corpus_size)
        for rows, impacts, weight in self._weighted(query):
            np.add.at(scores, rows, impacts.astype(np.float64) * weight)
        return scores

    def get_batch_scores(self, query: Sequence[str], doc_ids: Sequence[int]) -> list[float]:
        """Score of the rows ``doc_ids``, in their order. Raises ``IndexError`` for other rows."""
        wanted = np.asarray(doc_ids, dtype=np.int64)
        if len(wanted) and not 0 <= wanted.min() <= wanted.max() < self.corpus_size:
            raise IndexError(f"rows must lie between 0 and {self.corpus_size - 1}")
        scores = np.zeros(len(wanted))
        for rows, impacts, weight in self._weighted(query):
            places, found = _locate(rows, wanted)
            scores[found] += impacts[places[found]].astype(np.float64) * weight
        return [float(score) for score in scores]

    def get_top_n(self, query: Sequence[str], documents: Sequence[Any], n: int = 5) -> list[Any]:
        """The ``n`` best of ``documents``, ties in their order. Raises ``ValueError``.

        ``documents`` are what the rows stand for: as many as there are rows.
        """
        if len(documents) != self.corpus_size:
            raise ValueError(f"{len(documents)} documents given for {self.corpus_size} rows")
        order = np.argsort(-self.get_scores(query), kind="stable")
        return [documents[row] for row in order[: max(n, 0)]]

    def score(self, terms: Sequence[str]) -> LexicalScores:
        """Score of every row in single precision, with one addition per posting of the terms."""
        dense = np.zeros(self.corpus_size, dtype=np.float32)
        weighted = self._weighted(terms)
        for rows, impacts, weight in weighted:
            np.add.at(dense, rows, impacts * np.float32(weight))
        return LexicalScores(dense, tuple(rows for rows, _, _ in weighted))

    def held(
        self, terms: Sequence[str], rows: NDArray[np.integer[Any]]
    ) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
        """The distinct ``terms`` that occur in any row, and which of ``rows`` hold them.

        Shape (len(rows), terms). Of more than ``MAX_QUESTION_TERMS`` the rarest are kept.
        """
        known = self._known(tuple(dict.fromkeys(terms)))
        held = np.zeros((len(rows), len(known)), dtype=bool)
        for number, (_, (start, end), _) in enumerate(known):
            held[:, number] = _locate(self.postings.rows[start:end], rows)[1]
        return tuple(term for term, _, _ in known), held

    def frequency(self, term: str) -> int:
        """How many rows hold a term."""
        start, end = self._bounds(term)
        return end - start

    def _weight(self, count: int) -> float:
        """The idf of a term that ``count`` rows hold."""
        if self.idf_kind is Idf.LUCENE:
            return lucene_idf(count, self.corpus_size)
        if not count:
            return 0.0
        weight = math.log((self.corpus_size - count + 0.5) / (count + 0.5))
        return weight if weight >= 0 else _OKAPI_FLOOR * self.postings.average_okapi_idf

    def _weighted(
        self, terms: Sequence[str]
    ) -> list[tuple[NDArray[np.int32], NDArray[np.float32], float]]:
        """(rows, impacts, weight) of each distinct term that occurs, by first mention."""
        return [
            (
                self.postings.rows[start:end],
                self.postings.impacts[start:end],
                repeats * self._weight(end - start),
            )
            for _, (start, end), repeats in self._known(terms)
        ]

    def _known(self, terms: Sequence[str]) -> list[tuple[str, tuple[int, int], int]]:
        """(term, bounds, repeats) of each distinct term that occurs, by first mention."""
        return [
            (term, self._bounds(term), repeats)
            for term, _, repeats in scored_terms(terms, self.frequency)
        ]


def _locate(
    ascending: NDArray[np.int32], wanted: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Where each wanted row would stand among the ascending ones, and whether it does."""
    places = np.searchsorted(ascending, wanted)
    if not len(ascending):
        return places, np.zeros(len(wanted), dtype=bool)
    return places, ascending[np.minimum(places, len(ascending) - 1)] == wanted
