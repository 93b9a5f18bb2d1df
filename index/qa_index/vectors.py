"""Vectors of passages and sentences: quantisation, and statistics of similarities."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


class Quantised(NamedTuple):
    """Vectors of n sentences, quantised to a quarter of their size."""

    codes: NDArray[np.int8]
    """Shape (n, dimension)."""
    scales: Floats
    """Shape (n,)."""

    def restored(self) -> Floats:
        """The vectors, shape (n, dimension), each component within half a step of its scale."""
        return self.codes.astype(np.float32) * self.scales[:, None]


class Encoded(NamedTuple):
    """Vectors of n passages, and of their m sentences one after the other."""

    passages: Floats
    """Shape (n, dimension)."""
    sentences: Quantised

    def part(self, rows: slice, sentences: slice) -> "Encoded":
        """Some of the passages with their sentences."""
        codes, scales = self.sentences
        return Encoded(self.passages[rows], Quantised(codes[sentences], scales[sentences]))


def quantise(vectors: Floats) -> Quantised:
    """Quantise each vector, shape (n, dimension), to 8 bits with a scale of its own."""
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    scales = np.where(largest > 0, largest / 127, 1).astype(np.float32)
    return Quantised(np.rint(vectors / scales[:, None]).astype(np.int8), scales)


def products(rows: NDArray[Any], vector: NDArray[Any]) -> NDArray[Any]:
    """``rows @ vector``, shape (n,), for rows of shape (n, d), computed in the calling thread.

    BLAS would use several threads and wait for them: on a busy machine, 100 times as long as the
    product of 1,200 rows takes. The product of a row does not depend on the other rows.
    """
    product: NDArray[Any] = np.vecdot(rows, vector)
    return product


class Moments:
    """Mean and covariance of vectors, accumulated in chunks.

    They give the mean ``q.m`` and variance ``q'Cq`` of a question's similarity to all vectors
    without reading the vectors again.
    """

    def __init__(self, dimension: int) -> None:
        self._count = 0
        self._sum = np.zeros(dimension)
        self._products = np.zeros((dimension, dimension))

    @property
    def count(self) -> int:
        """Number of the vectors."""
        return self._count

    def add(self, vectors: Floats) -> None:
        """Add vectors of shape (n, dimension)."""
        self._count += len(vectors)
        self._accumulate(vectors, 1)

    def remove(self, vectors: Floats) -> None:
        """Subtract vectors of shape (n, dimension) that were added before."""
        self._count -= len(vectors)
        self._accumulate(vectors, -1)

    def _accumulate(self, vectors: Floats, sign: int) -> None:
        exact = vectors.astype(np.float64)
        self._sum += sign * exact.sum(axis=0)
        self._products += sign * (exact.T @ exact)

    def merge(self, other: "Moments") -> None:
        """Add all vectors of another."""
        self._count += other._count
        self._sum += other._sum
        self._products += other._products

    def to_bytes(self) -> bytes:
        """Their number, sum, and sum of products, in double precision."""
        return (
            np.concatenate([[self._count], self._sum, self._products.ravel()])
            .astype("<f8")
            .tobytes()
        )

    @staticmethod
    def from_bytes(raw: bytes, dimension: int) -> "Moments":
        """The output of ``to_bytes``. Raises ``ValueError``."""
        numbers = np.frombuffer(raw, "<f8")
        if len(numbers) != 1 + dimension + dimension**2 or not np.isfinite(numbers).all():
            raise ValueError("not the sums of vectors")
        found = Moments(dimension)
        found._count = int(numbers[0])
        found._sum = numbers[1 : 1 + dimension].copy()
        found._products = numbers[1 + dimension :].reshape(dimension, dimension).copy()
        return found

    def finish(self) -> Floats:
        """The mean in row 0 and the covariance below it, shape (1 + dimension, dimension)."""
        count = max(self._count, 1)
        mean = self._sum / count
        covariance = self._products / count - np.outer(mean, mean)
        return np.vstack([mean, covariance]).astype(np.float32)


class Distribution(NamedTuple):
    """Mean and standard deviation of a score over the whole collection."""

    mean: float
    deviation: float


def similarity_distribution(question: Floats, moments: Floats) -> Distribution:
    """Distribution of the similarity to ``question`` over the vectors behind ``moments``."""
    mean, covariance = moments[0], moments[1:]
    # Rounding can push the variance of a collection of equal vectors below zero.
    variance = max(float(np.vecdot(products(covariance, question), question)), 0.0)
    return Distribution(float(np.vecdot(mean, question)), variance**0.5)


def usual_length(moments: Floats) -> float:
    """Root mean square of the lengths of the vectors behind ``moments``."""
    mean, covariance = moments[0], moments[1:]
    return float(np.vecdot(mean, mean) + np.trace(covariance)) ** 0.5  # type: ignore[no-any-return]


def highest(scores: Floats, count: int) -> Rows:
    """Positions of the ``count`` highest scores, best first; ties go to the smaller position."""
    places = np.arange(len(scores))
    if count < len(scores):
        last = np.partition(scores, len(scores) - count)[len(scores) - count]
        places = np.flatnonzero(scores >= last)
    found: Rows = places[np.argsort(-scores[places], kind="stable")[:count]]
    return found


def ranges(starts: Rows, counts: Rows) -> Rows:
    """``starts[0] ... starts[0] + counts[0] - 1``, then the same for each further pair."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(starts - ends + counts, counts)
