"""A question with its statistics in one collection."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.protocol import CandidateBlock, Collection, Similarity, Statistics
from qa_index.encoding.profile import Profile, profile_in
from qa_index.search.parameters import CANDIDATES, FOLLOW_UP
from qa_index.search.proximity import QuestionTerms
from qa_index.terms.analyzer import AnalyzedQuestion
from qa_index.vectors import Rows

Floats = NDArray[np.float64]


class Mode(StrEnum):
    """The signals used for ranking."""

    HYBRID = "hybrid"
    BM25 = "bm25"
    DENSE = "dense"
    """The two vector signals."""


USUAL_DEVIATION_COUNT = 32
"""Weight of a profile's usual deviation, as a number of vectors."""


class Scale(NamedTuple):
    """Scale that standardises the similarities to a question."""

    mean: float
    """Mean over the collection."""
    deviation: float
    """See ``shrunk_deviation``."""

    def scaled(self, similarities: Floats) -> Floats:
        """Similarities as deviations from the mean, in units of ``deviation``."""
        return (similarities - self.mean) / self.deviation


def shrunk_deviation(similarity: Similarity, usual: float) -> float:
    """Deviation of a similarity over a collection's vectors, shrunk towards the ``usual`` one.

    It cannot be estimated from few vectors: among three passages it is mostly chance.
    """
    count, deviation = similarity.vectors, similarity.distribution.deviation
    variance = count * deviation**2 + USUAL_DEVIATION_COUNT * usual**2
    return float((variance / (count + USUAL_DEVIATION_COUNT)) ** 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """A question's vector and the statistics of its similarities in a collection."""

    components: NDArray[np.float32]
    """Shape (dimension,)."""
    trust: float
    """How far the encoder knows the question's language, 0 to 1."""
    passages: Scale
    """Scale of its similarity to passages."""
    sentences: Scale
    profile: Profile
    """Profile of the model, or the one estimated from the collection."""


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """What the questions before a follow-up contribute to it."""

    question: AnalyzedQuestion
    """All of them, as one."""
    documents: Mapping[int, float]
    """Units that each passage of a document gains, by the document's number."""


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """A question with its statistics in one collection."""

    question: AnalyzedQuestion
    """A follow-up's own terms, repeated ``repeats`` times, come before the earlier ones."""
    statistics: Statistics
    terms: QuestionTerms
    """Weighted by ``question_weights``."""
    vector: Vector | None
    """``None`` to search by words only."""
    repeats: int = 1
    """BM25 scores are divided by it."""
    documents: Mapping[int, float] = field(default_factory=dict)
    """Units that each passage of a document gains, by the document's number."""

    @classmethod
    def of(
        cls,
        collection: Collection,
        question: AnalyzedQuestion,
        vector: NDArray[np.float32] | None = None,
        *,
        trust: float = 1.0,
        earlier: Earlier | None = None,
    ) -> Self:
        """Look up the statistics of a question and its vector, shape (dimension,).

        ``trust`` says how far the encoder knows its language, 0 to 1. With ``earlier`` it is a
        follow-up, and the vector that of both.
        """
        if earlier is None:
            statistics = collection.statistics(_distinct_terms(question), vector)
            terms = QuestionTerms.of(question_weights(statistics, question))
            return cls(question, statistics, terms, _vector(statistics, vector, trust))
        both = _followed(earlier.question, question)
        statistics = collection.statistics(_distinct_terms(both), vector)
        weights = {
            term: weight / FOLLOW_UP.repeats
            for term, weight in question_weights(statistics, both).items()
        } | question_weights(statistics, question)
        return cls(
            both,
            statistics,
            QuestionTerms.of(weights),
            _vector(statistics, vector, trust),
            FOLLOW_UP.repeats,
            earlier.documents,
        )

    @property
    def trust(self) -> float:
        """How far the vector can be trusted, 0 to 1; 0 without a vector."""
        return 0.0 if self.vector is None else self.vector.trust


def _followed(earlier: AnalyzedQuestion, question: AnalyzedQuestion) -> AnalyzedQuestion:
    """A follow-up with what only the earlier question holds.

    BM25 counts repeats, so repeating the follow-up's own terms makes the others weigh less.
    """
    own, words = frozenset(question.terms), frozenset(question.words)
    return AnalyzedQuestion(
        terms=(
            *question.terms * FOLLOW_UP.repeats,
            *(term for term in earlier.terms if term not in own),
        ),
        words=(*question.words, *(word for word in earlier.words if word not in words)),
    )


def _distinct_terms(question: AnalyzedQuestion) -> tuple[str, ...]:
    """The terms that are scored, then further terms that match the words."""
    alternatives = (term for word in question.words for term in word)
    return tuple(dict.fromkeys((*question.terms, *alternatives)))


def question_weights(statistics: Statistics, question: AnalyzedQuestion) -> dict[str, float]:
    """The idf of each term that matches a word of the question.

    A word can have several terms, from several languages. Those that no passage holds are left out;
    if a word has no other, its first term is kept, since the absence of the word is informative.
    """
    weights: dict[str, float] = {}
    for word in dict.fromkeys(question.words):  # a long question repeats its words
        known = [term for term in word if statistics.holds(term)]
        for term in known or word[:1]:
            weights[term] = statistics.idf(term)
    return weights


def _vector(
    statistics: Statistics, components: NDArray[np.float32] | None, trust: float
) -> Vector | None:
    passages, sentences = statistics.passage_similarity, statistics.sentence_similarity
    if components is None or passages is None or sentences is None:
        return None
    profile = _profile(statistics.model, sentences, components)
    of_passages, of_sentences = (
        Scale(each.distribution.mean, shrunk_deviation(each, profile.deviation))
        for each in (passages, sentences)
    )
    return Vector(components, trust, of_passages, of_sentences, profile)


def _profile(model: str, sentences: Similarity, components: NDArray[np.float32]) -> Profile:
    length = float(np.vecdot(components, components)) ** 0.5
    return profile_in(
        model,
        mean=sentences.distribution.mean,
        highest=length * sentences.length,
        sentences=sentences.vectors,
    )


def candidates(
    collection: Collection,
    query: Query,
    *,
    mode: Mode = Mode.HYBRID,
    among: Rows | None = None,
    depth: int = CANDIDATES,
) -> CandidateBlock:
    """The best ``depth`` of each of the mode's lists; ``among`` restricts them to ascending rows.

    This is the step whose time grows with the collection.
    """
    vector = None if mode is Mode.BM25 or query.vector is None else query.vector.components
    block = collection.candidates(
        None if mode is Mode.DENSE else query.question.terms,
        vector,
        depth=depth,
        held=_distinct_terms(query.question),
        among=among,
    )
    if block.bm25 is None or query.repeats == 1:
        return block
    return replace(block, bm25=block.bm25 / query.repeats)
