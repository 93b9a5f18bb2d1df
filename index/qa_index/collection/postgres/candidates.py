"""Candidates of a question from PostgreSQL, as columns.

The server finds the nearest vectors and hands out packed postings and passages. Scores are computed
here, by the same functions as in the embedded engine, so they are the same.
"""

from collections.abc import Sequence

import numpy as np

from qa_index.collection.postgres import hnsw
from qa_index.collection.postgres.columns import Columns
from qa_index.collection.protocol import CandidateBlock, HeldTerms
from qa_index.vectors import Floats, Rows, highest, products

MORE = 1.28
"""Vectors asked for, as a multiple of those wanted: HNSW misses some, and ties are cut here."""

EXACT_AMONG = 20_000
"""Filtered passages up to which a question is compared with the vectors of all of them."""


def candidates(
    index: Columns,
    terms: Sequence[str] | None,
    vector: Floats | None,
    *,
    depth: int,
    held: Sequence[str],
    among: Rows | None,
) -> CandidateBlock:
    """``Collection.candidates`` of ``index``."""
    bm25 = None if terms is None else index.bm25.score(terms)
    found: list[Rows] = [np.empty(0, dtype=np.int64)]
    if bm25 is not None:
        scores = bm25
        if among is not None:
            mask = np.zeros(index.passage_count, dtype=bool)
            mask[among] = True
            scores = bm25.among(mask)
        found.append(scores.top(depth)[0])
    if vector is not None:
        found.append(nearest(index, vector, depth, among, beside=found[-1]))
    rows: Rows = np.unique(np.concatenate(found)).astype(np.int64)
    of_words = None if bm25 is None else bm25.dense[rows].astype(np.float64)
    return index.block_of(
        rows, bm25=of_words, with_vectors=vector is not None, held=_held(index, held, rows)
    )


def nearest(
    index: Columns,
    vector: Floats,
    count: int,
    among: Rows | None = None,
    *,
    beside: Rows | None = None,
) -> Rows:
    """Rows of the ``count`` vectors most similar to ``vector``, best first.

    Rows ``beside`` these will be needed, too, and are fetched along.
    """
    wanted = index.passage_count if among is None else len(among)
    count = min(count, wanted)
    if count <= 0:
        return np.empty(0, dtype=np.int64)
    rows = _nearest(index, vector, min(int(count * MORE), wanted), among)
    everything = rows if beside is None else np.concatenate([rows, beside])
    similarities = products(index.payloads(everything)[1][: len(rows)], vector)
    # Ties go to the smaller row, as in the embedded engine.
    rows, similarities = rows[order := np.argsort(rows)], similarities[order]
    return rows[highest(similarities, count)]


def _nearest(index: Columns, vector: Floats, count: int, among: Rows | None) -> Rows:
    """Rows of some ``count`` vectors most similar to ``vector``."""
    if among is not None and len(among) <= EXACT_AMONG:
        return index.numbering.rows_of(index.compare(vector, count, among))
    if index.passage_count > hnsw.EXACT:
        mask = np.ones(index.passage_count, dtype=bool)
        if among is not None:
            mask[:] = False
            mask[among] = True
        # Removed and filtered passages are found, too; then more are asked for. HNSW finds no more
        # than it keeps in view: where more are wanted, all are compared.
        breadth = hnsw.breadth(index.passage_count)
        for asked in (count, breadth) if count <= breadth else ():
            passages = index.approximate(vector, asked)
            rows = index.numbering.rows_of(passages)
            rows = rows[rows >= 0]
            rows = rows[mask[rows]]
            if len(rows) >= count:
                return rows[:count]
    everything = np.arange(index.passage_count) if among is None else among
    return index.numbering.rows_of(index.compare(vector, count, everything))


def _held(index: Columns, terms: Sequence[str], rows: Rows) -> HeldTerms:
    # The first and the last passage get themselves as missing neighbours; masked out below.
    around = np.clip(rows + np.array([[-1], [0], [1]]), 0, max(index.passage_count - 1, 0))
    known, held = index.bm25.held(terms, around.ravel())
    held = held.reshape(*around.shape, len(known))
    document = index.numbering.documents_of(around.ravel()).reshape(around.shape)
    adjacent = (document == document[1]) & (around != rows)
    adjacent[1] = True  # itself
    before, own, after = held & adjacent[..., None]
    return HeldTerms(known, own, before | after)
