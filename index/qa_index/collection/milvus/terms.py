"""The terms of a passage, with how often it holds each: packed, as a vector, and as a score."""

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.keys import encode_term
from qa_index.collection.milvus.layout import NO_TERM, dimension_of
from qa_index.collection.protocol import Statistics
from qa_index.collection.served.packing import CHECKSUM, is_sound, sealed, signed
from qa_index.collection.weighting import (
    DEFAULT_B,
    DEFAULT_K1,
    ScoredTerm,
    length_norms,
    lucene_idf,
)

Frequencies = Mapping[str, int]
"""How often a passage holds each of its terms."""


def pack_terms(frequencies: Frequencies) -> bytes:
    """Terms and how often each is held: with a checksum, compressed."""
    terms = [encode_term(term) for term in frequencies]
    columns = np.array([[*map(len, terms)], [*frequencies.values()]], dtype="<u4")
    return sealed(
        len(terms).to_bytes(4, "little") + zlib.compress(columns.tobytes() + b"".join(terms), 1)
    )


def unpack_terms(raw: bytes) -> dict[str, int]:
    """The output of ``pack_terms``. Raises ``ValueError``."""
    if len(raw) < CHECKSUM or not is_sound(raw):
        raise ValueError("a checksum is wrong")
    count = int.from_bytes(raw[CHECKSUM : CHECKSUM + 4], "little")
    whole = zlib.decompress(raw[CHECKSUM + 4 :])
    sizes, counts = np.frombuffer(whole, "<u4", 2 * count).reshape(2, count).tolist()
    found = {}
    at = 8 * count
    for size, often in zip(sizes, counts, strict=True):
        found[whole[at : at + size].decode("utf-8", "surrogatepass")] = often
        at += size
    return found


def term_key(term: str) -> int:
    """What the counts of a term are found by."""
    return signed(xxhash.xxh3_64_intdigest(encode_term(term)))


def stored_weights(frequencies: Frequencies, average: float) -> dict[int, float]:
    """A passage as a vector with a dimension for each term: its part of BM25 but for the idf.

    ``average`` is what the length of a passage is compared with.
    """
    counts = np.array([*frequencies.values()], dtype=np.float64)
    norm = length_norms(counts.sum(), average, k1=DEFAULT_K1, b=DEFAULT_B)
    weights = counts * (DEFAULT_K1 + 1) / (counts + norm)
    found: dict[int, float] = {}
    for term, weight in zip(frequencies, weights.tolist(), strict=True):
        dimension = dimension_of(term)
        found[dimension] = found.get(dimension, 0.0) + weight
    return found or {NO_TERM: 1.0}


def question_weights(terms: Sequence[ScoredTerm], passages: int) -> dict[int, float]:
    """A question as a vector: its product with ``stored_weights`` is BM25."""
    found: dict[int, float] = {}
    for term, frequency, repeats in terms:
        dimension = dimension_of(term)
        weight = repeats * lucene_idf(frequency, passages)
        found[dimension] = found.get(dimension, 0.0) + weight
    return found


def most_growth(stored: float, average: float) -> float:
    """How much a score can at most be above what the stored weights give.

    A weight is ``tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average))``. With a larger
    average it is larger, and at most in the ratio of the averages.
    """
    return max(1.0, average / stored if stored > 0 else 1.0)


def scores(
    passages: Sequence[Frequencies], terms: Sequence[ScoredTerm], statistics: Statistics
) -> NDArray[np.float32]:
    """BM25 of passages, shape (n,), by the same steps as ``SparseBM25.score``."""
    lengths = np.array([sum(each.values()) for each in passages], dtype=np.int64)
    norms = length_norms(lengths, statistics.average_length, k1=statistics.k1, b=statistics.b)
    found = np.zeros(len(passages), dtype=np.float32)
    for term, frequency, repeats in terms:
        tf = np.array([each.get(term, 0) for each in passages], dtype=np.int64)
        impacts = (tf * (statistics.k1 + 1) / (tf + norms)).astype(np.float32)
        found += impacts * np.float32(repeats * lucene_idf(frequency, statistics.passages))
    return found
