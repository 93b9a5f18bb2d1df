"""Exact limits of a share, from its count: Clopper and Pearson (1934)."""

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class ShareInterval(NamedTuple):
    """Limits of a share."""

    low: float
    high: float


def at_most(count: int, trials: int, share: float) -> float:
    """Probability of ``count`` or fewer of ``trials``, each with probability ``share``."""
    if count >= trials or share <= 0:
        return 1.0
    if count < 0 or share >= 1:
        return 0.0
    if count > trials * share:  # the shorter tail
        return 1.0 - at_most(trials - count - 1, trials, 1 - share)
    logs = _log_factorials(1 << trials.bit_length())
    number = np.arange(count + 1)
    chosen = logs[trials] - logs[number] - logs[trials - number]
    terms = chosen + number * math.log(share) + (trials - number) * math.log1p(-share)
    return float(min(np.exp(terms).sum(), 1.0))


@lru_cache(maxsize=32)
def _log_factorials(size: int) -> NDArray[np.float64]:
    """log 0!, log 1!, ... Shape (size,)."""
    found: NDArray[np.float64] = np.cumsum(np.log(np.maximum(np.arange(size), 1)))
    return found


def interval(count: int, trials: int, level: float = 0.95) -> ShareInterval:
    """The two-sided interval of a share of which ``count`` of ``trials`` were seen."""
    beyond = (1 - level) / 2
    low = 1 - _share_at(trials - count, trials, beyond) if count else 0.0
    high = _share_at(count, trials, beyond) if count < trials else 1.0
    return ShareInterval(low, high)


def _share_at(count: int, trials: int, probability: float) -> float:
    """The share under which ``count`` or fewer have this probability, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if at_most(count, trials, middle) > probability:
            low = middle
        else:
            high = middle
    return high
