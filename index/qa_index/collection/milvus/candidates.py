"""Candidates of a question from Milvus, as columns.

The server finds passages by inner products: of the vectors, and of weights of terms that this
program gave it, so that they are comparable over all of its segments, which its own BM25 is not.
Scores are computed here, by the same formulas as in the embedded engine, so they are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.milvus.connections import MOST_HITS, Hit
from qa_index.collection.milvus.fetching import RECENT_TERMS, FetchedIndex
from qa_index.collection.milvus.layout import FEW_RUNS, any_within, listed, within
from qa_index.collection.milvus.root import bounds
from qa_index.collection.milvus.terms import most_growth, question_weights, scores
from qa_index.collection.protocol import CandidateBlock, HeldTerms
from qa_index.collection.weighting import scored_terms
from qa_index.errors import IndexProblem
from qa_index.vectors import Floats, Rows, highest, products

MORE = 1.28
"""Passages asked for, as a multiple of those wanted, since dead ones and ties are found, too."""

EF_SEARCH, FULL_EF_SEARCH = 400, 1000
"""Passages that HNSW keeps in view while it searches; more in an index of more than ``LARGE``. What
that finds was measured with another HNSW: see ``postgres.hnsw``."""

LARGE = 50_000

MOST_IN_VIEW = 4096
"""Passages in view at most where a filter leaves some only. As many of those in view should fit it
as are in view without one. Milvus counts none that do not fit and needs no more; Milvus Lite does,
and a search of either takes some milliseconds longer."""

EXACT_AMONG = 1000
"""Filtered passages up to which a question is compared with all of their vectors, which are fetched
for that. However large the collection is, none of so few is missed then."""

MOST_LISTED = 8192
"""Passages that are named in one condition."""

ROUNDING = 1e-5
"""By how much the server's products may differ from ours, in relation to 1 or to themselves."""


def candidates(
    index: FetchedIndex,
    terms: Sequence[str] | None,
    vector: Floats | None,
    *,
    depth: int,
    held: Sequence[str],
    among: Rows | None,
) -> CandidateBlock:
    """``Collection.candidates`` of ``index``.

    A request to a cluster may wait for all of its nodes, so there are few: both searches come
    first, then the terms that either needs are fetched together, and then the passages.
    """
    frequencies = index.frequencies([*dict.fromkeys([*(terms or ()), *held])])
    words = near = None
    if terms is not None:
        words = _WordSearch.of(index, terms, frequencies, depth, among)
    if vector is not None:
        near = _VectorSearch.of(index, vector, depth, among)
    hits = [each.found.rows for each in (words, near) if each is not None]
    _fetch_terms(index, hits, adjacent=bool(held))
    by_words = _NO_ROWS if words is None else words.best()
    by_vector = _NO_ROWS if near is None else near.best(beside=by_words)
    rows: Rows = np.unique(np.concatenate([by_words, by_vector])).astype(np.int64)
    bm25 = None
    if terms is not None:
        bm25 = _scores(index, rows, terms, frequencies).astype(np.float64)
    return index.block_of(
        rows,
        bm25=bm25,
        with_vectors=vector is not None,
        held=_held(index, held, frequencies, rows),
    )


def nearest(index: FetchedIndex, vector: Floats, count: int, among: Rows | None = None) -> Rows:
    """Rows of the ``count`` vectors most similar to ``vector``, best first."""
    search = _VectorSearch.of(index, vector, count, among)
    return _NO_ROWS if search is None else search.best(beside=_NO_ROWS)


_NO_ROWS: Rows = np.empty(0, dtype=np.int64)


def _scores(
    index: FetchedIndex, rows: Rows, terms: Sequence[str], frequencies: Mapping[str, int]
) -> NDArray[np.float32]:
    asked = scored_terms(terms, frequencies.__getitem__)
    own = index.terms_of(index.numbering.passages_of(rows).tolist())
    return scores(own, asked, index.statistics_of(frequencies, None))


