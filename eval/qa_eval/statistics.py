"""Bootstrap intervals, paired randomisation tests and Holm's correction.

In all functions ``values`` is an array whose first axis runs over questions, and ``statistic``
reduces such an array to one number.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Statistic = Callable[[Array], float]

CONFIDENCE = 0.95
RESAMPLES = 2000
"""Bootstrap resamples: the ends of a 95% interval then vary by about 2% of its width."""
PERMUTATIONS = 9999
"""Permutations of a randomisation test of means: the smallest p is 0.0001."""
SLOW_PERMUTATIONS = 999
"""Permutations for other statistics, which are recomputed each time: the smallest p is 0.001."""
_EXACT = 12
"""Most differences for which all assignments of signs are tried (4096)."""
_CELLS = 4_000_000
"""Numbers in memory at a time: 32 MB."""


class Interval(NamedTuple):
    """A confidence interval, ends included."""

    low: float
    high: float


def mean(values: Array) -> float:
    """Arithmetic mean."""
    return float(values.mean())


def bootstrap(values: Array, statistic: Statistic = mean, *, seed: int = 0) -> Interval:
    """Percentile bootstrap over questions at 95% (Efron 1979).

    Resamples on which the statistic is not defined (``nan``) are left out.
    """
    random = np.random.default_rng(seed)
    size = len(values)
    if statistic is mean:
        estimates = np.concatenate(
            [
                values[random.integers(size, size=(rows, size))].mean(axis=1)
                for rows in _batches(RESAMPLES, size)
            ]
        )
    else:
        estimates = np.array(
            [statistic(values[random.integers(size, size=size)]) for _ in range(RESAMPLES)]
        )
    tail = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(estimates, [tail, 1 - tail])
    return Interval(float(low), float(high))


def paired_test(
    first: Array, second: Array, statistic: Statistic = mean, *, seed: int = 0
) -> float:
    """Two-sided p of a paired randomisation test (Smucker, Allan and Carterette 2007).

    Under the null hypothesis the two results of a question are exchangeable. Results are swapped at
    random, question by question. p is the share of permutations, the observed one included, with
    a difference at least as large as the observed one. ``scipy.stats.permutation_test`` does the
    same, and the tests compare with it. For means a swap is a sign flip, which takes 0.8 s for
    6,000 questions where scipy takes 9 s.
    """
    random = np.random.default_rng(seed)
    if statistic is mean:
        return _sign_flips(first - second, random)
    seen = abs(statistic(first) - statistic(second))
    tolerance = 1e-12 + 1e-9 * seen
    extreme = 0
    for _ in range(SLOW_PERMUTATIONS):
        swap = random.random(len(first)) < 0.5
        swap = swap.reshape(-1, *[1] * (first.ndim - 1))
        difference = statistic(np.where(swap, second, first)) - statistic(
            np.where(swap, first, second)
        )
        extreme += abs(difference) >= seen - tolerance
    return (extreme + 1) / (SLOW_PERMUTATIONS + 1)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """p-values adjusted by Holm's step-down method (1979), in the order given."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for position, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - position) * p_values[index]))
        adjusted[index] = largest
    return tuple(adjusted)


def _sign_flips(differences: Array, random: np.random.Generator) -> float:
    """The test of means: swapping a pair flips the sign of its difference."""
    differences = differences[differences != 0]
    count = len(differences)
    seen = abs(differences.sum())
    # Rounding depends on the order of the numbers.
    least = seen - 1e-9 * np.abs(differences).sum()
    if count <= _EXACT:
        codes = np.arange(2**count)[:, None] >> np.arange(count) & 1
        return float((np.abs((1.0 - 2.0 * codes) @ differences) >= least).mean())
    extreme = 0
    for rows in _batches(PERMUTATIONS, count):
        signs = random.integers(2, size=(rows, count), dtype=np.int8)
        # The signed sum is the plain sum less twice the sum of the flipped differences.
        flipped = differences.sum() - 2.0 * (signs @ differences)
        extreme += int((np.abs(flipped) >= least).sum())
    return (extreme + 1) / (PERMUTATIONS + 1)


def _batches(total: int, width: int) -> list[int]:
    """Split ``total`` rows of ``width`` numbers into batches that fit into memory."""
    size = max(1, min(total, _CELLS // max(width, 1)))
    return [min(size, total - start) for start in range(0, total, size)]
