"""What the probability depends on: signals of the first citation, and of its question."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from qa.answering.evidence import Evidence
from qa.reader.network import model_weight
from qa_index.collection.protocol import HeldTerms
from qa_index.search.query import Query
from qa_index.search.scoring import Ranking
from qa_index.terms.analyzer import MAX_QUESTION_TERMS, word_count

FIRST = 2
"""Number of passages that the signals look at: the first, and how far the second is behind."""

CHANCE_PASSAGES = 1000
"""Number of passages beyond which a chance match does not become more likely: the nearest wrong
passages are then on the question's topic, which does not grow with the collection. Without this
limit 29% of the answers found among 15,000 passages were refused, with it 10%."""

LEAST_PASSAGES = 30
"""Number of passages below which an answer does not become surer: no collection of the fit has
fewer. Without this limit one page was trusted most of all."""

ENOUGH_AGREEMENT = 0.42
"""Agreement of a question with a column (``qa.answering.columns``) below which a row of a table is
doubted."""

UNRELATED = 0.1
"""Similarity below which question and passage are unrelated, if they share no word either."""

FAMILIAR: Mapping[str, tuple[float, float]] = {
    "spread": (0.068, 0.273),
    "words": (2, 21),
    "average_length": (27.4, 240),
}
"""Where 98% of the answerable questions that were fitted lie, by signal; of the last, all."""


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
    second: float | None = None
    """The logit that the multilingual network gives to it where the English one reads; elsewhere
    that of ``reading``."""
    agreement: float | None = None
    """How well the columns agree with the question, if its evidence is a row of a table."""
    margin: float = 0.0
    """How far its score is above that of the second; 0 without a second."""
    spread: float = 0.0
    """Deviation of the question's similarities to all sentences, on the scale of ``similarity``; 0
    without vectors."""
    words: float = 0.0
    """Number of words of the question."""
    average_length: float = 0.0
    """Mean number of terms of a passage of the collection, as many to a word as in the question."""

    @property
    def column_lacking(self) -> float:
        """How far ``agreement`` is below what is enough; 0 for prose."""
        return 0.0 if self.agreement is None else max(ENOUGH_AGREEMENT - self.agreement, 0.0)

    @property
    def strangeness(self) -> float:
        """How far question and collection lie outside what was fitted; 0 for most.

        For each signal of ``FAMILIAR``, the distance from its range in units of its width, summed;
        and 1 if question and passage have nothing in common.
        """
        found = 1.0 if self.unrelated else 0.0
        for name, (low, high) in FAMILIAR.items():
            value = getattr(self, name)
            if name != "spread" or self.similarity is not None:
                found += max(low - value, value - high, 0.0) / (high - low)
        return found

    @property
    def unrelated(self) -> bool:
        """Whether the passage holds no word of the question and is hardly similar to it.

        Whatever the reader makes of it, such a passage says nothing about what was asked. A model
        that does not know the question's language cannot tell.
        """
        knows = self.similarity is not None and self.model_weight >= 0.5
        return knows and not self.passage_share and (self.similarity or 0.0) < UNRELATED

    @property
    def lead(self) -> float:
        """Log of 1 + ``margin``: far ahead is hardly surer than ahead."""
        return math.log1p(max(self.margin, 0.0))

    @property
    def log_passages(self) -> float:
        """Log of the number of passages that a chance match can come from."""
        return math.log(min(max(self.passages, LEAST_PASSAGES), CHANCE_PASSAGES))

    @property
    def model_weight(self) -> float:
        """Weight of similarity, 0 to 1; the rest is that of words alone."""
        return 0.0 if self.similarity is None else model_weight(self.trust)


def signals_of(
    query: Query,
    ranking: Ranking,
    places: list[int],
    best: Evidence,
    reading: float | None,
    second: float | None,
    widened: float = 1.0,
) -> Signals:
    """The signals of the first of the citations at ``places`` of ``ranking``, best first.

    ``best`` is the evidence of the first, ``reading`` and ``second`` are its logits by the reader's
    two networks, as far as it was read. Scores are ``widened`` times as far apart as those that the
    confidence was fitted to.
    """
    statistics = query.statistics
    words, weights = weighted_words(query)
    total = max(sum(weights), 1e-9)
    held_terms = ranking.block.held.take(ranking.places[places[:1]])
    passage_share = float(matched_idf(words, weights, held_terms)[0])
    weighted = list(zip(words, weights, strict=True))
    held = sum(weight for word, weight in weighted if best.holds(word))
    similarity = similarity_of_first(ranking, places)
    scores = ranking.fused[places[:2]].tolist()
    length = word_count(word[0] for word in words)
    scale = None if query.vector is None else query.vector.profile.similarity
    return Signals(
        similarity=None if similarity is None or not scale else scale.standardised(similarity),
        evidence_share=held / total,
        passage_share=passage_share,
        matched_idf=passage_share * total,
        passages=statistics.passages,
        trust=0.0 if similarity is None else query.trust,
        reading=reading,
        second=reading if second is None else second,
        margin=(scores[0] - scores[1]) / widened if len(scores) > 1 else 0.0,
        spread=scale.factor * query.vector.sentences.deviation if query.vector and scale else 0.0,
        words=length,
        average_length=statistics.average_length * (length / len(words) if words else 1.0),
    )


def similarity_of_first(ranking: Ranking, places: Sequence[int]) -> float | None:
    """Highest similarity of the question and a sentence of the first citation, on the model's
    scale."""
    return None if ranking.sentence is None else float(ranking.sentence[places[0]])


def weighted_words(query: Query) -> tuple[list[tuple[str, ...]], list[float]]:
    """The distinct words of a question, each as its terms, and their idf weights.

    At most ``MAX_QUESTION_TERMS``.
    """
    words = list(islice(dict.fromkeys(query.question.words), MAX_QUESTION_TERMS))
    return words, [query.statistics.word_weight(word) for word in words]


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
