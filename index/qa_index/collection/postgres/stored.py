"""Read access to an index in PostgreSQL: one generation, pinned when it is opened."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.postgres import candidates, hnsw
from qa_index.collection.postgres.checking import check
from qa_index.collection.postgres.columns import Columns
from qa_index.collection.postgres.packing import PostingList
from qa_index.collection.protocol import CandidateBlock, Statistics
from qa_index.collection.served.index import AT_ONCE
from qa_index.vectors import Floats, Rows


class PostgresIndex(Columns):
    """The live generation of the index at an address; read-only, safe to share between threads.

    A question takes no lock but those that every SELECT takes. Opening raises an ``IndexProblem``.
    """

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
            f"{self.address.schema}.{hnsw.vector_index(self.model.dimension)}",
        )
        return {
            "address": str(self.address),
            "server": f"PostgreSQL {version}, pgvector {extension}",
            "generation": live,
            "oldest_generation": horizon,
            "writer": writer or None,
            "dead_documents": dead,
            "vector_index": indexed or (None if self.passage_count <= hnsw.EXACT else False),
        }

    def check(self) -> None:
        """See ``Index``."""
        check(self, self)

    # What is asked for a question: see ``candidates``

    def statistics(self, terms: Sequence[str], vector: Floats | None) -> Statistics:
        """See ``Collection.statistics``."""
        self.postings.prefetch(terms)
        return self.statistics_of({term: self.bm25.frequency(term) for term in terms}, vector)

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

    # Documents

    def fetch_records(self, documents: Sequence[int]) -> dict[int, bytes]:
        """See ``ServedIndex``."""
        ids = self.numbering.ids[list(documents)].tolist()
        records = dict(self.select("SELECT id, record FROM document WHERE id = ANY(%s)", ids))
        return {
            number: records[own]
            for number, own in zip(documents, ids, strict=True)
            if own in records
        }

    def fetch_text(self, document: int) -> bytes | None:
        """See ``ServedIndex``."""
        own = int(self.numbering.ids[document])
        found = self.select("SELECT text FROM document WHERE id = %s", own)
        return bytes(found[0][0]) if found else None

    def fetch_paths(self) -> list[str]:
        """See ``ServedIndex``."""
        found = self.select(
            "SELECT path FROM document WHERE born <= %s AND died > %s ORDER BY path",
            self.generation,
            self.generation,
        )
        return [path for (path,) in found]

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

    # What a build needs

    def words(self) -> list[str]:
        """See ``Index``."""
        found = self.select(
            "SELECT block FROM words WHERE born <= %s AND died > %s",
            self.generation,
            self.generation,
        )
        return sorted({word for (raw,) in found for word in bytes(raw).decode().split("\n")})

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
