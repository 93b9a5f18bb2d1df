"""Candidates of a question from the embedded engine, as columns."""

from collections.abc import Sequence

import numpy as np

from qa_index.collection.local.columns import Columns
from qa_index.collection.protocol import CandidateBlock, HeldTerms, Similarity, Statistics
from qa_index.vectors import Floats, Rows, similarity_distribution


def statistics(columns: Columns, terms: Sequence[str], vector: Floats | None) -> Statistics:
    """``Collection.statistics`` of ``columns``."""
    counts, postings = columns.manifest.counts, columns.postings
    passages = sentences = None
    if vector is not None:
        passages, sentences = (
            Similarity(similarity_distribution(vector, moments), count, length)
            for moments, count, length in (
                (columns.passage_moments, counts.passages, columns.passage_length),
                (columns.sentence_moments, counts.sentences, columns.sentence_length),
            )
        )
    return Statistics(
        passages=counts.passages,
        average_length=postings.average_length,
        k1=postings.k1,
        b=postings.b,
        frequencies={term: columns.bm25.frequency(term) for term in terms},
        model=columns.manifest.model.sha256,
        passage_similarity=passages,
        sentence_similarity=sentences,
    )


def candidates(
    columns: Columns,
    terms: Sequence[str] | None,
    vector: Floats | None,
    *,
    depth: int,
    held: Sequence[str],
    among: Rows | None,
) -> CandidateBlock:
    """``Collection.candidates`` of ``columns``."""
    bm25 = None if terms is None else columns.bm25.score(terms)
    subset = None if among is None else columns.subsets.of(among)
    found: list[Rows] = [np.empty(0, dtype=np.int64)]
    if bm25 is not None:
        found.append((bm25 if subset is None else bm25.among(subset.mask)).top(depth)[0])
    if vector is not None:
        found.append(columns.vectors.nearest(vector, depth, subset))
    # Not np.unique, which would load numpy.ma: 10 ms of a cold start.
    rows: Rows = np.sort(np.concatenate(found)).astype(np.int64)
    rows = rows[np.diff(rows, prepend=-1) > 0]
    scores = None if bm25 is None else bm25.dense[rows].astype(np.float64)
    return block_of(columns, rows, bm25=scores, with_vectors=vector is not None, held=held)


def block_of(
    columns: Columns,
    rows: Rows,
    *,
    bm25: "np.ndarray[tuple[int], np.dtype[np.float64]] | None" = None,
    with_vectors: bool = True,
    held: Sequence[str] = (),
) -> CandidateBlock:
    """The columns of some passages."""
    records = columns.passages[rows]
    first_sentence = records["first_sentence"]
    counts = records["sentences"].astype(np.int64)
    lengths = records["terms"].astype(np.int64)
    codes = columns.sentence_vectors.take(first_sentence, counts) if with_vectors else None
    scales = columns.sentence_scales.take(first_sentence, counts) if with_vectors else None
    return CandidateBlock(
        rows=rows,
        documents=records["document"],
        kinds=records["kind"],
        bm25=bm25,
        vectors=columns.vectors[rows] if with_vectors else None,
        sentence_counts=counts,
        heading_sentences=records["heading_sentences"],
        sentence_codes=codes,
        sentence_scales=scales,
        sentence_lengths=columns.sentence_terms.take(first_sentence, counts),
        lengths=lengths,
        context_lengths=records["context_terms"].astype(np.int64),
        term_hashes=columns.terms.take(records["first_term"], lengths),
        held=_held(columns, held, rows),
    )


def _held(columns: Columns, terms: Sequence[str], rows: Rows) -> HeldTerms:
    # The first and the last passage get themselves as missing neighbours; masked out below.
    around = np.clip(rows + np.array([[-1], [0], [1]]), 0, max(columns.passage_count - 1, 0))
    known, held = columns.bm25.held(terms, around.ravel())
    held = held.reshape(*around.shape, len(known))
    document = columns.passages[around.ravel()]["document"].reshape(around.shape)
    adjacent = (document == document[1]) & (around != rows)
    adjacent[1] = True  # itself
    before, own, after = held & adjacent[..., None]
    return HeldTerms(known, own, before | after)
