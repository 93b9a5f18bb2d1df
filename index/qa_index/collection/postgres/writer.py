"""Writes a generation to PostgreSQL: rows that nobody sees until one transaction makes it live."""

import json
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import psycopg
import xxhash

from qa_index.collection.keys import encode_term
from qa_index.collection.manifest import BuildSettings
from qa_index.collection.postgres.address import Address
from qa_index.collection.postgres.cleaning import clean, merge_segments
from qa_index.collection.postgres.columns import key_bytes
from qa_index.collection.postgres.connections import Connection, connect, telling
from qa_index.collection.postgres.hnsw import index_vectors
from qa_index.collection.postgres.packing import (
    PostingList,
    copy_rows,
    int4,
    int8,
    vector,
    vectors,
)
from qa_index.collection.postgres.postings import key_of
from qa_index.collection.postgres.schema import FOREVER
from qa_index.collection.postgres.stored import PostgresIndex
from qa_index.collection.records import Counts
from qa_index.collection.served.index import number_of
from qa_index.collection.served.packing import (
    Payload,
    sentence_vectors,
    signed,
    text_key,
    words_hash,
)
from qa_index.collection.served.writing import refuse_waiting, statistics_of, with_vectors
from qa_index.collection.writing import MOST_WORDS, NewDocument, NewPassage
from qa_index.errors import IndexLocked, IndexProblem
from qa_index.vectors import Encoded, Moments, Quantised

ROWS = 512
"""Passages that are sent together: some 4 MB."""

POSTINGS = 1 << 20
"""Postings collected before they are packed and sent."""


class _Waiting(NamedTuple):
    """A passage whose vectors are to come."""

    id: int
    passage: NewPassage
    text: bytes


