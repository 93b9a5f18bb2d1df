"""Read access to an index in PostgreSQL: one generation, pinned when it is opened."""

import hashlib
import json
import os
import threading
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
from qa_index.collection.local.bm25 import SparseBM25
from qa_index.collection.local.stored import absolute, name_below
from qa_index.collection.manifest import Manifest
from qa_index.collection.postgres import schema
from qa_index.collection.postgres.connections import Connection, Connections, Vector
from qa_index.collection.postgres.documents import Numbering
from qa_index.collection.postgres.packing import HEADER, Payload, PostingList, signed, vectors
from qa_index.collection.postgres.packing import vector as packed_vector
from qa_index.collection.postgres.postings import FetchedPostings
from qa_index.collection.protocol import (
    CandidateBlock,
    PassagePlace,
    Statistics,
)
from qa_index.collection.records import Counts, StoredDocument, StoredPassage
from qa_index.encoding import ModelDescription
from qa_index.errors import REBUILD, IndexDamaged, IndexIncompatible, IndexMissing, IndexProblem
from qa_index.records import KINDS, Span, heading_path
from qa_index.terms.analyzer import Analyzer
from qa_index.terms.vocabulary import Vocabulary
from qa_index.vectors import Encoded, Floats, Moments, Quantised, Rows, usual_length

EXACT = 5_000
"""Passages up to which a question is compared with all vectors, which takes 5 ms."""

RECENT_PASSAGES = 4096
"""Passages in the cache, at 6 kB each."""

RECENT_DOCUMENTS = 512
"""Parsed documents in the cache."""

AT_ONCE = 1000
"""Rows that are fetched together when all are."""


