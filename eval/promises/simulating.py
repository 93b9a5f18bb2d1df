"""Draws questions from a known truth, and counts how often a promise on them is broken."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_eval.promise import choose

Floats = NDArray[np.float64]

GRID = 100_000
"""Points at which the true risk is computed."""


@dataclass(frozen=True, slots=True)
class Truth:
    """How often answers are wrong, by their place among all: 0 the most probable, 1 the least."""

    wrong: Callable[[Floats], Floats]
    distinct: int | None = None
    """Number of different probabilities; ``None`` for a continuum."""

    def probability(self, places: Floats) -> Floats:
        """The probability that the tool says at these places."""
        if self.distinct is None:
            return 1 - places
        return 1 - np.floor(places * self.distinct) / self.distinct

    def risks(self) -> tuple[Floats, Floats]:
        """Thresholds in ascending order, and the true share wrong of what reaches each."""
        places = (np.arange(GRID) + 0.5) / GRID
        risk = np.cumsum(self.wrong(places)) / np.arange(1, GRID + 1)
        said = self.probability(places)
        last = np.append(np.flatnonzero(np.diff(said)), GRID - 1)
        return said[last][::-1], risk[last][::-1]


def _logistic(middle: float, width: float, floor: float = 0.0) -> Callable[[Floats], Floats]:
    return lambda places: np.minimum(floor + 1 / (1 + np.exp(-(places - middle) / width)), 1.0)


def _flat(share: float) -> Callable[[Floats], Floats]:
    return lambda places: np.full(len(places), share)


def _bad_top(places: Floats) -> Floats:
    return np.where(places < 0.05, 0.6, np.where(places < 0.5, 0.01, 0.5))


def _waves(places: Floats) -> Floats:
    return np.clip(0.05 + 0.05 * np.sin(places * 40) + places**4, 0, 1)


def truths(risk: float) -> Mapping[str, Truth]:
    """Truths by name. The last two break the assumption that stricter is not riskier."""
    return {
        "good": Truth(_logistic(0.6, 0.08, 0.005)),
        "middling": Truth(_logistic(0.5, 0.15, 0.01)),
        "weak": Truth(_logistic(0.45, 0.2, 0.01)),
        "good, ten probabilities": Truth(_logistic(0.6, 0.08, 0.005), distinct=10),
        "just too bad everywhere": Truth(_flat(risk * 1.001)),
        "perfect, then just too bad": Truth(
            lambda places: np.where(places < 0.3, 0.0, np.where(places < 0.31, 1.0, risk * 1.2))
        ),
        "surest worst": Truth(_bad_top),
        "waves": Truth(_waves),
    }


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of many draws."""

    draws: int
    given: int
    """Draws in which there was a promise."""
    broken: int
    """Those in which the true risk is above what was promised."""
    coverage: float
    """Mean share answered where there was a promise."""


def simulate(
    truth: Truth, questions: int, *, risk: float, level: float, draws: int, seed: int = 0
) -> Simulated:
    """Draw so many questions again and again, and promise on each draw."""
    random = np.random.default_rng(seed)
    thresholds, risks = truth.risks()
    broken, coverage = 0, []
    for _ in range(draws):
        places = random.random(questions)
        wrong = random.random(questions) < truth.wrong(places)
        chosen = choose(truth.probability(places), wrong, risk=risk, level=level)
        if chosen is None:
            continue
        # All that reach it: the last of the grid that is not below the threshold.
        at = min(int(np.searchsorted(thresholds, chosen.threshold - 1e-12)), len(risks) - 1)
        broken += bool(risks[at] > risk)
        coverage.append(chosen.answered / questions)
    mean = float(np.mean(coverage)) if coverage else 0.0
    return Simulated(draws, len(coverage), broken, mean)
