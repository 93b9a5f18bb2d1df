"""Writes a generation of the embedded engine: appends documents to its files, in order."""

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.local import layout
from qa_index.collection.local.generations import ArrayWriter, GenerationWriter
from qa_index.collection.local.inverting import PostingsBuilder
from qa_index.collection.local.ivfpq import IVFPQ_FROM, IvfPqVectors, write_ivfpq
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.manifest import BuildSettings
from qa_index.collection.records import Counts, StoredDocument
from qa_index.collection.writing import MOST_WORDS, NewDocument, NewPassage
from qa_index.records import KINDS, Span
from qa_index.vectors import Encoded, Moments

ROWS = 4096
"""Rows processed at a time, so that a document of any size takes bounded memory."""


class _Kept(NamedTuple):
    """Vectors that are copied from the previous generation."""

    rows: slice
    sentences: slice


class LocalWriter:
    """``Writer`` of the embedded engine; the caller holds the index's lock.

    Vectors are appended when they come; those of kept documents wait for the ones before them.
    """

    def __init__(self, index: Path, *, dimension: int, previous: StoredIndex | None = None) -> None:
        """``previous`` is an index of the same model and settings, to keep documents of."""
        self._files = GenerationWriter(index)
        self._dimension = dimension
        self._previous = previous
        self._passage_moments = Moments(dimension)
        self._sentence_moments = Moments(dimension)
        self._text_keys: list[NDArray[np.uint64]] = []
        self._waiting: deque[int | _Kept] = deque()
        """What vectors are to come: the number of sentences of each new passage, or kept rows."""
        self._words = set(previous.words() if previous else ())
        self._languages: set[str] = set()

    def __enter__(self) -> Self:
        files = self._files.__enter__()
        try:
            self._open(files)
        except BaseException as error:
            files.__exit__(type(error), error, None)
            raise
        return self

    def _open(self, files: GenerationWriter) -> None:
        self._documents = files.bytes(layout.DOCUMENTS)
        self._offsets = files.array(layout.DOCUMENT_OFFSETS, "<i8")
        self._texts = files.bytes(layout.TEXTS)
        self._passages = files.array(layout.PASSAGES, layout.PASSAGE)
        self._sentences = files.array(layout.SENTENCES, "<i4", (2,))
        self._terms = files.array(layout.TERMS, "<u4")
        self._sentence_terms = files.array(layout.SENTENCE_TERMS, "<i4")
        self._vectors = files.array(layout.VECTORS, "<f4", (self._dimension,))
        self._codes = files.array(layout.SENTENCE_VECTORS, "<i1", (self._dimension,))
        self._scales = files.array(layout.SENTENCE_SCALES, "<f4")
        self._postings = PostingsBuilder(
            earlier=self._previous.postings if self._previous else None,
            scratch=partial(files.scratch, "postings.runs"),
        )
        self._offsets.append(np.zeros(1))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._files.__exit__(kind, error, trace)

    @property
    def generation(self) -> int:
        """See ``Writer``."""
        return self._files.generation

    @property
    def counts(self) -> Counts:
        """See ``Writer``."""
        return Counts(self._offsets.length - 1, self._passages.length, self._sentences.length)

    def put(self, document: NewDocument) -> None:
        """See ``Writer``."""
        if len(self._words) < MOST_WORDS:
            self._words.update(document.words)
        raw, counts = document.text.encode(), self.counts
        passages = document.passages
        self._append_line(
            replace(
                document.record,
                text=Span(self._texts.size, self._texts.size + len(raw)),
                passages=Span(counts.passages, counts.passages + len(passages)),
            )
        )
        places = [side for own in passages for side in (own.start, own.end)]
        offsets = np.array(_byte_offsets(document.text, places), dtype=np.int64).reshape(-1, 2)
        offsets += self._texts.size
        self._texts.write(raw)
        for start in range(0, len(passages), ROWS):
            part = slice(start, start + ROWS)
            self._put_passages(document.text, counts.documents, passages[part], offsets[part])

    def _put_passages(
        self, text: str, number: int, passages: Sequence[NewPassage], offsets: NDArray[np.int64]
    ) -> None:
        records = np.zeros(len(passages), dtype=layout.PASSAGE)
        records["document"] = number
        records["text_start"], records["text_end"] = offsets.T
        for record, own in zip(records, passages, strict=True):
            record["id"] = own.id
            record["key_low"], record["key_high"] = own.key
            record["text_key"] = xxhash.xxh3_64_intdigest(text[own.start : own.end].encode())
            record["start"], record["end"] = own.start, own.end
            record["first_sentence"] = self._sentences.length
            record["sentences"] = len(own.sentences)
            record["first_term"] = self._terms.length
            record["terms"], record["context_terms"] = len(own.hashes), own.context_terms
            record["heading"] = own.heading
            record["first_line"], record["last_line"] = own.first_line, own.last_line
            record["kind"] = KINDS.index(own.kind)
            record["heading_sentences"] = own.heading_sentences
            self._postings.add_counted(own.frequencies)
            self._terms.append(own.hashes)
            self._sentence_terms.append(own.sentence_terms)
            self._sentences.append(own.sentences)
            self._waiting.append(len(own.sentences))
        self._append_records(records)

    def put_vectors(self, encoded: Encoded) -> None:
        """See ``Writer``."""
        row = sentence = 0
        while row < len(encoded.passages):
            self._append_kept_vectors()
            end, last = row, sentence
            while end < len(encoded.passages) and self._waiting:
                if isinstance(self._waiting[0], _Kept):
                    break
                last += self._waiting.popleft()  # type: ignore[operator]
                end += 1
            if end == row:
                raise ValueError("more vectors than passages")
            self._append_vectors(encoded.part(slice(row, end), slice(sentence, last)))
            row, sentence = end, last

    def keep(self, first: int, last: int) -> None:
        """See ``Writer``."""
        if self._previous is None:
            raise ValueError("there is no previous generation to keep documents of")
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

    def commit(self, settings: BuildSettings) -> None:
        """See ``Writer``."""
        self._append_kept_vectors()
        if self._waiting:
            raise ValueError(f"{len(self._waiting)} passages have no vectors")
        if settings.skipped:
            lines = "".join(f"{json.dumps(file)}\n" for file in settings.skipped)
            self._files.bytes(layout.SKIPPED).write(lines.encode())
        self._files.commit(
            settings.manifest(
                generation=self.generation,
                languages=self._languages,
                counts=self.counts,
                statistics=self._finish(),
                files=self._files.finish_files(),
            )
        )

    def _finish(self) -> dict[str, float]:
        """Write what depends on all documents; returns the scalars of the manifest's statistics."""
        if self.counts.passages >= IVFPQ_FROM:
            before = self._previous.vectors if self._previous else None
            earlier = before if isinstance(before, IvfPqVectors) else None
            write_ivfpq(self._files, self._files.take_back(layout.VECTORS), earlier)
        self._files.bytes(layout.WORDS).write("\n".join(sorted(self._words)).encode())
        keys = np.concatenate([np.empty(0, dtype=np.uint64), *self._text_keys])
        self._files.array(layout.DUPLICATES, "<i4").append(_duplicates(keys))
        for name, moments in (
            (layout.PASSAGE_MOMENTS, self._passage_moments),
            (layout.SENTENCE_MOMENTS, self._sentence_moments),
        ):
            self._files.array(name, "<f4", (self._dimension,)).append(moments.finish())
        return self._write_postings()

    def _write_postings(self) -> dict[str, float]:
        arrays: dict[str, ArrayWriter] = {}

        def append(name: str, part: NDArray[Any]) -> None:
            if name not in arrays:
                arrays[name] = self._files.array(layout.POSTINGS + name, part.dtype)
            arrays[name].append(part)

        return self._postings.write(append)

    def _append_kept_vectors(self) -> None:
        """Append the vectors of kept rows that come next."""
        while self._waiting and isinstance(kept := self._waiting[0], _Kept):
            if self._previous is not None:
                self._append_vectors(self._previous.encoded_between(*kept))
            self._waiting.popleft()

    def _append_vectors(self, encoded: Encoded) -> None:
        self._vectors.append(encoded.passages)
        self._codes.append(encoded.sentences.codes)
        self._scales.append(encoded.sentences.scales)
        self._passage_moments.add(encoded.passages)
        # Of the vectors as stored: an update has no others, and must get the same moments.
        self._sentence_moments.add(encoded.sentences.restored())

    def _append_line(self, document: StoredDocument) -> None:
        self._languages.add(document.language)
        self._documents.write(document.to_json())
        self._offsets.append(np.array([self._documents.size]))

    def _append_records(self, records: NDArray[Any]) -> None:
        self._passages.append(records)
        self._text_keys.append(records["text_key"].copy())


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
