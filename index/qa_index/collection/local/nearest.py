"""Passage vectors on disk, and the search for those nearest to a question.

Fewer than 50,000 are stored as float32 in the order of rows, and a question is compared with all of
them. For more, see ``ivfpq``.
"""

from typing import Protocol

from qa_index.collection.local import layout
from qa_index.collection.local.checked import Arrays
from qa_index.collection.local.generations import OpenGeneration
from qa_index.collection.local.ivfpq import IvfPqVectors, nearest_among
from qa_index.collection.local.subset import Subset
from qa_index.vectors import Floats, Rows, highest, products

FAISS_FROM = 10_000
"""Passages from which FAISS is used for the exact search. For fewer, a matrix product takes at most
2 ms, and loading FAISS 80 ms."""


FEW = 0.4
"""Share of the rows below which they are read one by one; above, all are compared in order."""


class PassageVectors(Protocol):
    """The vectors of all passages, by row."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: slice | Rows, /) -> Floats:
        """The vectors of these rows, shape (n, dimension)."""
        ...

    def similarities(self, rows: Rows, question: Floats, /) -> Floats:
        """Similarity of the vectors of these rows to ``question``, shape (n,)."""
        ...

    def nearest(self, question: Floats, count: int, subset: Subset | None = None) -> Rows:
        """Rows of the ``count`` vectors most similar to ``question``, best first.

        Of a ``subset``, only its rows are searched.
        """
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

    def similarities(self, rows: Rows, question: Floats) -> Floats:
        """Similarity of the vectors of these rows to ``question``."""
        found: Floats = products(self._vectors[rows], question)
        return found

    def nearest(self, question: Floats, count: int, subset: Subset | None = None) -> Rows:
        """See ``PassageVectors.nearest``."""
        if subset is not None and len(subset.rows) < len(self) * FEW:
            return nearest_among(self, question, count, subset.rows)
        vectors = self._vectors.all()
        if subset is not None:
            return subset.rows[highest(products(vectors, question)[subset.rows], count)]
        if len(vectors) < FAISS_FROM:
            return highest(products(vectors, question), count)
        import faiss

        metric = faiss.METRIC_INNER_PRODUCT
        _, rows = faiss.knn(question[None, :], vectors, min(count, len(vectors)), metric=metric)
        found: Rows = rows[0]
        return found


def open_vectors(reader: OpenGeneration) -> PassageVectors:
    """The vectors of a generation, in either layout."""
    if layout.IVFPQ in reader.manifest.files:
        return IvfPqVectors(reader.array, reader.file(layout.IVFPQ))
    return FlatVectors(reader.array)
