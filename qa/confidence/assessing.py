"""Assesses the first citation: probability, band, and explanation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa.answering.evidence import Evidence
from qa.answers import Confidence, Explanation
from qa.confidence.logistic import logistic
from qa.confidence.model import ConfidenceModel
from qa.confidence.signals import Signals, signals_of, similarity_of_first
from qa_index.search.query import Query
from qa_index.search.scoring import Ranking


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
    reading: float | None = None,
    second: float | None = None,
    widened: float = 1.0,
    agreement: float | None = None,
    model: ConfidenceModel,
) -> Assessment:
    """Assesses the first of the citations at ``places`` of ``ranking``, best first.

    ``evidence`` is that of each of them. Of the first, ``reading`` and ``second`` are the logits by
    the reader's two networks, as far as it was read, and ``agreement`` is that of the columns with
    the question, if it is of a table. Scores are ``widened`` times as far apart as without a span's
    score.
    """
    if places:
        signals = signals_of(query, ranking, places, evidence[0], reading, second, widened)
        signals = replace(signals, agreement=agreement)
        probability = model.probability(signals)
    else:
        signals = Signals(None, 0.0, 0.0, 0.0, query.statistics.passages, 0.0)
        probability = 0.0
    similarity = None if not places else similarity_of_first(ranking, places)
    return Assessment(
        probability,
        model.band(probability),
        signals,
        Explanation(
            similarity=_rounded(similarity),
            reading=None if reading is None else round(logistic(reading), 4),
            second_reading=None if second is None else round(logistic(second), 4),
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


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