@dataclass(frozen=True, slots=True, eq=False)
class _WordSearch:
    """Looks for the ``count`` passages with the highest BM25 above 0."""

    index: FetchedIndex
    terms: Sequence[str]
    frequencies: Mapping[str, int]
    count: int
    among: Rows | None
    weights: dict[int, float]
    """Of the question; see ``question_weights``."""
    found: "_Found"
    """What the server found at first."""

    @staticmethod
    def of(
        index: FetchedIndex,
        terms: Sequence[str],
        frequencies: Mapping[str, int],
        count: int,
        among: Rows | None,
    ) -> "_WordSearch | None":
        """The first search; ``None`` if there is nothing to be found."""
        asked = scored_terms(terms, frequencies.__getitem__)
        if not asked or count <= 0 or (among is not None and not len(among)):
            return None
        weights = question_weights(asked, index.passage_count)
        found = _search(index, "words", weights, _first_limit(count), among)
        if among is None and not found.all_hits:
            raise _finds_nothing(index, "words", asked[0].frequency)
        return _WordSearch(index, terms, frequencies, count, among, weights, found)

    def best(self) -> Rows:
        """Rows of the passages, best first.

        Stored weights reckon with the usual length of a passage as it was when the first was
        written. So the server is asked until no passage that it did not give can be among the best.
        """
        index, found = self.index, self.found
        stored, average = index.root_record.average, index.manifest.statistics["average_length"]
        growth = most_growth(stored, average)
        while True:
            exact = _scores(index, found.rows, self.terms, self.frequencies)
            best = highest_positive(found.rows, exact, self.count)
            certain = found.rest * growth * (1 + ROUNDING)
            is_full = len(best) == self.count
            if found.complete or (is_full and _lowest(found.rows, exact, best) > certain):
                return best
            if found.limit >= MOST_HITS:
                return best
            found = _search(index, "words", self.weights, _next_limit(found.limit), self.among)


@dataclass(frozen=True, slots=True, eq=False)
class _VectorSearch:
    """Looks for the ``count`` vectors most similar to ``vector``, of at least as many."""

    index: FetchedIndex
    vector: Floats
    count: int
    among: Rows | None
    found: "_Found"
    """What the server found at first."""

    @staticmethod
    def of(
        index: FetchedIndex, vector: Floats, count: int, among: Rows | None
    ) -> "_VectorSearch | None":
        """The first search; ``None`` if there is nothing to be found."""
        count = min(count, index.passage_count if among is None else len(among))
        if count <= 0:
            return None
        found = _look(index, vector, _first_limit(count), among)
        if not found.all_hits:
            raise _finds_nothing(index, "vectors", count)
        return _VectorSearch(index, vector, count, among, found)

    def best(self, *, beside: Rows) -> Rows:
        """Rows of the vectors, best first. Passages ``beside`` them are fetched along."""
        found = self.found
        while True:
            # Its lowest score that counts; ties of it may be cut.
            order = np.argsort(-found.scores, kind="stable")
            last = found.scores[order[min(self.count, len(order)) - 1]] if len(order) else 0.0
            close = last - ROUNDING
            is_full = len(found.rows) >= self.count and found.rest < close
            if is_full or found.complete or found.limit >= MOST_HITS:
                break
            limit = _next_limit(found.limit)
            found = _look(self.index, self.vector, limit, self.among)
        # Ties go to the smaller row, by our own products.
        rows = np.sort(found.rows[found.scores >= close])
        vectors = self.index.payloads(np.concatenate([rows, beside]))[1][: len(rows)]
        return rows[highest(products(vectors, self.vector), min(self.count, len(rows)))]


def highest_positive(rows: Rows, exact: NDArray[np.float32], count: int) -> Rows:
    """The ``count`` rows with the highest scores above 0, best first, ties by row."""
    positive = np.flatnonzero(exact > 0)
    rows, exact = rows[positive], exact[positive]
    return rows[np.lexsort((rows, -exact))][:count]


def _lowest(rows: Rows, exact: NDArray[np.float32], best: Rows) -> float:
    return float(exact[np.isin(rows, best)].min())


def _first_limit(count: int) -> int:
    return min(max(int(count * MORE), count + 16), MOST_HITS)


def _next_limit(limit: int) -> int:
    return min(4 * limit, MOST_HITS)


def _finds_nothing(index: FetchedIndex, what: str, count: int) -> IndexProblem:
    index.check_horizon()
    return IndexProblem(
        f"{index.name} finds nothing by {what} where at least {count:,} passages are to be found; "
        "see whether all of its nodes run, and ask again"
    )


class _Found(NamedTuple):
    """What a search found of a generation."""

    rows: Rows
    scores: NDArray[np.float64]
    """The server's."""
    limit: int
    """Hits asked for."""
    rest: float
    """No passage that was not found has a higher score by the server."""
    complete: bool
    """Whether all that there is was found."""
    all_hits: int
    """Also those of other generations."""


def _look(index: FetchedIndex, vector: Floats, limit: int, among: Rows | None) -> _Found:
    """The ``limit`` vectors most similar to ``vector``; among few, all are compared."""
    if among is None or len(among) > EXACT_AMONG:
        return _search(index, "v", vector.tolist(), limit, among)
    similarities = products(index.vectors(among), vector)
    # Ties of the last one are found, too.
    last = similarities[highest(similarities, limit)[-1]]
    best = similarities >= last - ROUNDING
    scores = similarities[best].astype(np.float64)
    rest = float(last) - ROUNDING
    return _Found(among[best], scores, limit, rest, bool(best.all()), len(among))


