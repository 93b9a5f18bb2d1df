"""Reads and checks everything that a generation on the server consists of."""

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.index import Index
from qa_index.collection.postgres.columns import Columns
from qa_index.collection.served.packing import text_key, words_hash

AT_ONCE = 1000
"""Rows that are fetched together."""


def check(index: Index, columns: Columns) -> None:
    """Checks an index, given as what is asked of it and as what is fetched of it.

    Raises ``IndexDamaged``, or an ``IndexProblem`` if a writer removed the generation meanwhile.

    Postings have no checksum; but those of a passage add up to the terms that it has, which its own
    checksum covers.
    """
    lengths = _passages(columns)
    _documents(columns)
    for _ in index.documents():  # parses their records
        pass
    counted = np.zeros(columns.passage_count, dtype=np.int64)
    for _, rows, frequencies in index.postings_by_term():
        np.add.at(counted, rows, frequencies)
    if not np.array_equal(counted, lengths):
        raise columns.damaged("its postings are not those of its passages")
    [(expected,)] = columns.select(
        "SELECT words_hash FROM generation WHERE number = %s", columns.generation
    ) or [(None,)]
    # Generations of before have none.
    if expected is not None and words_hash(index.words()) != expected:
        raise columns.damaged("its words fail their checksum")
    index.skipped()
    counts = columns.moment_counts()
    if counts != (columns.counts.passages, columns.counts.sentences):
        raise columns.damaged("the sums of its vectors are not those of its passages")


def _passages(columns: Columns) -> NDArray[np.int64]:
    """Number of terms of each passage."""
    lengths = np.zeros(columns.passage_count, dtype=np.int64)
    for start in range(0, columns.passage_count, AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, columns.passage_count))
        payloads, vectors, _ = columns.payloads(rows, keep=False)
        if not np.isfinite(vectors).all():
            raise columns.damaged("a vector of it is none")
        lengths[rows] = [each.header["terms"] for each in payloads]
        keys = dict(
            columns.select(
                "SELECT id, text_key FROM passage WHERE id = ANY(%s)",
                (ids := columns.numbering.passages_of(rows).tolist()),
            )
        )
        if [keys.get(each) for each in ids] != [text_key(each.text) for each in payloads]:
            raise columns.damaged("a passage is listed with the text of another")
    return lengths


def _documents(columns: Columns) -> None:
    numbers = columns.numbering.ids.tolist()
    for start in range(0, len(numbers), AT_ONCE):
        found = columns.select(
            "SELECT text, text_hash FROM document WHERE id = ANY(%s)",
            numbers[start : start + AT_ONCE],
        )
        if any(xxhash.xxh3_128_digest(text) != digest for text, digest in found):
            raise columns.damaged("the text of a document fails its checksum")
