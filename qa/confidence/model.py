"""The probability that the first citation answers the question.

    p = ceiling / (1 + exp(-(intercept + weights . signals)))

fitted on labelled questions over real collections of documents and public sets of paragraphs. Of
four questions one has no answer: on topic but not answered, of another domain, with the passage
that answers it removed, or with one name or number exchanged. The ceiling is below 1 because a
passage in which everything matches may still not say what was asked. Only reading can tell, so the
ceiling rises with the reader's logit, and is constant if nothing was read.
docs/decisions/confidence.md describes how it was fitted, on what data, and how well it holds on
held-out collections; ``qa.measuring.fit`` fits it to the user's own questions.
"""

import math
from collections.abc import Callable, Mapping, Sequence
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

FIRST = 2
"""Number of passages that the signals look at: the first, and how far the second is behind."""

HIGH = 0.7
"""Least probability of ``Confidence.HIGH``."""

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


FAMILIAR: Mapping[str, tuple[float, float]] = {
    "spread": (0.071, 0.261),
    "unknown_share": (0, 0.922),
    "words": (2, 21),
    "average_length": (39.1, 240),
}
"""Where 98% of the answerable questions that were fitted lie, by signal; of the last, all."""

STRANGENESS_WEIGHT = -2.0
"""Weight of each width outside. It was not fitted: there is nothing outside
what was fitted. A question twice as long as any, or passages that are, fall by 2."""


@dataclass(frozen=True, slots=True)
class Signals:
    """Features of the first citation, and of the question in its collection."""

    similarity: float | None
    """Highest similarity of the question and one of its sentences, on the scale of the packaged
    model (see ``qa_index.encoding.profile``); ``None`` without vectors, or if the model has no
    profile."""
    evidence_share: float
    """Share of the question's idf weight that its evidence sentence holds."""
    passage_share: float
    """The same for the whole passage."""
    matched_idf: float
    """The weight held, in nats: it distinguishes a rare name from a common word."""
    passages: int
    """Number of passages searched."""
    trust: float
    """How well the encoder knows the question's language, 0 to 1; 0 without vectors."""
    reading: float | None = None
    """The logit that ``qa.reader`` gives to it."""
    agreement: float | None = None
    """How well the columns agree with the question, if its evidence is a row of a table."""
    rivalry: float = 0.0
    """How far another passage reads as an answer, too: the logistic function of the highest other
    logit minus ``reading``. 0 if no other was read."""
    margin: float = 0.0
    """How far its score is above that of the second; 0 without a second."""
    unknown_share: float = 0.0
    """Share of the question's idf weight on words that no passage holds."""
    spread: float = 0.0
    """Deviation of the question's similarities to all sentences, on the scale of ``similarity``; 0
    without vectors."""
    words: int = 0
    """Number of words of the question."""
    average_length: float = 0.0
    """Mean number of terms of a passage of the collection."""

    @property
    def column_lacking(self) -> float:
        """How far ``agreement`` is below what is enough; 0 for prose."""
        return 0.0 if self.agreement is None else max(ENOUGH_AGREEMENT - self.agreement, 0.0)

    @property
    def strangeness(self) -> float:
        """How far question and collection lie outside what was fitted; 0 for most.

        For each signal of ``FAMILIAR``, the distance from its range in units of its width, summed.
        """
        found = 0.0
        for name, (low, high) in FAMILIAR.items():
            value = getattr(self, name)
            if name != "spread" or self.similarity is not None:
                found += max(low - value, value - high, 0.0) / (high - low)
        return found

    @property
    def log_passages(self) -> float:
        """Log of the number of passages that a chance match can come from."""
        return math.log(min(max(self.passages, 1), CHANCE_PASSAGES))

    @property
    def model_weight(self) -> float:
        """Weight of similarity, 0 to 1; the rest is that of words alone."""
        return 0.0 if self.similarity is None else model_weight(self.trust)


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
    rivalry: float = 0.0
    margin: float = 0.0
    spread: float = 0.0
    column_lacking: float = COLUMN_WEIGHT
    strangeness: float = STRANGENESS_WEIGHT
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
            + self.rivalry * signals.rivalry
            + self.margin * signals.margin
            + self.spread * signals.spread
            + self.strangeness * signals.strangeness
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
        return self._mixed(Calibration.logit, signals)

    def ceiling(self, signals: Signals) -> float:
        """The highest probability possible with these signals."""
        return logistic(self._mixed(Calibration.ceiling_logit, signals))

    def probability(self, signals: Signals) -> float:
        """The probability of an answer given these signals, to four decimals."""
        found = self.ceiling(signals) * logistic(self.logit(signals))
        return round(logistic(self.caution * _logit(found)) if found > 0.5 else found, 4)

    def _mixed(self, logit: Callable[[Calibration, Signals], float], signals: Signals) -> float:
        """The logits with and without similarity, mixed by its weight."""
        seen, unseen = (
            (self.with_vectors, self.words_alone)
            if signals.reading is None
            else (self.with_reading, self.reading_alone)
        )
        weight = signals.model_weight
        return weight * logit(seen, signals) + (1 - weight) * logit(unseen, signals)

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


