"""Postings: for each term the rows that hold it, as arrays that can be stored and mapped.

Terms are sorted by their CRC-32 and found by its upper bits; terms that share them form a bucket.
A look-up reads one bucket of a few terms. A binary search would touch, and so verify, a block of
the file at every step.
"""

import zlib
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.keys import encode_term

HASH_BITS = 32
"""Size of the hash that terms are sorted by."""

_EMPTY = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))


class StoredArray(Protocol):
    """A numpy array, or an array that is read from a checked file."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: slice, /) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """The postings of N rows, V distinct terms and P pairs of term and row.

    Terms are numbered in the order of their hash, and of their text where that is the same. All
    arrays have one axis.
    """

    buckets: StoredArray
    """int32, a power of two plus one: first term of each bucket, and V."""
    term_starts: StoredArray
    """int64, V + 1: where each term begins in ``term_bytes``."""
    term_bytes: StoredArray
    """uint8: all terms in UTF-8."""
    starts: StoredArray
    """int64, V + 1: where the postings of each term begin."""
    rows: StoredArray
    """int32, P: ascending within a term."""
    impacts: StoredArray
    """float32, P: ``tf * (k1 + 1) / (tf + k1 * (1 - b + b * length / average_length))``."""
    lengths: StoredArray
    """int32, N: terms of each row, repeats counted."""

    row_count: int
    average_length: float
    average_okapi_idf: float
    """Mean of ``log((N - n + 0.5) / (n + 0.5))`` over all terms; only Okapi's idf needs it."""
    k1: float
    b: float

    @staticmethod
    def array_names() -> tuple[str, ...]:
        """Fields that are arrays."""
        return tuple(field.name for field in fields(Postings) if field.type is StoredArray)

    @staticmethod
    def scalar_names() -> tuple[str, ...]:
        """Fields that are numbers."""
        return tuple(field.name for field in fields(Postings) if field.type is not StoredArray)

    def terms(self) -> list[str]:
        """All terms, by number."""
        edges = self.term_starts[0 : len(self.term_starts)].tolist()
        raw = self.term_bytes[0 : len(self.term_bytes)].tobytes()
        return [raw[start:end].decode("utf-8", "surrogatepass") for start, end in pairwise(edges)]

    def bounds(self, term: str) -> tuple[int, int]:
        """Where the postings of a term begin and end; (0, 0) if no row holds it."""
        key = encode_term(term)
        bits = (len(self.buckets) - 1).bit_length() - 1
        bucket = zlib.crc32(key) >> HASH_BITS - bits
        first, last = self.buckets[bucket : bucket + 2].tolist()
        edges = self.term_starts[first : last + 1].tolist()
        run = self.term_bytes[edges[0] : edges[-1]].tobytes()
        for place, (start, end) in enumerate(pairwise(edges)):
            if run[start - edges[0] : end - edges[0]] == key:
                number = first + place
                begin, finish = self.starts[number : number + 2].tolist()
                return begin, finish
        return 0, 0

    def find(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """(rows, impacts) of a term; empty if no row holds it."""
        start, end = self.bounds(term)
        return (self.rows[start:end], self.impacts[start:end]) if start < end else _EMPTY
