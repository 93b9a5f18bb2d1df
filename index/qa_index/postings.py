"""Postings: for each term the rows that hold it, as arrays that can be stored and mapped.

Terms are found by hash: those of equal CRC-32, modulo the number of buckets, lie together. A
look-up reads one run of a few terms, where a binary search would touch (and have the index check)
a block of the file at every step.
"""

import zlib
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

DEFAULT_K1 = 0.9
DEFAULT_B = 0.4

_TERMS_PER_BUCKET = 4
_CHUNK = 1 << 20
"""Postings that are sorted at a time."""
_EMPTY = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))


class StoredArray(Protocol):
    """What is asked of an array: a numpy array, or one that is read from a checked file."""

    def __len__(self) -> int: ...

    def __getitem__(self, key: slice, /) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Postings:
    """The postings of N rows, V distinct terms and P pairs of term and row.

    Terms are numbered by bucket. All arrays have one axis.
    """

    buckets: StoredArray
    """int32, a power of two and one more: first term of each bucket, and V."""
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
        key = _encode(term)
        bucket = zlib.crc32(key) & (len(self.buckets) - 2)
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


def _encode(term: str) -> bytes:
    # A lone surrogate has no UTF-8, but a question may hold one.
    return term.encode("utf-8", "surrogatepass")


class PostingsBuilder:
    """Gathers the terms of one row after another.

    Holds 8 bytes a posting and the vocabulary; ``finish`` needs 8 more a posting.
    """

    def __init__(self, *, k1: float = DEFAULT_K1, b: float = DEFAULT_B) -> None:
        self._k1 = k1
        self._b = b
        self._vocabulary: dict[str, int] = {}
        self._terms = array("i")
        self._frequencies = array("i")
        self._distinct = array("i")
        self._lengths = array("i")

    def add(self, terms: Iterable[str]) -> None:
        """Add the next row."""
        counts = Counter(terms)
        number = self._vocabulary.setdefault
        self._terms.extend([number(term, len(self._vocabulary)) for term in counts])
        self._frequencies.extend(counts.values())
        self._distinct.append(len(counts))
        self._lengths.append(counts.total())

    def number(self, term: str) -> int:
        """The number that stands for a term in ``add_counted``."""
        return self._vocabulary.setdefault(term, len(self._vocabulary))

    def add_counted(
        self,
        *,
        terms: NDArray[np.int32],
        frequencies: NDArray[np.int32],
        distinct: NDArray[np.integer[Any]],
        lengths: NDArray[np.int32],
    ) -> None:
        """Add n rows whose terms were counted before.

        ``terms`` and ``frequencies`` hold the distinct terms of the first row, then of the next;
        ``distinct`` (n,) says how many each row has, ``lengths`` (n,) counts repeats too.
        """
        for column, values in (
            (self._terms, terms),
            (self._frequencies, frequencies),
            (self._distinct, distinct),
            (self._lengths, lengths),
        ):
            column.frombytes(np.ascontiguousarray(values, dtype=np.int32).tobytes())

    def finish(self) -> Postings:
        """The postings of the rows added so far."""
        terms = _as_numpy(self._terms)
        lengths = _as_numpy(self._lengths)
        average = float(lengths.mean()) if len(lengths) else 0.0
        buckets, order, encoded = _arrange(self._vocabulary)
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        counts = np.bincount(terms, minlength=len(order))[order]
        starts = _running_total(counts)
        rows, impacts = self._sort(rank, starts, lengths, average)
        odds = (len(lengths) - counts + 0.5) / (counts + 0.5)
        return Postings(
            buckets=buckets,
            term_starts=_running_total(np.array([len(term) for term in encoded], dtype=np.int64)),
            term_bytes=np.frombuffer(b"".join(encoded), dtype=np.uint8),
            starts=starts,
            rows=rows,
            impacts=impacts,
            lengths=lengths,
            row_count=len(lengths),
            average_length=average,
            average_okapi_idf=float(np.log(odds).mean()) if len(odds) else 0.0,
            k1=self._k1,
            b=self._b,
        )

    def _sort(
        self,
        rank: NDArray[np.int32],
        starts: NDArray[np.int64],
        lengths: NDArray[np.int32],
        average: float,
    ) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Rows and impacts by term: a counting sort, chunk by chunk."""
        terms, frequencies = _as_numpy(self._terms), _as_numpy(self._frequencies)
        ends = _running_total(_as_numpy(self._distinct))
        rows_out = np.empty(len(terms), dtype=np.int32)
        impacts_out = np.empty(len(terms), dtype=np.float32)
        free = starts[:-1].copy()
        norms = self._k1 * (1 - self._b + self._b * lengths / max(average, 1e-9))
        for begin in range(0, len(terms), _CHUNK):
            places = np.arange(begin, min(begin + _CHUNK, len(terms)))
            numbers = rank[terms[places]]
            order = np.argsort(numbers, kind="stable")
            numbers, places = numbers[order], places[order]
            found, firsts, repeats = np.unique(numbers, return_index=True, return_counts=True)
            targets = free[numbers] + np.arange(len(numbers)) - np.repeat(firsts, repeats)
            free[found] += repeats
            rows = np.searchsorted(ends, places, side="right") - 1
            rows_out[targets] = rows
            tf = frequencies[places]
            impacts_out[targets] = tf * (self._k1 + 1) / (tf + norms[rows])
        return rows_out, impacts_out


def _as_numpy(values: "array[int]") -> NDArray[np.int32]:
    return np.array(values, dtype=np.int32)


def _running_total(counts: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
    """0, then the sum up to and with each count."""
    totals = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=totals[1:])
    return totals


def _arrange(
    vocabulary: Iterable[str],
) -> tuple[NDArray[np.int32], NDArray[np.int64], list[bytes]]:
    """Bucket starts, the terms' places in ``vocabulary`` by bucket, and the terms in that order."""
    encoded = [_encode(term) for term in vocabulary]
    bucket_count = 1 << max(len(encoded) // _TERMS_PER_BUCKET, 1).bit_length() - 1
    hashes = np.array([zlib.crc32(term) for term in encoded], dtype=np.uint32)
    placed = (hashes & np.uint32(bucket_count - 1)).astype(np.int64)
    order = np.lexsort((hashes, placed))
    sizes = np.bincount(placed, minlength=bucket_count)
    return _running_total(sizes).astype(np.int32), order, [encoded[place] for place in order]
