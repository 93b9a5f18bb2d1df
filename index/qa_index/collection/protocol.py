"""The interface of an engine: passages, candidates as columns, and the statistics of a question.

Scoring, evidence and confidence work on a ``CandidateBlock`` and a ``Statistics``. They never see
an engine, so all engines give the same answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.weighting import lucene_idf
from qa_index.vectors import Distribution, Floats, Rows, ranges

if TYPE_CHECKING:
    from pathlib import Path

    from qa_index.collection.records import Counts, StoredDocument, StoredPassage
    from qa_index.encoding import ModelDescription
    from qa_index.terms.analyzer import Analyzer
    from qa_index.terms.vocabulary import Vocabulary


class Similarity(NamedTuple):
    """Distribution of the similarity to a question over all vectors of one kind."""

    distribution: Distribution
    vectors: int
    """Number of vectors."""
    length: float
    """Root mean square of their lengths."""


@dataclass(frozen=True, slots=True, eq=False)
class Statistics:
    """Statistics of a question over the whole collection."""

    passages: int
    average_length: float
    """Terms in a passage, repeats counted."""
    k1: float
    """Of BM25."""
    b: float
    """Of BM25."""
    frequencies: Mapping[str, int]
    """Number of passages that hold each of the question's terms."""
    model: str
    """Hash of the embedding model: see ``ModelDescription.sha256``."""
    passage_similarity: Similarity | None
    """``None`` for a question without a vector."""
    sentence_similarity: Similarity | None

    def holds(self, term: str) -> bool:
        """Whether any passage holds a term of the question."""
        return self.frequencies[term] > 0

    def idf(self, term: str) -> float:
        """Weight of a term of the question."""
        return lucene_idf(self.frequencies[term], self.passages)

    def word_weight(self, alternatives: Sequence[str]) -> float:
        """The idf of a word with several alternative terms: that of the most frequent one."""
        most = max((self.frequencies[term] for term in alternatives), default=0)
        return lucene_idf(most, self.passages)


@dataclass(frozen=True, slots=True, eq=False)
class HeldTerms:
    """Which of m terms of the question each of n candidates holds.

    Only terms that occur in the collection are listed.
    """

    terms: tuple[str, ...]
    """The m terms, in the order in which they were requested."""
    own: NDArray[np.bool_]
    """Shape (n, m): held by the candidate itself."""
    adjacent: NDArray[np.bool_]
    """Shape (n, m): held by the passage right before or after, in the same document."""

    def take(self, places: Rows) -> "HeldTerms":
        """The rows of the candidates at these positions."""
        return HeldTerms(self.terms, self.own[places], self.adjacent[places])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CandidateBlock:
    """n candidates with s sentences and t terms in all, as columns.

    Columns of sentences and terms are concatenated in the order of the candidates.
    """

    rows: Rows
    """int64, shape (n,): numbers of the passages in this generation."""
    documents: NDArray[np.int32]
    """Shape (n,): numbers of their documents."""
    kinds: NDArray[np.int32]
    """Shape (n,): positions in ``records.KINDS``."""
    bm25: NDArray[np.float64] | None
    """Shape (n,); ``None`` if the search was not by words."""
    vectors: Floats | None
    """float32, shape (n, dimension); ``None`` for a question without a vector."""
    sentence_counts: Rows
    """int64, shape (n,)."""
    heading_sentences: NDArray[np.int32]
    """Shape (n,): number of leading sentences that are headings of the others; 0 if all are."""
    sentence_codes: NDArray[np.int8] | None
    """Shape (s, dimension): quantised vectors, see ``vectors.Quantised``."""
    sentence_scales: Floats | None
    """float32, shape (s,)."""
    sentence_lengths: NDArray[np.int32]
    """Shape (s,): terms in each sentence."""
    lengths: Rows
    """int64, shape (n,): terms in each candidate, those of its context included."""
    context_lengths: Rows
    """int64, shape (n,): terms of its context (title and headings), which come first."""
    term_hashes: NDArray[np.uint32]
    """Shape (t,): ``terms.hashing.term_hash`` of each term in order."""
    held: HeldTerms

    def __len__(self) -> int:
        return len(self.rows)

    def hashes_of(self, places: Rows) -> NDArray[np.uint32]:
        """Concatenated term hashes of the candidates at these positions."""
        starts = np.cumsum(self.lengths) - self.lengths
        found: NDArray[np.uint32] = self.term_hashes[ranges(starts[places], self.lengths[places])]
        return found

    def take(self, places: Rows) -> "CandidateBlock":
        """The candidates at these positions, in the order of ``places``."""
        counts = self.sentence_counts[places]
        starts = np.cumsum(self.sentence_counts) - self.sentence_counts
        sentences = ranges(starts[places], counts)
        return replace(
            self,
            rows=self.rows[places],
            documents=self.documents[places],
            kinds=self.kinds[places],
            bm25=None if self.bm25 is None else self.bm25[places],
            vectors=None if self.vectors is None else self.vectors[places],
            sentence_counts=counts,
            heading_sentences=self.heading_sentences[places],
            sentence_codes=None if self.sentence_codes is None else self.sentence_codes[sentences],
            sentence_scales=(
                None if self.sentence_scales is None else self.sentence_scales[sentences]
            ),
            sentence_lengths=self.sentence_lengths[sentences],
            lengths=self.lengths[places],
            context_lengths=self.context_lengths[places],
            term_hashes=self.hashes_of(places),
            held=self.held.take(places),
        )


