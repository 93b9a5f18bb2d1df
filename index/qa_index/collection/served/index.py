"""One generation on a server, as far as it does not matter which server that is."""

import json
import os
import threading
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.described import Described
from qa_index.collection.keys import Key
from qa_index.collection.manifest import Manifest
from qa_index.collection.names import absolute, name_below
from qa_index.collection.protocol import (
    CandidateBlock,
    HeldTerms,
    PassagePlace,
    Similarity,
    Statistics,
)
from qa_index.collection.records import StoredDocument, StoredPassage
from qa_index.collection.served.numbering import Numbering
from qa_index.collection.served.packing import (
    HEADER,
    Payload,
    sentence_vectors,
    signed,
    text_key,
)
from qa_index.errors import REBUILD, IndexDamaged, IndexIncompatible, IndexProblem
from qa_index.records import KINDS, Span, heading_path
from qa_index.terms.analyzer import Analyzer
from qa_index.terms.vocabulary import Vocabulary
from qa_index.vectors import (
    Encoded,
    Floats,
    Moments,
    Rows,
    similarity_distribution,
    usual_length,
)

RECENT_PASSAGES = 4096
"""Passages in the cache, at 6 kB each."""

RECENT_DUPLICATES = 262_144
"""Rows in the cached lists of duplicates, at 40 bytes each at most: a licence text can be in
thousands of files, and each of them has all others."""

RECENT_DOCUMENTS = 512
"""Parsed documents in the cache."""

AT_ONCE = 1000
"""Rows that are fetched together when all are."""


class FetchedPassage(NamedTuple):
    """A passage as it comes from a server."""

    payload: Payload
    vector: Floats
    """Shape (dimension,)."""
    citation: int
    """Of 64 bits, signed: see ``keys.citation_id``."""


class Pinned(NamedTuple):
    """What is read of a generation when it is opened."""

    manifest: Manifest
    numbering: Numbering
    root: str
    """Folder that stored paths start from."""
    skipped: bytes
    """A line of JSON for each skipped file."""


