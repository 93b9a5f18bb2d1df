"""Last step of a build: hands documents to the engine's writer, and vectors by windows."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from math import inf

import numpy as np

from qa_index.building.encode import ToEncode
from qa_index.building.prepare import AnalyzedPassage
from qa_index.collection.keys import citation_id
from qa_index.collection.records import StoredDocument
from qa_index.collection.writing import NewDocument, NewPassage, Writer
from qa_index.records import Document, Heading, Parsed, Passage, Span, table_headers
from qa_index.terms.hashing import term_hash
from qa_index.vectors import Encoded

WINDOW = 1024
"""Passages that are encoded together: enough to sort by length and fill every batch."""

FIRST_WINDOW = 128
"""Size of the first window. Windows grow by the number of passages encoded so far, so that the
encoder need not wait until a thousand passages are read."""

MOST_AT_ONCE = 4096
"""Passages encoded together at most, so that a document of any size takes bounded memory."""

Encode = Callable[[Sequence[ToEncode]], Encoded]
"""Returns the vectors of passages in order, as ``encode.EncodeStep`` does."""


class Assembler:
    """Hands documents to a writer in the order of paths, and their vectors when there are enough
    passages to be encoded together; ``finish`` hands over the rest."""

    def __init__(self, writer: Writer, *, encode: Encode) -> None:
        self._writer = writer
        self._encode = encode
        self._waiting: list[ToEncode] = []
        self._encoded = 0

    def add(
        self, document: Document, passages: Sequence[AnalyzedPassage], words: frozenset[str]
    ) -> None:
        """Add a newly read document."""
        self._writer.put(new_document(document, passages, words))
        self._waiting += (ToEncode(own.key, own.input) for own in passages)
        if len(self._waiting) >= min(FIRST_WINDOW + self._encoded, WINDOW):
            self._encode_waiting()

    def copy(self, first: int, last: int) -> None:
        """Keep documents ``first:last`` of the previous generation."""
        self._writer.keep(first, last)

    def finish(self) -> None:
        """Hand over the vectors of all passages that still wait for them."""
        self._encode_waiting()

    def _encode_waiting(self) -> None:
        for start in range(0, len(self._waiting), MOST_AT_ONCE):
            part = self._waiting[start : start + MOST_AT_ONCE]
            self._writer.put_vectors(self._encode(part))
            self._encoded += len(part)
        self._waiting.clear()


def new_document(
    document: Document, passages: Sequence[AnalyzedPassage], words: frozenset[str]
) -> NewDocument:
    """A document as engines store it."""
    parsed = document.parsed
    record = StoredDocument(
        path=document.path,
        title=parsed.title,
        media_type=parsed.media_type,
        sha256=document.sha256,
        size=document.size,
        mtime_ns=document.mtime_ns,
        encoding=parsed.encoding,
        format=parsed.format,
        format_version=parsed.version,
        language=document.language,
        headings=parsed.headings,
        units=parsed.units,
        gaps=parsed.gaps,
        pictures=parsed.pictures,
        recognition=parsed.recognition,
        headers=table_headers(parsed),
        metadata=parsed.metadata,
        text=Span(0, 0),
        characters=len(document.text),
        passages=Span(0, 0),
    )
    headers = header_spans(parsed)
    found = [_new_passage(document, headers, own) for own in passages]
    return NewDocument(record, document.text, found, words)


def _new_passage(document: Document, headers: Sequence[Span], own: AnalyzedPassage) -> NewPassage:
    passage, seen = own.passage, own.input
    terms = [*own.context, *chain.from_iterable(own.sentences)]
    return NewPassage(
        id=citation_id(document.path, passage.start, passage.end, seen.text),
        key=own.key,
        start=passage.start,
        end=passage.end,
        sentences=np.array(seen.sentences, dtype="<i4").reshape(-1, 2),
        sentence_terms=np.array([len(each) for each in own.sentences], dtype="<i4"),
        hashes=np.array([term_hash(term) for term in terms], dtype="<u4"),
        frequencies=Counter(terms),
        context_terms=len(own.context),
        heading=passage.heading,
        first_line=passage.first_line,
        last_line=passage.last_line,
        kind=passage.kind,
        heading_sentences=heading_sentences(document.parsed, headers, passage),
    )


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
