"""The interface of an engine for writing: one writer makes the next generation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.keys import Key
from qa_index.collection.manifest import BuildSettings
from qa_index.collection.records import Counts, StoredDocument
from qa_index.records import BlockKind
from qa_index.vectors import Encoded

MOST_WORDS = 1 << 20
"""Distinct words that are kept to correct questions by: about 100 MB while building. Later ones are
rare names and slips of scanners."""


@dataclass(frozen=True, slots=True, eq=False)
class NewPassage:
    """A passage to be written, with all but its vectors: s sentences and t terms."""

    id: int
    """Of the citation: see ``keys.citation_id``."""
    key: Key
    """See ``keys.encoding_key``."""
    start: int
    """Code points into the document, like ``end``."""
    end: int
    sentences: NDArray[np.int32]
    """Shape (s, 2): start and end in code points, relative to the passage's start."""
    sentence_terms: NDArray[np.int32]
    """Shape (s,): number of terms in each."""
    hashes: NDArray[np.uint32]
    """Shape (t,): ``terms.hashing.term_hash`` of its terms in order, its context first."""
    frequencies: Mapping[str, int]
    """How often it holds each term, those of its context included."""
    context_terms: int
    """Number of terms of the context."""
    heading: int
    first_line: int
    last_line: int
    kind: BlockKind
    heading_sentences: int
    """See ``CandidateBlock.heading_sentences``."""


class NewDocument(NamedTuple):
    """A document to be written."""

    record: StoredDocument
    """Its spans ``text`` and ``passages`` are the engine's to set."""
    text: str
    passages: Sequence[NewPassage]
    """In order, without overlap."""
    words: Iterable[str]
    """Its words as they are written: see ``Collection.vocabulary``."""


class Writer(Protocol):
    """Writes the next generation, in the order of paths, and makes it the live one.

    It is a context manager. Leaving it without ``commit`` discards what was written, and the live
    generation stays as it was. What it raises: see ``Engine.writing``.
    """

    @property
    def generation(self) -> int:
        """Number of the generation that it writes."""
        ...

    @property
    def counts(self) -> Counts:
        """What was put and kept so far."""
        ...

    def put(self, document: NewDocument) -> None:
        """Add a new document after those before."""
        ...

    def put_vectors(self, encoded: Encoded) -> None:
        """Add the vectors of the next passages that were put, in their order.

        They may come long after the passages, and for some of a document's passages at a time.
        """
        ...

    def keep(self, first: int, last: int) -> None:
        """Keep documents ``first:last`` of the previous generation, vectors included."""
        ...

    def commit(self, settings: BuildSettings) -> None:
        """Make the generation the live one, in one step. All vectors have been put."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
