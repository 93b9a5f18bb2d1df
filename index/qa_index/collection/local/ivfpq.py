"""IVF-PQ for many passage vectors: groups around centroids, and codes of 4 bits per 2 components.

A question is compared with the groups whose centroids are nearest to it (an inverted file), and
with each vector there by a short code (product quantisation; both by Jégou, Douze and Schmid, PAMI
2011). FAISS does this. The best by these codes are then compared with their full vectors, stored as
16-bit fixed point, which does not change rankings. Figures are in docs/decisions/speed.md.
"""

import math
import threading
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.local import layout
from qa_index.collection.local.checked import Arrays, CheckedFile
from qa_index.collection.local.generations import GenerationWriter
from qa_index.collection.local.subset import Subset
from qa_index.vectors import Floats, Rows, highest, products

IVFPQ_FROM = 50_000
"""Passages from which IVF-PQ is used; comparing a question with 50,000 vectors takes 8 ms."""

TRAINING_ROWS = 40
"""Training vectors per centroid for k-means; 64 take half as long again without any gain."""

TRAINING_ROUNDS = 6

CODE_TRAINING_ROWS = 50_000
"""Vectors that the codes are trained on: 16 codes for every two components."""

SCANNED = 400
"""Groups that a question is compared with. With ``group_count`` groups they hold 21,000 of 175,000
vectors and 50,000 of 1,000,000."""

REFINED = 6
"""Vectors compared in full, as a multiple of those requested; at least 600. They include all but a
few in a thousand of the nearest scanned vectors."""

EXACT = 4096
"""Rows of a subset up to which all of it is compared in full, which takes no longer than scanning
groups."""

CHUNK = 4096
"""Vectors that are processed at a time."""


class IvfPqVectors:
    """Vectors grouped around centroids; a search looks at the nearest groups."""

    def __init__(self, array: Arrays, groups: CheckedFile) -> None:
        """``groups`` is the file of ``layout.IVFPQ``; it is read when first needed."""
        self._components = array(layout.COMPONENTS)
        self._scales = array(layout.VECTOR_SCALES)
        self._groups = groups
        self._loading = threading.Lock()
        self._inverted: Any = None

    def __len__(self) -> int:
        return len(self._scales)

    def __getitem__(self, rows: slice | Rows) -> Floats:
        return FixedPoint(self._components[rows], self._scales[rows]).restored()

    def similarities(self, rows: Rows, question: Floats) -> Floats:
        """Similarity of the vectors of these rows to ``question``."""
        found: Floats = products(self._components[rows].astype(np.float32), question)
        found *= self._scales[rows]
        return found

    @property
    def inverted(self) -> Any:
        """The ``faiss.IndexIVFPQFastScan`` over all rows. Raises ``IndexDamaged``."""
        with self._loading:
            if self._inverted is None:
                self._inverted = self._load()
            return self._inverted

    def _load(self) -> Any:
        import faiss

        self._groups.check_all()
        try:
            index = faiss.deserialize_index(np.frombuffer(self._groups.buffer(), dtype=np.uint8))
        except RuntimeError as error:
            raise self._groups.damaged("is no index of FAISS") from error
        expected = (faiss.IndexIVFPQFastScan, len(self), self._components.shape[1])
        if (type(index), index.ntotal, index.d) != expected:
            raise self._groups.damaged("does not hold these vectors")
        return index

    def nearest(self, question: Floats, count: int, subset: Subset | None = None) -> Rows:
        """Rows of approximately the ``count`` most similar vectors, best first; recall is 99 %.

        Of a ``subset`` of up to ``EXACT`` rows, exactly the most similar ones.
        """
        rows = self._roughly(question, min(REFINED * max(count, 100), len(self)), subset)
        return nearest_among(self, question, count, rows)

    def _roughly(self, question: Floats, count: int, subset: Subset | None) -> Rows:
        """Rows of the ``count`` vectors nearest to ``question`` by their codes, ascending.

        All rows if the codes distinguish nothing, as for vectors that are equal or zero, or if
        there are few.
        """
        import faiss

        every = np.arange(len(self)) if subset is None else subset.rows
        if subset is not None and len(every) <= max(EXACT, count):
            return every
        parameters = faiss.SearchParametersIVF()
        if subset is not None:
            parameters.sel = faiss.IDSelectorBitmap(len(subset.bits), faiss.swig_ptr(subset.bits))
        scanned = SCANNED
        while True:
            parameters.nprobe = scanned
            _, found = self.inverted.search(question[None, :], count, params=parameters)
            rows: Rows = found[0][found[0] >= 0]
            if subset is not None:
                rows = rows[subset.mask[rows]]  # in case another FAISS passes the selector over
            if len(rows) == count:
                return np.sort(rows)
            # The nearest groups may hold fewer than are asked for.
            if scanned >= self.inverted.nlist:
                return every
            scanned *= 4


