"""Read access to an index in Milvus: one generation, pinned when it is opened."""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.milvus.blobs import Ref, bytes_of, read_blobs
from qa_index.collection.milvus.connections import BOUNDED, STRONG, Row, Server
from qa_index.collection.milvus.layout import FEW_RUNS, Names, any_within, listed
from qa_index.collection.milvus.root import PageRef, Root, Table
from qa_index.collection.milvus.state import CLOCK_SECONDS, Commit, missing, read_state
from qa_index.collection.milvus.terms import term_key, unpack_terms
from qa_index.collection.protocol import Statistics
from qa_index.collection.served.index import AT_ONCE, FetchedPassage, Pinned, ServedIndex
from qa_index.collection.served.numbering import Numbering
from qa_index.collection.served.packing import Payload
from qa_index.errors import REBUILD, IndexDamaged, IndexProblem
from qa_index.vectors import Floats, Moments, Rows

SETTLED_SECONDS = 10.0
"""After which what was acknowledged is seen by every read: Milvus itself promises five seconds
(``common.gracefulTime``). Until then reads are strongly consistent, at up to 0.2 s each. It counts
from the opening of an index, or from the commit if that was long enough before."""

RECENT_TERMS = 16_384
"""Passages whose terms are in the cache, at 10 kB each; and words whose counts are."""

PASSAGE_FIELDS = ("id", "citation", "payload", "v")
"""What is fetched of a passage, besides its terms if they are not in the cache."""


