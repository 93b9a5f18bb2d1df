"""From a question to ranked passages: three signals, standardised and summed.

BM25, the similarity of the passage vector, and that of the passage's best sentence vector. The
100 best by BM25 and by passage vector are the candidates; each is then scored exactly on all
signals. A score is standardised by its mean and deviation over the whole collection, which are
known in closed form, so the sum means the same at any size of collection.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.analysis import AnalyzedQuestion
from qa_index.checked import ranges
from qa_index.closeness import closeness
from qa_index.documents import BlockKind
from qa_index.layout import KINDS
from qa_index.lexical import LexicalScores
from qa_index.stored import StoredIndex
from qa_index.vectors import (
    Distribution,
    Rows,
    nearest,
    nearest_among,
    similarity_distribution,
)

DEBRIS = KINDS.index(BlockKind.DEBRIS)

CANDIDATES = 100
"""Of each of the two lists. In trials the 101st was not worth its time."""


SENTENCE_SHARE = 5.0
PROXIMITY = 0.5


class Mode(StrEnum):
    """Which signals rank."""

    HYBRID = "hybrid"
    BM25 = "bm25"
    DENSE = "dense"
    """The two vector signals."""


class Weights(NamedTuple):
    """Shares of the standardised signals in the fused score."""

    bm25: float
    passage: float
    sentence: float


VECTOR_SHARE = 0.7
"""Of the two vector signals together, where the encoder knows the language."""

DEBRIS_PENALTY = 2.0
"""Standard deviations that menus and link lists are set back by: they answer only where nothing
else comes near."""


def encoder_trust(pieces_per_character: float) -> float:
    """How far the encoder knows the language of a collection, 0 to 1.

    A tokenizer cuts what its model was trained on into words and the rest into letters: English
    has 0.22 to 0.28 word pieces a character under MiniLM's, Spanish and German 0.38, Russian,
    Chinese and Arabic about 0.95.
    """
    return min(max((1 - pieces_per_character) / 0.75, 0.0), 1.0) ** 2


def weights_of(mode: Mode, index: StoredIndex) -> Weights:
    """The weights of the signals in this collection."""
    if mode is Mode.BM25:
        return Weights(1.0, 0.0, 0.0)
    if mode is Mode.DENSE:
        return Weights(0.0, 0.5, 0.5)
    vectors = VECTOR_SHARE * encoder_trust(index.manifest.statistics["pieces_per_character"])
    return Weights(1 - vectors, vectors / 2, vectors / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Signal:
    """One score of every candidate, and how it is distributed over the collection."""

    scores: NDArray[np.float64]
    """Shape (candidates,)."""
    distribution: Distribution

    @property
    def standardised(self) -> NDArray[np.float64]:
        """In standard deviations above the collection's mean; 0 where all score alike."""
        mean, deviation = self.distribution
        if deviation < 1e-9:
            return np.zeros(len(self.scores))
        return (self.scores - mean) / deviation


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The candidates of a question, best first; a signal that the mode does not use is ``None``."""

    rows: Rows
    """Shape (candidates,)."""
    fused: NDArray[np.float64]
    """Shape (candidates,), descending; ties by row."""
    bm25: Signal | None
    passage: Signal | None
    sentence: Signal | None


def rank(
    index: StoredIndex,
    question: AnalyzedQuestion,
    vector: NDArray[np.float32] | None,
    *,
    mode: Mode = Mode.HYBRID,
    among: Rows | None = None,
    depth: int = CANDIDATES,
) -> Ranking:
    """Rank the passages of ``index`` for a question.

    ``vector`` is the question's, shape (dimension,), or ``None`` with ``Mode.BM25``. ``among``
    restricts the answer to these ascending rows; scores stay standardised over all. ``depth``
    candidates are taken from each list.
    """
    bm25 = None if mode is Mode.DENSE else index.bm25.score(question.terms)
    found: list[Rows] = []
    if bm25 is not None:
        found.append(bm25.top(depth)[0] if among is None else _top(bm25, depth, among))
    if vector is not None:
        found.append(
            nearest(index.vectors, vector, depth)
            if among is None
            else nearest_among(index.vectors, vector, depth, among)
        )
    rows: Rows = np.unique(np.concatenate(found)).astype(np.int64)
    signals: dict[str, Signal | None] = dict.fromkeys(Weights._fields)
    if bm25 is not None:
        close = closeness(index, _weights(index, question), rows)
        signals["bm25"] = Signal(
            bm25.dense[rows] + SENTENCE_SHARE * close.sentence_share + PROXIMITY * close.proximity,
            Distribution(bm25.mean, bm25.variance**0.5),
        )
    if vector is not None:
        signals["passage"] = Signal(
            (index.vectors[rows] @ vector).astype(np.float64),
            similarity_distribution(vector, index.passage_moments),
        )
        signals["sentence"] = Signal(
            best_sentences(index, rows, vector),
            similarity_distribution(vector, index.sentence_moments),
        )
    fused = np.zeros(len(rows))
    for name, weight in weights_of(mode, index)._asdict().items():
        signal = signals[name]
        if signal is not None:
            fused += weight * signal.standardised
    fused[index.passages[rows]["kind"] == DEBRIS] -= DEBRIS_PENALTY
    order = np.lexsort((rows, -fused))
    return Ranking(
        rows[order],
        fused[order],
        **{
            name: signal and Signal(signal.scores[order], signal.distribution)
            for name, signal in signals.items()
        },
    )


def _weights(index: StoredIndex, question: AnalyzedQuestion) -> dict[str, float]:
    """The idf of each distinct term of the question that the index knows."""
    return {
        term: index.bm25.idf(term)
        for term in dict.fromkeys(question.terms)
        if index.postings.bounds(term) != (0, 0)
    }


def _top(bm25: LexicalScores, depth: int, among: Rows) -> Rows:
    """The best of these ascending rows that hold a term of the question."""
    best = among[np.argsort(-bm25.dense[among], kind="stable")[:depth]]
    return best[bm25.dense[best] > 0]


def best_sentences(
    index: StoredIndex, rows: Rows, vector: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Similarity of the best sentence of each row, shape (rows,)."""
    if not len(rows):
        return np.empty(0)
    records = index.passages[rows]
    counts = records["sentences"].astype(np.int64)
    best = np.maximum.reduceat(
        sentence_similarities(index, ranges(records["first_sentence"], counts), vector),
        np.cumsum(counts) - counts,
    )
    return best.astype(np.float64)


def sentence_similarities(
    index: StoredIndex, sentences: Rows, vector: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Similarity of each of these sentences, shape (sentences,)."""
    codes = index.sentence_vectors[sentences].astype(np.float32)
    similarities: NDArray[np.float32] = (codes @ vector) * index.sentence_scales[sentences]
    return similarities
