"""One generation on the server: its numbering, and what is fetched of it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.local.bm25 import SparseBM25
from qa_index.collection.manifest import Manifest
from qa_index.collection.postgres import hnsw, schema
from qa_index.collection.postgres.connections import Connection, Connections, Vector
from qa_index.collection.postgres.documents import read_numbering
from qa_index.collection.postgres.packing import vector as packed_vector
from qa_index.collection.postgres.packing import vectors
from qa_index.collection.postgres.postings import FetchedPostings
from qa_index.collection.served.index import FetchedPassage, Pinned, ServedIndex
from qa_index.collection.served.packing import Payload
from qa_index.vectors import Floats, Moments, Rows

FEW_RUNS = 8
"""Ranges of passages that are asked for as such; of more, each passage is named."""


class Columns(ServedIndex):
    """The live generation when it is opened; safe to share between threads."""

    def __init__(
        self,
        connections: Connections,
        folder: Path,
        *,
        base: str | os.PathLike[str] | None = None,
    ) -> None:
        """``folder`` and ``base``: see ``ServedIndex``. Raises an ``IndexProblem``."""
        self.connections = connections
        self.address = connections.address
        super().__init__(
            str(self.address),
            connections.run(self._pin),
            folder,
            root=self.address.root,
            base=base,
        )
        statistics = self.manifest.statistics
        self.postings = FetchedPostings(
            self._fetch_postings,
            self.numbering,
            average_length=statistics["average_length"],
            k1=statistics["k1"],
            b=statistics["b"],
        )
        self.bm25 = SparseBM25(self.postings)  # type: ignore[arg-type]

    def _pin(self, connection: Connection) -> Pinned:
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
            manifest = Manifest.from_json(found[0], f"the manifest at {self.address}")
            numbering = read_numbering(connection, manifest.generation)
        return Pinned(manifest, numbering, found[2], found[1])

    def fetch_sums(self) -> list[Moments]:
        """See ``ServedIndex``."""
        found = self.select(
            "SELECT passage_sums, sentence_sums FROM generation WHERE number = %s", self.generation
        )
        if not found:
            raise self.gone()
        try:
            return [Moments.from_bytes(each, self.model.dimension) for each in found[0]]
        except ValueError:
            raise self.damaged("the sums of its vectors are damaged") from None

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
            "SELECT id FROM (" + hnsw.nearest_statement(self.model.dimension) + ") found"  # noqa: S608
            " UNION ALL SELECT -horizon FROM live",
            Vector(packed_vector(vector)),
            count,
            breadth=hnsw.breadth(self.passage_count),
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

    def _passages(self, statement: str, *values: Any, breadth: int | None = None) -> Rows:
        """Numbers of passages, where the last row is the oldest complete generation, negative.

        ``breadth``: see ``hnsw.breadth``.
        """
        selected = self.select(statement, *values, breadth=breadth)
        found = np.array([number for (number,) in selected], dtype=np.int64)
        self.check_horizon(-int(found[found <= 0][0]))
        return found[found > 0]

    def check_horizon(self, horizon: int | None = None) -> None:
        """Raises ``IndexProblem`` if what was read before may lack removed passages."""
        if horizon is None:
            [(horizon,)] = self.select("SELECT horizon FROM live")
        if horizon > self.generation:
            raise self.gone()

    def select(
        self, statement: str, *values: Any, breadth: int | None = None
    ) -> list[tuple[Any, ...]]:
        """The rows of a statement that only reads."""

        def work(connection: Connection) -> list[tuple[Any, ...]]:
            with connection.cursor(binary=True) as cursor:
                if breadth is not None:
                    cursor.execute("SELECT set_config('hnsw.ef_search', %s, false)", [str(breadth)])
                return list(cursor.execute(statement, values).fetchall())

        return self.connections.run(work)

    def fetch_passages(self, ids: Sequence[int]) -> dict[int, FetchedPassage]:
        """See ``ServedIndex``."""
        name = f"a passage at {self.address}"
        found = self.select(
            "SELECT id, payload, v, citation FROM passage WHERE id = ANY(%s)", list(ids)
        )
        decoded = vectors([bytes(raw) for _, _, raw, _ in found], self.model.dimension)
        return {
            number: FetchedPassage(Payload.unpack(payload, name), vector, citation)
            for (number, payload, _, citation), vector in zip(found, decoded, strict=True)
        }

    def passages_where(self, field: str, values: Sequence[int]) -> list[int]:
        """See ``ServedIndex``."""
        query = f"SELECT id FROM passage WHERE {field} = ANY(%s)"  # noqa: S608
        found = self.select(query, list(values))
        return [number for (number,) in found]

    def keys_by_passage(self, ids: Sequence[int]) -> dict[int, int]:
        """See ``ServedIndex``."""
        found = self.select("SELECT id, key FROM passage WHERE id = ANY(%s)", list(ids))
        return {number: int.from_bytes(key, "big") for number, key in found}

    def passages_by_key(self, keys: Sequence[int]) -> Iterator[tuple[int, int]]:
        """See ``ServedIndex``."""
        for key, number in self.select(
            "SELECT key, id FROM passage WHERE key = ANY(%s)", [key_bytes(each) for each in keys]
        ):
            yield int.from_bytes(key, "big"), number

    @property
    def text_hashes(self) -> NDArray[np.uint64]:
        """See ``Index``."""
        found = np.array(self.select("SELECT id, text_key FROM passage"), dtype=np.int64)
        found = found.reshape(-1, 2)
        live = self.numbering.rows_of(found[:, 0]) >= 0
        hashes: NDArray[np.uint64] = found[live, 1].astype(np.uint64)
        return hashes


def key_bytes(key: int) -> bytes:
    """An encoding key, as one number, as it is stored."""
    return key.to_bytes(16, "big")
