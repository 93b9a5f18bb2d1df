"""The sentences around a place in a document."""

from bisect import bisect_right
from typing import NamedTuple

import numpy as np

from qa_index.collection.protocol import Collection
from qa_index.collection.records import StoredDocument
from qa_index.records import Span

_MAX_CHARACTERS = 4_000
"""Limit on either side: a sentence can be as long as its document."""


class Surroundings(NamedTuple):
    """Verbatim text of the document directly before and after a place."""

    before: str
    after: str


def surroundings_of(
    index: Collection, document: StoredDocument, text: str, place: Span, *, sentences: int
) -> Surroundings:
    """Up to ``sentences`` whole sentences before ``place`` and as many after it.

    ``text`` is that of the document, ``index.text_of(document)``.
    """
    if not sentences:
        return Surroundings("", "")
    start = _start(index, document, place.start, sentences)
    end = _end(index, document, place.end, sentences)
    return Surroundings(
        text[max(start, place.start - _MAX_CHARACTERS) : place.start],
        text[place.end : min(end, place.end + _MAX_CHARACTERS)],
    )


def surroundings_of_passage(index: Collection, citation: str, *, sentences: int) -> Surroundings:
    """The same for the passage with this citation id; empty if the index does not hold it."""
    row = index.row_of(citation)
    if row is None:
        return Surroundings("", "")
    passage = index.passage(row)
    text = index.text_of(passage.document)
    place = Span(passage.start, passage.end)
    return surroundings_of(index, passage.document, text, place, sentences=sentences)


def _start(index: Collection, document: StoredDocument, place: int, wanted: int) -> int:
    """Start of the ``wanted``-th sentence that ends at or before ``place``."""
    start = place
    for row in range(row_at(index, document, place), document.passages.start - 1, -1):
        for sentence in reversed(index.passage(row).sentences):
            if sentence.end <= place:
                start, wanted = sentence.start, wanted - 1
            if not wanted:
                return start
    return start


def _end(index: Collection, document: StoredDocument, place: int, wanted: int) -> int:
    """End of the ``wanted``-th sentence that begins at or after ``place``."""
    end = place
    for row in range(row_at(index, document, place), document.passages.end):
        for sentence in index.passage(row).sentences:
            if sentence.start >= place:
                end, wanted = sentence.end, wanted - 1
            if not wanted:
                return end
    return end


def row_at(index: Collection, document: StoredDocument, place: int) -> int:
    """The document's last passage that begins at or before ``place``, or its first."""
    rows = document.passages
    starts = [each.start for each in index.places(np.arange(rows.start, rows.end))]
    return rows.start + max(bisect_right(starts, place) - 1, 0)
