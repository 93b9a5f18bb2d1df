"""One generation on the server: its numbering, and what is fetched of it."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.keys import Key
from qa_index.collection.local.bm25 import SparseBM25
from qa_index.collection.manifest import Manifest
from qa_index.collection.postgres import schema
from qa_index.collection.postgres.connections import Connection, Connections, Vector
from qa_index.collection.postgres.documents import Numbering
from qa_index.collection.postgres.packing import Payload, signed, vectors
from qa_index.collection.postgres.packing import vector as packed_vector
from qa_index.collection.postgres.postings import FetchedPostings
from qa_index.collection.records import Counts
from qa_index.encoding import ModelDescription
from qa_index.errors import REBUILD, IndexDamaged, IndexProblem
from qa_index.vectors import Floats, Moments, Rows, usual_length

EXACT = 5_000
"""Passages up to which a question is compared with all vectors, which takes 5 ms."""

FEW_RUNS = 8
"""Ranges of passages that are asked for as such; of more, each passage is named."""

RECENT_PASSAGES = 4096
"""Passages in the cache, at 6 kB each."""


class Columns:
    """The live generation when it is opened; safe to share between threads."""

    def __init__(self, connections: Connections) -> None:
        """Raises an ``IndexProblem``."""
        self.connections = connections
        self.address = connections.address
        connections.run(self._read_generation)
        statistics = self.manifest.statistics
        self.postings = FetchedPostings(
            self._fetch_postings,
            self.numbering,
            average_length=statistics["average_length"],
            k1=statistics["k1"],
            b=statistics["b"],
        )
        self.bm25 = SparseBM25(self.postings)  # type: ignore[arg-type]
        self._changing = threading.Lock()
        self._recent: OrderedDict[int, tuple[Payload, bytes, int]] = OrderedDict()

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
                raise schema.missing(self.address)
            self.manifest = Manifest.from_json(found[0], f"the manifest at {self.address}")
            self.raw_skipped, self.stored_root = found[1], found[2]
            self.numbering = Numbering.read(connection, self.manifest.generation)
        counts = self.manifest.counts
        found = len(self.numbering.ids), int(self.numbering.first_rows[-1])
        if found != (counts.documents, counts.passages):
            raise self.damaged("its documents are not those of its manifest")

    def damaged(self, what: str) -> IndexDamaged:
        """What is to be raised where the server\'s rows contradict one another."""
        return IndexDamaged(f"{self.address}: {what}; {REBUILD}")

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
    def moments(self) -> tuple[tuple[NDArray[np.float32], float], ...]:
        """Mean and covariance of the vectors of passages and of sentences, and usual lengths."""
        found = [each.finish() for each in self._sums()]
        return tuple((each, usual_length(each)) for each in found)

    def moment_counts(self) -> tuple[int, ...]:
        """Numbers of the vectors behind ``moments``."""
        return tuple(each.count for each in self._sums())

    def _sums(self) -> list[Moments]:
        found = self.select(
            "SELECT passage_sums, sentence_sums FROM generation WHERE number = %s", self.generation
        )
        if not found:
            raise self.gone()
        try:
            return [Moments.from_bytes(each, self.model.dimension) for each in found[0]]
        except ValueError:
            raise self.damaged("the sums of its vectors are damaged") from None

    def gone(self) -> IndexProblem:
        """What is to be raised where this generation was removed meanwhile."""
        return IndexProblem(
            f"generation {self.generation} of {self.address} was replaced and removed meanwhile; "
            "ask again"
        )

    def _fetch_postings(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, list[tuple[int, bytes]]] = {}
        for key, segment, block in self.select(
            "SELECT key, segment, block FROM posting WHERE key = ANY(%s) AND segment NOT IN"
            " (SELECT id FROM segment WHERE died <= %s)"
            " UNION ALL SELECT NULL, horizon, NULL FROM live",
            list(keys),
            self.generation,
        ):
            if key is None:
                self.check_horizon(segment)
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

    def compare(self, vector: Floats, count: int, rows: Rows) -> Rows:
        """Numbers of the ``count`` passages nearest to ``vector`` among ascending rows."""
        starts, ends = self.numbering.runs_of(rows)
        values: list[Any]
        if len(starts) <= FEW_RUNS:
            condition = " OR ".join(["id >= %s AND id < %s"] * len(starts))
            values = [
                side for run in zip(starts.tolist(), ends.tolist(), strict=True) for side in run
            ]
        else:
            condition, values = "id = ANY(%s)", [self.numbering.passages_of(rows).tolist()]
        return self._passages(
            f"SELECT id FROM (SELECT id FROM passage WHERE {condition}"  # noqa: S608 - no value
            " ORDER BY v <#> %s LIMIT %s) found UNION ALL SELECT -horizon FROM live",
            *values,
            Vector(packed_vector(vector)),
            count,
        )

    def _passages(self, statement: str, *values: Any) -> Rows:
        """Numbers of passages, where the last row is the oldest complete generation, negative."""
        found = np.array([number for (number,) in self.select(statement, *values)], dtype=np.int64)
        self.check_horizon(-int(found[found <= 0][0]))
        return found[found > 0]

    def check_horizon(self, horizon: int | None = None) -> None:
        """Raises ``IndexProblem`` if what was read before may lack removed passages."""
        if horizon is None:
            [(horizon,)] = self.select("SELECT horizon FROM live")
        if horizon > self.generation:
            raise self.gone()

    def select(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a statement that only reads."""

        def work(connection: Connection) -> list[tuple[Any, ...]]:
            with connection.cursor(binary=True) as cursor:
                return list(cursor.execute(statement, values).fetchall())

        return self.connections.run(work)

    def payloads(self, rows: Rows, *, keep: bool = True) -> tuple[list[Payload], Floats, list[int]]:
        """Rows as they are stored, their vectors, shape (n, dimension), and citations."""
        ids = self.numbering.passages_of(rows).tolist()
        with self._changing:
            found = {each: self._recent[each] for each in ids if each in self._recent}
        missing = [each for each in ids if each not in found]
        if missing:
            name = f"a passage at {self.address}"
            for number, payload, raw, citation in self.select(
                "SELECT id, payload, v, citation FROM passage WHERE id = ANY(%s)",
                list(dict.fromkeys(missing)),
            ):
                found[number] = Payload.unpack(payload, name), bytes(raw), citation
            if len(found) < len(set(ids)):
                self.check_horizon()
                raise self.damaged("it lacks a passage")
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

    def rows_where(self, condition: str, *values: Any) -> list[int]:
        """Rows of the passages that a condition on the table holds for."""
        found = self.select(f"SELECT id FROM passage WHERE {condition}", *values)  # noqa: S608
        rows = self.numbering.rows_of(np.array([number for (number,) in found], dtype=np.int64))
        return sorted(rows[rows >= 0].tolist())

    @property
    def text_hashes(self) -> NDArray[np.uint64]:
        """See ``Index``."""
        found = np.array(self.select("SELECT id, text_key FROM passage"), dtype=np.int64)
        found = found.reshape(-1, 2)
        live = self.numbering.rows_of(found[:, 0]) >= 0
        hashes: NDArray[np.uint64] = found[live, 1].astype(np.uint64)
        return hashes


def text_key(text: bytes) -> int:
    """What passages with the same text are found by."""
    return signed(xxhash.xxh3_64_intdigest(text))


def words_hash(words: Iterable[str]) -> bytes:
    """The checksum of all words of a generation."""
    return xxhash.xxh3_128_digest("\n".join(sorted(words)).encode())


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