def _search(
    index: FetchedIndex,
    field: str,
    vector: Any,
    limit: int,
    among: Rows | None,
) -> _Found:
    """The ``limit`` best passages of a generation, restricted to some rows."""
    share = 1.0 if among is None else len(among) / index.passage_count
    conditions = _conditions(index, among)
    if len(conditions) > 1:
        # A restriction too long to be told. Often enough of what is found without it fits it.
        asked = min(int(limit / share * MORE), MOST_HITS)
        found = _search_where(index, field, vector, asked, _whole(index), 1.0, among)
        if found.complete or len(found.rows) >= limit:
            return found._replace(limit=limit)
        share /= len(conditions)
    parts = [_search_where(index, field, vector, limit, each, share, among) for each in conditions]
    return _Found(
        np.concatenate([each.rows for each in parts]),
        np.concatenate([each.scores for each in parts]),
        limit,
        max(each.rest for each in parts),
        all(each.complete for each in parts),
        sum(each.all_hits for each in parts),
    )


def _search_where(
    index: FetchedIndex,
    field: str,
    vector: Any,
    limit: int,
    where: str,
    share: float,
    among: Rows | None,
) -> _Found:
    """``share`` is that of the passages which the condition leaves."""
    view = EF_SEARCH if index.passage_count <= LARGE else FULL_EF_SEARCH
    view = max(view, min(int(view / share), MOST_IN_VIEW))
    # Milvus refuses to look for more passages than HNSW keeps in view.
    parameters = {"ef": max(view, limit)} if field == "v" else {}
    hits: list[Hit] = index.server.search(
        index.passages,
        field,
        vector,
        where=where,
        limit=limit,
        parameters=parameters,
        consistency=index.consistency,
    )
    complete = len(hits) < limit
    rows = index.numbering.rows_of(np.array([each.id for each in hits], dtype=np.int64))
    own = rows >= 0
    if among is not None:
        own &= np.isin(rows, among)
    return _Found(
        rows[own],
        np.array([each.score for each in hits], dtype=np.float64)[own],
        limit,
        -np.inf if complete else hits[-1].score,
        complete,
        len(hits),
    )


def _whole(index: FetchedIndex) -> str:
    """The condition that leaves out passages that are written just now, and those of before."""
    return within("id", *bounds(index.table.entries))


def _conditions(index: FetchedIndex, among: Rows | None) -> list[str]:
    """Conditions that together leave the passages of some rows, and few others."""
    if among is None:
        return [_whole(index)]
    starts, ends = index.numbering.runs_of(among)
    if len(starts) <= FEW_RUNS:
        return [any_within(list(zip(starts.tolist(), ends.tolist(), strict=True)))]
    passages = index.numbering.passages_of(among)
    return [
        listed("id", passages[start : start + MOST_LISTED].tolist())
        for start in range(0, len(passages), MOST_LISTED)
    ]


def _held(
    index: FetchedIndex, terms: Sequence[str], frequencies: Mapping[str, int], rows: Rows
) -> HeldTerms:
    known = [
        each.term for each in scored_terms(list(dict.fromkeys(terms)), frequencies.__getitem__)
    ]
    nothing = np.zeros((len(rows), len(known)), dtype=bool)
    if not known or not len(rows):
        return HeldTerms(tuple(known), nothing, nothing)
    around, adjacent = _around(index, rows)
    needed = np.unique(around[adjacent])
    own = index.terms_of(index.numbering.passages_of(needed).tolist())
    table = np.array([[term in each for term in known] for each in own], dtype=bool)
    held = table[np.searchsorted(needed, around).clip(max=len(needed) - 1)]
    before, own_terms, after = held & adjacent[..., None]
    return HeldTerms(tuple(known), own_terms, before | after)


def _around(index: FetchedIndex, rows: Rows) -> tuple[Rows, NDArray[np.bool_]]:
    """Each of n rows between the rows before and after it, shape (3, n), and which of these are
    itself or of its document."""
    # The first and the last passage get themselves as missing neighbours, which are masked out.
    around = np.clip(rows + np.array([[-1], [0], [1]]), 0, max(index.passage_count - 1, 0))
    document = index.numbering.documents_of(around.ravel()).reshape(around.shape)
    adjacent = (document == document[1]) & (around != rows)
    adjacent[1] = True  # itself
    return around, adjacent


def _fetch_terms(index: FetchedIndex, hits: Sequence[Rows], *, adjacent: bool) -> None:
    """Fetch the terms of passages in one go, with those right before and after if ``adjacent``.

    Of more than the cache holds none are fetched: most would be dropped before they are used.
    """
    rows: Rows = np.unique(np.concatenate([_NO_ROWS, *hits]))
    if adjacent and len(rows):
        around, own = _around(index, rows)
        rows = np.unique(around[own])
    if len(rows) > RECENT_TERMS:
        return
    index.terms_of(index.numbering.passages_of(rows).tolist())
