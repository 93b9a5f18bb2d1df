"""Candidates of a question from PostgreSQL, as columns.

The server finds the nearest vectors and hands out packed postings and passages. Scores are computed
here, by the same functions as in the embedded engine, so they are the same.
"""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.postgres import columns
from qa_index.collection.postgres.columns import Columns
from qa_index.collection.postgres.connections import EF_SEARCH
from qa_index.collection.postgres.packing import HEADER, Payload
from qa_index.collection.protocol import CandidateBlock, HeldTerms, Similarity, Statistics
from qa_index.vectors import Floats, Rows, highest, products, similarity_distribution

MORE = 1.28
"""Vectors asked for, as a multiple of those wanted: HNSW misses some, and ties are cut here."""

EXACT_AMONG = 20_000
"""Filtered passages up to which a question is compared with the vectors of all of them."""


def statistics(index: Columns, terms: Sequence[str], vector: Floats | None) -> Statistics:
    """``Collection.statistics`` of ``index``."""
    counts, numbers = index.counts, index.manifest.statistics
    found: list[Similarity | None] = [None, None]
    if vector is not None:
        found = [
            Similarity(similarity_distribution(vector, moments), count, length)
            for (moments, length), count in zip(
                index.moments, (counts.passages, counts.sentences), strict=True
            )
        ]
    return Statistics(
        passages=counts.passages,
        average_length=numbers["average_length"],
        k1=numbers["k1"],
        b=numbers["b"],
        frequencies={term: index.bm25.frequency(term) for term in terms},
        model=index.model.sha256,
        passage_similarity=found[0],
        sentence_similarity=found[1],
    )


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
    return block_of(index, rows, bm25=of_words, with_vectors=vector is not None, held=held)


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
    if index.passage_count > columns.EXACT:
        mask = np.ones(index.passage_count, dtype=bool)
        if among is not None:
            mask[:] = False
            mask[among] = True
        # Removed and filtered passages are found, too; then more are asked for. HNSW finds no more
        # than it keeps in view: where more are wanted, all are compared.
        for asked in (count, EF_SEARCH) if count <= EF_SEARCH else ():
            passages = index.approximate(vector, asked)
            rows = index.numbering.rows_of(passages)
            rows = rows[rows >= 0]
            rows = rows[mask[rows]]
            if len(rows) >= count:
                return rows[:count]
    everything = np.arange(index.passage_count) if among is None else among
    return index.numbering.rows_of(index.compare(vector, count, everything))


def block_of(
    index: Columns,
    rows: Rows,
    *,
    bm25: NDArray[np.float64] | None = None,
    with_vectors: bool = True,
    held: Sequence[str] = (),
) -> CandidateBlock:
    """The columns of some passages."""
    payloads, vectors, _ = index.payloads(rows)
    headers = np.array([each.header for each in payloads], dtype=HEADER)
    dimension = index.model.dimension
    codes, scales = _sentences(payloads, dimension) if with_vectors else (None, None)
    return CandidateBlock(
        rows=rows,
        documents=index.numbering.documents_of(rows).astype(np.int32),
        kinds=headers["kind"],
        bm25=bm25,
        vectors=vectors if with_vectors else None,
        sentence_counts=headers["sentences"].astype(np.int64),
        heading_sentences=headers["heading_sentences"],
        sentence_codes=codes,
        sentence_scales=scales,
        sentence_lengths=_joined([each.sentence_terms for each in payloads], np.int32),
        lengths=headers["terms"].astype(np.int64),
        context_lengths=headers["context_terms"].astype(np.int64),
        term_hashes=_joined([each.hashes for each in payloads], np.uint32),
        held=_held(index, held, rows),
    )


def _sentences(payloads: Sequence[Payload], dimension: int) -> tuple[NDArray[np.int8], Floats]:
    empty = np.empty((0, dimension), dtype=np.int8)
    codes = np.concatenate([empty, *(each.codes for each in payloads)])
    return codes, _joined([each.scales for each in payloads], np.float32)


def _joined(parts: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=dtype), *chain(parts)])


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
