"""Ablations of the ranking: plain baselines, and the shipped search with one thing changed.

A variant changes parameters, never code: what runs is the code that is shipped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.local.bm25 import SparseBM25
from qa_index.collection.local.stored import StoredIndex
from qa_index.search import parameters
from qa_index.search.parameters import CANDIDATES, ScoringParameters
from qa_index.search.query import Mode
from qa_index.search.scoring import rank

from .asking import Asked, Judge, Ranked

Floats = NDArray[np.floating[Any]]
Rows = NDArray[np.int64]

USUAL_K1, USUAL_B = 1.2, 0.75

BEFORE = (0.30, 0.35, 0.35)
"""Weights of BM25, passage and best sentence, each standardised over the collection."""

RRF = 60
"""Added to each rank (Cormack, Clarke and Büttcher, SIGIR 2009)."""


@dataclass(frozen=True, slots=True, eq=False)
class Signals:
    """Scores of every passage for a question, each of shape (passages,)."""

    bm25: Floats
    """With the usual k1 and b."""
    passage: Floats
    sentence: Floats
    """Of the best one."""
    sentence_deviation: float
    """Over all sentences, best or not."""


class Scan:
    """Scores every passage of an index, unlike search, which scores candidates only."""

    def __init__(self, index: StoredIndex) -> None:
        self._index = index
        self._bm25 = with_parameters(index, USUAL_K1, USUAL_B)
        self._passages = index.vectors[np.arange(len(index.passages))]
        scales = index.sentence_scales.all()[:, None]
        self._sentences = index.sentence_vectors.all().astype(np.float32) * scales
        self._first_sentences = index.passages.all()["first_sentence"].astype(np.int64)

    def signals(self, asked: Asked) -> Signals:
        """All signals of a question."""
        terms = self._index.analyzer.analyze_question(asked.question.text).terms
        sentences = self._sentences @ asked.vector
        return Signals(
            bm25=self._bm25.get_scores(terms),
            passage=self._passages @ asked.vector,
            sentence=np.maximum.reduceat(sentences, self._first_sentences),
            sentence_deviation=float(sentences.std()),
        )


def with_parameters(index: StoredIndex, k1: float, b: float) -> SparseBM25:
    """The index's BM25 with another k1 and b; frequencies are recovered from the impacts."""
    stored = index.postings
    rows = stored.rows[0 : len(stored.rows)]
    lengths = stored.lengths[0 : len(stored.lengths)] / stored.average_length
    norms = (1 - stored.b + stored.b * lengths)[rows] * stored.k1
    impacts = stored.impacts[0 : len(stored.impacts)].astype(np.float64)
    frequencies = np.rint(impacts * norms / (stored.k1 + 1 - impacts))
    norms = (1 - b + b * lengths)[rows] * k1
    impacts = frequencies * (k1 + 1) / (frequencies + norms)
    return SparseBM25(replace(stored, impacts=impacts.astype(np.float32), k1=k1, b=b))


def best(scores: Floats) -> Rows:
    """The rows of the highest scores, as many as search takes; ties by row."""
    return np.argsort(-scores, kind="stable")[:CANDIDATES].astype(np.int64)


def matching(scores: Floats) -> Rows:
    """The best rows that hold a term of the question."""
    rows = best(scores)
    return rows[scores[rows] > 0]


def fixed_weights(signals: Signals) -> Rows:
    """The three signals weighted by ``BEFORE``. Means are omitted: they do not affect the order."""
    deviations = (signals.bm25.std(), signals.passage.std(), signals.sentence_deviation)
    scores = (signals.bm25, signals.passage, signals.sentence)
    return best(
        np.sum(
            [
                weight * each / max(deviation, 1e-9)
                for weight, each, deviation in zip(BEFORE, scores, deviations, strict=True)
            ],
            axis=0,
        )
    )


def reciprocal_ranks(signals: Signals) -> Rows:
    """Reciprocal rank fusion of BM25 and passage vectors."""
    fused = np.zeros(len(signals.bm25))
    for rows in (matching(signals.bm25), best(signals.passage)):
        fused[rows] += 1 / (RRF + 1 + np.arange(len(rows)))
    return matching(fused)


PLAIN: Mapping[str, Callable[[Signals], Rows]] = {
    "BM25 (k1 1.2, b 0.75)": lambda signals: matching(signals.bm25),
    "passage vector": lambda signals: best(signals.passage),
    "best sentence's vector": lambda signals: best(signals.sentence),
    "reciprocal rank fusion": reciprocal_ranks,
    "before": fixed_weights,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The shipped search with one thing changed."""

    mode: Mode = Mode.HYBRID
    trust: float | None = None
    """In place of the question's own."""
    depth: int = CANDIDATES
    parameters: ScoringParameters = parameters.SHIPPED

    def ranked(self, index: StoredIndex, asked: Asked) -> Ranked:
        """The rows for one question."""
        query = asked.query(index, trust=self.trust)
        ranking = rank(index, query, mode=self.mode, depth=self.depth, parameters=self.parameters)
        rows: list[int] = ranking.rows.tolist()
        return rows


def _with(**changes: Any) -> Variant:
    return Variant(parameters=replace(parameters.SHIPPED, **changes))


_NO_FEEDBACK = replace(parameters.SHIPPED.feedback, weight=0.0)

SHIPPED: Mapping[str, Variant] = {
    "now": Variant(),
    "words alone": Variant(mode=Mode.BM25),
    "vectors alone": Variant(mode=Mode.DENSE),
    "encoder always trusted": Variant(trust=1.0),
    "no sentence share": _with(sentence_share=0.0),
    "no proximity": _with(proximity=0.0),
    "neither": _with(sentence_share=0.0, proximity=0.0),
    "no adjacency": _with(adjacency=0.0),
    "no BM25": _with(bm25=0.0),
    "no passage vector": _with(sentence_weight=1.0),
    "no sentence vector": _with(sentence_weight=0.0),
    "no feedback": Variant(parameters=replace(parameters.SHIPPED, feedback=_NO_FEEDBACK)),
    "50 candidates of each list": Variant(depth=50),
}


def compare(index: StoredIndex, asked: Sequence[Asked]) -> dict[str, float]:
    """Mean nDCG@10 of each plain baseline and of each variant of the search."""
    judge, plain = Judge(index), _plain(Scan(index), asked)
    figures = {name: judge.measure(asked, ranked.__getitem__) for name, ranked in plain.items()}
    for name, variant in SHIPPED.items():
        figures[name] = judge.measure(asked, partial(variant.ranked, index))
    return figures


def _plain(scan: Scan, asked: Sequence[Asked]) -> dict[str, dict[Asked, Ranked]]:
    """Rankings of every question by the plain baselines, from one scan."""
    rankings: dict[str, dict[Asked, Ranked]] = {name: {} for name in PLAIN}
    for each in asked:
        signals = scan.signals(each)
        for name, ranked in PLAIN.items():
            rankings[name][each] = ranked(signals).tolist()
    return rankings
