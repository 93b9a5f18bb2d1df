"""The probability that the first citations answer the question.

    p = ceiling / (1 + exp(-(intercept + weights . signals)))

fitted on labelled questions over public collections, half of the questions unanswerable: of another
domain, with the passage that answers them removed, on topic but not answered, or with one name or
number exchanged. The ceiling is below 1 because a passage in which everything matches may still not
say what was asked. Only reading can tell, so the ceiling rises with the reader's logit, and is
constant if nothing was read. docs/decisions/confidence.md describes how it was fitted, on what
data, and how well it holds on held-out collections; ``qa.measuring.fit`` fits it to the user's own
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
"""Number of citations that the probability refers to."""

HIGH = 0.7
"""Least probability of ``Confidence.HIGH``: of the answers above it 80% are right on sets left out
of the fit (76% by words alone), even where half of the questions have none."""

CHANCE_PASSAGES = 1000
"""Number of passages beyond which a chance match does not become more likely: the nearest wrong
passages are then on the question's topic, which does not grow with the collection. Without this
limit 29% of the answers found among 15,000 passages were refused, with it 10%."""


ENOUGH_AGREEMENT = 0.42
"""Agreement of a question with a column (``qa.answering.columns``) below which a row of a table is
doubted."""

COLUMN_WEIGHT = -20.0
"""Weight of what is lacking; it was not fitted with the others, since their sets have no tables:
see docs/decisions/tables.md."""


@dataclass(frozen=True, slots=True)
class Signals:
    """Features of the first citations."""

    similarity: float | None
    """Highest similarity of the question and one of their sentences, on the scale of the packaged
    model (see ``qa_index.encoding.profile``); ``None`` without vectors, or if the model has no
    profile."""
    evidence_share: float
    """Share of the question's idf weight that the evidence sentence of the first citation holds."""
    passage_share: float
    """The same for a whole passage, the best of them."""
    matched_idf: float
    """The weight held, in nats: it distinguishes a rare name from a common word."""
    passages: int
    """Number of passages searched."""
    trust: float
    """How well the encoder knows the question's language, 0 to 1; 0 without vectors."""
    reading: float | None = None
    """The logit that ``qa.reader`` gives to the evidence sentence of the first citation."""
    agreement: float | None = None
    """How well the columns agree with the question, if that sentence is a row of a table."""

    @property
    def column_lacking(self) -> float:
        """How far ``agreement`` is below what is enough; 0 for prose."""
        return 0.0 if self.agreement is None else max(ENOUGH_AGREEMENT - self.agreement, 0.0)

    @property
    def log_passages(self) -> float:
        """Log of the number of passages that a chance match can come from."""
        return math.log(min(max(self.passages, 1), CHANCE_PASSAGES))

    @property
    def model_weight(self) -> float:
        """Weight of similarity and reading, 0 to 1; the rest is that of words alone."""
        return 0.0 if self.similarity is None else model_weight(self.trust)

    @property
    def ceiling_weight(self) -> float:
        """The same for the ceiling, which needs no similarity if there is a reading."""
        return self.model_weight if self.reading is None else model_weight(self.trust)


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted model; each field but the first two is the weight of a signal."""

    ceiling: float
    """The ceiling if the reader's logit is 0, or nothing was read."""
    intercept: float
    similarity: float
    evidence_share: float
    matched_idf: float
    log_passages: float
    reading: float = 0.0
    column_lacking: float = COLUMN_WEIGHT
    ceiling_reading: float = 0.0
    """Weight of reading in the logit of the ceiling."""

    def logit(self, signals: Signals) -> float:
        """The argument of the logistic function."""
        return (
            self.intercept
            + self.similarity * (signals.similarity or 0.0)
            + self.evidence_share * signals.evidence_share
            + self.matched_idf * signals.matched_idf
            + self.log_passages * signals.log_passages
            + self.reading * (signals.reading or 0.0)
            + self.column_lacking * signals.column_lacking
        )

    def ceiling_logit(self, signals: Signals) -> float:
        """The logit of the ceiling, which is a logistic function of reading."""
        return _logit(self.ceiling) + self.ceiling_reading * (signals.reading or 0.0)

    def rescaled(self, by: "Rescaling") -> "Calibration":
        """The model with the logit and ceiling of this one, rescaled."""
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
    """Three calibrations, chosen by the signals available, and the threshold of an answer."""

    with_reading: Calibration
    """Used if the first citation was read."""
    with_vectors: Calibration
    """Used if it was not read and the encoder knows the language."""
    words_alone: Calibration
    """Used if the encoder does not know the language, or in BM25 mode."""
    threshold: float
    """Lowest probability of ``Confidence.MEDIUM``, which counts as an answer."""

    def logit(self, signals: Signals) -> float:
        """The logit of the probability before the ceiling is applied."""
        return self._mixed(Calibration.logit, signals, signals.model_weight)

    def ceiling(self, signals: Signals) -> float:
        """The highest probability possible with these signals."""
        return logistic(self._mixed(Calibration.ceiling_logit, signals, signals.ceiling_weight))

    def probability(self, signals: Signals) -> float:
        """The probability of an answer given these signals, to four decimals."""
        return round(self.ceiling(signals) * logistic(self.logit(signals)), 4)

    def _mixed(
        self, logit: Callable[[Calibration, Signals], float], signals: Signals, weight: float
    ) -> float:
        """The logits of the chosen calibration and of words alone, mixed by ``weight``."""
        seen = self.with_vectors if signals.reading is None else self.with_reading
        return weight * logit(seen, signals) + (1 - weight) * logit(self.words_alone, signals)

    def least(self, confidence: Confidence) -> float:
        """Lowest probability of a band."""
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
"""The output of ``python -m eval.calibration`` with the packaged model; similarities of other
models are mapped to its scale (``qa_index.encoding.profile``). On sets left out of the fit, 4% of
questions from another domain are answered on average, and 9% of questions whose answer was found
are refused."""


def logistic(logit: float) -> float:
    """The probability with this logit."""
    # The exponential overflows beyond about 700; the probability is 0 long before.
    return 1 / (1 + math.exp(min(-logit, 500.0)))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


@dataclass(frozen=True, slots=True)
class Assessment:
    """The assessment of the first citations: probability, band and explanation."""

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
    agreement: float | None = None,
    model: ConfidenceModel = SHIPPED,
) -> Assessment:
    """Assesses the citations at ``places`` of ``ranking``, best first.

    ``evidence`` is that of each of them; ``reading`` is the reader's logit for the first, and
    ``agreement`` that of the columns with the question, if the first is of a table.
    """
    if places:
        signals = _signals(query, ranking, places, evidence[0], reading)
        signals = replace(signals, agreement=agreement)
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
            column_agreement=_rounded(signals.agreement),
        ),
    )


def _similarity(ranking: Ranking, places: list[int]) -> float | None:
    """Highest similarity of the question and a sentence of the first citations, on the model's
    scale."""
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
    held_terms = ranking.block.held.take(ranking.places[first])
    shares = matched_idf(words, weights, held_terms)
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

    ``words`` are sets of alternatives (``AnalyzedQuestion.words``): a word occurs if any of its
    alternatives does. Shape (n,); 0 for a question without words.
    """
    column = {term: number for number, term in enumerate(held.terms)}
    found, total = np.zeros(len(held.own)), 0.0
    for word, weight in zip(words, weights, strict=True):
        columns = [column[term] for term in word if term in column]
        found[held.own[:, columns].any(axis=1)] += weight
        total += weight
    return (found / total if total > 0 else found).astype(np.float32)
