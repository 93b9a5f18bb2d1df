"""Quality of the probability: rates, AUROC, risk and coverage, calibration.

In all functions ``probability`` and ``event`` are arrays of shape (n,); events are 0 or 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

BINS = 10
"""Equal-width bins of calibration: [0, 0.1), [0.1, 0.2), … [0.9, 1]. Ten as in Guo et al. (2017)
and most later work; a set of a hundred questions still fills them."""


def auroc(probability: Array, event: Array) -> float:
    """Area under the ROC curve: how often an event has a higher probability than a non-event.

    Ties count half (Mann-Whitney U). ``nan`` unless there are both.
    """
    positive = event > 0
    pairs = int(positive.sum()) * int((~positive).sum())
    if pairs == 0:
        return float("nan")
    _, group, sizes = np.unique(probability, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(sizes) - (sizes - 1) / 2)[group]
    lowest = positive.sum() * (positive.sum() + 1) / 2
    return float((ranks[positive].sum() - lowest) / pairs)


def risk_coverage(probability: Array, event: Array) -> tuple[Array, Array]:
    """Coverage and risk, shape (n,) each: share answered, and share of errors among these.

    Point k answers the k questions with the highest probability (El-Yaniv and Wiener 2010).
    No threshold separates equal probabilities, so those points have the expected risk of a random
    choice, independent of the order of the questions.
    """
    order = np.argsort(-probability, kind="stable")
    _, first, sizes = np.unique(-probability[order], return_index=True, return_counts=True)
    wrong = np.add.reduceat(1.0 - event[order], first) / sizes
    answered = np.arange(1, len(order) + 1)
    return answered / len(order), np.cumsum(np.repeat(wrong, sizes)) / answered


def aurc(probability: Array, event: Array) -> float:
    """Area under the risk-coverage curve: mean risk over all coverages (Geifman et al. 2019)."""
    return float(risk_coverage(probability, event)[1].mean())


@dataclass(frozen=True, slots=True)
class Bin:
    """One bar of a calibration diagram."""

    low: float
    high: float
    count: int
    probability: float
    """Mean of the bin."""
    observed: float
    """Share of events in the bin."""


def reliability(probability: Array, event: Array) -> tuple[Bin, ...]:
    """The bins that are not empty, in order."""
    index = _bin(probability)
    return tuple(
        Bin(
            low=number / BINS,
            high=(number + 1) / BINS,
            count=int(inside.sum()),
            probability=float(probability[inside].mean()),
            observed=float(event[inside].mean()),
        )
        for number in range(BINS)
        if (inside := index == number).any()
    )


def expected_calibration_error(
    probability: Array, event: NDArray[Any], weights: Array | None = None
) -> float:
    """Mean distance of probability and share of events over bins, weighted by count.

    ``weights``, shape (n,), are how much each counts; by default the same.
    """
    counts = np.ones(len(probability)) if weights is None else weights
    # A bin's count times its distance is the distance of its two sums.
    distances = np.bincount(_bin(probability), weights=counts * (probability - event))
    return float(np.abs(distances).sum() / counts.sum())


def _bin(probability: Array) -> NDArray[np.int64]:
    return np.minimum((probability * BINS).astype(np.int64), BINS - 1)
