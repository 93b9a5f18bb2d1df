"""The probability that the first citations answer the question."""

import math

import numpy as np
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
    first = np.array(chosen[:3])
    coverage = float(index.bm25.matched_idf(question.words, ranking.rows[first]).max())
    evidence = coverage
    similarity = float(ranking.sentence.scores[first].max()) if ranking.sentence else 0.5
    t = -2.73 + 4.79 * similarity + 0.99 * coverage + 2.93 * evidence - 0.4 * math.log(len(index.passages))
    probability = 1 / (1 + math.exp(-t))
    band = Confidence.HIGH if probability > 0.8 else Confidence.MEDIUM if probability >= 0.25 else Confidence.LOW
    return Assessment(round(probability, 4), band)
