"""Many passage vectors: grouped around centroids, and scanned as one bit a component.

A question is compared with the groups whose centroids are nearest to it (an inverted file: Jégou,
Douze and Schmid, PAMI 2011). Each vector ``v`` of a group around ``c`` is first estimated as

    v = along * c + across * signs         signs of the components of v - along * c, +1 or -1

with the ``across`` that makes its product with the rest of ``v`` right (RaBitQ: Gao and Long,
SIGMOD 2024, without their rotation). The best by this estimate are compared in full: 16-bit fixed
point, which loses nothing that a ranking shows. Figures are in docs/decisions/speed.md.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index import layout
from qa_index.checked import Arrays, ranges
from qa_index.generations import GenerationWriter
from qa_index.vectors import Floats, Rows, highest

GROUPED_FROM = 50_000
"""Passages from which on vectors are grouped: comparing 50,000 takes 8 ms."""

TRAINING_ROWS = 40
"""Vectors a centroid that k-means looks at; with 64 it takes half as long again for nothing."""

TRAINING_ROUNDS = 6

REFINED = 10
"""Times as many vectors as asked for that are compared in full, 1,000 at least: all but one in a
thousand of the nearest that were scanned are among them."""

CHUNK = 4096
"""Vectors that are held at a time."""

_BLOCK = 2000
"""Vectors whose signs are counted at a time: with twice as many the processor's caches are full."""

_LEVEL_BITS = 3
"""Of a question's component, its sign aside, when it is multiplied by signs: with 2 one in 700 of
the nearest is lost, 4 find no more."""

Groups = NDArray[np.int32]
"""Number of the group of each row."""


class GroupedVectors:
    """Vectors grouped around centroids; a search looks at the nearest groups."""

    def __init__(self, array: Arrays) -> None:
        self.centroids = array(layout.CENTROIDS)
        """Unit vectors, shape (groups, dimension)."""
        self._starts = array(layout.GROUP_STARTS)
        self._rows = array(layout.GROUPED_ROWS)
        self._places = array(layout.GROUPED_PLACES)
        self._signs = array(layout.SIGNS)
        self._estimates = array(layout.ESTIMATES)
        self._components = array(layout.COMPONENTS)
        self._scales = array(layout.VECTOR_SCALES)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: slice | Rows) -> Floats:
        places = self._places[rows]
        return FixedPoint(self._components[places], self._scales[places]).restored()

    def nearest(self, question: Floats, count: int) -> Rows:
        """Rows of about the ``count`` most similar vectors, best first: 99 of a hundred."""
        refined = max(REFINED * count, 1000)
        starts = self._starts.all()
        of_centroids = self.centroids.all() @ question
        by_similarity = np.argsort(-of_centroids, kind="stable")
        scanned = np.cumsum(np.diff(starts)[by_similarity])
        enough = np.searchsorted(scanned, max(vectors_scanned(len(self)), refined))
        groups = np.sort(by_similarity[: enough + 1])
        first, sizes = starts[groups], starts[groups + 1] - starts[groups]
        along, across = self._estimates.take(first, sizes).T
        estimated = along * np.repeat(of_centroids[groups], sizes)
        estimated += across * sign_products(self._signs.take(first, sizes), question)
        places = ranges(first, sizes)[np.sort(highest(estimated, refined))]
        rows = self._rows[places].astype(np.int64)
        components = self._components[places].astype(np.float32)
        similarities = (components @ question) * self._scales[places]
        order = np.lexsort((rows, -similarities))
        found: Rows = rows[order[:count]]
        return found

    def groups(self) -> Groups:
        """Which group each row is in, shape (rows,)."""
        numbers = np.arange(len(self.centroids), dtype=np.int32)
        found: Groups = np.repeat(numbers, np.diff(self._starts.all()))[self._places.all()]
        return found


def vectors_scanned(count: int) -> int:
    """How many of ``count`` grouped vectors a question is compared with.

    Among them are 0.99 of the hundred nearest of 100,000 and of 300,000 vectors.
    """
    return max(25_000, 60 * math.isqrt(count))


def group_count(count: int) -> int:
    """Into how many groups ``count`` vectors are put.

    With half as many a search has to scan half as much again, with twice as many k-means takes
    four times as long.
    """
    return min(8 * math.isqrt(count), count)


class FixedPoint(NamedTuple):
    """Vectors of n passages as 16-bit numbers."""

    components: NDArray[np.int16]
    """Shape (n, dimension)."""
    scales: Floats
    """Shape (n,): powers of two, so that what was restored is stored again as it was."""

    def restored(self) -> Floats:
        """The vectors, shape (n, dimension), each component within half of its scale."""
        return self.components.astype(np.float32) * self.scales[:, None]


def fixed_point(vectors: Floats) -> FixedPoint:
    """Vectors, shape (n, dimension), with a scale each that its largest component needs."""
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    _, exponents = np.frexp(largest / 32_767)
    scales = np.ldexp(np.float32(1), exponents).astype(np.float32)
    return FixedPoint(np.rint(vectors / scales[:, None]).astype(np.int16), scales)


class Estimates(NamedTuple):
    """Vectors of n passages as far as their signs tell."""

    signs: NDArray[np.uint64]
    """Shape (n, ``layout.sign_words``): a bit a component, set where it is positive."""
    scales: Floats
    """Shape (n, 2): ``along`` and ``across``."""


