"""The probability that the first citations answer the question."""

import math
from dataclasses import dataclass

from qa.answers import Confidence
from qa_index.analysis import AnalyzedQuestion
from qa_index.search import Ranking
from qa_index.stored import StoredIndex


@dataclass(frozen=True, slots=True)
class Assessment:
    probability: float
    confidence: Confidence


def assess(
    index: StoredIndex, question: AnalyzedQuestion, ranking: Ranking, chosen: list[int]
) -> Assessment:
    if not chosen:
        return Assessment(0.0, Confidence.LOW)
    coverage = float(index.bm25.matched_idf(question.words, ranking.rows[chosen[:1]])[0])
    similarity = float(ranking.sentence.scores[chosen[0]]) if ranking.sentence else 0.5
    probability = 1 / (1 + math.exp(-(6 * coverage + 8 * similarity - 6)))
    band = (
        Confidence.HIGH
        if probability > 0.8
        else Confidence.MEDIUM
        if probability >= 0.5
        else Confidence.LOW
    )
    return Assessment(round(probability, 4), band)
