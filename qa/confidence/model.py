"""The probability that the first citations answer the question.

    p = ceiling / (1 + exp(-(intercept + weights . signals)))

fitted on labelled questions over public collections, half of the questions unanswerable: of another
domain, with the passage that answers them removed, on topic but not answered, or with one name or
number exchanged. The ceiling is below 1 because a passage in which everything matches may still not
say what was asked: that is for reading to tell, so the ceiling rises with it, and stays the same
where nothing was read. How it was fitted, on what, and how well it holds on collections that were
left out stands in docs/decisions/confidence.md; ``qa.confidence.fit`` fits it to one's own
questions.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa.answering.evidence import Evidence
from qa.answers import Confidence, Explanation
from qa.reader.network import model_weight
from qa_index.collection.local.bm25 import MAX_QUESTION_TERMS
from qa_index.collection.protocol import HeldTerms
from qa_index.search.query import Query
from qa_index.search.scoring import Ranking

if TYPE_CHECKING:
    from qa_eval.calibration import Rescaling

FIRST = 3
"""Citations that the probability speaks of."""

HIGH = 0.7
"""Least probability of ``Confidence.HIGH``: of the answers above it 80% are right on sets left out
of the fit (76% by words alone), even where half of the questions have none."""

CHANCE_PASSAGES = 1000
"""Passages beyond which more do not make a match by chance likelier: the nearest of the wrong ones
are then of the question's topic, which does not grow with the collection. Without this limit 29%
of the answers found among 15,000 passages were refused, with it 10%."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What is seen of the first citations."""

    similarity: float | None
    """Highest of the question and one of their sentences, as the packaged model would have it (see
    ``qa_index.encoding.profile``); ``None`` without vectors, or where they cannot be judged."""
    evidence_share: float
    """Of the question's idf weight, held by the evidence sentence of the first."""
    passage_share: float
    """The same of a whole passage, the best of them."""
    matched_idf: float
    """That weight itself, in nats: it tells a rare name from a common word."""
    passages: int
    """How many were searched."""
    trust: float
    """How far the encoder knows the question's language, 0 to 1; 0 without vectors."""
    reading: float | None = None
    """How far the evidence sentence of the first answers, as ``qa.reader`` tells it: a logit."""

    @property
    def log_passages(self) -> float:
        """Log of the passages that a match by chance can come from."""
        return math.log(min(max(self.passages, 1), CHANCE_PASSAGES))

    @property
    def model_weight(self) -> float:
        """Weight of similarity and reading, 0 to 1; the rest is that of words alone."""
        return 0.0 if self.similarity is None else model_weight(self.trust)

    @property
    def ceiling_weight(self) -> float:
        """The same for the ceiling, which reading decides without a similarity."""
        return self.model_weight if self.reading is None else model_weight(self.trust)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted model; each field but the first two is the weight of a signal."""

    ceiling: float
    """Where reading is undecided, or there was none."""
    intercept: float
    similarity: float
    evidence_share: float
    matched_idf: float
    log_passages: float
    reading: float = 0.0
    ceiling_reading: float = 0.0
    """Of reading, in the logit of the ceiling."""

    def logit(self, signals: Signals) -> float:
        """The exponent of the logistic function, its sign turned."""
        return (
            self.intercept
            + self.similarity * (signals.similarity or 0.0)
            + self.evidence_share * signals.evidence_share
            + self.matched_idf * signals.matched_idf
            + self.log_passages * signals.log_passages
            + self.reading * (signals.reading or 0.0)
        )

    def ceiling_logit(self, signals: Signals) -> float:
        """Of the ceiling, which is a logistic function of reading."""
        return _logit(self.ceiling) + self.ceiling_reading * (signals.reading or 0.0)

    def rescaled(self, by: "Rescaling") -> "Calibration":
        """The model whose logit and ceiling are those of this one, rescaled."""
        weights = {
            field.name: by.slope * getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("ceiling", "intercept", "ceiling_reading")
        }
        return replace(
            self,
            ceiling=logistic(_logit(self.ceiling) + by.raised),
            intercept=by.intercept + by.slope * self.intercept,
            **weights,
        )


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """Three calibrations, for what was seen of the citations, and what an answer takes."""

    with_reading: Calibration
    """Where the first citation was read."""
    with_vectors: Calibration
    """Where it was not, and the encoder knows the language."""
    words_alone: Calibration
    """Where it does not, or was not asked."""
    threshold: float
    """Least probability of ``Confidence.MEDIUM``, which counts as an answer."""

    def logit(self, signals: Signals) -> float:
        """Before the ceiling is put on it."""
        return self._mixed(Calibration.logit, signals, signals.model_weight)

    def ceiling(self, signals: Signals) -> float:
        """The highest probability where this much was read."""
        return logistic(self._mixed(Calibration.ceiling_logit, signals, signals.ceiling_weight))

    def probability(self, signals: Signals) -> float:
        """The probability that signals like these go with an answer, to four decimals."""
        return round(self.ceiling(signals) * logistic(self.logit(signals)), 4)

    def _mixed(
        self, logit: Callable[[Calibration, Signals], float], signals: Signals, weight: float
    ) -> float:
        """``weight`` times the logit of what was seen, and the rest that of words alone."""
        seen = self.with_vectors if signals.reading is None else self.with_reading
        return weight * logit(seen, signals) + (1 - weight) * logit(self.words_alone, signals)

    def least(self, confidence: Confidence) -> float:
        """Least probability of a band."""
        return {
            Confidence.LOW: 0.0,
            Confidence.MEDIUM: self.threshold,
            Confidence.HIGH: max(HIGH, self.threshold),
        }[confidence]

    def band(self, probability: float) -> Confidence:
        """The highest band that a probability reaches."""
        return next(each for each in reversed(Confidence) if probability >= self.least(each))

    def rescaled(self, by: "Rescaling", *, threshold: float) -> "ConfidenceModel":
        """The model with each calibration rescaled, and another threshold."""
        return ConfidenceModel(
            with_reading=self.with_reading.rescaled(by),
            with_vectors=self.with_vectors.rescaled(by),
            words_alone=self.words_alone.rescaled(by),
            threshold=threshold,
        )


SHIPPED = ConfidenceModel(
    with_reading=Calibration(
        ceiling=0.7645,
        intercept=-1.8636,
        similarity=4.6329,
        evidence_share=2.1121,
        matched_idf=0.0988,
        log_passages=-0.4148,
        reading=0.4772,
        ceiling_reading=0.3411,
    ),
    with_vectors=Calibration(
        ceiling=0.8545,
        intercept=-3.7984,
        similarity=6.5167,
        evidence_share=3.5925,
        matched_idf=0.0699,
        log_passages=-0.3919,
    ),
    words_alone=Calibration(
        ceiling=0.8118,
        intercept=-0.5965,
        similarity=0.0,
        evidence_share=5.293,
        matched_idf=0.1758,
        log_passages=-0.6621,
    ),
    threshold=0.3,
)
"""What ``python -m eval.calibration`` gives, with the packaged model: similarities of others are
put on its scale (``qa_index.encoding.profile``). On sets left out of the fit, 4% of questions from
another domain are answered on average, and 9% of questions whose answer was found are refused."""


def logistic(logit: float) -> float:
    """The probability with this logit."""
    # Beyond 500 the exponential overflows, and the share is 0 long before.
    return 1 / (1 + math.exp(min(-logit, 500.0)))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the first citations are worth."""

    probability: float
    confidence: Confidence
    signals: Signals
    explanation: Explanation


