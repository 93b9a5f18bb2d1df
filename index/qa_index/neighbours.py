"""Passage vectors on disk, and which of them are nearest to a question.

Fewer than 50,000 lie as float32 in the order of rows, and a question is compared with all of them.
More are grouped around centroids (an inverted file: Jégou, Douze and Schmid, PAMI 2011), and a
question is compared with the groups whose centroids are nearest to it. Each component is then a
16-bit fixed-point number in two planes: the high bytes are what is scanned, the low bytes are read
for what comes out best. Figures are in docs/decisions/speed.md.
"""

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_index import layout
from qa_index.checked import CheckedArray, ranges
from qa_index.generations import GenerationReader, GenerationWriter
from qa_index.vectors import Floats, Rows

GROUPED_FROM = 50_000
"""Passages from which on vectors are grouped: comparing 50,000 takes 8 ms."""

FAISS_FROM = 10_000
"""Passages from which on FAISS compares them all. For fewer the product of a matrix takes at most
2 ms, and loading FAISS 80."""

TRAINING_ROWS = 40
"""Vectors a centroid that k-means looks at; with 64 it takes half as long again for nothing."""

TRAINING_ROUNDS = 6

REFINED = 3
"""Times as many vectors as asked for that are compared in full after the scan of high bytes."""

CHUNK = 4096
"""Vectors that are held at a time."""


Arrays = Callable[[str], CheckedArray]
"""Opens a stored array by name."""


