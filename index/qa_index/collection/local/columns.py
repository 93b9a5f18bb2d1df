"""The columns of one generation: the stored arrays of passages, sentences and terms."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.local import layout
from qa_index.collection.local.bm25 import SparseBM25
from qa_index.collection.local.generations import OpenGeneration
from qa_index.collection.local.nearest import open_vectors
from qa_index.collection.local.postings import Postings
from qa_index.collection.local.subset import Subsets
from qa_index.errors import REBUILD, IndexDamaged
from qa_index.vectors import usual_length


class Columns:
    """The arrays of an open generation; each is named and described in ``layout``."""

    def __init__(self, reader: OpenGeneration) -> None:
        """Raises ``IndexDamaged`` if the arrays do not match the manifest."""
        self.reader = reader
        self.manifest = reader.manifest
        self._check_counts()
        self.passages = self.reader.array(layout.PASSAGES)
        self.duplicates = self.reader.array(layout.DUPLICATES)
        self.sentences = self.reader.array(layout.SENTENCES)
        self.terms = self.reader.array(layout.TERMS)
        self.sentence_terms = self.reader.array(layout.SENTENCE_TERMS)
        self.vectors = open_vectors(self.reader)
        self.sentence_vectors = self.reader.array(layout.SENTENCE_VECTORS)
        self.sentence_scales = self.reader.array(layout.SENTENCE_SCALES)
        self.subsets = Subsets(self.passage_count)

    @property
    def passage_count(self) -> int:
        """Number of passages."""
        return self.manifest.counts.passages

    @cached_property
    def postings(self) -> Postings:
        """The terms of the passages."""
        arrays = {
            name: self.reader.array(layout.POSTINGS + name) for name in Postings.array_names()
        }
        scalars = self.manifest.statistics
        return Postings(
            **arrays,
            row_count=self.manifest.counts.passages,
            average_length=scalars["average_length"],
            average_okapi_idf=scalars["average_okapi_idf"],
            k1=scalars["k1"],
            b=scalars["b"],
        )

    @cached_property
    def bm25(self) -> SparseBM25:
        """BM25 over the passages."""
        return SparseBM25(self.postings)

    @cached_property
    def passage_moments(self) -> NDArray[np.float32]:
        """Mean and covariance of the passage vectors."""
        moments: NDArray[np.float32] = self.reader.array(layout.PASSAGE_MOMENTS).all()
        return moments

    @cached_property
    def sentence_moments(self) -> NDArray[np.float32]:
        """Mean and covariance of the sentence vectors."""
        moments: NDArray[np.float32] = self.reader.array(layout.SENTENCE_MOMENTS).all()
        return moments

    @cached_property
    def passage_length(self) -> float:
        """Root mean square of the lengths of the passage vectors."""
        return usual_length(self.passage_moments)

    @cached_property
    def sentence_length(self) -> float:
        """Root mean square of the lengths of the sentence vectors."""
        return usual_length(self.sentence_moments)

    def _check_counts(self) -> None:
        """Counts can disagree although checksums match, if another program wrote the index."""
        rows = self.reader.rows
        counts, statistics = self.manifest.counts, self.manifest.statistics
        sizes = layout.Sizes(
            documents=counts.documents,
            passages=counts.passages,
            sentences=counts.sentences,
            dimension=self.manifest.model.dimension,
            terms=rows(layout.TERMS),
            vocabulary=rows(layout.POSTINGS + "starts") - 1,
            postings=rows(layout.POSTINGS + "rows"),
            term_bytes=rows(layout.POSTINGS + "term_bytes"),
            buckets=rows(layout.POSTINGS + "buckets") - 1,
            ivfpq=layout.IVFPQ in self.manifest.files,
        )
        for name, (dtype, shape) in layout.arrays(sizes).items():
            self.reader.expect(name, dtype, shape)
        ends_of = {
            layout.DOCUMENT_OFFSETS: self.reader.file(layout.DOCUMENTS).size,
            layout.POSTINGS + "buckets": sizes.vocabulary,
            layout.POSTINGS + "term_starts": sizes.term_bytes,
            layout.POSTINGS + "starts": sizes.postings,
        }
        for name, end in ends_of.items():
            offsets = self.reader.array(name)
            if offsets[len(offsets) - 1] != end:
                raise offsets.file.damaged(f"does not end at {end:,}")
        if counts.passages:
            last = self.reader.array(layout.PASSAGES)[counts.passages - 1]
            ends = (
                (last["document"] + 1, counts.documents),
                (last["first_sentence"] + last["sentences"], counts.sentences),
                (last["first_term"] + last["terms"], sizes.terms),
                (last["text_end"], self.reader.file(layout.TEXTS).size),
            )
            if any(end > size for end, size in ends):
                raise self.reader.file(layout.PASSAGES).damaged("refers to more than there is")
        scalars = set(Postings.scalar_names())
        if not scalars <= statistics.keys() or statistics["row_count"] != counts.passages:
            raise IndexDamaged(
                f"the manifest in {self.reader.folder} disagrees with itself; {REBUILD}"
            )