SHIPPED = ConfidenceModel(
    with_reading=Calibration(
        ceiling=0.9236,
        intercept=2.1007,
        similarity=4.6597,
        evidence_share=0.0,
        matched_idf=0.0715,
        log_passages=-0.4436,
        reading=0.1634,
        rivalry=-1.6217,
        margin=0.2349,
        spread=-13.196,
        ceiling_reading=0.3019,
    ),
    reading_alone=Calibration(
        ceiling=0.9282,
        intercept=1.1112,
        similarity=0.0,
        evidence_share=0.0,
        matched_idf=0.0846,
        log_passages=-0.302,
        reading=0.1523,
        rivalry=-1.5199,
        margin=0.3251,
        ceiling_reading=0.2885,
    ),
    with_vectors=Calibration(
        ceiling=0.9449,
        intercept=-1.2626,
        similarity=4.7413,
        evidence_share=0.8665,
        matched_idf=0.0924,
        log_passages=-0.323,
        margin=0.5432,
        spread=-6.5666,
    ),
    words_alone=Calibration(
        ceiling=0.9424,
        intercept=-1.0752,
        similarity=0.0,
        evidence_share=2.0396,
        matched_idf=0.1495,
        log_passages=-0.4054,
        margin=0.3061,
    ),
    threshold=0.5,
    caution=0.6,
)
"""The output of ``python -m eval.calibration`` with the multilingual model; similarities of other
models are mapped to the scale of all-MiniLM-L6-v2 (``qa_index.encoding.profile``)."""


def logistic(logit: float) -> float:
    """The probability with this logit."""
    # The exponential overflows beyond about 700; the probability is 0 long before.
    return 1 / (1 + math.exp(min(-logit, 500.0)))


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


@dataclass(frozen=True, slots=True)
class Assessment:
    """The assessment of the first citation: probability, band and explanation."""

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
    logits: Sequence[float] = (),
    agreement: float | None = None,
    model: ConfidenceModel = SHIPPED,
) -> Assessment:
    """Assesses the first of the citations at ``places`` of ``ranking``, best first.

    ``evidence`` is that of each of them, ``logits`` those of the reader, as far as they were read,
    and ``agreement`` that of the columns with the question, if the first is of a table.
    """
    reading = logits[0] if logits else None
    if places:
        signals = _signals(query, ranking, places, evidence[0], logits)
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
            strangeness=round(signals.strangeness, 4),
        ),
    )


def _similarity(ranking: Ranking, places: list[int]) -> float | None:
    """Highest similarity of the question and a sentence of the first citation, on the model's
    scale."""
    return None if ranking.sentence is None else float(ranking.sentence[places[0]])


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def _signals(
    query: Query,
    ranking: Ranking,
    places: list[int],
    best: Evidence,
    logits: Sequence[float],
) -> Signals:
    statistics = query.statistics
    words = list(islice(dict.fromkeys(query.question.words), MAX_QUESTION_TERMS))
    weights = [statistics.word_weight(word) for word in words]
    total = max(sum(weights), 1e-9)
    held_terms = ranking.block.held.take(ranking.places[places[:1]])
    passage_share = float(matched_idf(words, weights, held_terms)[0])
    weighted = list(zip(words, weights, strict=True))
    held = sum(weight for word, weight in weighted if best.holds(word))
    unknown = sum(weight for word, weight in weighted if not any(map(statistics.holds, word)))
    similarity = _similarity(ranking, places)
    scores = ranking.fused[places[:2]].tolist()
    scale = None if query.vector is None else query.vector.profile.similarity
    return Signals(
        similarity=None if similarity is None or not scale else scale.standardised(similarity),
        evidence_share=held / total,
        passage_share=passage_share,
        matched_idf=passage_share * total,
        passages=statistics.passages,
        trust=0.0 if similarity is None else query.trust,
        reading=logits[0] if logits else None,
        rivalry=logistic(max(logits[1:]) - logits[0]) if len(logits) > 1 else 0.0,
        margin=scores[0] - scores[1] if len(scores) > 1 else 0.0,
        unknown_share=unknown / total,
        spread=scale.factor * query.vector.sentences.deviation if query.vector and scale else 0.0,
        words=len(words),
        average_length=statistics.average_length,
    )


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
