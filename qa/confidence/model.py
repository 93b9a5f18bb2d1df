"""The probability that the first citation answers the question.

    p = ceiling / (1 + exp(-(intercept + weights . signals)))

fitted on labelled questions over real collections of documents and public sets of paragraphs. Of
five questions two have no answer: on topic but not answered, of another domain, with the passage
that answers it removed, or with one name or number exchanged. The ceiling is below 1 because a
passage in which everything matches may still not say what was asked.
docs/decisions/confidence.md describes how it was fitted, on what data, and how well it holds on
held-out collections; ``qa.measuring.fit`` fits it to the user's own questions.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from qa.answers import Confidence
from qa.confidence.logistic import logistic, logit_of
from qa.confidence.signals import Signals

if TYPE_CHECKING:
    from qa_eval.calibration import Rescaling

HIGH = 0.7
"""Least probability of ``Confidence.HIGH``."""

COLUMN_WEIGHT = -25.0
"""Weight of what is lacking; it was not fitted with the others, since their sets have no tables:
see docs/decisions/tables.md. It was -20 until what is read counted twice."""


STRANGENESS_WEIGHT = -2.0
"""Weight of each width outside. It was not fitted: there is nothing outside
what was fitted. A question twice as long as any, or passages that are, fall by 2."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted model; each field but the first two is the weight of a signal."""

    ceiling: float
    """The highest probability possible."""
    intercept: float
    similarity: float
    evidence_share: float
    matched_idf: float
    log_passages: float
    reading: float = 0.0
    second: float = 0.0
    lead: float = 0.0
    spread: float = 0.0
    column_lacking: float = COLUMN_WEIGHT
    strangeness: float = STRANGENESS_WEIGHT

    def logit(self, signals: Signals) -> float:
        """The argument of the logistic function."""
        return (
            self.intercept
            + self.similarity * (signals.similarity or 0.0)
            + self.evidence_share * signals.evidence_share
            + self.matched_idf * signals.matched_idf
            + self.log_passages * signals.log_passages
            + self.reading * (signals.reading or 0.0)
            + self.second * (signals.second or 0.0)
            + self.lead * signals.lead
            + self.spread * signals.spread
            + self.strangeness * signals.strangeness
            + self.column_lacking * signals.column_lacking
        )

    def rescaled(self, by: "Rescaling") -> "Calibration":
        """The model with the logit and ceiling of this one, rescaled."""
        weights = {
            field.name: by.slope * getattr(self, field.name)
            for field in fields(self)
            if field.name not in ("ceiling", "intercept")
        }
        return replace(
            self,
            ceiling=logistic(logit_of(self.ceiling) + by.raised),
            intercept=by.intercept + by.slope * self.intercept,
            **weights,
        )


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """Four calibrations, chosen by the signals available, and the threshold of an answer."""

    with_reading: Calibration
    """Used if the first citation was read and the encoder knows the language."""
    reading_alone: Calibration
    """Used if it was read and the encoder does not know the language."""
    with_vectors: Calibration
    """Used if it was not read and the encoder knows the language."""
    words_alone: Calibration
    """Used if it was not read and the encoder does not know the language, or in BM25 mode."""
    threshold: float
    """Lowest probability of ``Confidence.MEDIUM``, which counts as an answer."""
    caution: float = 1.0
    """Weight of the logit of a probability above one half. Below 1, what is likely is said to be
    less so: collections differ, and sure and wrong is worse than right and unsure."""

    def logit(self, signals: Signals) -> float:
        """The logit of the probability before the ceiling is applied."""
        return self._mixed(lambda each: each.logit(signals), signals)

    def ceiling(self, signals: Signals) -> float:
        """The highest probability possible with these signals."""
        return logistic(self._mixed(lambda each: logit_of(each.ceiling), signals))

    def probability(self, signals: Signals) -> float:
        """The probability of an answer given these signals, to four decimals."""
        found = self.ceiling(signals) * logistic(self.logit(signals))
        return round(logistic(self.caution * logit_of(found)) if found > 0.5 else found, 4)

    def _mixed(self, logit: Callable[[Calibration], float], signals: Signals) -> float:
        """The logits with and without similarity, mixed by its weight."""
        seen, unseen = (
            (self.with_vectors, self.words_alone)
            if signals.reading is None
            else (self.with_reading, self.reading_alone)
        )
        weight = signals.model_weight
        return weight * logit(seen) + (1 - weight) * logit(unseen)

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
        """The model with each calibration rescaled, and another threshold.

        Without caution: it is fitted to the collection that it is for.
        """
        return ConfidenceModel(
            with_reading=self.with_reading.rescaled(by),
            reading_alone=self.reading_alone.rescaled(by),
            with_vectors=self.with_vectors.rescaled(by),
            words_alone=self.words_alone.rescaled(by),
            threshold=threshold,
        )
