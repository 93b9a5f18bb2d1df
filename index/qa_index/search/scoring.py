"""From a question to ranked passages: what words say and what vectors say, on one scale.

The 100 best by BM25 and by passage vector are the candidates. Each is then scored exactly on all
signals, which are summed:

    words   (BM25 + 6 * best sentence's share + 0.7 * proximity + 0.4 * idf of what stands beside)
            / (idf of the question / 10)
    vectors 0.4 * passage similarity + 0.6 * best sentence's similarity, in standard deviations
    fused   (1 - v) * words + v * vectors, with v = 0.75 * trust in the encoder

The 50 best gain 2 * their feedback to the first three, unless vectors alone rank.
Every number has its measurement in docs/decisions/search.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.local.bm25 import LexicalScores
from qa_index.collection.local.layout import KINDS
from qa_index.collection.local.nearest import nearest_among
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding.profile import Profile, profile_of, shown_by
from qa_index.records import BlockKind
from qa_index.search.adjacency import adjacent_idf
from qa_index.search.feedback import feedback
from qa_index.search.proximity import QuestionTerms, term_proximity
from qa_index.terms.analyzer import AnalyzedQuestion
from qa_index.vectors import Distribution, Rows, products, similarity_distribution

Floats = NDArray[np.float64]

DEBRIS = KINDS.index(BlockKind.DEBRIS)

CANDIDATES = 100
"""Of each of the two lists. In trials the 101st was not worth its time."""


class Mode(StrEnum):
    """Which signals rank."""

    HYBRID = "hybrid"
    BM25 = "bm25"
    DENSE = "dense"
    """The two vector signals."""


SENTENCE_SHARE = 6.0
"""Units of BM25 for having all of the question's words in one sentence."""

PROXIMITY = 0.7
"""Of ``TermProximity.proximity``, in units of BM25."""

BESIDE = 0.4
"""Of the idf of terms that the passage lacks, and one beside it in its document holds."""

WORDS_UNIT = 0.1
"""Of the question's idf: a usual difference between two passages, as a standard deviation of the
similarities is one. Known without statistics, so that it holds for three passages too."""

SENTENCE_WEIGHT = 0.6
"""Of the best sentence's similarity; the rest is the passage's."""

VECTOR_WEIGHT = 0.75
"""Of the vectors, where the encoder knows the language."""

USUAL_DEVIATION_COUNT = 32
"""Vectors that the usual deviation of a profile weighs as much as."""

LIKENESS = 2.0
"""Units for being all that the first passages are."""

ALIKE = 50
"""Passages whose feedback to the first counts; what comes later stays behind them."""

MODELS = 3
"""First passages that the others are compared with."""

MODEL_SPREAD = 0.5
"""Units by which a model falls behind the first for its share to be 1/e of the first's. A clear
first passage is nearly the only model, and stays first."""

DEBRIS_PENALTY = 2.0
"""Units that menus and link lists are set back by: they answer only where nothing
else comes near."""


def question_weights(index: StoredIndex, question: AnalyzedQuestion) -> dict[str, float]:
    """The idf of each term by which a word of the question may be found.

    A word that no passage holds is in it once: of its readings under several languages those that
    are unknown say nothing, but that the word is missing does.
    """
    weights: dict[str, float] = {}
    for word in dict.fromkeys(question.words):  # a long question repeats its words
        known = [term for term in word if term in index.bm25]
        for term in known or word[:1]:
            weights[term] = index.bm25.idf(term)
    return weights


class Scale(NamedTuple):
    """What similarities to a question are measured in."""

    mean: float
    """Over the collection."""
    deviation: float
    """See ``shrunk_deviation``."""

    def scaled(self, similarities: Floats) -> Floats:
        """In deviations from the mean."""
        return (similarities - self.mean) / self.deviation


