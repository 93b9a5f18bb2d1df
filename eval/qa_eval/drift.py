"""Tells whether two samples of questions differ in how they are answered."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 999
"""Permutations: the smallest p is then 0.001."""


class Difference(NamedTuple):
    """How far two samples differ, and how likely that is by chance."""

    p: float
    """Probability of a difference as large as this between two halves of one sample."""
    feature: int
    """The feature that differs most."""
    distance: float
    """Kolmogorov-Smirnov distance of the two distributions of that feature, 0 to 1."""


def difference(first: ArrayLike, second: ArrayLike, *, seed: int = 0) -> Difference:
    """Compare samples of d features, shapes (n, d) and (m, d).

    The statistic is the largest of the d distances of Kolmogorov and Smirnov. Its distribution
    under the null hypothesis, that both are samples of the same population, is that over
    permutations of the rows, so p needs no correction for the d features (Westfall and Young 1993,
    max-T) and holds for ties and features that depend on each other.
    """
    before, after = np.asarray(first, float), np.asarray(second, float)
    rows = np.concatenate([before, after])
    ranked = [_Ranked.of(column) for column in rows.T]
    belongs = np.zeros(len(rows), bool)
    belongs[: len(before)] = True
    distances = [each.distance(belongs) for each in ranked]
    largest = max(distances)
    random = np.random.default_rng(seed)
    as_large = sum(
        max(each.distance(permuted) for each in ranked) >= largest - 1e-12
        for permuted in (random.permutation(belongs) for _ in range(RESAMPLES))
    )
    feature = distances.index(largest)
    return Difference((1 + as_large) / (1 + RESAMPLES), feature, largest)


class _Ranked(NamedTuple):
    """The values of one feature."""

    order: NDArray[np.int64]
    """Shape (n,): rows in ascending order of it."""
    ends: NDArray[np.int64]
    """Last place of each distinct value in that order."""

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> "_Ranked":
        order = np.argsort(values, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(values[order])), len(values) - 1)
        return cls(order, ends)

    def distance(self, first: NDArray[np.bool_]) -> float:
        """Between the rows that are of the first sample and the others."""
        among = first[self.order]
        one, other = np.cumsum(among)[self.ends], np.cumsum(~among)[self.ends]
        return float(np.abs(one / one[-1] - other / other[-1]).max())
