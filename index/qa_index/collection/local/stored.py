"""Read access to an index: documents, passages and signals of the live generation."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.described import Described
from qa_index.collection.keys import Key
from qa_index.collection.local import candidates, layout
from qa_index.collection.local.checked import CheckedArray, CheckedFile
from qa_index.collection.local.columns import Columns
from qa_index.collection.local.generations import OpenGeneration
from qa_index.collection.local.inverting import by_term
from qa_index.collection.local.journal import KeyTable
from qa_index.collection.names import absolute, name_below
from qa_index.collection.protocol import CandidateBlock, PassagePlace, Statistics
from qa_index.collection.records import StoredDocument, StoredPassage
from qa_index.errors import REBUILD, IndexIncompatible
from qa_index.records import KINDS, Span, heading_path
from qa_index.terms.analyzer import Analyzer
from qa_index.terms.vocabulary import Vocabulary
from qa_index.vectors import Encoded, Floats, Quantised, Rows, ranges

_SKIPPED = ([str, str], [str, str, str, str, int, str])

RECENT_DOCUMENTS = 64
"""Parsed documents in the cache: enough for those that the last few questions cited."""


def _read_document(file: CheckedFile, offsets: CheckedArray, number: int) -> StoredDocument:
    start, end = offsets[number : number + 2].tolist()
    try:
        return StoredDocument.from_json(file.read(start, end))
    except (ValueError, TypeError, KeyError) as error:
        raise file.damaged(f"holds no document at {start:,}") from error


class StoredIndex(Columns, Described):
    """The live generation of the index ``folder``; read-only, safe to share between threads.

    Documents have their stored names, relative to the folder that contains the index. With
    ``base``, names are relative to that if they lie below it, otherwise absolute.

    It is closed as soon as nothing refers to it any more, since it contains no reference cycle.

    Opening raises ``IndexMissing``, ``IndexDamaged`` or ``IndexIncompatible``.
    """

    def __init__(
        self, folder: str | os.PathLike[str], *, base: str | os.PathLike[str] | None = None
    ) -> None:
        self.folder = absolute(folder)
        self.root = self.folder.parent if base is None else absolute(base)
        """The folder that relative paths of sources start from."""
        super().__init__(OpenGeneration(self.folder))
        if base is not None:
            named = (replace(r, path=self._named(r.path)) for r in self.manifest.roots)
            self.manifest = replace(self.manifest, roots=tuple(named))
        try:
            self.analyzer = Analyzer.from_dict(self.manifest.analyzer)
        except (ValueError, TypeError, KeyError) as error:
            raise IndexIncompatible(
                f"{self.folder} was written with another analyzer ({error}); {REBUILD}"
            ) from error
        self._texts = self.reader.file(layout.TEXTS)
        self._documents = self.reader.file(layout.DOCUMENTS)
        self._document_offsets = self.reader.array(layout.DOCUMENT_OFFSETS)
        read = partial(_read_document, self._documents, self._document_offsets)
        self._parsed_document = lru_cache(maxsize=RECENT_DOCUMENTS)(read)

    def name_of(self, file: str | os.PathLike[str]) -> str:
        """The name of a file in this index, whether it is indexed or not."""
        return name_below(file, self.root)

    def _named(self, path: str) -> str:
        """The name of a stored path."""
        if self.root == self.folder.parent:
            return path
        return name_below(self.folder.parent / path, self.root)

    def statistics(self, terms: Sequence[str], vector: Floats | None) -> Statistics:
        """See ``Collection.statistics``."""
        return candidates.statistics(self, terms, vector)

    def candidates(
        self,
        terms: Sequence[str] | None,
        vector: Floats | None,
        *,
        depth: int,
        held: Sequence[str] = (),
        among: Rows | None = None,
    ) -> CandidateBlock:
        """See ``Collection.candidates``."""
        return candidates.candidates(self, terms, vector, depth=depth, held=held, among=among)

    def headings_of(self, rows: Rows) -> NDArray[np.int32]:
        """See ``Collection.headings_of``."""
        found: NDArray[np.int32] = self.passages[rows]["heading"]
        return found

    def places(self, rows: Rows) -> list[PassagePlace]:
        """See ``Collection.places``."""
        records = self.passages[rows]
        columns = (records[name].tolist() for name in ("document", "start", "end"))
        return list(map(PassagePlace, *columns))

    @property
    def texts_checksum(self) -> str:
        """XXH3-128 of the file of texts, by blocks."""
        return self.manifest.files[layout.TEXTS].checksum

    def document(self, number: int) -> StoredDocument:
        """The document with this number, counted from 0 in the order of stored paths."""
        return self._with_name(self._parsed_document(number))

    def _with_name(self, document: StoredDocument) -> StoredDocument:
        name = self._named(document.path)
        return document if name == document.path else replace(document, path=name)

    def documents(self) -> Iterator[StoredDocument]:
        """All documents in the order of stored paths."""
        for number in range(self.manifest.counts.documents):
            document = _read_document(self._documents, self._document_offsets, number)
            yield self._with_name(document)

    @cached_property
    def paths_and_rows(self) -> tuple[tuple[str, ...], NDArray[np.int64]]:
        """Paths of all documents; and their first row and the end, shape (documents, 2).

        The first use parses every document, at 12 ms per thousand.
        """
        documents = [(document.path, document.passages) for document in self.documents()]
        rows = np.array([rows for _, rows in documents], dtype=np.int64).reshape(-1, 2)
        return tuple(path for path, _ in documents), rows

    def numbers_with(self, sha256: str) -> list[int]:
        """Numbers of the documents whose file had this SHA-256, in order.

        The first use parses every document, as ``paths_and_rows`` does.
        """
        hashes, order = self._hashes
        key = int(sha256[:15], 16)
        first, last = np.searchsorted(hashes, [key, key + 1])
        return sorted(
            number
            for number in order[first:last].tolist()
            if self._parsed_document(number).sha256 == sha256
        )

    @cached_property
    def _hashes(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The first 60 bits of every document's SHA-256, sorted, and the numbers in that order."""
        keys = [int(document.sha256[:15], 16) for document in self.documents()]
        hashes = np.array(keys, dtype=np.int64)
        order = np.argsort(hashes, kind="stable")
        return hashes[order], order

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """See ``Collection.vocabulary``. The first use reads all words."""
        return Vocabulary(self._words())

    def words(self) -> list[str]:
        """The distinct words of the documents as they are written."""
        return self._words().splitlines()

    def _words(self) -> str:
        file = self.reader.file(layout.WORDS)
        return file.read(0, file.size).decode()

    def skipped_files(self) -> list[list[Any]]:
        """See ``Described``."""
        if layout.SKIPPED not in self.manifest.files:
            return []
        file = self.reader.file(layout.SKIPPED)
        try:
            lines = list(map(json.loads, file.read(0, file.size).splitlines()))
            if all(list(map(type, line)) in _SKIPPED for line in lines):
                return lines
        except (ValueError, TypeError) as error:
            raise file.damaged("is not a list of files") from error
        raise file.damaged("is not a list of files")

    def raw_text_of(self, document: StoredDocument) -> bytes:
        """The document's whole text in UTF-8."""
        return self._texts.read(*document.text)

    def text_of(self, document: StoredDocument) -> str:
        """The document's whole text."""
        return self.raw_text_of(document).decode()

    def passage_text(self, row: int) -> str:
        """The text of a passage."""
        record = self.passages[row]
        return self._text(int(record["text_start"]), int(record["text_end"]))

    def _text(self, start: int, end: int) -> str:
        return self._texts.read(start, end).decode()

    def text_keys(self, rows: Rows) -> Iterator[int | str]:
        """A key for each row, equal for passages with the same text; most have no duplicate."""
        for row, other in zip(rows.tolist(), self.duplicates[rows].tolist(), strict=True):
            yield row if other == row else self.passage_text(row)

    @property
    def text_hashes(self) -> NDArray[np.uint64]:
        """XXH3-64 of the text of every passage, shape (passages,). All records are read."""
        found: NDArray[np.uint64] = self.passages.all()["text_key"]
        return found

    def passage(self, row: int) -> StoredPassage:
        """A passage with its document."""
        record = dict(zip(layout.PASSAGE.names or (), self.passages[row].item(), strict=True))
        document = self.document(record["document"])
        start, first = record["start"], record["first_sentence"]
        spans = self.sentences[first : first + record["sentences"]] + start
        return StoredPassage(
            row=row,
            id=f"{record['id']:016x}",
            document=document,
            start=start,
            end=record["end"],
            text=self._text(record["text_start"], record["text_end"]),
            sentences=tuple(Span(*span) for span in spans.tolist()),
            heading_path=heading_path(document.headings, record["heading"]),
            kind=KINDS[record["kind"]],
            first_line=record["first_line"],
            last_line=record["last_line"],
        )

    @property
    def size(self) -> int:
        """Total size of its files, in bytes."""
        return sum(file.size for file in self.manifest.files.values())

    @property
    def engine(self) -> None:
        """See ``Index.engine``: there is no server."""
        return None

    def check(self) -> None:
        """Read every byte and compare it with its checksum. Raises ``IndexDamaged``."""
        self.reader.check_all()

    def outline(self, document: StoredDocument) -> NDArray[Any]:
        """See ``Index.outline``."""
        found: NDArray[Any] = self.passages[document.passages.start : document.passages.end]
        return found

    def block(self, rows: Rows) -> CandidateBlock:
        """See ``Index.block``."""
        return candidates.block_of(self, rows)

    def keys_of(self, rows: Rows) -> list[Key]:
        """See ``Index.keys_of``."""
        found = self.passages[rows]
        return list(zip(found["key_low"].tolist(), found["key_high"].tolist(), strict=True))

    def postings_by_term(self) -> Iterator[tuple[str, Rows, NDArray[np.int64]]]:
        """See ``Index.postings_by_term``."""
        return by_term(self.postings)

    def rows_of_keys(self, keys: Sequence[Key]) -> Rows:
        """See ``Index.rows_of_keys``. The first use reads all keys."""
        return self._keys.rows_of(keys)

    @cached_property
    def _keys(self) -> KeyTable:
        records = self.passages.all()
        return KeyTable(records["key_low"], records["key_high"])

    def encoded(self, rows: Rows) -> Encoded:
        """See ``Index.encoded``."""
        found = self.passages[rows]
        sentences = ranges(found["first_sentence"], found["sentences"].astype(np.int64))
        return self.encoded_between(rows, sentences)

    def encoded_between(self, rows: Rows | slice, sentences: Rows | slice) -> Encoded:
        """The vectors of some rows, and of these sentences, which are all that the rows have."""
        return Encoded(
            self.vectors[rows],
            Quantised(self.sentence_vectors[sentences], self.sentence_scales[sentences]),
        )

    def row_of(self, citation: str) -> int | None:
        """The row of the passage with this citation id; ``None`` if there is none."""
        try:
            wanted = int(citation, 16)
        except ValueError:
            return None
        rows = np.flatnonzero(self.passages.all()["id"] == wanted)
        return int(rows[0]) if len(rows) else None

    def prefetch(self, rows: Rows) -> None:
        """Nothing: what is in files need not be requested."""

    def duplicates_of(self, row: int) -> list[int]:
        """The other passages with exactly this text, in order."""
        other = int(self.duplicates[row])
        if other == row:
            return []
        text = self.passage_text(row)
        found: list[int] = []
        while other != row and len(found) < len(self.duplicates):
            if self.passage_text(other) == text:
                found.append(other)
            other = int(self.duplicates[other])
        return sorted(found)