def shrunk_deviation(distribution: Distribution, count: int, usual: float) -> float:
    """Deviation of a similarity over ``count`` vectors, drawn towards the ``usual`` one.

    A few vectors say little of it: among three passages it is mostly chance.
    """
    variance = count * distribution.deviation**2 + USUAL_DEVIATION_COUNT * usual**2
    return float((variance / (count + USUAL_DEVIATION_COUNT)) ** 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """A question's vector and what an index makes of it."""

    components: NDArray[np.float32]
    """Shape (dimension,)."""
    trust: float
    """How far the encoder knows the question's language, 0 to 1."""
    passages: Scale
    """Of its similarity to passages."""
    sentences: Scale
    profile: Profile
    """Of the model, or what the index shows of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question as one index understands it."""

    question: AnalyzedQuestion
    terms: QuestionTerms
    """Weighed by ``question_weights``."""
    vector: Vector | None
    """``None`` to ask by words alone."""

    @classmethod
    def of(
        cls,
        index: StoredIndex,
        question: AnalyzedQuestion,
        vector: NDArray[np.float32] | None = None,
        *,
        trust: float = 1.0,
    ) -> Self:
        """What ``index`` makes of a question and its vector, shape (dimension,).

        ``trust`` says how far the encoder knows its language.
        """
        terms = QuestionTerms.of(question_weights(index, question))
        return cls(question, terms, None if vector is None else _vector(index, vector, trust))

    @property
    def trust(self) -> float:
        """How far the vector is to be trusted; 0 without one."""
        return 0.0 if self.vector is None else self.vector.trust


def _vector(index: StoredIndex, components: NDArray[np.float32], trust: float) -> Vector:
    counts = index.manifest.counts
    profile = profile_of(index.manifest.model.sha256) or shown_by(
        components, index.sentence_moments, counts.sentences
    )
    passages, sentences = (
        Scale(distribution.mean, shrunk_deviation(distribution, count, profile.deviation))
        for distribution, count in (
            (similarity_distribution(components, index.passage_moments), counts.passages),
            (similarity_distribution(components, index.sentence_moments), counts.sentences),
        )
    )
    return Vector(components, trust, passages, sentences, profile)


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """The candidates of a question, best first; what the mode does not use is ``None``.

    Every array has shape (candidates,).
    """

    rows: Rows
    fused: Floats
    """Descending; ties by row."""
    bm25: Floats | None
    passage: Floats | None
    """Similarity of the passage's vector."""
    sentence: Floats | None
    """Similarity of its best sentence's vector."""

    def raised(self, places: Sequence[int], gains: Floats) -> "tuple[Ranking, list[int]]":
        """With more at some of its places; and where each of its passages now stands."""
        fused = self.fused.copy()
        fused[list(places)] += gains
        order = np.lexsort((self.rows, -fused))
        return replace(self, fused=fused).taken(order), np.argsort(order).tolist()

    def taken(self, order: Rows) -> "Ranking":
        """Its passages at these places."""
        signals = (self.bm25, self.passage, self.sentence)
        return Ranking(
            self.rows[order],
            self.fused[order],
            *(None if each is None else each[order] for each in signals),
        )


class Candidates(NamedTuple):
    """Passages that may answer, before they are scored on all signals."""

    rows: Rows
    """Ascending, shape (candidates,)."""
    bm25: Floats | None
    """Of each; ``None`` where vectors alone rank."""


def candidates(
    index: StoredIndex,
    query: Query,
    *,
    mode: Mode = Mode.HYBRID,
    among: Rows | None = None,
    depth: int = CANDIDATES,
) -> Candidates:
    """The best ``depth`` by each of the mode's lists, or of these ascending rows ``among`` all.

    This is what takes longer the larger the index is.
    """
    found: list[Rows] = []
    bm25 = None if mode is Mode.DENSE else index.bm25.score(query.question.terms)
    if bm25 is not None:
        found.append(bm25.top(depth)[0] if among is None else _top(bm25, depth, among))
    if mode is not Mode.BM25 and query.vector is not None:
        components = query.vector.components
        found.append(
            index.vectors.nearest(components, depth)
            if among is None
            else nearest_among(index.vectors, components, depth, among)
        )
    # Not np.unique, which would load numpy.ma: 10 ms of a cold start.
    rows: Rows = np.sort(np.concatenate(found)).astype(np.int64)
    rows = rows[np.diff(rows, prepend=-1) > 0]
    return Candidates(rows, None if bm25 is None else bm25.dense[rows].astype(np.float64))


def rank(
    index: StoredIndex,
    query: Query,
    *,
    mode: Mode = Mode.HYBRID,
    among: Rows | None = None,
    depth: int = CANDIDATES,
) -> Ranking:
    """Rank the passages of ``index`` for a question.

    ``among`` restricts the answer to these ascending rows; scores are what they are among all, but
    for the feedback to the first. ``depth`` candidates are taken from each list. Without a vector,
    words alone rank.
    """
    found = candidates(index, query, mode=mode, among=among, depth=depth)
    return scored(index, query, found, mode=mode)


def scored(
    index: StoredIndex, query: Query, found: Candidates, *, mode: Mode = Mode.HYBRID
) -> Ranking:
    """Candidates with their scores on all signals of the mode, best first."""
    rows, words = found
    vector = None if mode is Mode.BM25 else query.vector
    shared = VECTOR_WEIGHT * query.trust
    vector_weight = {Mode.HYBRID: shared, Mode.BM25: 0.0, Mode.DENSE: 1.0}[mode]
    fused = np.zeros(len(rows))
    passage = sentence = None
    if words is not None:
        fused += (1 - vector_weight) * _words(index, query, words, rows)
    if vector is not None:
        passage = products(index.vectors[rows], vector.components).astype(np.float64)
        sentence = best_sentences(index, rows, vector.components)
        fused += vector_weight * (
            (1 - SENTENCE_WEIGHT) * vector.passages.scaled(passage)
            + SENTENCE_WEIGHT * vector.sentences.scaled(sentence)
        )
    fused[index.passages[rows]["kind"] == DEBRIS] -= DEBRIS_PENALTY
    order = np.lexsort((rows, -fused))
    if words is not None and len(order):
        alike = order[:ALIKE]
        fused[alike] += LIKENESS * feedback(index, rows[alike], _shares(fused[order[:MODELS]]))
        order = np.lexsort((rows, -fused))
    return Ranking(rows, fused, words, passage, sentence).taken(order)


def _words(index: StoredIndex, query: Query, bm25: Floats, rows: Rows) -> Floats:
    """What the words of a question say of each candidate."""
    if not len(query.terms.idf):
        return bm25
    close = term_proximity(index, query.terms, rows)
    raw = bm25 + SENTENCE_SHARE * close.sentence_share + PROXIMITY * close.proximity
    raw += BESIDE * adjacent_idf(index, query.question.terms, rows)
    return raw / (WORDS_UNIT * float(query.terms.idf.sum()))


def _shares(fused: Floats) -> Floats:
    """What each of the first passages counts as a model, 1 in all."""
    shares: Floats = np.exp((fused - fused[0]) / MODEL_SPREAD)
    shares /= shares.sum()
    return shares


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
    first, counts = records["first_sentence"], records["sentences"].astype(np.int64)
    similarities = sentence_similarities(index, first, counts, vector)
    best = np.maximum.reduceat(similarities, np.cumsum(counts) - counts)
    return best.astype(np.float64)


def sentence_similarities(
    index: StoredIndex,
    first: NDArray[np.int64],
    counts: NDArray[np.int64],
    vector: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Similarity of ``counts`` sentences from each of ``first`` on, one after the other."""
    codes = index.sentence_vectors.take(first, counts).astype(np.float32)
    scales = index.sentence_scales.take(first, counts)
    similarities: NDArray[np.float32] = products(codes, vector) * scales
    return similarities