def estimates(vectors: Floats, centroids: Floats) -> Estimates:
    """Of vectors and the unit centroid of each, both of shape (n, dimension)."""
    along = np.einsum("ij,ij->i", vectors, centroids)
    rest = vectors - along[:, None] * centroids
    squares = np.einsum("ij,ij->i", rest, rest)
    across = squares / np.maximum(np.abs(rest).sum(axis=1), 1e-12)
    return Estimates(_bits(rest > 0), np.stack([along, across], axis=1).astype(np.float32))


def sign_products(signs: NDArray[np.uint64], question: Floats) -> Floats:
    """Product of ``question`` with vectors of +1 and -1, shape (n, words) to (n,).

    The question's components are rounded to ``2**_LEVEL_BITS`` levels each side of zero. Then a
    product is counting, for each bit of the levels, where the signs disagree.
    """
    sizes = np.abs(question)
    step = max(float(sizes.max(initial=0.0)), 1e-12) / (2**_LEVEL_BITS - 1)
    levels = np.rint(sizes / step).astype(np.uint8)
    words = signs.shape[1]
    # Operations over two axes take several times as long where one of them is this short.
    block = min(_BLOCK, len(signs))
    own_signs = np.tile(_bits(question > 0), block)
    own_levels = [np.tile(_bits(levels >> bit & 1), block) for bit in range(_LEVEL_BITS)]
    disagreement = np.empty(len(signs), dtype=np.float32)
    for start in range(0, len(signs), _BLOCK):
        flat = signs[start : start + _BLOCK].reshape(-1)
        differs = flat ^ own_signs[: len(flat)]
        counts = np.zeros(len(flat), dtype=np.uint16)
        for bit, own in enumerate(own_levels):
            counts += np.bitwise_count(differs & own[: len(flat)]).astype(np.uint16) << bit
        summed = counts.reshape(-1, words).astype(np.float32) @ np.ones(words, dtype=np.float32)
        disagreement[start : start + _BLOCK] = summed
    products: Floats = step * (levels.sum(dtype=np.float32) - 2 * disagreement)
    return products


def _bits(flags: NDArray[np.generic]) -> NDArray[np.uint64]:
    """Flags of the last axis in words, the last one filled up with zeros."""
    missing = -flags.shape[-1] % 64
    padded = np.pad(flags, [(0, 0)] * (flags.ndim - 1) + [(0, missing)])
    return np.packbits(padded, axis=-1).view("<u8")


class Earlier(NamedTuple):
    """Which of n vectors an earlier generation has."""

    vectors: GroupedVectors
    rows: Rows
    """Shape (n,): the row of each there, -1 for none."""


def write_grouped(
    writer: GenerationWriter,
    vectors: Floats,
    earlier: Earlier | None = None,
) -> None:
    """Store ``vectors``, shape (rows, dimension), in groups; they may be mapped from a file.

    Those that ``earlier`` has stay in their groups as long as the number of groups still fits.
    """
    count = group_count(len(vectors))
    if earlier is not None and count / 2 <= len(earlier.vectors.centroids) <= count * 2:
        centroids = earlier.vectors.centroids.all()
        groups = np.where(earlier.rows < 0, np.int32(-1), earlier.vectors.groups()[earlier.rows])
    else:
        centroids = _centroids(vectors, count)
        groups = np.full(len(vectors), -1, dtype=np.int32)
    _assign(groups, vectors, centroids)
    _write(writer, vectors, centroids, groups)


def _write(writer: GenerationWriter, vectors: Floats, centroids: Floats, groups: Groups) -> None:
    rows = np.argsort(groups, kind="stable")
    places = np.empty(len(rows), dtype=np.int32)
    places[rows] = np.arange(len(rows), dtype=np.int32)
    starts = np.searchsorted(groups[rows], np.arange(len(centroids) + 1))
    dimension = vectors.shape[1]
    writer.array(layout.CENTROIDS, "<f4", (dimension,)).append(centroids)
    writer.array(layout.GROUP_STARTS, "<i8").append(starts)
    writer.array(layout.GROUPED_ROWS, "<i4").append(rows)
    writer.array(layout.GROUPED_PLACES, "<i4").append(places)
    signs = writer.array(layout.SIGNS, "<u8", (layout.sign_words(dimension),))
    scales = writer.array(layout.ESTIMATES, "<f4", (2,))
    components = writer.array(layout.COMPONENTS, "<i2", (dimension,))
    vector_scales = writer.array(layout.VECTOR_SCALES, "<f4")
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        exact = fixed_point(np.asarray(vectors[part]))
        components.append(exact.components)
        vector_scales.append(exact.scales)
        # Of what is stored, so that an update, which knows nothing else, gives the same.
        estimated = estimates(exact.restored(), centroids[groups[part]])
        signs.append(estimated.signs)
        scales.append(estimated.scales)


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


def _assign(groups: Groups, vectors: Floats, centroids: Floats) -> None:
    """Put each vector that has no group yet into that of the most similar centroid."""
    import faiss

    missing = np.flatnonzero(groups < 0)
    for start in range(0, len(missing), CHUNK):
        part = missing[start : start + CHUNK]
        chunk = np.ascontiguousarray(vectors[part])
        metric = faiss.METRIC_INNER_PRODUCT
        groups[part] = faiss.knn(chunk, centroids, 1, metric=metric)[1][:, 0]
