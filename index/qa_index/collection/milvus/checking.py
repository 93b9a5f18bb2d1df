"""Reads and checks everything that a generation in Milvus consists of."""

from collections import Counter

import numpy as np
import xxhash

from qa_index.collection.milvus.fetching import FetchedIndex
from qa_index.collection.milvus.layout import any_within
from qa_index.collection.served.index import AT_ONCE
from qa_index.collection.served.packing import text_key, words_hash


def check(index: FetchedIndex) -> None:
    """Raises ``IndexDamaged``, or an ``IndexProblem`` if a writer removed the generation meanwhile.

    Everything has a checksum but vectors, and the weights of terms that passages are found by. That
    all of them are found by their words is checked.
    """
    index.check_count()
    counted = _passages(index)
    _documents(index)
    stored = index.frequencies([*counted])
    if stored != counted:
        raise index.damaged("the counts of its terms are not those of its passages")
    if words_hash(index.words()).hex() != index.root_record.words_hash:
        raise index.damaged("its words fail their checksum")
    index.skipped()
    if index.moment_counts() != (index.counts.passages, index.counts.sentences):
        raise index.damaged("the sums of its vectors are not those of its passages")
    index.check_horizon()


def _passages(index: FetchedIndex) -> dict[str, int]:
    """How many passages hold each term."""
    held: Counter[str] = Counter()
    for start in range(0, index.passage_count, AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, index.passage_count))
        payloads, vectors, _ = index.payloads(rows, keep=False)
        if not np.isfinite(vectors).all():
            raise index.damaged("a vector of it is none")
        ids = index.numbering.passages_of(rows).tolist()
        keys = {
            int(row["id"]): int(row["text_key"])
            for run in zip(*map(np.ndarray.tolist, index.numbering.runs_of(rows)), strict=True)
            for row in index.query(index.passages, any_within([run]), ["id", "text_key"])
        }
        if [keys.get(each) for each in ids] != [text_key(each.text) for each in payloads]:
            raise index.damaged("a passage is listed with the text of another")
        for payload, own in zip(payloads, index.terms_of(ids), strict=True):
            if sum(own.values()) != payload.header["terms"]:
                raise index.damaged("the terms of a passage are those of another")
            held.update(own.keys())
    return dict(held)


def _documents(index: FetchedIndex) -> None:
    for _ in index.documents():  # parses their records
        pass
    hashes = [raw.tobytes() for raw in index.table.entries["text_hash"]]
    for start in range(0, len(hashes), AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, len(hashes)))
        texts = index.blobs(index.table.refs("text", numbers))
        if any(
            xxhash.xxh3_128_digest(text) != hashes[number]
            for number, text in zip(numbers, texts, strict=True)
        ):
            raise index.damaged("the text of a document fails its checksum")
