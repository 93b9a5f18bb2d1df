"""Writes a generation to Milvus: rows that nobody sees until one more row makes it the live one."""

import json
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import xxhash

from qa_index.collection.manifest import BuildSettings
from qa_index.collection.milvus.blobs import BlobWriter, text_of
from qa_index.collection.milvus.connections import Row, Server
from qa_index.collection.milvus.fetching import ELSEWHERE, MANY
from qa_index.collection.milvus.layout import (
    MOST_TEXT,
    NO_VECTOR,
    Names,
    Numbers,
    any_within,
    make_rest,
)
from qa_index.collection.milvus.root import ENTRY, PAGE, Named, PageRef, Root, Segment, Table
from qa_index.collection.milvus.state import Writing
from qa_index.collection.milvus.stored import MilvusIndex
from qa_index.collection.milvus.terms import pack_terms, stored_weights, term_key
from qa_index.collection.records import Counts
from qa_index.collection.served.index import AT_ONCE, number_of
from qa_index.collection.served.packing import (
    Payload,
    sentence_vectors,
    signed,
    text_key,
    words_hash,
)
from qa_index.collection.served.writing import refuse_waiting, statistics_of, with_vectors
from qa_index.collection.writing import MOST_WORDS, NewDocument, NewPassage
from qa_index.vectors import Encoded, Moments, Quantised

BYTES = 8 << 20
"""Of the passages that are sent together, and one more passage. Milvus refuses messages of 64 MB,
and 512 passages of the largest size are more."""

SEGMENTS = 8
"""Segments of counts from which on the smaller ones are merged."""


class _Waiting(NamedTuple):
    """A passage whose vectors are to come."""

    id: int
    passage: NewPassage
    text: bytes
    document: int
    """Position among the new documents."""


