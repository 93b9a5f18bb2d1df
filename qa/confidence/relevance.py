"""The probability of each of many passages that it answers, and how many that answer are left out.

    p_i(u) = any / (1 + exp(-(intercept + weights . signals_i + deviation * u))),   u ~ N(0, 1)

``any`` is the probability that anything answers at all. ``u`` is the same for all passages of a
question. It stands for what the signals do not show: some questions are answered by one passage and
others by forty, and what counts as an answer differs by collection. A sum of independent
probabilities would be far too sure of itself. This is logistic regression with a random intercept
(Stiratelli, Laird and Ware 1984, Biometrics 40) and inflated zeros (Lambert 1992, Technometrics
34). The number of relevant documents that a review has not seen is estimated from a sum of
probabilities in Yang, Lewis and Frieder 2021 (https://arxiv.org/abs/2106.09871).

docs/decisions/passages.md describes the fit, and how well the estimate holds on held-out sets.
"""

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa.confidence.logistic import logistic

Floats = NDArray[np.float64]

_NODES = np.linspace(-3.5, 3.5, 57)
"""Values of ``u`` that stand for all: a trapezoidal rule, which converges fast for a normal
distribution, and without gaps in the distribution of a count."""
_SHARES = np.exp(-(_NODES**2) / 2) / np.exp(-(_NODES**2) / 2).sum()

MOST_READING = 6.0
"""Logits of the reader beyond this, either way, count as this."""

EXACT = 200
"""Passages whose part in a count is computed exactly; the others, the least likely, together follow
a Poisson distribution nearly (Le Cam 1960), which is never narrower."""


@dataclass(frozen=True, slots=True, eq=False)
class PassageSignals:
    """What the probabilities of n passages depend on; each array has shape (n,).

    The passages are in the order of their scores, best first.
    """

    score: Floats
    """The score of the ranking, in standard deviations; see ``qa_index.search.scoring``."""
    share: Floats
    """Share of the question's idf weight that the passage holds, 0 to 1."""
    reading: Floats
    """Logit of the reader; not a number for what was not read."""
    first: float
    """Logit of the probability that the first passage answers; see ``qa.confidence.model``."""
    model_weight: float
    """Weight of similarity and reading in the question's language, 0 to 1."""

    @property
    def was_read(self) -> NDArray[np.bool_]:
        """Shape (n,)."""
        return ~np.isnan(self.reading)

    @property
    def most(self) -> tuple[float, float]:
        """The score of the first passage, and the highest share among the first ten."""
        return float(self.score[0]), float(self.share[:10].max())

    def matrix(self) -> Floats:
        """The signals as the weights take them, shape (n, 7)."""
        n = len(self.score)
        best = self.score[0] if n else 0.0
        read = np.clip(np.nan_to_num(self.reading), -MOST_READING, MOST_READING)
        most = float(read[self.was_read].max(initial=-MOST_READING))
        return np.column_stack(
            [
                self.score,
                best - self.score,
                np.log(np.arange(1, n + 1)),
                self.share,
                np.full(n, self.first),
                read,
                np.where(self.was_read, most - read, 0.0),
            ]
        )


@dataclass(frozen=True, slots=True)
class RelevanceWeights:
    """The intercept, and a weight for each column of ``PassageSignals.matrix``."""

    intercept: float
    score: float
    behind: float
    """How far the score is below that of the first."""
    log_rank: float
    share: float
    first: float
    reading: float = 0.0
    read_behind: float = 0.0
    """How far the reading is below the highest."""

    def logits(self, matrix: Floats) -> Floats:
        """Logits for u = 0 of n passages, shape (n,)."""
        found = np.full(len(matrix), self.intercept)
        for column, each in enumerate(fields(self)[1:]):
            found += getattr(self, each.name) * matrix[:, column]
        return found


@dataclass(frozen=True, slots=True)
class AnythingWeights:
    """Weights of the probability that any passage at all answers."""

    ceiling: float
    intercept: float
    score: float
    """Of the first passage's score."""
    share: float
    """Of the highest share of the question among the first ten."""

    def probability(self, signals: PassageSignals) -> float:
        """``ceiling / (1 + exp(-(intercept + weights . signals)))``; 0 without a passage."""
        if not len(signals.score):
            return 0.0
        score, share = signals.most
        return self.ceiling * logistic(self.intercept + self.score * score + self.share * share)


@dataclass(frozen=True, slots=True)
class RelevanceFit:
    """Weights of what was read and of what was not, fitted together."""

    read: RelevanceWeights | None
    unread: RelevanceWeights
    deviation: float
    """Of the intercept, between questions that something answers."""
    anything: AnythingWeights
    """Of the probability that anything answers."""

    def logits(self, matrix: Floats, was_read: NDArray[np.bool_]) -> Floats:
        """Logits for u = 0, shape (n,)."""
        unread = self.unread.logits(matrix)
        return unread if self.read is None else np.where(was_read, self.read.logits(matrix), unread)


