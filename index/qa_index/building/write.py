"""Last step of a build: writes documents and passages to a generation, in order, by windows."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, groupby
from math import inf
from typing import Any, NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.building.encode import ToEncode, encoded_rows
from qa_index.building.prepare import AnalyzedPassage
from qa_index.collection.local import layout
from qa_index.collection.local.generations import ArrayWriter, GenerationWriter
from qa_index.collection.local.inverting import PostingsBuilder
from qa_index.collection.local.ivfpq import IVFPQ_FROM, IvfPqVectors, write_ivfpq
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.records import Counts, StoredDocument
from qa_index.records import KINDS, Document, Heading, Parsed, Passage, Span, table_headers
from qa_index.terms.hashing import term_hash
from qa_index.vectors import Encoded, Moments

WINDOW = 1024
"""Passages that are encoded together: enough to sort by length and fill every batch."""

FIRST_WINDOW = 128
"""Size of the first window. Windows grow by the number of passages encoded so far, so that the
encoder need not wait until a thousand passages are read."""

MOST_WORDS = 1 << 20
"""Distinct words that are kept to correct questions by: about 100 MB while building. Later ones are
rare names and slips of scanners."""

ROWS = 4096
"""Rows processed at a time, so that a document of any size takes bounded memory."""


class _Kept(NamedTuple):
    """Vectors that are copied from the previous generation."""

    rows: slice
    sentences: slice


Encode = Callable[[Sequence[ToEncode]], Encoded]
"""Returns the vectors of passages in order, as ``encode.EncodeStep`` does."""


class Assembler:
    """Appends documents to the files of a generation; ``finish`` writes what depends on them all.

    Vectors are appended later: passages wait until there are enough to be encoded together.
    """

    def __init__(
        self,
        writer: GenerationWriter,
        *,
        encode: Encode,
        dimension: int,
        previous: StoredIndex | None = None,
    ) -> None:
        """``previous`` is an index of the same model and settings, to copy documents from."""
        self._encode = encode
        self._dimension = dimension
        self._previous = previous
        self._writer = writer
        self._documents = writer.bytes(layout.DOCUMENTS)
        self._offsets = writer.array(layout.DOCUMENT_OFFSETS, "<i8")
        self._texts = writer.bytes(layout.TEXTS)
        self._passages = writer.array(layout.PASSAGES, layout.PASSAGE)
        self._sentences = writer.array(layout.SENTENCES, "<i4", (2,))
        self._terms = writer.array(layout.TERMS, "<u4")
        self._sentence_terms = writer.array(layout.SENTENCE_TERMS, "<i4")
        self._vectors = writer.array(layout.VECTORS, "<f4", (dimension,))
        self._codes = writer.array(layout.SENTENCE_VECTORS, "<i1", (dimension,))
        self._scales = writer.array(layout.SENTENCE_SCALES, "<f4")
        self._postings = PostingsBuilder(
            earlier=previous.postings if previous else None,
            scratch=partial(writer.scratch, "postings.runs"),
        )
        self._passage_moments = Moments(dimension)
        self._sentence_moments = Moments(dimension)
        self._text_keys: list[NDArray[np.uint64]] = []
        self._waiting: list[ToEncode | _Kept] = []
        self._waiting_new = 0
        self._encoded = 0
        self._words = set(previous.words() if previous else ())
        self.languages: set[str] = set()
        """Of the documents added so far."""
        self._offsets.append(np.zeros(1))

    @property
    def counts(self) -> Counts:
        """What has been added so far."""
        return Counts(self._offsets.length - 1, self._passages.length, self._sentences.length)

    def add(
        self, document: Document, passages: Sequence[AnalyzedPassage], words: frozenset[str]
    ) -> None:
        """Append a newly read document."""
        if len(self._words) < MOST_WORDS:
            self._words |= words
        text, counts = document.text.encode(), self.counts
        self._append_line(
            StoredDocument(
                path=document.path,
                title=document.parsed.title,
                media_type=document.parsed.media_type,
                sha256=document.sha256,
                size=document.size,
                mtime_ns=document.mtime_ns,
                encoding=document.parsed.encoding,
                format=document.parsed.format,
                format_version=document.parsed.version,
                language=document.language,
                headings=document.parsed.headings,
                units=document.parsed.units,
                gaps=document.parsed.gaps,
                pictures=document.parsed.pictures,
                recognition=document.parsed.recognition,
                headers=table_headers(document.parsed),
                metadata=document.parsed.metadata,
                text=Span(self._texts.size, self._texts.size + len(text)),
                characters=len(document.text),
                passages=Span(counts.passages, counts.passages + len(passages)),
            )
        )
        places = [side for own in passages for side in (own.passage.start, own.passage.end)]
        offsets = np.array(_byte_offsets(document.text, places), dtype=np.int64).reshape(-1, 2)
        offsets += self._texts.size
        self._texts.write(text)
        headers = header_spans(document.parsed)
        for start in range(0, len(passages), ROWS):
            part = slice(start, start + ROWS)
            self._add_passages(document, headers, counts.documents, passages[part], offsets[part])

    def _add_passages(
        self,
        document: Document,
        headers: Sequence[Span],
        number: int,
        passages: Sequence[AnalyzedPassage],
        offsets: NDArray[np.int64],
    ) -> None:
        records = np.zeros(len(passages), dtype=layout.PASSAGE)
        records["document"] = number
        records["text_start"], records["text_end"] = offsets.T
        self._waiting += (ToEncode(own.key, own.input) for own in passages)
        self._waiting_new += len(passages)
        for record, own in zip(records, passages, strict=True):
            passage, seen = own.passage, own.input
            record["id"] = layout.citation_id(document.path, passage.start, passage.end, seen.text)
            record["key_low"], record["key_high"] = own.key
            record["text_key"] = xxhash.xxh3_64_intdigest(seen.text.encode())
            record["start"], record["end"] = passage.start, passage.end
            record["first_sentence"] = self._sentences.length
            record["sentences"] = len(seen.sentences)
            record["first_term"] = self._terms.length
            record["terms"], record["context_terms"] = self._add_terms(own)
            record["heading"] = passage.heading
            record["first_line"], record["last_line"] = passage.first_line, passage.last_line
            record["kind"] = KINDS.index(passage.kind)
            record["heading_sentences"] = heading_sentences(document.parsed, headers, passage)
            self._sentences.append(np.array(seen.sentences, dtype="<i4").reshape(-1, 2))
        self._append_records(records)
        if self._waiting_new >= min(FIRST_WINDOW + self._encoded, WINDOW):
            self._append_waiting_vectors()

    def _add_terms(self, own: AnalyzedPassage) -> tuple[int, int]:
        """Append a passage's terms; returns their number, and how many are of its context."""
        terms = [*own.context, *chain.from_iterable(own.sentences)]
        self._postings.add(terms)
        self._terms.append(np.array([term_hash(term) for term in terms], dtype="<u4"))
        self._sentence_terms.append(np.array([len(each) for each in own.sentences], dtype="<i4"))
        return len(terms), len(own.context)

    def copy(self, first: int, last: int) -> None:
        """Append documents ``first:last`` of the previous generation unchanged."""
        if self._previous is None:
            raise ValueError("there is no previous generation to copy from")
        old = self._previous
        documents = [old.document(number) for number in range(first, last)]
        text_shift = self._texts.size - documents[0].text.start
        row_shift = self._passages.length - documents[0].passages.start
        document_shift = self.counts.documents - first
        for document in documents:
            self._append_line(
                replace(
                    document,
                    text=Span(*(byte + text_shift for byte in document.text)),
                    passages=Span(*(row + row_shift for row in document.passages)),
                )
            )
            self._texts.write(old.raw_text_of(document))
        end = documents[-1].passages.end
        for start in range(documents[0].passages.start, end, ROWS):
            rows = slice(start, min(start + ROWS, end))
            records = old.passages[rows].copy()
            sentences = slice(
                int(records[0]["first_sentence"]),
                int(records[-1]["first_sentence"] + records[-1]["sentences"]),
            )
            terms = slice(
                int(records[0]["first_term"]),
                int(records[-1]["first_term"] + records[-1]["terms"]),
            )
            records["document"] += document_shift
            records["text_start"] += text_shift
            records["text_end"] += text_shift
            records["first_sentence"] += self._sentences.length - sentences.start
            records["first_term"] += self._terms.length - int(records[0]["first_term"])
            self._sentences.append(old.sentences[sentences])
            self._sentence_terms.append(old.sentence_terms[sentences])
            self._terms.append(old.terms[terms])
            self._postings.keep(rows.start, rows.stop)
            self._append_records(records)
            self._waiting.append(_Kept(rows, sentences))

    def finish(self) -> dict[str, float]:
        """Write what depends on all documents; returns the scalars of the manifest's statistics."""
        self._append_waiting_vectors()
        if self.counts.passages >= IVFPQ_FROM:
            before = self._previous.vectors if self._previous else None
            earlier = before if isinstance(before, IvfPqVectors) else None
            write_ivfpq(self._writer, self._writer.take_back(layout.VECTORS), earlier)
        self._writer.bytes(layout.WORDS).write("\n".join(sorted(self._words)).encode())
        keys = np.concatenate([np.empty(0, dtype=np.uint64), *self._text_keys])
        self._writer.array(layout.DUPLICATES, "<i4").append(_duplicates(keys))
        for name, moments in (
            (layout.PASSAGE_MOMENTS, self._passage_moments),
            (layout.SENTENCE_MOMENTS, self._sentence_moments),
        ):
            self._writer.array(name, "<f4", (self._dimension,)).append(moments.finish())
        return self._write_postings()

    def _write_postings(self) -> dict[str, float]:
        arrays: dict[str, ArrayWriter] = {}

        def append(name: str, part: NDArray[Any]) -> None:
            if name not in arrays:
                arrays[name] = self._writer.array(layout.POSTINGS + name, part.dtype)
            arrays[name].append(part)

        return self._postings.write(append)

    def _append_waiting_vectors(self) -> None:
        """Get the vectors of all waiting passages and append them in order."""
        new = [item for item in self._waiting if isinstance(item, ToEncode)]
        found = self._encode(new)
        self._encoded += len(new)
        ends = np.cumsum([0, *(len(item.input.sentences) for item in new)])
        row = 0
        for is_new, items in groupby(self._waiting, key=lambda item: isinstance(item, ToEncode)):
            if is_new:
                end = row + sum(1 for _ in items)
                self._append_vectors(found.part(slice(row, end), slice(ends[row], ends[end])))
                row = end
            elif self._previous is not None:
                for kept in items:
                    self._append_vectors(encoded_rows(self._previous, *kept))
        self._waiting.clear()
        self._waiting_new = 0

    def _append_vectors(self, encoded: Encoded) -> None:
        self._vectors.append(encoded.passages)
        self._codes.append(encoded.sentences.codes)
        self._scales.append(encoded.sentences.scales)
        self._passage_moments.add(encoded.passages)
        # Of the vectors as stored: an update has no others, and must get the same moments.
        self._sentence_moments.add(encoded.sentences.restored())

    def _append_line(self, document: StoredDocument) -> None:
        self.languages.add(document.language)
        self._documents.write(document.to_json())
        self._offsets.append(np.array([self._documents.size]))

    def _append_records(self, records: NDArray[Any]) -> None:
        self._passages.append(records)
        self._text_keys.append(records["text_key"].copy())


