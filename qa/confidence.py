"""The probability that the first citations answer the question.

    p = ceiling / (1 + exp(-(intercept + weights . signals)))

fitted on labelled questions over ten collections, half of the questions unanswerable: of another
domain, with the passage that answers them removed, on topic but not answered, or with one name or
number exchanged. The ceiling is below 1 because one question in eight has a twist that these
signals cannot see. How it was fitted, on what, and how well it holds on collections that were
left out stands in docs/decisions/confidence.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qa.answers import Confidence, Explanation
from qa.evidence import shared_weight
from qa_index.search import Ranking
from qa_index.stored import StoredIndex

FIRST = 3
"""Citations that the probability speaks of."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted model; each field but the first two is the weight of a signal."""

    ceiling: float
    intercept: float
    similarity: float
    evidence_share: float
    matched_idf: float
    log_passages: float

    def probability(
        self, *, similarity: float, evidence_share: float, matched_idf: float, passages: int
    ) -> float:
        """The probability that signals like these go with an answer."""
        logit = (
            self.intercept
            + self.similarity * similarity
            + self.evidence_share * evidence_share
            + self.matched_idf * matched_idf
            + self.log_passages * math.log(max(passages, 1))
        )
        return self.ceiling / (1 + math.exp(-logit))


WITH_VECTORS = Calibration(
    ceiling=0.8723,
    intercept=-3.5073,
    similarity=5.0917,
    evidence_share=3.9607,
    matched_idf=0.1318,
    log_passages=-0.4255,
)
"""Where the encoder knows the language."""

WORDS_ALONE = Calibration(
    ceiling=0.8536,
    intercept=-1.3052,
    similarity=0.0,
    evidence_share=4.5621,
    matched_idf=0.1924,
    log_passages=-0.4661,
)
"""Where it does not, or was not asked."""

THRESHOLDS = {Confidence.LOW: 0.0, Confidence.MEDIUM: 0.3, Confidence.HIGH: 0.7}
"""Least probability of each band. Below 0.3, of questions from another domain 4% are answered, and
8% of questions whose answer was found are refused. Above 0.7, three in four answers are right even
where half of the questions have none."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the first citations are worth."""

    probability: float
    confidence: Confidence
    explanation: Explanation


def assess(
    index: StoredIndex,
    ranking: Ranking,
    places: list[int],
    words: Sequence[Sequence[str]],
    evidence: Sequence[int],
    trust: float,
) -> Assessment:
    """Weigh the citations at ``places`` of ``ranking``, best first.

    ``words`` are those of the question, each with its alternatives; ``evidence`` are the numbers
    of the sentences that are marked in the first citation.
    """
    if not places:
        nothing = Explanation(
            None, 0.0, 0.0, 0.0, len(index.passages), THRESHOLDS[Confidence.MEDIUM]
        )
        return Assessment(0.0, Confidence.LOW, nothing)
    first = np.array(places[:FIRST], dtype=np.int64)
    weights = {word: index.bm25.word_weight(word) for word in dict.fromkeys(map(tuple, words))}
    passage_share = float(index.bm25.matched_idf(words, ranking.rows[first]).max())
    evidence_share = shared_weight(
        index, index.passage(int(ranking.rows[first[0]])), evidence[0], weights
    )
    similarity = None if ranking.sentence is None else float(ranking.sentence.scores[first].max())
    trust = 0.0 if similarity is None else trust
    with_vectors, words_alone = (
        calibration.probability(
            similarity=similarity or 0.0,
            evidence_share=evidence_share,
            matched_idf=passage_share * sum(weights.values()),
            passages=len(index.passages),
        )
        for calibration in (WITH_VECTORS, WORDS_ALONE)
    )
    probability = round(trust * with_vectors + (1 - trust) * words_alone, 4)
    return Assessment(
        probability,
        band(probability),
        Explanation(
            similarity=None if similarity is None else round(similarity, 4),
            evidence_share=round(evidence_share, 4),
            passage_share=round(passage_share, 4),
            trust=round(trust, 4),
            passages=len(index.passages),
            threshold=THRESHOLDS[Confidence.MEDIUM],
        ),
    )


def band(probability: float) -> Confidence:
    """The band that a probability lies in."""
    return max(
        (confidence for confidence, least in THRESHOLDS.items() if probability >= least),
        key=THRESHOLDS.__getitem__,
    )