class PostgresWriter:
    """``Writer`` of this engine; the caller holds the lock of ``connection``.

    Rows are sent in transactions of their own, with the new generation as the one they are born in.
    The last transaction makes it the live one, if the last one still is and no other writer began.
    """

    def __init__(
        self,
        connection: Connection,
        address: Address,
        fence: int,
        *,
        dimension: int,
        previous: PostgresIndex | None,
    ) -> None:
        self._connection = connection
        self._address = address
        self._fence = fence
        self._dimension = dimension
        self._previous = previous
        self._kept: list[tuple[int, int]] = []
        """Ranges of documents of the previous generation, by position."""
        self._documents: list[list[bytes | None]] = []
        self._waiting: deque[_Waiting] = deque()
        self._rows: list[list[bytes | None]] = []
        self._postings: dict[str, tuple[array[int], array[int], array[int]]] = {}
        self._posting_count = 0
        self._sums = Moments(dimension), Moments(dimension)
        self._new = Counts(0, 0, 0)
        self._new_words: set[str] = set()

    def __enter__(self) -> Self:
        with telling(self._address), self._connection.transaction():
            found = self._connection.execute(
                "UPDATE live SET next_generation = next_generation + 1"
                " RETURNING generation, next_generation - 1, next_document, next_passage"
            ).fetchone()
            if found is None:
                raise IndexProblem(f"{self._address}: the table live is empty; restore it")
            self._base, self._generation, self._next_document, self._next_passage = found
            clean(self._connection, self._base)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """What was sent is never seen; the next writer removes it."""

    @property
    def generation(self) -> int:
        """See ``Writer``."""
        return int(self._generation)

    @property
    def counts(self) -> Counts:
        """See ``Writer``; without the sentences of kept documents."""
        new = self._new
        documents, passages = new.documents, new.passages
        if self._previous is not None:
            rows = self._previous.numbering.first_rows
            for first, last in self._kept:
                documents += last - first
                passages += int(rows[last] - rows[first])
        return Counts(documents, passages, new.sentences)

    def keep(self, first: int, last: int) -> None:
        """See ``Writer``."""
        if self._previous is None:
            raise ValueError("there is no previous generation to keep documents of")
        self._kept.append((first, last))

    def put(self, document: NewDocument) -> None:
        """See ``Writer``."""
        record, raw = document.record, document.text.encode()
        passages = document.passages
        if len(self._new_words) < MOST_WORDS:
            self._new_words.update(document.words)
        sentences = sum(len(each.sentences) for each in passages)
        self._documents.append(
            [
                int8(self._next_document),
                int8(self.generation),
                record.path.encode(),
                record.sha256.encode(),
                record.language.encode(),
                int8(self._next_passage),
                int4(len(passages)),
                int8(sentences),
                int8(sum(len(each.hashes) for each in passages)),
                xxhash.xxh3_128_digest(raw),
                record.to_json(),
                raw,
            ]
        )
        self._next_document += 1
        for each in passages:
            text = document.text[each.start : each.end].encode()
            self._waiting.append(_Waiting(self._next_passage, each, text))
            self._add_postings(each)
            self._next_passage += 1
        if self._posting_count >= POSTINGS:
            self._send_postings()
        old = self._new
        self._new = Counts(
            old.documents + 1, old.passages + len(passages), old.sentences + sentences
        )
        if len(self._documents) >= ROWS or sum(len(row[-1] or b"") for row in self._documents) > (
            8 << 20
        ):
            self._send()

    def put_vectors(self, encoded: Encoded) -> None:
        """See ``Writer``."""
        self._sums[0].add(encoded.passages)
        self._sums[1].add(encoded.sentences.restored())
        for waiting, own, quantised in with_vectors(self._waiting, encoded):
            self._rows.append(_row(waiting, own, quantised, self._dimension))
            if len(self._rows) >= ROWS:
                self._send()

    def commit(self, settings: BuildSettings) -> None:
        """See ``Writer``."""
        refuse_waiting(self._waiting)
        self._send()
        self._send_postings()
        index_vectors(
            self._connection, self._address, self._dimension, passages=self.counts.passages
        )
        dead = self._dead()
        try:
            with telling(self._address), self._connection.transaction():
                self._switch(settings, dead)
        except IndexLocked:
            raise
        except IndexProblem:
            # The answer to the commit may be lost, and not the commit.
            if not self._is_live():
                raise
        self._tidy()

    # Sending

    def _send(self) -> None:
        """Send documents, words and passages that are complete."""
        counters = self._next_document, self._next_passage
        with telling(self._address), self._connection.transaction():
            self._connection.execute(
                "UPDATE live SET next_document = %s, next_passage = %s", counters
            )
            self._copy(
                "document (id, born, path, sha256, language, first_passage, passages, sentences,"
                " terms, text_hash, record, text)",
                self._documents,
            )
            self._copy("passage (id, citation, key, text_key, dimension, v, payload)", self._rows)
        self._documents, self._rows = [], []

    def _copy(self, table: str, rows: list[list[bytes | None]]) -> None:
        if rows:
            with (
                self._connection.cursor() as cursor,
                cursor.copy(f"COPY {table} FROM STDIN (FORMAT BINARY)") as copy,
            ):
                copy.write(copy_rows(rows))

    def _add_postings(self, passage: NewPassage) -> None:
        length = len(passage.hashes)
        for term, frequency in passage.frequencies.items():
            found = self._postings.get(term)
            if found is None:
                found = self._postings[term] = (array("q"), array("q"), array("q"))
            found[0].append(self._next_passage)
            found[1].append(frequency)
            found[2].append(length)
        self._posting_count += len(passage.frequencies)

    def _send_postings(self) -> None:
        """Send the postings collected so far as a segment."""
        if not self._postings:
            return
        # Numbered like a passage, since each number is used once.
        segment, self._next_passage = self._next_passage, self._next_passage + 1
        rows: list[list[bytes | None]] = [
            [
                key_of(term),
                int8(segment),
                encode_term(term),
                PostingList(*(np.array(each, dtype=np.int64) for each in columns)).pack(),
            ]
            for term, columns in self._postings.items()
        ]
        with telling(self._address), self._connection.transaction():
            self._connection.execute(
                "INSERT INTO segment (id, born, postings) VALUES (%s, %s, %s)",
                (segment, self.generation, self._posting_count),
            )
            self._connection.execute("UPDATE live SET next_passage = %s", (self._next_passage,))
            for start in range(0, len(rows), 16 * ROWS):
                self._copy("posting (key, segment, term, block)", rows[start : start + 16 * ROWS])
        self._postings.clear()
        self._posting_count = 0

    # Going live

    def _dead(self) -> list[int]:
        """Documents of the live generation that the new one lacks."""
        with telling(self._address):
            found = self._connection.execute(
                "SELECT id FROM document WHERE born <= %s AND died > %s", (self._base, self._base)
            ).fetchall()
        kept: set[int] = set()
        if self._previous is not None:
            ids = self._previous.numbering.ids
            kept = {int(each) for first, last in self._kept for each in ids[first:last]}
        return [number for (number,) in found if number not in kept]

    def _switch(self, settings: BuildSettings, dead: list[int]) -> None:
        run = self._connection.execute
        run("UPDATE document SET died = %s WHERE id = ANY(%s)", (self.generation, dead))
        found = run(
            "SELECT count(*), coalesce(sum(passages), 0)::bigint,"
            " coalesce(sum(sentences), 0)::bigint, coalesce(sum(terms), 0)::bigint,"
            " array_agg(DISTINCT language) FROM document WHERE born <= %s AND died > %s",
            (self.generation, self.generation),
        ).fetchone()
        documents, passages, sentences, terms, languages = found or (0, 0, 0, 0, None)
        manifest = settings.manifest(
            generation=self.generation,
            languages=languages or (),
            counts=Counts(documents, passages, sentences),
            statistics=statistics_of(passages, terms),
        )
        known: set[str] = set()
        if self._previous is not None:
            known = set(self._previous.words())
        else:
            # Questions that began with the last generation go on reading them.
            for table in ("segment", "words"):
                run(
                    f"UPDATE {table} SET died = %s WHERE born < %s AND died = %s",  # noqa: S608
                    (self.generation, self.generation, FOREVER),
                )
        words = self._new_words - known
        if words:
            run(
                "INSERT INTO words (id, born, block) VALUES (%s, %s, %s)",
                (self.generation, self.generation, "\n".join(sorted(words)).encode()),
            )
        skipped = "".join(f"{json.dumps(file)}\n" for file in settings.skipped)
        sums = self._summed(dead)
        run(
            "INSERT INTO generation (number, manifest, skipped, passage_sums, sentence_sums,"
            " words_hash) VALUES (%s, %s, %s, %s, %s, %s)",
            (
                self.generation,
                manifest.to_json(),
                skipped.encode(),
                *(each.to_bytes() for each in sums),
                words_hash(known | words),
            ),
        )
        # The last one is kept: questions that began with it end with it.
        changed = run(
            "UPDATE live SET generation = %s, horizon = generation"
            " WHERE generation = %s AND fence = %s",
            (self.generation, self._base, self._fence),
        )
        if changed.rowcount != 1:
            raise IndexLocked(
                f"{self._address} was written by another program meanwhile; "
                "what this one read is not in it, run the same command again"
            )

    def _summed(self, dead: list[int]) -> tuple[Moments, Moments]:
        """The sums of the new generation: those of the last one, less the dead, and the new."""
        if self._previous is None:
            return self._sums
        [raw] = self._connection.execute(
            "SELECT passage_sums, sentence_sums FROM generation WHERE number = %s", (self._base,)
        ).fetchall()
        passages, sentences = (Moments.from_bytes(each, self._dimension) for each in raw)
        for rows, codes in self._vectors_of(dead):
            passages.remove(rows)
            sentences.remove(codes.restored())
        passages.merge(self._sums[0])
        sentences.merge(self._sums[1])
        return passages, sentences

    def _vectors_of(self, documents: Sequence[int]) -> Iterator[tuple[Any, Quantised]]:
        for number in documents:
            with self._connection.cursor(binary=True) as cursor:
                found = cursor.execute(
                    "SELECT p.v, p.payload FROM document d JOIN passage p"
                    " ON p.id >= d.first_passage AND p.id < d.first_passage + d.passages"
                    " WHERE d.id = %s",
                    (number,),
                ).fetchall()
            if found:
                payloads = [Payload.unpack(raw, "a passage") for _, raw in found]
                yield (
                    vectors([bytes(raw) for raw, _ in found], self._dimension),
                    sentence_vectors(payloads, self._dimension),
                )

    def _is_live(self) -> bool:
        """Whether the new generation is the live one, asked on a new connection."""
        try:
            with telling(self._address), connect(self._address) as connection:
                found = connection.execute("SELECT generation FROM live").fetchone()
        except IndexProblem:
            return False
        return bool(found == (self.generation,))

    # Before and after

    def _tidy(self) -> None:
        """Remove what no generation that is kept has, and merge segments.

        The new generation is live already; what fails here is done by the next writer.
        """
        try:
            with self._connection.transaction():
                clean(self._connection, self.generation, horizon=self._base)
            with self._connection.transaction():
                merge_segments(self._connection)
        except psycopg.Error:
            pass


def _row(waiting: _Waiting, own: Any, quantised: Quantised, dimension: int) -> list[bytes | None]:
    passage = waiting.passage
    payload = Payload.of(passage, waiting.text, quantised, dimension)
    return [
        int8(waiting.id),
        int8(signed(passage.id)),
        key_bytes(number_of(passage.key)),
        int8(text_key(waiting.text)),
        int4(dimension),
        vector(own),
        payload.pack(),
    ]