def assess(
    query: Query,
    ranking: Ranking,
    places: list[int],
    evidence: Sequence[Evidence],
    *,
    reading: float | None = None,
    model: ConfidenceModel = SHIPPED,
) -> Assessment:
    """Weigh the citations at ``places`` of ``ranking``, best first.

    ``evidence`` is what is marked in each of them; ``reading`` what was read of the first.
    """
    if places:
        signals = _signals(query, ranking, places, evidence[0], reading)
        probability = model.probability(signals)
    else:
        signals = Signals(None, 0.0, 0.0, 0.0, query.statistics.passages, 0.0)
        probability = 0.0
    similarity = None if not places else _similarity(ranking, places)
    return Assessment(
        probability,
        model.band(probability),
        signals,
        Explanation(
            similarity=_rounded(similarity),
            reading=None if reading is None else round(logistic(reading), 4),
            evidence_share=round(signals.evidence_share, 4),
            passage_share=round(signals.passage_share, 4),
            trust=round(signals.model_weight, 4),
            passages=signals.passages,
            threshold=model.threshold,
            standardised_similarity=_rounded(signals.similarity),
        ),
    )


def _similarity(ranking: Ranking, places: list[int]) -> float | None:
    """Highest of the question and a sentence of the first citations, as its model has it."""
    if ranking.sentence is None:
        return None
    return float(ranking.sentence[places[:FIRST]].max())


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _signals(
    query: Query,
    ranking: Ranking,
    places: list[int],
    best: Evidence,
    reading: float | None,
) -> Signals:
    statistics = query.statistics
    first = places[:FIRST]
    words = list(islice(dict.fromkeys(query.question.words), MAX_QUESTION_TERMS))
    weights = [statistics.word_weight(word) for word in words]
    total = sum(weights)
    shares = matched_idf(words, weights, ranking.candidates(first).held)
    passage_share = float(shares.max())
    held = sum(weight for word, weight in zip(words, weights, strict=True) if best.holds(word))
    similarity = _similarity(ranking, places)
    return Signals(
        similarity=_standardised(similarity, query),
        evidence_share=held / max(total, 1e-9),
        passage_share=passage_share,
        matched_idf=passage_share * total,
        passages=statistics.passages,
        trust=0.0 if similarity is None else query.trust,
        reading=reading,
    )


def _standardised(similarity: float | None, query: Query) -> float | None:
    scale = None if query.vector is None else query.vector.profile.similarity
    return None if similarity is None or scale is None else scale.standardised(similarity)


def matched_idf(
    words: Sequence[Sequence[str]], weights: Sequence[float], held: HeldTerms
) -> NDArray[np.float32]:
    """Share of the question's idf weight whose words occur in each of n candidates, 0 to 1.

    ``words`` are sets of alternatives (``AnalyzedQuestion.words``): a word occurs where one of them
    does. Shape (n,); 0 for a question without words.
    """
    column = {term: number for number, term in enumerate(held.terms)}
    found, total = np.zeros(len(held.own)), 0.0
    for word, weight in zip(words, weights, strict=True):
        columns = [column[term] for term in word if term in column]
        found[held.own[:, columns].any(axis=1)] += weight
        total += weight
    return (found / total if total > 0 else found).astype(np.float32)