class FetchedIndex(ServedIndex):
    """What is fetched of the live generation of the index at an address.

    Opening raises an ``IndexProblem``.
    """

    def __init__(
        self,
        server: Server,
        names: Names,
        folder: Path,
        *,
        base: str | os.PathLike[str] | None = None,
    ) -> None:
        """``folder`` and ``base``: see ``ServedIndex``."""
        self.server = server
        self.names = names
        self.address = server.address
        self.name = str(server.address)
        live = read_state(server, names).live
        if live is None:
            raise missing(server)
        # By a clock that may be wrong by as much.
        age = min(max(time.time() - live.time - CLOCK_SECONDS, 0.0), SETTLED_SECONDS)
        self._settled = time.monotonic() + SETTLED_SECONDS - age
        self.commit = live
        """By which it became the live one."""
        self.root_record = read_root(server, names, live, consistency=self.consistency)
        pages = self.root_record.pages
        *raw_pages, skipped = self.blobs([*(each.ref for each in pages), self.root_record.skipped])
        self.table = self._joined(pages, raw_pages)
        self.passages = names.passages(self.root_record.manifest.model.dimension)
        """The collection of its passages."""
        records = np.array(self.table.entries["record"][:, 0], dtype=np.int64)
        numbering = Numbering.of(
            records,
            self.table.entries["first_passage"].astype(np.int64),
            self.table.entries["passages"].astype(np.int64),
        )
        super().__init__(
            self.name,
            Pinned(self.root_record.manifest, numbering, self.root_record.folder, skipped),
            folder,
            root=server.address.root,
            base=base,
        )
        self._terms_changing = threading.Lock()
        self._recent_terms: OrderedDict[int, dict[str, int]] = OrderedDict()
        self._recent_counts: OrderedDict[str, int] = OrderedDict()

    def _joined(self, pages: Sequence[PageRef], raw: Sequence[bytes]) -> Table:
        try:
            return Table.joined(
                [Table.unpack(each, page.documents) for each, page in zip(raw, pages, strict=True)]
            )
        except ValueError as error:
            raise self.damaged("its list of documents is damaged") from error

    # Reading

    @property
    def generation(self) -> int:
        """See ``Collection``."""
        return self.commit.generation

    @property
    def consistency(self) -> str:
        """How reads are consistent: see ``SETTLED_SECONDS``."""
        return STRONG if time.monotonic() < self._settled else BOUNDED

    def query(self, collection: str, where: str, fields: Sequence[str]) -> list[Row]:
        """The rows that a condition holds for, in any order."""
        return self.server.query(collection, where, fields, consistency=self.consistency)

    def query_values(
        self, collection: str, field: str, values: Sequence[int], fields: Sequence[str]
    ) -> list[Row]:
        """The rows whose ``field``, one of ``fields``, is one of ``values``, in any order.

        Values without a row are asked for once more if the first read may have been too old.
        """
        consistency = self.consistency
        found = self.server.query(
            collection, listed(field, values), fields, consistency=consistency
        )
        if consistency != STRONG:
            late = set(values) - {int(row[field]) for row in found}
            if late:
                found += self.server.query(collection, listed(field, sorted(late)), fields)
        return found

    def blobs(self, refs: Sequence[Ref]) -> list[bytes]:
        """Blobs that belong to this generation."""
        try:
            found = read_blobs(self.server, self.names, refs, consistency=self.consistency)
        except ValueError as error:
            raise self.damaged("a part of it fails its checksum") from error
        whole = [each for each in found if each is not None]
        if len(whole) < len(found):
            self.check_horizon()
            raise self.damaged("it lacks a part")
        return whole

    def check_horizon(self) -> None:
        """See ``ServedIndex``."""
        # A state from before the commit lacks it, too.
        for consistency in dict.fromkeys((self.consistency, STRONG)):
            state = read_state(self.server, self.names, consistency=consistency)
            if self.commit.key in {each.key for each in state.kept}:
                return
        raise self.gone()

    # What a question needs: see ``candidates``

    def frequencies(self, terms: Sequence[str]) -> dict[str, int]:
        """How many passages hold each term."""
        with self._terms_changing:
            found = {
                each: self._recent_counts[each] for each in terms if each in self._recent_counts
            }
            for each in found:
                self._recent_counts.move_to_end(each)
        missing_terms = [each for each in dict.fromkeys(terms) if each not in found]
        for start in range(0, len(missing_terms), AT_ONCE):
            part = missing_terms[start : start + AT_ONCE]
            found |= self._count(part, self.consistency)
        with self._terms_changing:
            # Also those that no passage holds: each step of a question asks for them again.
            self._recent_counts.update((each, found[each]) for each in missing_terms)
            while len(self._recent_counts) > RECENT_TERMS:
                self._recent_counts.popitem(last=False)
        return {each: found[each] for each in terms}

    def _count(self, terms: Sequence[str], consistency: str) -> dict[str, int]:
        keys = {term_key(each): each for each in terms}
        counts = dict.fromkeys(terms, 0)
        segments = [(each.start, each.end) for each in self.root_record.segments]
        if not segments:
            return counts
        for row in self.server.query(
            self.names.terms,
            f"{listed('term', list(keys))} && ({any_within(segments)})",
            ["id", "term", "passages"],
            consistency=consistency,
        ):
            counts[keys[int(row["term"])]] += int(row["passages"])
        # A read that is too old and lacks some segments of a term only is not noticed.
        late = [each for each in terms if counts[each] <= 0]
        if late and consistency != STRONG:
            counts |= self._count(late, STRONG)
        return counts

    def terms_of(self, passages: Sequence[int]) -> list[dict[str, int]]:
        """The terms of passages, given by their numbers on the server, and how often they come."""
        with self._terms_changing:
            found = {
                each: self._recent_terms[each] for each in passages if each in self._recent_terms
            }
        wanted = [each for each in dict.fromkeys(passages) if each not in found]
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            for row in self.query_values(self.passages, "id", part, ["id", "terms"]):
                found[int(row["id"])] = self._unpacked_terms(row["terms"])
        if len(found) < len(set(passages)):
            self.check_horizon()
            raise self.damaged("it lacks a passage")
        self._remember_terms({each: found[each] for each in wanted})
        return [found[each] for each in passages]

    def _unpacked_terms(self, stored: str) -> dict[str, int]:
        try:
            return unpack_terms(self._raw(stored))
        except ValueError as error:
            raise self.damaged("the terms of a passage are damaged") from error

    def _remember_terms(self, found: dict[int, dict[str, int]]) -> None:
        with self._terms_changing:
            self._recent_terms.update(found)
            while len(self._recent_terms) > RECENT_TERMS:
                self._recent_terms.popitem(last=False)

    def statistics(self, terms: Sequence[str], vector: Floats | None) -> Statistics:
        """See ``Collection.statistics``."""
        return self.statistics_of(self.frequencies(terms), vector)

    # Passages

    def fetch_passages(self, ids: Sequence[int]) -> dict[int, FetchedPassage]:
        """See ``ServedIndex``."""
        found = {}
        terms = {}
        for start in range(0, len(ids), WHOLE):
            part = ids[start : start + WHOLE]
            with self._terms_changing:
                known = all(each in self._recent_terms for each in part)
            fields = PASSAGE_FIELDS if known else (*PASSAGE_FIELDS, "terms")
            for row in self.query_values(self.passages, "id", part, fields):
                number = int(row["id"])
                found[number] = self.fetched(row)
                if not known:
                    terms[number] = self._unpacked_terms(row["terms"])
        self._remember_terms(terms)
        return found

    def fetched(self, row: Row) -> FetchedPassage:
        """A row of the collection of passages."""
        try:
            raw = self._raw(row["payload"])
        except ValueError as error:
            raise self.damaged("a passage is damaged") from error
        vector = np.array(row["v"], dtype=np.float32)
        return FetchedPassage(
            Payload.unpack(raw, f"a passage at {self.name}"), vector, int(row["citation"])
        )

    def _raw(self, stored: str) -> bytes:
        """The bytes of a field, which may lie elsewhere: see ``writer.Rows``."""
        if not stored.startswith(ELSEWHERE):
            return bytes_of(stored)
        start, pieces = map(int, stored[1:].split(":"))
        return self.blobs([Ref(start, pieces)])[0]

    def vectors(self, rows: Rows) -> Floats:
        """The vectors of up to ``MANY`` passages, shape (n, dimension). They are not kept."""
        found: dict[int, Floats] = {}
        ids = self.numbering.passages_of(rows).tolist()
        for row in self.query_values(self.passages, "id", ids, ["id", "v"]):
            found[int(row["id"])] = np.array(row["v"], dtype=np.float32)
        if len(found) < len(ids):
            self.check_horizon()
            raise self.damaged("it lacks a passage")
        return np.array([found[each] for each in ids])

    def passages_where(self, field: str, values: Sequence[int]) -> list[int]:
        """See ``ServedIndex``."""
        rows = self.query_values(self.passages, field, values, ["id", field])
        return [int(row["id"]) for row in rows]

    def keys_by_passage(self, ids: Sequence[int]) -> dict[int, int]:
        """See ``ServedIndex``."""
        found = {}
        for start in range(0, len(ids), AT_ONCE):
            part = ids[start : start + AT_ONCE]
            for row in self.query_values(self.passages, "id", part, ["id", "key"]):
                found[int(row["id"])] = int(row["key"], 16)
        return found

    def passages_by_key(self, keys: Sequence[int]) -> Iterator[tuple[int, int]]:
        """See ``ServedIndex``."""
        named = ",".join(f'"{each:032x}"' for each in keys)
        for row in self.query(self.passages, f"key in [{named}]", ["id", "key"]):
            yield int(row["key"], 16), int(row["id"])

    @property
    def text_hashes(self) -> NDArray[np.uint64]:
        """See ``Index``."""
        found = []
        for start, end in self.table.runs():
            for first in range(start, end, MANY):
                for row in self.query(
                    self.passages,
                    any_within([(first, min(first + MANY, end))]),
                    ["id", "text_key"],
                ):
                    found.append(int(row["text_key"]))
        return np.array(found, dtype=np.int64).astype(np.uint64)

    # Documents

    def fetch_records(self, documents: Sequence[int]) -> dict[int, bytes]:
        """See ``ServedIndex``."""
        return dict(zip(documents, self.blobs(self.table.refs("record", documents)), strict=True))

    def fetch_text(self, document: int) -> bytes | None:
        """See ``ServedIndex``."""
        return self.blobs(self.table.refs("text", [document]))[0]

    def fetch_paths(self) -> list[str]:
        """See ``ServedIndex``."""
        return [each.path for each in self.table.names]

    def numbers_with(self, sha256: str) -> list[int]:
        """See ``Index``."""
        return [number for number, each in enumerate(self.table.names) if each.sha256 == sha256]

    @cached_property
    def texts_checksum(self) -> str:
        """XXH3-128 over those of the documents' texts, in the order of paths."""
        return xxhash.xxh3_128_hexdigest(self.table.entries["text_hash"].tobytes())

    # The rest of ``Index``

    @property
    def size(self) -> int:
        """Bytes that were sent for what it holds; Milvus does not tell what it makes of them."""
        return int(self.table.entries["bytes"].sum())

    @property
    def engine(self) -> dict[str, Any]:
        """See ``Index.engine``."""
        state = read_state(self.server, self.names)
        live, kept = state.live, state.kept
        rows = self.server.count(self.passages, "id >= 0")
        writer = state.writer(time.time())
        return {
            "address": self.name,
            "server": self.server.version,
            "generation": live.generation if live else None,
            "oldest_generation": kept[-1].generation if kept else None,
            "writer": writer.who if writer else None,
            "dead_passages": max(rows - self.passage_count, 0),
        }

    def check_count(self) -> None:
        """Raises ``IndexDamaged`` if rows of it are missing, as of a segment that was lost."""
        segments = [(each.start, each.end) for each in self.root_record.segments]
        for what, collection, runs in (
            ("passages", self.passages, [*self.table.runs()]),
            ("counts of terms", self.names.terms, segments),
        ):
            wanted = sum(end - start for start, end in runs)
            found = sum(
                self.server.count(collection, any_within(runs[first : first + FEW_RUNS]))
                for first in range(0, len(runs), FEW_RUNS)
            )
            if found < wanted:
                self.check_horizon()
                raise self.damaged(f"it lacks {wanted - found:,} of its {wanted:,} {what}")

    def fetch_sums(self) -> list[Moments]:
        """See ``ServedIndex``."""
        try:
            return [
                Moments.from_bytes(each, self.model.dimension)
                for each in self.blobs(self.root_record.sums)
            ]
        except ValueError:
            raise self.damaged("the sums of its vectors are damaged") from None

    def words(self) -> list[str]:
        """See ``Index``."""
        blocks = self.blobs(self.root_record.words)
        return sorted({word for raw in blocks for word in raw.decode().split("\n")})

    def postings_by_term(self) -> Iterator[tuple[str, Rows, NDArray[np.int64]]]:
        """See ``Index.postings_by_term``."""
        for first in range(0, self.passage_count, MANY):
            rows = np.arange(first, min(first + MANY, self.passage_count))
            held: dict[str, list[tuple[int, int]]] = {}
            own = self.terms_of(self.numbering.passages_of(rows).tolist())
            for row, terms in zip(rows.tolist(), own, strict=True):
                for term, often in terms.items():
                    held.setdefault(term, []).append((row, often))
            for term, found in held.items():
                columns = np.array(found, dtype=np.int64)
                yield term, columns[:, 0], columns[:, 1]


ELSEWHERE = "@"
"""What a field begins with that names a blob: no character of base64."""

MANY = 8192
"""Passages whose short fields are fetched together."""

WHOLE = 512
"""Passages that are fetched together as a whole: 70 MB if all are of the largest size. Milvus gives
100 MB at most (``quotaAndLimits.limits.maxOutputSize``)."""


def read_root(server: Server, names: Names, commit: Commit, *, consistency: str = STRONG) -> Root:
    """The root of a generation. Raises an ``IndexProblem``."""
    try:
        [raw] = read_blobs(server, names, [commit.root], consistency=consistency)
        if raw is None:
            if commit.key in {each.key for each in read_state(server, names).kept}:
                raise ValueError("it is missing")
            raise IndexProblem(
                f"generation {commit.generation} of {server.address} was replaced and removed "
                "meanwhile; ask again"
            )
        return Root.from_json(raw, f"the manifest at {server.address}")
    except ValueError as error:
        raise IndexDamaged(f"{server.address}: its root is damaged; {REBUILD}") from error