@dataclass(frozen=True, slots=True)
class RelevanceModel:
    """Three fits, chosen by the signals available."""

    with_reading: RelevanceFit
    with_vectors: RelevanceFit
    """Without the reader."""
    words_alone: RelevanceFit
    """In BM25 mode, and as far as the encoder does not know the language."""

    def relevance(self, signals: PassageSignals, *, reads: bool) -> "Relevance":
        """The relevance of passages; ``reads`` says whether the reader may be used."""
        seen = self.with_reading if reads else self.with_vectors
        weight = signals.model_weight
        matrix, was_read = signals.matrix(), signals.was_read
        logits = weight * seen.logits(matrix, was_read) if weight else np.zeros(len(matrix))
        if weight < 1:
            logits = logits + (1 - weight) * self.words_alone.logits(matrix, was_read)
        deviation = weight * seen.deviation + (1 - weight) * self.words_alone.deviation
        anything = weight * seen.anything.probability(signals)
        anything += (1 - weight) * self.words_alone.anything.probability(signals)
        return Relevance(logits, deviation, anything)


@dataclass(frozen=True, slots=True, eq=False)
class Relevance:
    """Logits of n passages for u = 0, shape (n,), and what they share."""

    logits: Floats
    deviation: float
    answered: float = 1.0
    """Probability that any passage answers; the logits are given that one does."""

    @property
    def probabilities(self) -> Floats:
        """The probability of each passage that it answers, shape (n,)."""
        found = np.zeros(len(self.logits))
        for node, share in zip(_NODES, _SHARES, strict=True):
            found += share * _logistic(self.logits + self.deviation * node)
        return self.answered * found

    def taken(self, which: NDArray[np.bool_]) -> "Relevance":
        """Some of the passages, by a mask of shape (n,)."""
        return Relevance(self.logits[which], self.deviation, self.answered)

    def counted(self, level: float, *, further: "Further | None" = None) -> "Counted":
        """How many of the passages answer, with a central interval that holds ``level``.

        ``further`` are passages that were not looked at; they count as the others.
        """
        logits = np.sort(self.logits)[::-1]
        exact, rest = logits[:EXACT], logits[EXACT:]
        shifts = self.deviation * _NODES
        means = np.array([float(_logistic(rest + shift).sum()) for shift in shifts])
        if further is not None:
            means += [
                float((_logistic(further.logits + shift) * further.counts).sum())
                for shift in shifts
            ]
        length = len(exact) + _reach(float(means.max())) + 1
        counts = np.zeros(length)
        expected = 0.0
        for shift, mean, share in zip(shifts, means, _SHARES, strict=True):
            own = _logistic(exact + shift)
            expected += share * (float(own.sum()) + mean)
            both = np.convolve(_poisson_binomial(own), _poisson(mean))
            counts[: len(both)] += share * both
        counts *= self.answered / counts.sum()
        counts[0] += 1 - self.answered
        below = np.cumsum(counts)
        low, high = (
            int(np.searchsorted(below, edge)) for edge in ((1 - level) / 2, (1 + level) / 2)
        )
        return Counted(float(self.answered * expected), low, high)


class Further(NamedTuple):
    """Passages that were not looked at, in m groups."""

    logits: Floats
    """Shape (m,)."""
    counts: Floats
    """Shape (m,): passages in each."""


@dataclass(frozen=True, slots=True)
class Counted:
    """An estimated number of passages that answer."""

    expected: float
    low: int
    high: int


def _logistic(logits: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(logits, -50, 50)))
    return found


def _poisson_binomial(probabilities: Floats) -> Floats:
    """Distribution of the number of successes, shape (n + 1,), by adding one trial at a time."""
    found = np.zeros(len(probabilities) + 1)
    found[0] = 1.0
    for probability in probabilities:
        found[1:] = found[1:] * (1 - probability) + found[:-1] * probability
        found[0] *= 1 - probability
    return found


def _reach(mean: float) -> int:
    """A count that a Poisson distribution hardly exceeds."""
    return int(mean + 8 * mean**0.5 + 10)


def _poisson(mean: float) -> Floats:
    counts = np.arange(_reach(mean) + 1)
    if not mean:
        none: Floats = (counts == 0).astype(np.float64)
        return none
    logs = counts * np.log(mean) - mean - np.cumsum(np.log(np.maximum(counts, 1)))
    found: Floats = np.exp(logs)
    return found
