"""Scores candidates exactly on all signals and sums the signals:

    words   (BM25 + 6 * best sentence's share + 0.7 * proximity + 0.4 * idf of adjacent terms)
            / (idf of the question / 10)
    vectors 0.4 * passage similarity + 0.6 * best sentence's similarity, in standard deviations
    fused   (1 - v) * words + v * vectors, with v = 0.75 * trust in the encoder

The 50 best gain 2 * their similarity to the first three (pseudo-relevance feedback), unless only
vectors are used. The numbers are in ``ScoringParameters``. For a follow-up, passages of the
documents that were cited before gain a little (``FollowUpParameters``).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.protocol import CandidateBlock, Collection
from qa_index.records import KINDS, BlockKind
from qa_index.search.adjacency import adjacent_idf
from qa_index.search.feedback import feedback
from qa_index.search.parameters import CANDIDATES, SHIPPED, FeedbackParameters, ScoringParameters
from qa_index.search.proximity import term_proximity
from qa_index.search.query import Mode, Query, candidates
from qa_index.vectors import Rows, products

Floats = NDArray[np.float64]

DEBRIS = KINDS.index(BlockKind.DEBRIS)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The candidates of a question, best first; a signal that the mode does not use is ``None``.

    Every array has shape (candidates,).
    """

    block: CandidateBlock
    """The candidates, by row."""
    places: Rows
    """Position in ``block`` of each rank."""
    fused: Floats
    """Descending; ties by row."""
    bm25: Floats | None
    passage: Floats | None
    """Similarity of the passage's vector."""
    sentence: Floats | None
    """Similarity of its best sentence's vector."""

    @property
    def rows(self) -> Rows:
        """Row of each rank."""
        return self.block.rows[self.places]

    def candidates(self, ranks: Sequence[int] | Rows) -> CandidateBlock:
        """The candidates at these ranks, counted from 0, in their order."""
        return self.block.take(self.places[np.asarray(ranks, dtype=np.int64)])

    def raised(self, ranks: Sequence[int], gains: Floats) -> "tuple[Ranking, list[int]]":
        """The ranking after adding ``gains`` at some ranks, and the new rank of each old one."""
        fused = self.fused.copy()
        fused[list(ranks)] += gains
        order = np.lexsort((self.places, -fused))
        return replace(self, fused=fused).taken(order), np.argsort(order).tolist()

    def taken(self, order: Rows) -> "Ranking":
        """The ranking of the passages at these ranks, in this order."""
        signals = (self.bm25, self.passage, self.sentence)
        return Ranking(
            self.block,
            self.places[order],
            self.fused[order],
            *(None if each is None else each[order] for each in signals),
        )


def rank(
    collection: Collection,
    query: Query,
    *,
    mode: Mode = Mode.HYBRID,
    among: Rows | None = None,
    depth: int = CANDIDATES,
    parameters: ScoringParameters = SHIPPED,
) -> Ranking:
    """Rank the passages of ``collection`` for a question.

    ``among`` restricts the ranking to these ascending rows; apart from the feedback, it does not
    change scores. ``depth`` candidates are taken from each list. Without a vector, only words are
    used.
    """
    block = candidates(collection, query, mode=mode, among=among, depth=depth)
    return scored(query, block, mode=mode, parameters=parameters)


def scored(
    query: Query,
    block: CandidateBlock,
    *,
    mode: Mode = Mode.HYBRID,
    parameters: ScoringParameters = SHIPPED,
) -> Ranking:
    """Candidates with their scores on all signals of the mode, best first."""
    vector = None if mode is Mode.BM25 else query.vector
    shared = parameters.vector_weight * query.trust
    vector_weight = {Mode.HYBRID: shared, Mode.BM25: 0.0, Mode.DENSE: 1.0}[mode]
    fused = np.zeros(len(block))
    passage = sentence = None
    if block.bm25 is not None:
        fused += (1 - vector_weight) * _words(query, block, block.bm25, parameters)
    if vector is not None and block.vectors is not None:
        passage = products(block.vectors, vector.components).astype(np.float64)
        sentence = best_sentences(block, vector.components)
        fused += vector_weight * (
            (1 - parameters.sentence_weight) * vector.passages.scaled(passage)
            + parameters.sentence_weight * vector.sentences.scaled(sentence)
        )
    fused[block.kinds == DEBRIS] -= parameters.debris_penalty
    if block.bm25 is not None and len(block):
        order = np.lexsort((block.rows, -fused))
        alike = order[: parameters.feedback.depth]
        shares = _shares(fused[order[: parameters.feedback.models]], parameters.feedback)
        fused[alike] += parameters.feedback.weight * feedback(block, alike, shares)
    for document, units in query.documents.items():
        fused[block.documents == document] += units
    order = np.lexsort((block.rows, -fused))
    places = np.arange(len(block))
    return Ranking(block, places, fused, block.bm25, passage, sentence).taken(order)


def _words(
    query: Query, block: CandidateBlock, bm25: Floats, parameters: ScoringParameters
) -> Floats:
    """Score of each candidate by the words of the question, shape (n,)."""
    raw: Floats = parameters.bm25 * bm25
    if not len(query.terms.idf):
        return raw
    near = term_proximity(block, query.terms, query.statistics)
    raw = raw + parameters.sentence_share * near.sentence_share
    raw = raw + parameters.proximity * near.proximity
    raw += parameters.adjacency * adjacent_idf(query, block.held)
    return raw / (parameters.word_unit * float(query.terms.idf.sum()))


def _shares(fused: Floats, parameters: FeedbackParameters) -> Floats:
    """Weight of each of the first passages as a model; the weights sum to 1."""
    shares: Floats = np.exp((fused - fused[0]) / parameters.spread)
    shares /= shares.sum()
    return shares


def best_sentences(block: CandidateBlock, vector: NDArray[np.float32]) -> Floats:
    """Similarity of the best sentence of each candidate, shape (n,)."""
    if not len(block):
        return np.empty(0)
    counts = block.sentence_counts
    similarities = sentence_similarities(block, vector)
    best = np.maximum.reduceat(similarities, np.cumsum(counts) - counts)
    return best.astype(np.float64)


def sentence_similarities(
    block: CandidateBlock, vector: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Similarity of every sentence of the candidates, shape (s,).

    Raises ``ValueError`` for a block without vectors.
    """
    if block.sentence_codes is None or block.sentence_scales is None:
        raise ValueError("the candidates were taken without vectors")
    codes = block.sentence_codes.astype(np.float32)
    similarities: NDArray[np.float32] = products(codes, vector) * block.sentence_scales
    return similarities