class PostgresIndex:
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
        self.connections = connections
        self.address = connections.address
        self.folder = folder
        connections.run(self._read_generation)
        self.root = absolute(base or self.address.root or self._stored_root)
        self._base = base
        try:
            self.analyzer = Analyzer.from_dict(self.manifest.analyzer)
        except (ValueError, TypeError, KeyError) as error:
            raise IndexIncompatible(
                f"{self.address} was written with another analyzer ({error}); {REBUILD}"
            ) from error
        statistics = self.manifest.statistics
        self._postings = FetchedPostings(
            self._fetch_postings,
            self.numbering,
            average_length=statistics["average_length"],
            k1=statistics["k1"],
            b=statistics["b"],
        )
        self.bm25 = SparseBM25(self._postings)  # type: ignore[arg-type]
        self._changing = threading.Lock()
        self._recent: OrderedDict[int, tuple[Payload, bytes, int]] = OrderedDict()
        self._documents: OrderedDict[int, StoredDocument] = OrderedDict()

    def _read_generation(self, connection: Connection) -> None:
        # One snapshot: a writer may switch and clean up meanwhile.
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            schema.check(connection, self.address)
            found = connection.execute(
                "SELECT g.manifest, g.skipped, l.root FROM live l"
                " JOIN generation g ON g.number = l.generation"
            ).fetchone()
            if found is None:
                raise IndexMissing(
                    f"no index at {self.address}; make one with `qa index PATH --index ADDRESS`"
                )
            self.manifest = Manifest.from_json(found[0], f"the manifest at {self.address}")
            self._raw_skipped, self._stored_root = found[1], found[2]
            self.numbering = Numbering.read(connection, self.manifest.generation)
        counts = self.manifest.counts
        found = len(self.numbering.ids), int(self.numbering.first_rows[-1])
        if found != (counts.documents, counts.passages):
            raise self._damaged("its documents are not those of its manifest")

    def _damaged(self, what: str) -> IndexDamaged:
        return IndexDamaged(f"{self.address}: {what}; {REBUILD}")

    # What it is

    @property
    def generation(self) -> int:
        """See ``Collection``, as for the next ones."""
        return self.manifest.generation

    @property
    def tool(self) -> str:
        """Version of the program that wrote it."""
        return self.manifest.tool

    @property
    def model(self) -> ModelDescription:
        """The embedding model of its vectors."""
        return self.manifest.model

    @property
    def counts(self) -> Counts:
        """Numbers of documents, passages and sentences."""
        return self.manifest.counts

    @property
    def passage_count(self) -> int:
        """Number of passages."""
        return self.manifest.counts.passages

    @cached_property
    def texts_checksum(self) -> str:
        """XXH3-128 over those of the documents' texts, in the order of paths."""
        found = self._select(
            "SELECT id, text_hash FROM document WHERE born <= %s AND died > %s ORDER BY path",
            self.generation,
            self.generation,
        )
        return xxhash.xxh3_128_hexdigest(b"".join(raw for _, raw in found))

    @property
    def size(self) -> int:
        """Bytes of its tables and their indexes on the server, all generations included."""
        [(size,)] = self._select(
            "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c"
            " JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = %s AND c.relkind = 'r'",
            self.address.schema,
        )
        return int(size)

    @property
    def engine(self) -> dict[str, Any]:
        """See ``Index.engine``."""
        [(version, extension, live, horizon, writer, dead, indexed)] = self._select(
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
        """See ``Index``: unpacks every passage and all postings."""
        seen = 0
        for start in range(0, self.passage_count, AT_ONCE):
            rows = np.arange(start, min(start + AT_ONCE, self.passage_count))
            seen += len(self.payloads(rows, keep=False)[0])
        numbers = [int(number) for number in self.numbering.ids]
        for start in range(0, len(numbers), AT_ONCE):
            found = self._select(
                "SELECT id, text, text_hash, record FROM document WHERE id = ANY(%s)",
                numbers[start : start + AT_ONCE],
            )
            for _, text, digest, record in found:
                if xxhash.xxh3_128_digest(text) != digest:
                    raise self._damaged("the text of a document fails its checksum")
                self._parse_document(record)
        if seen != self.passage_count:
            raise self._damaged("it lacks passages")

    # What is asked for a question: see ``candidates``

    def statistics(self, terms: Sequence[str], vector: Floats | None) -> Statistics:
        """See ``Collection.statistics``."""
        from qa_index.collection.postgres import candidates

        self._postings.prefetch(terms)
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
        from qa_index.collection.postgres import candidates

        self._postings.prefetch([*(terms or ()), *held])
        return candidates.candidates(self, terms, vector, depth=depth, held=held, among=among)

    @cached_property
    def moments(self) -> tuple[tuple[NDArray[np.float32], float], ...]:
        """Mean and covariance of the vectors of passages and of sentences, and usual lengths."""
        [raw] = self._select(
            "SELECT passage_sums, sentence_sums FROM generation WHERE number = %s", self.generation
        ) or [(b"", b"")]
        try:
            found = [Moments.from_bytes(each, self.model.dimension).finish() for each in raw]
        except ValueError:
            raise self._gone() from None
        return tuple((each, usual_length(each)) for each in found)

    def _gone(self) -> IndexProblem:
        return IndexProblem(
            f"generation {self.generation} of {self.address} was replaced and removed meanwhile; "
            "ask again"
        )

    def _fetch_postings(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, list[tuple[int, bytes]]] = {}
        for key, segment, block in self._select(
            "SELECT key, segment, block FROM posting WHERE key = ANY(%s)"
            " UNION ALL SELECT NULL, horizon, NULL FROM live",
            list(keys),
        ):
            if key is None:
                self._check_horizon(segment)
            else:
                found.setdefault(key, []).append((segment, block))
        return {key: b"".join(block for _, block in sorted(each)) for key, each in found.items()}

    def approximate(self, vector: Floats, count: int) -> Rows:
        """Numbers of ``count`` passages whose vectors are nearest, as the HNSW index finds them.

        Removed passages are among them.
        """
        return self._passages(
            "SELECT id FROM (" + nearest_statement(self.model.dimension) + ") found"  # noqa: S608
            " UNION ALL SELECT -horizon FROM live",
            Vector(packed_vector(vector)),
            count,
        )

    def compare(self, vector: Floats, count: int, runs: tuple[Rows, Rows]) -> Rows:
        """Numbers of the ``count`` passages nearest to ``vector`` in ranges of numbers."""
        return self._passages(
            "SELECT id FROM (SELECT p.id FROM unnest(%s::bigint[], %s::bigint[]) AS run(a, z)"
            " JOIN passage p ON p.id >= run.a AND p.id < run.z"
            " ORDER BY p.v <#> %s LIMIT %s) found UNION ALL SELECT -horizon FROM live",
            runs[0].tolist(),
            runs[1].tolist(),
            Vector(packed_vector(vector)),
            count,
        )

    def _passages(self, statement: str, *values: Any) -> Rows:
        """Numbers of passages, where the last row is the oldest complete generation, negative."""
        found = np.array([number for (number,) in self._select(statement, *values)], dtype=np.int64)
        self._check_horizon(-int(found[found <= 0][0]))
        return found[found > 0]

    def _check_horizon(self, horizon: int | None = None) -> None:
        """Raises ``IndexProblem`` if what was read before may lack removed passages."""
        if horizon is None:
            [(horizon,)] = self._select("SELECT horizon FROM live")
        if horizon > self.generation:
            raise self._gone()

    def _select(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        def work(connection: Connection) -> list[tuple[Any, ...]]:
            with connection.cursor(binary=True) as cursor:
                return list(cursor.execute(statement, values).fetchall())

        return self.connections.run(work)

    select = _select

    def payloads(self, rows: Rows, *, keep: bool = True) -> tuple[list[Payload], Floats, list[int]]:
        """Rows as they are stored, their vectors, shape (n, dimension), and citations."""
        ids = self.numbering.passages_of(rows).tolist()
        with self._changing:
            found = {each: self._recent[each] for each in ids if each in self._recent}
        missing = [each for each in ids if each not in found]
        if missing:
            name = f"a passage at {self.address}"
            for number, payload, raw, citation in self._select(
                "SELECT id, payload, v, citation FROM passage WHERE id = ANY(%s)",
                list(dict.fromkeys(missing)),
            ):
                found[number] = Payload.unpack(payload, name), _vector_bytes(raw), citation
            if len(found) < len(set(ids)):
                self._check_horizon()
                raise self._damaged("it lacks a passage")
            if keep:
                with self._changing:
                    self._recent.update((each, found[each]) for each in missing)
                    while len(self._recent) > RECENT_PASSAGES:
                        self._recent.popitem(last=False)
        ordered = [found[each] for each in ids]
        return (
            [payload for payload, _, _ in ordered],
            vectors([raw for _, raw, _ in ordered], self.model.dimension),
            [citation for _, _, citation in ordered],
        )

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
        found = self._rows_where("citation = %s", signed(wanted))
        return found[0] if found else None

    def _rows_where(self, condition: str, *values: Any) -> list[int]:
        found = self._select(f"SELECT id FROM passage WHERE {condition}", *values)  # noqa: S608
        rows = self.numbering.rows_of(np.array([number for (number,) in found], dtype=np.int64))
        return sorted(rows[rows >= 0].tolist())

    def text_keys(self, rows: Rows) -> Iterator[int | str]:
        """See ``Collection``."""
        texts = [payload.text for payload in self.payloads(rows)[0]]
        first = dict(zip(texts[::-1], rows.tolist()[::-1], strict=True))
        return iter([first[text] for text in texts])

    def duplicates_of(self, row: int) -> list[int]:
        """See ``Collection``."""
        text = self.passage_text(row)
        found = self._rows_where("text_key = %s", text_key(text.encode()))
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

    def prefetch_documents(self, numbers: Sequence[int]) -> None:
        """Fetch several documents together, for ``document``."""
        with self._changing:
            missing = [each for each in dict.fromkeys(numbers) if each not in self._documents]
        list(self._some_documents(missing[:RECENT_DOCUMENTS]))

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
        records = dict(self._select("SELECT id, record FROM document WHERE id = ANY(%s)", ids))
        if len(records) < len(set(ids)):
            self._check_horizon()
            raise self._damaged("it lacks a document")
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
            raise self._damaged("the record of a document is damaged") from error

    def _named(self, path: str) -> str:
        if self._base is None:
            return path
        return name_below(Path(self._stored_root) / path, self.root)

    @cached_property
    def paths_and_rows(self) -> tuple[tuple[str, ...], Rows]:
        """See ``Collection``."""
        found = self._select(
            "SELECT path FROM document WHERE born <= %s AND died > %s ORDER BY path",
            self.generation,
            self.generation,
        )
        rows = np.stack([self.numbering.first_rows[:-1], self.numbering.first_rows[1:]], axis=1)
        if len(found) != len(rows):
            raise self._gone()
        return tuple(self._named(path) for (path,) in found), rows

    def numbers_with(self, sha256: str) -> list[int]:
        """See ``Index``."""
        found = [
            number
            for (number,) in self._select(
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
        found = self._select(
            "SELECT text FROM document WHERE id = %s", int(self.numbering.ids[number])
        )
        if not found:
            raise self._gone()
        return bytes(found[0][0]).decode()

    # What a build needs

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """See ``Collection``. The first use reads all words."""
        return Vocabulary("\n".join(self.words()))

    def words(self) -> list[str]:
        """See ``Index``."""
        found = self._select("SELECT block FROM words WHERE born <= %s", self.generation)
        return sorted({word for (raw,) in found for word in bytes(raw).decode().splitlines()})

    def skipped(self) -> set[tuple[str, str]]:
        """See ``Index``."""
        return {(path, reason) for path, reason, *_ in self._skipped()}

    def unparsed(self) -> list[tuple[str, str, str, str, int, str]]:
        """See ``Index``."""
        return [(path, reason, *rest) for path, reason, *rest in self._skipped() if rest]

    def _skipped(self) -> list[list[Any]]:
        try:
            return [list(json.loads(line)) for line in self._raw_skipped.splitlines()]
        except (ValueError, TypeError) as error:
            raise self._damaged("its list of skipped files is damaged") from error

    def block(self, rows: Rows) -> CandidateBlock:
        """See ``Index.block``."""
        from qa_index.collection.postgres import candidates

        return candidates.block_of(self, rows)

    def keys_of(self, rows: Rows) -> list[Key]:
        """See ``Index.keys_of``."""
        ids = self.numbering.passages_of(rows).tolist()
        found = dict(self._select("SELECT id, key FROM passage WHERE id = ANY(%s)", ids))
        numbers = (int.from_bytes(found[each], "big") for each in ids)
        return [(number & (1 << 64) - 1, number >> 64) for number in numbers]

    def postings_by_term(self) -> Iterator[tuple[str, Rows, NDArray[np.int64]]]:
        """See ``Index.postings_by_term``. A merge of segments meanwhile is an ``IndexProblem``."""
        at: tuple[bytes, int] = (b"", 0)
        segments = self._segments()
        while found := self._select(
            "SELECT key, segment, term, block FROM posting WHERE (key, segment) > (%s, %s)"
            " ORDER BY key, segment LIMIT %s",
            *at,
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
            raise self._gone()

    def _segments(self) -> set[int]:
        return {number for (number,) in self._select("SELECT id FROM segment")}

    def rows_of_keys(self, keys: Sequence[Key]) -> Rows:
        """See ``Index``."""
        known: dict[bytes, int] = {}
        raw = [key_bytes(key) for key in keys]
        for start in range(0, len(raw), AT_ONCE):
            found = self._select(
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


def text_key(text: bytes) -> int:
    """What passages with the same text are found by."""
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "big", signed=True)


def key_bytes(key: Key) -> bytes:
    """An encoding key as it is stored."""
    low, high = key
    return (high << 64 | low).to_bytes(16, "big")


def nearest_statement(dimension: int) -> str:
    """The statement that finds the nearest passages by the HNSW index; a vector and a number."""
    return (
        f"SELECT id FROM passage WHERE dimension = {dimension}"  # noqa: S608
        f" ORDER BY (v::vector({dimension})) <#> %s LIMIT %s"
    )


def vector_index(dimension: int) -> str:
    """Name of the HNSW index over the vectors of a dimension."""
    return f"passage_hnsw_{dimension}"


def _vector_bytes(raw: Any) -> bytes:
    return bytes(raw)
