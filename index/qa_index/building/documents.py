"""Makes of a document and its passages what engines store of them."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from math import inf
from typing import NamedTuple

import numpy as np

from qa_index.collection.keys import Key, citation_id
from qa_index.collection.records import StoredDocument
from qa_index.collection.writing import NewDocument, NewPassage
from qa_index.encoding import EncoderInput
from qa_index.records import Document, Heading, Parsed, Passage, Span, table_headers
from qa_index.terms.hashing import term_hash


class AnalyzedPassage(NamedTuple):
    """A passage with its terms and the encoder's input."""

    passage: Passage
    input: EncoderInput
    key: Key
    """Of ``input``."""
    context: list[str]
    """Terms of its document's name and of its context, in order."""
    sentences: list[list[str]]
    """Terms of each sentence, in order."""


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