class _Comparable(Protocol):
    def similarities(self, rows: Rows, question: Floats, /) -> Floats: ...


def nearest_among(vectors: _Comparable, question: Floats, count: int, rows: Rows) -> Rows:
    """The ``count`` of these ascending rows that are nearest to ``question``, best first; exact."""
    scores = np.empty(len(rows), dtype=np.float32)
    for start in range(0, len(rows), CHUNK):
        part = slice(start, start + CHUNK)
        scores[part] = vectors.similarities(rows[part], question)
    return rows[highest(scores, count)]


def group_count(count: int) -> int:
    """Number of groups for ``count`` vectors.

    With half as many, a search must scan half as much again; with twice as many, k-means takes
    four times as long.
    """
    return min(8 * math.isqrt(count), count)


class FixedPoint(NamedTuple):
    """Vectors of n passages as 16-bit numbers."""

    components: NDArray[np.int16]
    """Shape (n, dimension)."""
    scales: Floats
    """Shape (n,): powers of two, so that restored vectors are stored again without change."""

    def restored(self) -> Floats:
        """The vectors, shape (n, dimension), each component within half of its scale."""
        return self.components.astype(np.float32) * self.scales[:, None]


def fixed_point(vectors: Floats) -> FixedPoint:
    """Convert vectors, shape (n, dimension), each with a scale that fits its largest component."""
    largest = np.abs(vectors).max(axis=1, initial=0.0)
    _, exponents = np.frexp(largest / 32_767)
    scales = np.ldexp(np.float32(1), exponents).astype(np.float32)
    return FixedPoint(np.rint(vectors / scales[:, None]).astype(np.int16), scales)


def write_ivfpq(
    writer: GenerationWriter, vectors: Floats, earlier: IvfPqVectors | None = None
) -> None:
    """Store ``vectors``, shape (rows, dimension), in groups; they may be mapped from a file.

    An update keeps the centroids and codes of an ``earlier`` generation as long as the number of
    groups fits: its vectors then stay in their groups.
    """
    import faiss

    rows, dimension = vectors.shape
    index: Any = _kept(earlier, group_count(rows)) or _trained(vectors)
    components = writer.array(layout.COMPONENTS, "<i2", (dimension,))
    scales = writer.array(layout.VECTOR_SCALES, "<f4")
    for start in range(0, rows, CHUNK):
        exact = fixed_point(np.asarray(vectors[start : start + CHUNK]))
        components.append(exact.components)
        scales.append(exact.scales)
        # Use the stored vectors: an update has no others, and must give the same result.
        index.add(exact.restored())
    writer.bytes(layout.IVFPQ).write(faiss.serialize_index(index))


def _kept(earlier: IvfPqVectors | None, count: int) -> Any | None:
    """The groups of an earlier generation, emptied, if their number is close to ``count``."""
    import faiss

    if earlier is None or not count / 2 <= earlier.inverted.nlist <= count * 2:
        return None
    index = faiss.clone_index(earlier.inverted)
    index.reset()
    return index


def _trained(vectors: Floats) -> Any:
    """Train groups and codes on these vectors; the returned index is empty."""
    import faiss

    rows, dimension = vectors.shape
    groups = group_count(rows)
    order = np.random.default_rng(0).permutation(rows)

    def sample(count: int) -> Floats:
        return np.ascontiguousarray(vectors[np.sort(order[:count])])

    kmeans = faiss.Kmeans(
        dimension,
        groups,
        niter=TRAINING_ROUNDS,
        spherical=True,
        seed=1,
        min_points_per_centroid=1,
    )
    kmeans.train(sample(groups * TRAINING_ROWS))
    quantizer = faiss.IndexFlatIP(dimension)
    quantizer.add(np.asarray(kmeans.centroids, dtype=np.float32))
    pairs = dimension // 2 if dimension % 2 == 0 else dimension
    bits, metric = 4, faiss.METRIC_INNER_PRODUCT
    index = faiss.IndexIVFPQFastScan(quantizer, dimension, groups, pairs, bits, metric)
    # Encode whole vectors, not residuals from the centroid: as good, and a third faster.
    index.by_residual = False
    index.pq.cp.min_points_per_centroid = 1
    # Vectors are repeated if there are fewer than codes.
    drawn = sample(CODE_TRAINING_ROWS)
    index.train(np.resize(drawn, (max(len(drawn), 2**bits), dimension)))
    return index