class PassagePlace(NamedTuple):
    """Location of a passage: the number of its document, and its code points there."""

    document: int
    start: int
    end: int


class Collection(Protocol):
    """One generation of an index. It does not change while it is open.

    Documents are numbered from 0 in the order of their paths, passages in the order of their
    documents and positions.
    """

    @property
    def folder(self) -> "Path":
        """Folder on this machine of what is kept beside the passages, such as a calibration."""
        ...

    @property
    def root(self) -> "Path":
        """Folder that relative paths of documents start from."""
        ...

    @property
    def generation(self) -> int:
        """Number of the generation."""
        ...

    @property
    def tool(self) -> str:
        """Version of the program that wrote it."""
        ...

    @property
    def model(self) -> "ModelDescription":
        """The embedding model of its vectors."""
        ...

    @property
    def counts(self) -> "Counts":
        """Numbers of documents, passages and sentences."""
        ...

    @property
    def texts_checksum(self) -> str:
        """Checksum over the texts of all documents; tells whether two collections hold the same."""
        ...

    @property
    def passage_count(self) -> int:
        """Number of passages."""
        ...

    @property
    def analyzer(self) -> "Analyzer":
        """Turns a question into the terms that passages are indexed by."""
        ...

    @property
    def vocabulary(self) -> "Vocabulary":
        """The words of the documents as they are written."""
        ...

    def statistics(self, terms: Sequence[str], vector: Floats | None) -> Statistics:
        """Statistics of a question's distinct ``terms`` and its vector, shape (dimension,)."""
        ...

    def candidates(
        self,
        terms: Sequence[str] | None,
        vector: Floats | None,
        *,
        depth: int,
        held: Sequence[str] = (),
        among: Rows | None = None,
    ) -> CandidateBlock:
        """The best ``depth`` passages by BM25 and by vector, ascending by row.

        Args:
            terms: Scored by BM25, repeats counted; ``None`` to search without words.
            vector: Shape (dimension,); ``None`` to search without a vector.
            depth: Passages to take from each list.
            held: Distinct terms to report in ``CandidateBlock.held``.
            among: Ascending rows to restrict the search to; ``None`` for all.
        """
        ...

    def document(self, number: int) -> "StoredDocument":
        """A document by its number."""
        ...

    def documents(self) -> "Iterator[StoredDocument]":
        """All documents in the order of paths."""
        ...

    @property
    def paths_and_rows(self) -> "tuple[tuple[str, ...], Rows]":
        """Paths of all documents; and their first row and the end, int64, shape (documents, 2)."""
        ...

    def text_of(self, document: "StoredDocument") -> str:
        """A document's whole text."""
        ...

    def passage(self, row: int) -> "StoredPassage":
        """A passage with its document."""
        ...

    def headings_of(self, rows: Rows) -> NDArray[np.int32]:
        """The innermost heading above each passage: its number in the document's, or -1."""
        ...

    def places(self, rows: Rows) -> list[PassagePlace]:
        """Locations of passages."""
        ...

    def text_keys(self, rows: Rows) -> Iterator[int | str]:
        """A key for each row; the keys of passages with the same text are equal."""
        ...

    def prefetch(self, rows: Rows) -> None:
        """Fetch together what citing these passages takes, where that saves requests to a server:
        their documents, and ``duplicates_of`` each.
        """
        ...

    def duplicates_of(self, row: int) -> list[int]:
        """The other passages with exactly this text, in order."""
        ...

    def row_of(self, citation: str) -> int | None:
        """The row of the passage with this citation id; ``None`` if there is none."""
        ...
