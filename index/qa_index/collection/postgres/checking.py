"""Reads and checks everything that a generation on the server consists of."""

from typing import TYPE_CHECKING

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.postgres.columns import text_key, words_hash

if TYPE_CHECKING:
    from qa_index.collection.postgres.stored import PostgresIndex

AT_ONCE = 1000
"""Rows that are fetched together."""


def check(index: "PostgresIndex") -> None:
    """Raises ``IndexDamaged``, or an ``IndexProblem`` if a writer removed the generation meanwhile.

    Postings have no checksum; but those of a passage add up to the terms that it has, which its own
    checksum covers.
    """
    lengths = _passages(index)
    _documents(index)
    counted = np.zeros(index.passage_count, dtype=np.int64)
    for _, rows, frequencies in index.postings_by_term():
        np.add.at(counted, rows, frequencies)
    if not np.array_equal(counted, lengths):
        raise index.damaged("its postings are not those of its passages")
    [(expected,)] = index.select(
        "SELECT words_hash FROM generation WHERE number = %s", index.generation
    ) or [(None,)]
    # Generations of before have none.
    if expected is not None and words_hash(index.words()) != expected:
        raise index.damaged("its words fail their checksum")
    index.skipped()
    counts = index.moment_counts()
    if counts != (index.counts.passages, index.counts.sentences):
        raise index.damaged("the sums of its vectors are not those of its passages")


def _passages(index: "PostgresIndex") -> NDArray[np.int64]:
    """Number of terms of each passage."""
    lengths = np.zeros(index.passage_count, dtype=np.int64)
    for start in range(0, index.passage_count, AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, index.passage_count))
        payloads, vectors, _ = index.payloads(rows, keep=False)
        if not np.isfinite(vectors).all():
            raise index.damaged("a vector of it is none")
        lengths[rows] = [each.header["terms"] for each in payloads]
        keys = dict(
            index.select(
                "SELECT id, text_key FROM passage WHERE id = ANY(%s)",
                (ids := index.numbering.passages_of(rows).tolist()),
            )
        )
        if [keys.get(each) for each in ids] != [text_key(each.text) for each in payloads]:
            raise index.damaged("a passage is listed with the text of another")
    return lengths


def _documents(index: "PostgresIndex") -> None:
    numbers = index.numbering.ids.tolist()
    for start in range(0, len(numbers), AT_ONCE):
        found = index.select(
            "SELECT text, text_hash FROM document WHERE id = ANY(%s)",
            numbers[start : start + AT_ONCE],
        )
        if any(xxhash.xxh3_128_digest(text) != digest for text, digest in found):
            raise index.damaged("the text of a document fails its checksum")
    for _ in index.documents():  # parses their records
        pass