class ServedIndex(Described):
    """``Index`` by what an engine fetches; safe to share between threads.

    Passages and documents are fetched by their numbers on the server, which are never used again.
    """

    def __init__(
        self,
        name: str,
        pinned: Pinned,
        folder: Path,
        *,
        root: str,
        base: str | os.PathLike[str] | None,
    ) -> None:
        """``name`` is the address without secrets, ``root`` the one that it sets, if it does.

        ``folder``: see ``Collection.folder``; ``base``: see ``StoredIndex``.
        """
        self.name = name
        self.manifest = pinned.manifest
        self.numbering = pinned.numbering
        self.stored_root = pinned.root
        self.raw_skipped = pinned.skipped
        self.folder = folder
        self.root = absolute(base or root or pinned.root)
        self._base = base
        try:
            self.analyzer = Analyzer.from_dict(self.manifest.analyzer)
        except (ValueError, TypeError, KeyError) as error:
            raise IndexIncompatible(
                f"{name} was written with another analyzer ({error}); {REBUILD}"
            ) from error
        self._changing = threading.Lock()
        self._recent: OrderedDict[int, FetchedPassage] = OrderedDict()
        self._documents: OrderedDict[int, StoredDocument] = OrderedDict()
        self._duplicates: OrderedDict[int, tuple[int, ...]] = OrderedDict()
        self._duplicates_held = 0  # rows in its lists
        counts = self.manifest.counts
        found = len(self.numbering.ids), int(self.numbering.first_rows[-1])
        if found != (counts.documents, counts.passages):
            raise self.damaged("its documents are not those of its manifest")

    # What an engine fetches. All raise an ``IndexProblem``.

    @abstractmethod
    def check_horizon(self) -> None:
        """Raises ``gone`` if what was read before may lack removed passages."""

    @abstractmethod
    def fetch_passages(self, ids: Sequence[int]) -> Mapping[int, FetchedPassage]:
        """Passages by their numbers on the server, as far as they are there."""

    @abstractmethod
    def fetch_records(self, documents: Sequence[int]) -> Mapping[int, bytes]:
        """The records of documents, given by position, as far as they are there."""

    @abstractmethod
    def fetch_text(self, document: int) -> bytes | None:
        """The text of the document at a position, in UTF-8; ``None`` if it is not there."""

    @abstractmethod
    def fetch_paths(self) -> Sequence[str]:
        """The stored paths of all documents, by position."""

    @abstractmethod
    def passages_where(self, field: str, values: Sequence[int]) -> list[int]:
        """Numbers of the passages whose ``citation`` or ``text_key`` is one of these, dead ones
        included.

        Values are of 64 bits, signed.
        """

    @abstractmethod
    def fetch_sums(self) -> Sequence[Moments]:
        """The sums of the vectors of passages and of those of sentences."""

    @abstractmethod
    def words(self) -> list[str]:
        """See ``Index``."""

    # What is wrong with it

    def damaged(self, what: str) -> IndexDamaged:
        """What is to be raised where the server's rows contradict one another."""
        return IndexDamaged(f"{self.name}: {what}; {REBUILD}")

    def gone(self) -> IndexProblem:
        """What is to be raised where this generation was removed meanwhile."""
        return IndexProblem(
            f"generation {self.generation} of {self.name} was replaced and removed meanwhile; "
            "ask again"
        )

    # See ``Collection`` and ``Index`` for all that follows

    @property
    def passage_count(self) -> int:
        """Number of passages."""
        return self.manifest.counts.passages

    def name_of(self, file: str | os.PathLike[str]) -> str:
        """See ``Index``."""
        return name_below(file, self.root)

    # Statistics

    @cached_property
    def moments(self) -> tuple[tuple[NDArray[np.float32], float], ...]:
        """Mean and covariance of the vectors of passages and of sentences, and usual lengths."""
        found = [each.finish() for each in self.fetch_sums()]
        return tuple((each, usual_length(each)) for each in found)

    def moment_counts(self) -> tuple[int, ...]:
        """Numbers of the vectors behind ``moments``."""
        return tuple(each.count for each in self.fetch_sums())

    def statistics_of(self, frequencies: Mapping[str, int], vector: Floats | None) -> Statistics:
        """``Collection.statistics``, given how many passages hold each of the question's terms."""
        counts, numbers = self.counts, self.manifest.statistics
        found: list[Similarity | None] = [None, None]
        if vector is not None:
            found = [
                Similarity(similarity_distribution(vector, moments), count, length)
                for (moments, length), count in zip(
                    self.moments, (counts.passages, counts.sentences), strict=True
                )
            ]
        return Statistics(
            passages=counts.passages,
            average_length=numbers["average_length"],
            k1=numbers["k1"],
            b=numbers["b"],
            frequencies=frequencies,
            model=self.model.sha256,
            passage_similarity=found[0],
            sentence_similarity=found[1],
        )

    # Passages

    def payloads(self, rows: Rows, *, keep: bool = True) -> tuple[list[Payload], Floats, list[int]]:
        """Rows as they are stored, their vectors, shape (n, dimension), and citations."""
        ids = self.numbering.passages_of(rows).tolist()
        with self._changing:
            found = {each: self._recent[each] for each in ids if each in self._recent}
        missing = list(dict.fromkeys(each for each in ids if each not in found))
        if missing:
            found.update(self.fetch_passages(missing))
            if len(found) < len(set(ids)):
                self.check_horizon()
                raise self.damaged("it lacks a passage")
            if keep:
                with self._changing:
                    self._recent.update((each, found[each]) for each in missing)
                    while len(self._recent) > RECENT_PASSAGES:
                        self._recent.popitem(last=False)
        ordered = [found[each] for each in ids]
        vectors = np.array([each.vector for each in ordered], dtype=np.float32)
        return (
            [each.payload for each in ordered],
            vectors.reshape(-1, self.model.dimension),
            [each.citation for each in ordered],
        )

    def places(self, rows: Rows) -> list[PassagePlace]:
        """See ``Collection``."""
        payloads, _, _ = self.payloads(rows)
        documents = self.numbering.documents_of(rows).tolist()
        spans = [(int(each.header["start"]), int(each.header["end"])) for each in payloads]
        return [
            PassagePlace(document, *span) for document, span in zip(documents, spans, strict=True)
        ]

    def headings_of(self, rows: Rows) -> NDArray[np.int32]:
        """See ``Collection``."""
        return np.array([each.header["heading"] for each in self.payloads(rows)[0]], dtype=np.int32)

    def passage_text(self, row: int) -> str:
        """The text of a passage."""
        return self.payloads(np.array([row]))[0][0].text.decode()

    def passage(self, row: int) -> StoredPassage:
        """See ``Collection``."""
        wanted = np.array([row])
        payloads, _, citations = self.payloads(wanted)
        header = dict(zip(HEADER.names or (), payloads[0].header.item(), strict=True))
        document = self.document(int(self.numbering.documents_of(wanted)[0]))
        spans = payloads[0].sentences + header["start"]
        return StoredPassage(
            row=row,
            id=f"{citations[0] & (1 << 64) - 1:016x}",
            document=document,
            start=header["start"],
            end=header["end"],
            text=payloads[0].text.decode(),
            sentences=tuple(Span(*span) for span in spans.tolist()),
            heading_path=heading_path(document.headings, header["heading"]),
            kind=KINDS[header["kind"]],
            first_line=header["first_line"],
            last_line=header["last_line"],
        )

    def outline(self, document: StoredDocument) -> NDArray[Any]:
        """See ``Index``."""
        found = self.payloads(np.arange(*document.passages), keep=False)[0]
        return np.array([each.header for each in found], dtype=HEADER)

    def row_of(self, citation: str) -> int | None:
        """See ``Collection``."""
        try:
            wanted = int(citation, 16)
        except ValueError:
            return None
        if not 0 <= wanted < 1 << 64:
            return None
        found = self._rows_where("citation", [signed(wanted)])
        return found[0] if found else None

    def text_keys(self, rows: Rows) -> Iterator[int | str]:
        """See ``Collection``."""
        texts = [payload.text for payload in self.payloads(rows)[0]]
        first = dict(zip(texts[::-1], rows.tolist()[::-1], strict=True))
        return iter([first[text] for text in texts])

    def prefetch(self, rows: Rows) -> None:
        """See ``Collection``."""
        numbers = dict.fromkeys(self.numbering.documents_of(rows).tolist())
        with self._changing:
            wanted = [each for each in rows.tolist() if each not in self._duplicates]
            missing = [each for each in numbers if each not in self._documents]
        for _ in self._some_documents(missing):  # keeps them
            pass
        found = self._duplicates_of(wanted)
        with self._changing:
            for row, others in found.items():
                self._duplicates_held += len(others) - len(self._duplicates.pop(row, ()))
                self._duplicates[row] = others
            while (
                len(self._duplicates) > RECENT_PASSAGES or self._duplicates_held > RECENT_DUPLICATES
            ):
                self._duplicates_held -= len(self._duplicates.popitem(last=False)[1])

    def duplicates_of(self, row: int) -> list[int]:
        """See ``Collection``."""
        with self._changing:
            found = self._duplicates.get(row)
        return list(self._duplicates_of([row])[row] if found is None else found)

    def _duplicates_of(self, rows: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """``duplicates_of`` several rows."""
        if not rows:
            return {}
        texts = [each.text for each in self.payloads(np.array(rows))[0]]
        own = dict(zip(rows, texts, strict=True))
        same: dict[bytes, list[int]] = {}
        for row, text in own.items():
            same.setdefault(text, []).append(row)
        found = self._rows_where("text_key", [*map(text_key, same)])
        others = [each for each in found if each not in own]
        for start in range(0, len(others), AT_ONCE):
            part = others[start : start + AT_ONCE]
            payloads = self.payloads(np.array(part), keep=False)[0]
            for row, each in zip(part, payloads, strict=True):
                if each.text in same:  # another text may have the same key
                    same[each.text].append(row)
        ordered = {text: sorted(each) for text, each in same.items()}
        return {
            row: tuple(each for each in ordered[text] if each != row) for row, text in own.items()
        }

    def _rows_where(self, field: str, values: Sequence[int]) -> list[int]:
        found = np.array(self.passages_where(field, values), dtype=np.int64)
        rows = self.numbering.rows_of(found)
        return sorted(rows[rows >= 0].tolist())

    def block(self, rows: Rows) -> CandidateBlock:
        """See ``Index.block``."""
        nothing = np.zeros((len(rows), 0), dtype=bool)
        return self.block_of(rows, held=HeldTerms((), nothing, nothing))

    def block_of(
        self,
        rows: Rows,
        *,
        held: HeldTerms,
        bm25: NDArray[np.float64] | None = None,
        with_vectors: bool = True,
    ) -> CandidateBlock:
        """The columns of some passages."""
        payloads, vectors, _ = self.payloads(rows)
        headers = np.array([each.header for each in payloads], dtype=HEADER)
        sentences = sentence_vectors(payloads, self.model.dimension) if with_vectors else None
        return CandidateBlock(
            rows=rows,
            documents=self.numbering.documents_of(rows).astype(np.int32),
            kinds=headers["kind"],
            bm25=bm25,
            vectors=vectors if with_vectors else None,
            sentence_counts=headers["sentences"].astype(np.int64),
            heading_sentences=headers["heading_sentences"],
            sentence_codes=sentences and sentences.codes,
            sentence_scales=sentences and sentences.scales,
            sentence_lengths=_joined([each.sentence_terms for each in payloads], np.int32),
            lengths=headers["terms"].astype(np.int64),
            context_lengths=headers["context_terms"].astype(np.int64),
            term_hashes=_joined([each.hashes for each in payloads], np.uint32),
            held=held,
        )

    def encoded(self, rows: Rows) -> Encoded:
        """See ``Index``."""
        payloads, found, _ = self.payloads(rows, keep=False)
        return Encoded(found, sentence_vectors(payloads, self.model.dimension))

    # Documents

    def document(self, number: int) -> StoredDocument:
        """See ``Collection``."""
        with self._changing:
            found = self._documents.get(number)
            if found is not None:
                self._documents.move_to_end(number)
                return found
        return next(self._some_documents([number]))

    def documents(self) -> Iterator[StoredDocument]:
        """See ``Collection``."""
        for start in range(0, len(self.numbering.ids), AT_ONCE):
            end = min(start + AT_ONCE, len(self.numbering.ids))
            yield from self._some_documents(range(start, end), keep=False)

    def _some_documents(
        self, numbers: Sequence[int], *, keep: bool = True
    ) -> Iterator[StoredDocument]:
        if not numbers:
            return
        records = self.fetch_records(numbers)
        if len(records) < len(numbers):
            self.check_horizon()
            raise self.damaged("it lacks a document")
        for number in numbers:
            document = self._parse_document(records[number])
            rows = Span(*self.numbering.first_rows[number : number + 2].tolist())
            document = replace(document, passages=rows, path=self._named(document.path))
            if keep:
                with self._changing:
                    self._documents[number] = document
                    while len(self._documents) > RECENT_DOCUMENTS:
                        self._documents.popitem(last=False)
            yield document

    def _parse_document(self, record: bytes) -> StoredDocument:
        try:
            return StoredDocument.from_json(record)
        except (ValueError, TypeError, KeyError) as error:
            raise self.damaged("the record of a document is damaged") from error

    def _named(self, path: str) -> str:
        if self._base is None:
            return path
        return name_below(Path(self.stored_root) / path, self.root)

    @cached_property
    def paths_and_rows(self) -> tuple[tuple[str, ...], Rows]:
        """See ``Collection``."""
        found = self.fetch_paths()
        rows = np.stack([self.numbering.first_rows[:-1], self.numbering.first_rows[1:]], axis=1)
        if len(found) != len(rows):
            raise self.gone()
        return tuple(self._named(path) for path in found), rows

    def text_of(self, document: StoredDocument) -> str:
        """See ``Collection``."""
        number = int(self.numbering.documents_of(np.array([document.passages.start]))[0])
        if document.passages.start == document.passages.end:
            number = self.paths_and_rows[0].index(document.path)
        found = self.fetch_text(number)
        if found is None:
            raise self.gone()
        return found.decode()

    # What a build needs

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """See ``Collection``. The first use reads all words."""
        return Vocabulary("\n".join(self.words()))

    def skipped_files(self) -> list[list[Any]]:
        """See ``Described``."""
        try:
            return [list(json.loads(line)) for line in self.raw_skipped.splitlines()]
        except (ValueError, TypeError) as error:
            raise self.damaged("its list of skipped files is damaged") from error

    @abstractmethod
    def keys_by_passage(self, ids: Sequence[int]) -> Mapping[int, int]:
        """Encoding keys of passages, by their numbers on the server, as numbers of 128 bits."""

    @abstractmethod
    def passages_by_key(self, keys: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Key and number of each passage with one of these encoding keys, dead ones included."""

    def keys_of(self, rows: Rows) -> list[Key]:
        """See ``Index.keys_of``."""
        ids = self.numbering.passages_of(rows).tolist()
        found = self.keys_by_passage(ids)
        if len(found) < len(set(ids)):
            self.check_horizon()
            raise self.damaged("it lacks a passage")
        return [(found[each] & (1 << 64) - 1, found[each] >> 64) for each in ids]

    def rows_of_keys(self, keys: Sequence[Key]) -> Rows:
        """See ``Index``."""
        known: dict[int, int] = {}
        wanted = [number_of(key) for key in keys]
        for start in range(0, len(wanted), AT_ONCE):
            found = list(self.passages_by_key(wanted[start : start + AT_ONCE]))
            ids = np.array([number for _, number in found], dtype=np.int64)
            rows = self.numbering.rows_of(ids).tolist()
            known |= {key: row for (key, _), row in zip(found, rows, strict=True) if row >= 0}
        return np.array([known.get(key, -1) for key in wanted], dtype=np.int64)


def number_of(key: Key) -> int:
    """An encoding key as one number of 128 bits."""
    low, high = key
    return high << 64 | low


def _joined(parts: Sequence[NDArray[Any]], dtype: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=dtype), *parts])
