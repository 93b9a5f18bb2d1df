"""Candidates of a question from Milvus, as columns.

The server finds passages by inner products: of the vectors, and of weights of terms that this
program gave it, so that they are comparable over all of its segments, which its own BM25 is not.
Scores are computed here, by the same formulas as in the embedded engine, so they are the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.milvus.connections import MOST_HITS, Hit
from qa_index.collection.milvus.fetching import FetchedIndex
from qa_index.collection.milvus.layout import any_within, listed, within
from qa_index.collection.milvus.root import bounds
from qa_index.collection.milvus.terms import most_growth, question_weights, scores
from qa_index.collection.protocol import CandidateBlock, HeldTerms
from qa_index.collection.weighting import scored_terms
from qa_index.errors import IndexProblem
from qa_index.vectors import Floats, Rows, highest, products

MORE = 1.28
"""Passages asked for, as a multiple of those wanted, since dead ones and ties are found, too."""

EF_SEARCH = 400
"""Passages that HNSW keeps in view while it searches."""

FEW_RUNS = 64
"""Ranges of passages that are asked for as such; of more, each passage is named."""

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
    """``Collection.candidates`` of ``index``."""
    frequencies = index.frequencies([*dict.fromkeys([*(terms or ()), *held])])
    found: list[Rows] = [np.empty(0, dtype=np.int64)]
    if terms is not None:
        found.append(lexical(index, terms, frequencies, depth, among))
    if vector is not None:
        found.append(nearest(index, vector, depth, among))
    rows: Rows = np.unique(np.concatenate(found)).astype(np.int64)
    bm25 = None
    if terms is not None:
        bm25 = _scores(index, rows, terms, frequencies).astype(np.float64)
    return index.block_of(
        rows,
        bm25=bm25,
        with_vectors=vector is not None,
        held=_held(index, held, frequencies, rows),
    )


def _scores(
    index: FetchedIndex, rows: Rows, terms: Sequence[str], frequencies: Mapping[str, int]
) -> NDArray[np.float32]:
    asked = scored_terms(terms, frequencies.__getitem__)
    own = index.terms_of(index.numbering.passages_of(rows).tolist())
    return scores(own, asked, index.statistics_of(frequencies, None))


def lexical(
    index: FetchedIndex,
    terms: Sequence[str],
    frequencies: Mapping[str, int],
    count: int,
    among: Rows | None,
) -> Rows:
    """Rows of the ``count`` passages with the highest BM25 above 0, best first.

    Stored weights reckon with the usual length of a passage as it was when the first was written.
    So the server is asked until no passage that it did not give can be among the best.
    """
    asked = scored_terms(terms, frequencies.__getitem__)
    if not asked or count <= 0 or (among is not None and not len(among)):
        return np.empty(0, dtype=np.int64)
    weights = question_weights(asked, index.passage_count)
    growth = most_growth(index.root_record.average, index.manifest.statistics["average_length"])
    limit = _first_limit(count)
    while True:
        found = _search(index, "words", weights, limit, among)
        if among is None and not found.all_hits:
            raise _finds_nothing(index, "words", asked[0].frequency)
        exact = _scores(index, found.rows, terms, frequencies)
        best = highest_positive(found.rows, exact, count)
        certain = found.rest * growth * (1 + ROUNDING)
        if found.complete or (len(best) == count and _lowest(found.rows, exact, best) > certain):
            return best
        if limit >= MOST_HITS:
            return best
        limit = min(4 * limit, MOST_HITS)


def highest_positive(rows: Rows, exact: NDArray[np.float32], count: int) -> Rows:
    """The ``count`` rows with the highest scores above 0, best first, ties by row."""
    positive = np.flatnonzero(exact > 0)
    rows, exact = rows[positive], exact[positive]
    return rows[np.lexsort((rows, -exact))][:count]


def _lowest(rows: Rows, exact: NDArray[np.float32], best: Rows) -> float:
    return float(exact[np.isin(rows, best)].min())


def nearest(index: FetchedIndex, vector: Floats, count: int, among: Rows | None = None) -> Rows:
    """Rows of the ``count`` vectors most similar to ``vector``, best first."""
    count = min(count, index.passage_count if among is None else len(among))
    if count <= 0:
        return np.empty(0, dtype=np.int64)
    limit = _first_limit(count)
    while True:
        found = _search(index, "v", vector.tolist(), limit, among)
        if not found.all_hits:
            raise _finds_nothing(index, "vectors", count)
        if len(found.rows) < count and not found.complete and limit < MOST_HITS:
            limit = min(4 * limit, MOST_HITS)
            continue
        order = np.argsort(-found.scores, kind="stable")
        last = found.scores[order[min(count, len(order)) - 1]] if len(order) else 0.0
        close = last - ROUNDING
        if found.rest >= close and not found.complete and limit < MOST_HITS:
            limit = min(4 * limit, MOST_HITS)  # ties may be cut
            continue
        # Ties go to the smaller row, by our own products.
        rows = np.sort(found.rows[found.scores >= close])
        similarities = products(index.payloads(rows)[1], vector)
        return rows[highest(similarities, min(count, len(rows)))]


def _first_limit(count: int) -> int:
    return min(max(int(count * MORE), count + 16), MOST_HITS)


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
    rest: float
    """No passage that was not found has a higher score by the server."""
    complete: bool
    """Whether all that there is was found."""
    all_hits: int
    """Also those of other generations."""


def _search(
    index: FetchedIndex,
    field: str,
    vector: Any,
    limit: int,
    among: Rows | None,
) -> _Found:
    """The ``limit`` best passages of a generation, restricted to some rows."""
    conditions = _conditions(index, among)
    if len(conditions) > 1:
        # A restriction too long to be told. Often enough of what is found without it fits it.
        share = len(among) / index.passage_count if among is not None else 1.0
        asked = min(int(limit / share * MORE), MOST_HITS)
        found = _search_where(index, field, vector, asked, _whole(index), among)
        if found.complete or len(found.rows) >= limit:
            return found
    parts = [_search_where(index, field, vector, limit, each, among) for each in conditions]
    return _Found(
        np.concatenate([each.rows for each in parts]),
        np.concatenate([each.scores for each in parts]),
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
    among: Rows | None,
) -> _Found:
    # Milvus refuses to look for more passages than HNSW keeps in view.
    parameters = {"ef": max(EF_SEARCH, limit)} if field == "v" else {}
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
    # The first and the last passage get themselves as missing neighbours; masked out below.
    around = np.clip(rows + np.array([[-1], [0], [1]]), 0, max(index.passage_count - 1, 0))
    document = index.numbering.documents_of(around.ravel()).reshape(around.shape)
    adjacent = (document == document[1]) & (around != rows)
    adjacent[1] = True  # itself
    needed = np.unique(around[adjacent])
    own = index.terms_of(index.numbering.passages_of(needed).tolist())
    table = np.array([[term in each for term in known] for each in own], dtype=bool)
    held = table[np.searchsorted(needed, around).clip(max=len(needed) - 1)]
    before, own_terms, after = held & adjacent[..., None]
    return HeldTerms(tuple(known), own_terms, before | after)