class PassageVectors(Protocol):
    """The vectors of all passages, by row."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice | Rows, /) -> Floats:
        """The vectors of these rows, shape (n, dimension)."""
        ...

    def nearest(self, question: Floats, count: int) -> Rows:
        """Rows of the ``count`` vectors most similar to ``question``, best first."""
        ...


class FlatVectors:
    """All vectors in order of rows; every search is exact."""

    def __init__(self, array: Arrays) -> None:
        self._vectors = array(layout.VECTORS)

    def __len__(self) -> int:
        return len(self._vectors)

    def __getitem__(self, rows: slice | Rows) -> Floats:
        found: Floats = self._vectors[rows]
        return found

    def nearest(self, question: Floats, count: int) -> Rows:
        """Rows of the ``count`` vectors most similar to ``question``, best first."""
        vectors = self._vectors.all()
        if len(vectors) < FAISS_FROM:
            return _highest(vectors @ question, count)
        import faiss

        metric = faiss.METRIC_INNER_PRODUCT
        _, rows = faiss.knn(question[None, :], vectors, min(count, len(vectors)), metric=metric)
        found: Rows = rows[0]
        return found


class GroupedVectors:
    """Vectors grouped around centroids; a search looks at the nearest groups."""

    def __init__(self, array: Arrays) -> None:
        self._centroids = array(layout.CENTROIDS)
        self._starts = array(layout.GROUP_STARTS)
        self._rows = array(layout.GROUPED_ROWS)
        self._places = array(layout.GROUPED_PLACES)
        self._high = array(layout.HIGH_BYTES)
        self._low = array(layout.LOW_BYTES)
        self._scales = array(layout.VECTOR_SCALES)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: slice | Rows) -> Floats:
        return self._at(self._places[rows])

    def _at(self, places: NDArray[np.integer]) -> Floats:
        return FixedPoint(self._high[places], self._low[places], self._scales[places]).restored()

    def nearest(self, question: Floats, count: int) -> Rows:
        """Rows of about the ``count`` most similar vectors, best first: 99 of a hundred."""
        starts = self._starts.all()
        by_similarity = np.argsort(-(self._centroids.all() @ question), kind="stable")
        looked_at = np.cumsum(np.diff(starts)[by_similarity])
        enough = np.searchsorted(looked_at, max(vectors_compared(len(self)), REFINED * count))
        groups = np.sort(by_similarity[: enough + 1])
        first, sizes = starts[groups], starts[groups + 1] - starts[groups]
        # Group by group, so that what is converted stays in the processor's cache.
        scores = np.concatenate(
            [high.astype(np.float32) @ question for high in self._high.views(first, sizes)]
        )
        best = _highest(scores * self._scales.take(first, sizes), REFINED * count)
        places = ranges(first, sizes)[best]
        rows = self._rows[places].astype(np.int64)
        order = np.lexsort((rows, -(self._at(places) @ question)))
        found: Rows = rows[order[:count]]
        return found


def open_vectors(reader: GenerationReader) -> PassageVectors:
    """The vectors of a generation, however they are laid out."""
    grouped = layout.CENTROIDS in reader.manifest.files
    return GroupedVectors(reader.array) if grouped else FlatVectors(reader.array)


def nearest_among(vectors: PassageVectors, question: Floats, count: int, rows: Rows) -> Rows:
    """Those of these ascending rows that are nearest to ``question``, best first; exact."""
    scores = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        scores[part] = vectors[rows[part]] @ question
    return rows[_highest(scores, count)]


def vectors_compared(count: int) -> int:
    """How many of ``count`` grouped vectors a question is compared with.

    Finds 0.99 of the hundred nearest of 100,000 and of 1,000,000 vectors.
    """
    return max(25_000, 50 * math.isqrt(count))


def group_count(count: int) -> int:
    """Into how many groups ``count`` vectors are put."""
    return min(4 * math.isqrt(count), count)


def _highest(scores: Floats, count: int) -> Rows:
    """Places of the ``count`` highest, best first; ties go to the smaller place."""
    places = np.arange(len(scores))
    if count < len(scores):
        last = np.partition(scores, len(scores) - count)[len(scores) - count]
        places = np.flatnonzero(scores >= last)
    found: Rows = places[np.argsort(-scores[places], kind="stable")[:count]]
    return found


class FixedPoint(NamedTuple):
    """Vectors of n passages as 16-bit numbers, split so that half of each can be scanned alone."""

    high: NDArray[np.int8]
    """Shape (n, dimension)."""
    low: NDArray[np.int8]
    """Shape (n, dimension): 256ths of ``high``."""
    scales: Floats
    """Shape (n,): powers of two, so that what was restored is stored again as it was."""

    def restored(self) -> Floats:
        """The vectors, shape (n, dimension), each component within 1/512 of its scale."""
        restored: Floats = self.high.astype(np.float32)
        restored += self.low.astype(np.float32) / 256
        restored *= self.scales[:, None]
        return restored


def fixed_point(vectors: Floats) -> FixedPoint:
    """Vectors, shape (n, dimension), with a scale each that its largest component needs."""
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    _, exponents = np.frexp(largest / 127)
    scales = np.ldexp(np.float32(1), exponents).astype(np.float32)
    fixed = np.rint(vectors * (256 / scales[:, None])).astype(np.int16)
    high = (fixed + 128) >> 8
    return FixedPoint(high.astype(np.int8), (fixed - (high << 8)).astype(np.int8), scales)


def write_grouped(writer: GenerationWriter, vectors: Floats) -> None:
    """Store ``vectors``, shape (rows, dimension), in groups; they may be mapped from a file."""
    centroids = _centroids(vectors, group_count(len(vectors)))
    groups = _nearest_centroids(vectors, centroids)
    rows = np.argsort(groups, kind="stable")
    places = np.empty(len(rows), dtype=np.int32)
    places[rows] = np.arange(len(rows), dtype=np.int32)
    starts = np.searchsorted(groups[rows], np.arange(len(centroids) + 1))
    dimension = vectors.shape[1]
    writer.array(layout.CENTROIDS, "<f4", (dimension,)).append(centroids)
    writer.array(layout.GROUP_STARTS, "<i8").append(starts)
    writer.array(layout.GROUPED_ROWS, "<i4").append(rows)
    writer.array(layout.GROUPED_PLACES, "<i4").append(places)
    high_bytes = writer.array(layout.HIGH_BYTES, "<i1", (dimension,))
    low_bytes = writer.array(layout.LOW_BYTES, "<i1", (dimension,))
    scales = writer.array(layout.VECTOR_SCALES, "<f4")
    for start in range(0, len(rows), CHUNK):
        stored = fixed_point(np.asarray(vectors[rows[start : start + CHUNK]]))
        high_bytes.append(stored.high)
        low_bytes.append(stored.low)
        scales.append(stored.scales)


def _centroids(vectors: Floats, count: int) -> Floats:
    """Centroids of a sample, by spherical k-means."""
    import faiss

    drawn = np.random.default_rng(0).permutation(len(vectors))[: count * TRAINING_ROWS]
    kmeans = faiss.Kmeans(
        vectors.shape[1],
        count,
        niter=TRAINING_ROUNDS,
        spherical=True,
        seed=1,
        min_points_per_centroid=1,
    )
    kmeans.train(np.ascontiguousarray(vectors[np.sort(drawn)]))
    return np.asarray(kmeans.centroids, dtype=np.float32)


def _nearest_centroids(vectors: Floats, centroids: Floats) -> NDArray[np.int32]:
    """Number of the most similar centroid of each vector."""
    import faiss

    nearest = np.empty(len(vectors), dtype=np.int32)
    for start in range(0, len(vectors), CHUNK):
        part = slice(start, start + CHUNK)
        chunk = np.ascontiguousarray(vectors[part])
        metric = faiss.METRIC_INNER_PRODUCT
        nearest[part] = faiss.knn(chunk, centroids, 1, metric=metric)[1][:, 0]
    return nearest