class MilvusWriter:
    """``Writer`` of this engine, of the one that ``writing`` says is the writer.

    All rows are new, and of this writer alone. The last one makes the generation the live one.
    """

    def __init__(
        self,
        server: Server,
        names: Names,
        writing: Writing,
        *,
        dimension: int,
        previous: MilvusIndex | None,
        root: str,
        generation: int,
    ) -> None:
        self._server = server
        self._names = names
        self._writing = writing
        self._dimension = dimension
        self._previous = previous
        self._root = previous.root_record.folder if previous is not None else root
        self._generation = generation
        fence = writing.hold.fence
        self._blobs = BlobWriter(server, names, fence)
        self._passage_numbers = Numbers(fence)
        self._term_numbers = Numbers(fence)
        self._sequence: list[int | tuple[int, int]] = []
        """New documents by position, and ranges of documents of the previous generation."""
        self._entries: list[tuple[Any, ...]] = []
        self._named: list[Named] = []
        self._bytes: list[int] = []
        self._waiting: deque[_Waiting] = deque()
        self._rows: list[Row] = []
        self._unsent = 0
        """Bytes of ``_rows``."""
        self._average = previous.root_record.average if previous is not None else 0.0
        """See ``Root``; 0 until the first passages are sent."""
        self._held: Counter[str] = Counter()
        """New passages that hold each term, less removed ones."""
        self._sums = Moments(dimension), Moments(dimension)
        self._new_words: set[str] = set()
        self._sentences = 0

    def __enter__(self) -> Self:
        make_rest(self._server, self._names, self._dimension)
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
        return self._generation

    @property
    def counts(self) -> Counts:
        """See ``Writer``; without the sentences of kept documents."""
        documents = len(self._entries)
        passages = sum(entry[1] for entry in self._entries)
        for each in self._sequence:
            if isinstance(each, tuple) and self._previous is not None:
                first, last = each
                rows = self._previous.numbering.first_rows
                documents += last - first
                passages += int(rows[last] - rows[first])
        return Counts(documents, passages, self._sentences)

    def keep(self, first: int, last: int) -> None:
        """See ``Writer``."""
        if self._previous is None:
            raise ValueError("there is no previous generation to keep documents of")
        before = self._sequence[-1] if self._sequence else None
        if isinstance(before, tuple) and before[1] == first:
            self._sequence[-1] = before[0], last
        else:
            self._sequence.append((first, last))

    def put(self, document: NewDocument) -> None:
        """See ``Writer``."""
        record, raw = document.record, document.text.encode()
        passages = document.passages
        if len(self._new_words) < MOST_WORDS:
            self._new_words.update(document.words)
        packed = record.to_json()
        sentences = sum(len(each.sentences) for each in passages)
        first = self._passage_numbers.take(len(passages))
        number = len(self._entries)
        self._entries.append(
            (
                first,
                len(passages),
                sentences,
                sum(len(each.hashes) for each in passages),
                0,  # bytes, known when all is sent
                self._blobs.put(packed),
                self._blobs.put(raw),
                xxhash.xxh3_128_digest(raw),
            )
        )
        self._named.append(Named(record.path, record.language, record.sha256))
        self._bytes.append(len(packed) + len(raw))
        self._sequence.append(number)
        self._sentences += sentences
        for place, each in enumerate(passages, first):
            text = document.text[each.start : each.end].encode()
            self._waiting.append(_Waiting(place, each, text, number))
            self._held.update(each.frequencies.keys())

    def put_vectors(self, encoded: Encoded) -> None:
        """See ``Writer``."""
        self._sums[0].add(encoded.passages)
        self._sums[1].add(encoded.sentences.restored())
        for waiting, own, quantised in with_vectors(self._waiting, encoded):
            row = self._row(waiting, own, quantised)
            self._rows.append(row)
            self._unsent += _size(row)
            if self._unsent >= BYTES:
                self._send()

    def commit(self, settings: BuildSettings) -> None:
        """See ``Writer``."""
        refuse_waiting(self._waiting)
        self._send()
        new = self._new_table()
        table, kept = self._table(new)
        self._subtract_dead(kept)
        entries = table.entries
        passages, terms = int(entries["passages"].sum()), int(entries["terms"].sum())
        manifest = settings.manifest(
            generation=self._generation,
            languages={each.language for each in table.names},
            counts=Counts(len(entries), passages, int(entries["sentences"].sum())),
            statistics=statistics_of(passages, terms),
        )
        known = set(self._previous.words()) if self._previous is not None else set()
        words = self._new_words - known
        blocks = self._previous.root_record.words if self._previous is not None else ()
        if words or not blocks:
            blocks = (*blocks, self._blobs.put("\n".join(sorted(words)).encode()))
        skipped = "".join(f"{json.dumps(file)}\n" for file in settings.skipped)
        root = Root(
            manifest=manifest,
            folder=self._root,
            average=self._average,
            pages=tuple(self._pages(new)),
            segments=tuple(self._segments()),
            words=blocks,
            words_hash=words_hash(known | words).hex(),
            skipped=self._blobs.put(skipped.encode()),
            sums=(
                self._blobs.put(self._sums[0].to_bytes()),
                self._blobs.put(self._sums[1].to_bytes()),
            ),
        )
        ref = self._blobs.put(root.to_json())
        self._blobs.flush()
        self._writing.commit(self._generation, ref)

    # Sending

    def _row(self, waiting: _Waiting, own: Any, quantised: Quantised) -> Row:
        passage = waiting.passage
        payload = Payload.of(passage, waiting.text, quantised, self._dimension).pack()
        terms = pack_terms(passage.frequencies)
        self._bytes[waiting.document] += (
            len(payload) + len(terms) + 4 * self._dimension + 8 * len(passage.frequencies)
        )
        return {
            "id": waiting.id,
            "citation": signed(passage.id),
            "text_key": text_key(waiting.text),
            "key": f"{number_of(passage.key):032x}",
            "payload": self._field(payload),
            "terms": self._field(terms),
            "words": passage.frequencies,  # weighted when it is sent
            "v": np.asarray(own, dtype=np.float32).tolist(),
        }

    def _field(self, raw: bytes) -> str:
        """Bytes as a field of a row; what does not fit lies elsewhere."""
        text = text_of(raw)
        if len(text) <= MOST_TEXT:
            return text
        start, pieces = self._blobs.put(raw)
        return f"{ELSEWHERE}{start}:{pieces}"

    def _send(self) -> None:
        self._blobs.flush()
        rows, self._rows = self._rows, []
        self._unsent = 0
        if rows and not self._average:
            # Of one document, or of a few, it may be far off; then each question asks the server
            # for many more passages than it needs.
            lengths = [sum(row["words"].values()) for row in rows]
            self._average = max(sum(lengths) / len(lengths), 1.0)
        for row in rows:
            row["words"] = stored_weights(row["words"], self._average)
        self._server.insert(self._names.passages(self._dimension), rows)

    # Going live

    def _new_table(self) -> Table:
        """The new documents."""
        rows = [
            (*entry[:4], size, *entry[5:])
            for entry, size in zip(self._entries, self._bytes, strict=True)
        ]
        return Table(np.array(rows, dtype=ENTRY), self._named)

    def _table(self, new: Table) -> tuple[Table, np.ndarray[Any, Any]]:
        """All documents; and which ones of the previous generation are kept, shape (d,)."""
        parts = []
        kept = np.zeros(0 if self._previous is None else len(self._previous.table.names), bool)
        for each in self._sequence:
            if isinstance(each, int):
                parts.append(new.part(each, each + 1))
            elif self._previous is not None:
                parts.append(self._previous.table.part(*each))
                kept[slice(*each)] = True
        return Table.joined(parts), kept

    def _pages(self, new: Table) -> Iterator[PageRef]:
        """Pages of all documents; those of the previous generation where nothing changed."""
        parts: list[Table] = []
        for each in self._sequence:
            if isinstance(each, int):
                parts.append(new.part(each, each + 1))
                if len(parts) >= PAGE:
                    yield from self._stored(parts)
            elif self._previous is not None:
                for page, (first, last) in _covered(self._previous.root_record.pages, *each):
                    if page is not None:
                        yield from self._stored(parts)
                        yield page
                    else:
                        parts.append(self._previous.table.part(first, last))
        yield from self._stored(parts)

    def _stored(self, parts: list[Table]) -> Iterator[PageRef]:
        """Store the documents of some tables as pages, and forget the tables."""
        table = Table.joined(parts)
        parts.clear()
        for start in range(0, len(table.names), PAGE):
            part = table.part(start, min(start + PAGE, len(table.names)))
            yield PageRef(*self._blobs.put(part.pack()), len(part.names))

    def _subtract_dead(self, kept: np.ndarray[Any, Any]) -> None:
        """Take what the new generation lacks out of the sums; they are then its own."""
        if self._previous is None:
            return
        previous = self._previous
        sums = previous.fetch_sums()
        rows = previous.numbering.first_rows
        for number in np.flatnonzero(~kept).tolist():
            for start in range(int(rows[number]), int(rows[number + 1]), AT_ONCE):
                own = np.arange(start, min(start + AT_ONCE, int(rows[number + 1])))
                payloads, vectors, _ = previous.payloads(own, keep=False)
                sums[0].remove(vectors)
                sums[1].remove(sentence_vectors(payloads, self._dimension).restored())
                for terms in previous.terms_of(previous.numbering.passages_of(own).tolist()):
                    self._held.subtract(terms.keys())
        for mine, theirs in zip(self._sums, sums, strict=True):
            mine.merge(theirs)

    def _segments(self) -> Iterator[Segment]:
        """Segments of the counts of terms, of which there are few."""
        old = list(self._previous.root_record.segments) if self._previous is not None else []
        counts = {term_key(term): count for term, count in self._held.items() if count}
        if len(old) >= SEGMENTS:
            # The smaller ones; so every count is written again a few times at most.
            old.sort(key=lambda each: each.rows, reverse=True)
            large = [each for each in old if each.rows > 4 * max(len(counts), 1)]
            merged = Counter(counts)
            for key, count in self._counts_in(each for each in old if each not in large):
                merged[key] += count
            old, counts = large, {key: count for key, count in merged.items() if count}
        yield from old
        if counts:
            yield self._send_counts(counts)

    def _counts_in(self, segments: Iterable[Segment]) -> Iterator[tuple[int, int]]:
        for segment in segments:
            for start in range(segment.start, segment.end, MANY):
                rows = self._server.query(
                    self._names.terms,
                    any_within([(start, min(start + MANY, segment.end))]),
                    ["id", "term", "passages"],
                )
                if len(rows) != min(MANY, segment.end - start) and self._previous is not None:
                    raise self._previous.damaged("it lacks counts of terms")
                yield from ((int(row["term"]), int(row["passages"])) for row in rows)

    def _send_counts(self, counts: dict[int, int]) -> Segment:
        start = self._term_numbers.take(len(counts))
        rows: list[Row] = [
            {"id": number, "term": key, "passages": count, "v": NO_VECTOR}
            for number, (key, count) in enumerate(counts.items(), start)
        ]
        for first in range(0, len(rows), MANY):
            self._server.insert(self._names.terms, rows[first : first + MANY])
        return Segment(start, len(rows))


def _size(row: Row) -> int:
    """Bytes of a row of passages, about: keys, texts, and vectors of numbers and of terms."""
    return 256 + len(row["payload"]) + len(row["terms"]) + 8 * len(row["words"]) + 4 * len(row["v"])


def _covered(
    pages: Sequence[PageRef], first: int, last: int
) -> Iterator[tuple[PageRef | None, tuple[int, int]]]:
    """Documents ``first:last`` as pages that lie in them whole, and ranges of others."""
    start = 0
    for page in pages:
        end = start + page.documents
        if start >= first and end <= last:
            yield page, (start, end)
        elif start < last and end > first:
            yield None, (max(start, first), min(end, last))
        start = end