def header_spans(parsed: Parsed) -> list[Span]:
    """The lines of each table that name its columns, in order."""
    rows = {header.end: header.start for header in table_headers(parsed)}
    return [Span(table.start, rows[table.end]) for table in parsed.tables if table.end in rows]


def heading_sentences(parsed: Parsed, headers: Sequence[Span], passage: Passage) -> int:
    """Number of leading sentences of a passage that are headings of the others; 0 if all are.

    The names of a table's columns, at one of ``headers``, are headings of its rows.
    """
    leading = _headings(parsed.headings, passage)
    if leading < len(passage.sentences):
        first = passage.sentences[leading].start
        table = bisect_right(headers, (first, inf)) - 1
        if table >= 0 and first < headers[table].end:
            end = headers[table].end
            leading += sum(first <= each.start and each.end <= end for each in passage.sentences)
    return leading % len(passage.sentences)


def _headings(headings: Sequence[Heading], passage: Passage) -> int:
    """Number of leading sentences of a passage that are headings."""
    if passage.heading < 0:
        return 0
    heading = headings[passage.heading]
    # An earlier passage of the section holds a heading that begins before this one.
    if heading.start < passage.start:
        return 0
    return sum(sentence.end <= heading.end for sentence in passage.sentences)


def _byte_offsets(text: str, places: Sequence[int]) -> list[int]:
    """UTF-8 bytes before each of these ascending positions in ``text``."""
    offsets, byte, last = [], 0, 0
    for place in places:
        byte += len(text[last:place].encode())
        last = place
        offsets.append(byte)
    return offsets


def _duplicates(text_keys: NDArray[np.uint64]) -> NDArray[np.int32]:
    """For each row the next one with the same key, cyclically."""
    if not len(text_keys):
        return np.empty(0, dtype=np.int32)
    order = np.argsort(text_keys, kind="stable")
    keys = text_keys[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    following = np.roll(order, -1)
    ends = np.append(starts[1:], len(keys)) - 1
    following[ends] = order[starts]
    duplicates = np.empty(len(keys), dtype=np.int32)
    duplicates[order] = following
    return duplicates
