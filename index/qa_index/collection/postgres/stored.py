"""Read access to an index in PostgreSQL: one generation, pinned when it is opened."""

import json
import os
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.keys import Key
from qa_index.collection.local.stored import absolute, name_below
from qa_index.collection.postgres import candidates
from qa_index.collection.postgres.checking import check
from qa_index.collection.postgres.columns import EXACT, Columns, key_bytes, text_key, vector_index
from qa_index.collection.postgres.connections import Connections
from qa_index.collection.postgres.packing import HEADER, PostingList, signed
from qa_index.collection.protocol import (
    CandidateBlock,
    PassagePlace,
    Statistics,
)
from qa_index.collection.records import StoredDocument, StoredPassage
from qa_index.errors import REBUILD, IndexIncompatible
from qa_index.records import KINDS, Span, heading_path
from qa_index.terms.analyzer import Analyzer
from qa_index.terms.vocabulary import Vocabulary
from qa_index.vectors import Encoded, Floats, Quantised, Rows

RECENT_DOCUMENTS = 512
"""Parsed documents in the cache."""

AT_ONCE = 1000
"""Rows that are fetched together when all are."""


class PostgresIndex(Columns):
    """The live generation of the index at an address; read-only, safe to share between threads.

    A question takes no lock but those that every SELECT takes. Opening raises an ``IndexProblem``.
    """

    def __init__(
        self,
        connections: Connections,
        folder: Path,
        *,
        base: str | os.PathLike[str] | None = None,
    ) -> None:
        """``folder``: see ``Collection.folder``; ``base``: see ``StoredIndex``."""
        super().__init__(connections)
        self.folder = folder
        self.root = absolute(base or self.address.root or self.stored_root)
        self._base = base
        try:
            self.analyzer = Analyzer.from_dict(self.manifest.analyzer)
        except (ValueError, TypeError, KeyError) as error:
            raise IndexIncompatible(
                f"{self.address} was written with another analyzer ({error}); {REBUILD}"
            ) from error
        self._documents: OrderedDict[int, StoredDocument] = OrderedDict()

    @cached_property
    def texts_checksum(self) -> str:
        """XXH3-128 over those of the documents' texts, in the order of paths."""
        found = self.select(
            "SELECT id, text_hash FROM document WHERE born <= %s AND died > %s ORDER BY path",
            self.generation,
            self.generation,
        )
        return xxhash.xxh3_128_hexdigest(b"".join(raw for _, raw in found))

    @property
    def size(self) -> int:
        """Bytes of its tables and their indexes on the server, all generations included."""
        [(size,)] = self.select(
            "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind = 'r'",
            self.address.schema,
        )
        return int(size)

    @property
    def engine(self) -> dict[str, Any]:
        """See ``Index.engine``."""
        [(version, extension, live, horizon, writer, dead, indexed)] = self.select(
            "SELECT current_setting('server_version'),"
            " (SELECT extversion FROM pg_extension WHERE extname = 'vector'),"
            " generation, horizon, writer,"
            " (SELECT count(*) FROM document WHERE died <= generation OR born > generation),"
            " to_regclass(%s) IS NOT NULL FROM live",
            f"{self.address.schema}.{vector_index(self.model.dimension)}",
        )
        return {
            "address": str(self.address),
            "server": f"PostgreSQL {version}, pgvector {extension}",
            "generation": live,
            "oldest_generation": horizon,
            "writer": writer or None,
            "dead_documents": dead,
            "vector_index": indexed or (None if self.passage_count <= EXACT else False),
        }

    def name_of(self, file: str | os.PathLike[str]) -> str:
        """See ``Index``."""
        return name_below(file, self.root)

    def check(self) -> None:
        """See ``Index``."""
        check(self, self)

    # What is asked for a question: see ``candidates``

    def statistics(self, terms: Sequence[str], vector: Floats | None) -> Statistics:
        """See ``Collection.statistics``."""
        self.postings.prefetch(terms)
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
        self.postings.prefetch([*(terms or ()), *held])
        return candidates.candidates(self, terms, vector, depth=depth, held=held, among=among)

    # Passages

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
        if wanted >> 64:
            return None
        found = self.rows_where("citation = %s", signed(wanted))
        return found[0] if found else None

    def text_keys(self, rows: Rows) -> Iterator[int | str]:
        """See ``Collection``."""
        texts = [payload.text for payload in self.payloads(rows)[0]]
        first = dict(zip(texts[::-1], rows.tolist()[::-1], strict=True))
        return iter([first[text] for text in texts])

    def duplicates_of(self, row: int) -> list[int]:
        """See ``Collection``."""
        text = self.passage_text(row)
        found = self.rows_where("text_key = %s", text_key(text.encode()))
        return [each for each in found if each != row and self.passage_text(each) == text]

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
        ids = self.numbering.ids[list(numbers)].tolist()
        records = dict(self.select("SELECT id, record FROM document WHERE id = ANY(%s)", ids))
        if len(records) < len(set(ids)):
            self.check_horizon()
            raise self.damaged("it lacks a document")
        for number, own in zip(numbers, ids, strict=True):
            document = self._parse_document(records[own])
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
        found = self.select(
            "SELECT path FROM document WHERE born <= %s AND died > %s ORDER BY path",
            self.generation,
            self.generation,
        )
        rows = np.stack([self.numbering.first_rows[:-1], self.numbering.first_rows[1:]], axis=1)
        if len(found) != len(rows):
            raise self.gone()
        return tuple(self._named(path) for (path,) in found), rows

    def numbers_with(self, sha256: str) -> list[int]:
        """See ``Index``."""
        found = [
            number
            for (number,) in self.select(
                "SELECT id FROM document WHERE sha256 = %s AND born <= %s AND died > %s",
                sha256,
                self.generation,
                self.generation,
            )
        ]
        return np.flatnonzero(np.isin(self.numbering.ids, found)).tolist()

    def text_of(self, document: StoredDocument) -> str:
        """See ``Collection``."""
        number = int(self.numbering.documents_of(np.array([document.passages.start]))[0])
        if document.passages.start == document.passages.end:
            number = self.paths_and_rows[0].index(document.path)
        found = self.select(
            "SELECT text FROM document WHERE id = %s", int(self.numbering.ids[number])
        )
        if not found:
            raise self.gone()
        return bytes(found[0][0]).decode()

    # What a build needs

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """See ``Collection``. The first use reads all words."""
        return Vocabulary("\n".join(self.words()))

    def words(self) -> list[str]:
        """See ``Index``."""
        found = self.select(
            "SELECT block FROM words WHERE born <= %s AND died > %s",
            self.generation,
            self.generation,
        )
        return sorted({word for (raw,) in found for word in bytes(raw).decode().split("\n")})

    def skipped(self) -> set[tuple[str, str]]:
        """See ``Index``."""
        return {(path, reason) for path, reason, *_ in self._skipped()}

    def unparsed(self) -> list[tuple[str, str, str, str, int, str]]:
        """See ``Index``."""
        return [(path, reason, *rest) for path, reason, *rest in self._skipped() if rest]

    def _skipped(self) -> list[list[Any]]:
        try:
            return [list(json.loads(line)) for line in self.raw_skipped.splitlines()]
        except (ValueError, TypeError) as error:
            raise self.damaged("its list of skipped files is damaged") from error

    def block(self, rows: Rows) -> CandidateBlock:
        """See ``Index.block``."""
        return candidates.block_of(self, rows)

    def keys_of(self, rows: Rows) -> list[Key]:
        """See ``Index.keys_of``."""
        ids = self.numbering.passages_of(rows).tolist()
        found = dict(self.select("SELECT id, key FROM passage WHERE id = ANY(%s)", ids))
        numbers = (int.from_bytes(found[each], "big") for each in ids)
        return [(number & (1 << 64) - 1, number >> 64) for number in numbers]

    def postings_by_term(self) -> Iterator[tuple[str, Rows, NDArray[np.int64]]]:
        """See ``Index.postings_by_term``. A merge of segments meanwhile is an ``IndexProblem``."""
        at: tuple[bytes, int] = (b"", 0)
        segments = self._segments()
        while found := self.select(
            "SELECT key, segment, term, block FROM posting WHERE (key, segment) > (%s, %s)"
            " AND segment NOT IN (SELECT id FROM segment WHERE died <= %s)"
            " ORDER BY key, segment LIMIT %s",
            *at,
            self.generation,
            AT_ONCE,
        ):
            for key, segment, term, block in found:
                at = key, segment
                postings = PostingList.unpack(block, "the postings of a term")
                rows = self.numbering.rows_of(postings.ids)
                lives = rows >= 0
                if lives.any():
                    named = bytes(term).decode("utf-8", "surrogatepass")
                    yield named, rows[lives], postings.frequencies[lives]
        if not segments <= self._segments():
            raise self.gone()

    def _segments(self) -> set[int]:
        found = self.select("SELECT id FROM segment WHERE died > %s", self.generation)
        return {number for (number,) in found}

    def rows_of_keys(self, keys: Sequence[Key]) -> Rows:
        """See ``Index``."""
        known: dict[bytes, int] = {}
        raw = [key_bytes(key) for key in keys]
        for start in range(0, len(raw), AT_ONCE):
            found = self.select(
                "SELECT key, id FROM passage WHERE key = ANY(%s)", raw[start : start + AT_ONCE]
            )
            ids = np.array([number for _, number in found], dtype=np.int64)
            rows = self.numbering.rows_of(ids).tolist()
            known |= {key: row for (key, _), row in zip(found, rows, strict=True) if row >= 0}
        return np.array([known.get(key, -1) for key in raw], dtype=np.int64)

    def encoded(self, rows: Rows) -> Encoded:
        """See ``Index``."""
        payloads, found, _ = self.payloads(rows, keep=False)
        dimension = self.model.dimension
        codes = [np.empty((0, dtype_rows), np.int8) for dtype_rows in (dimension,)]
        scales = [np.empty(0, np.float32)]
        return Encoded(
            found,
            Quantised(
                np.concatenate([*codes, *(each.codes for each in payloads)]),
                np.concatenate([*scales, *(each.scales for each in payloads)]),
            ),
        )
