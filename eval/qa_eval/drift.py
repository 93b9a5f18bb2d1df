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
    own = np.arange(len(rows)) < len(before)
    random = np.random.default_rng(seed)
    permuted = random.permuted(np.tile(own, (RESAMPLES, 1)), axis=1)
    distances = [float(each.distances(own[None])[0]) for each in ranked]
    largest = max(distances)
    by_chance = np.max([each.distances(permuted) for each in ranked], axis=0)
    as_large = int((by_chance >= largest - 1e-12).sum())
    return Difference((1 + as_large) / (1 + RESAMPLES), distances.index(largest), largest)


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

    def distances(self, first: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Of the rows of each first sample, shape (k, n), from the others; shape (k,)."""
        one = np.cumsum(first[:, self.order], axis=1, dtype=np.int32)
        seen = one[:, self.ends]
        total = int(one[0, -1])
        other = (self.ends + 1) - seen
        found: NDArray[np.float64] = np.abs(seen / total - other / (len(self.order) - total)).max(
            axis=1
        )
        return found
