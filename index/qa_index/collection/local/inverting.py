"""Builds postings from the terms of one row after another, in bounded memory.

Postings are collected up to a limit, sorted by term, and written to disk as a *run*. At the end all
runs are merged, some terms at a time (Heinz and Zobel, JASIST 2003). The postings of an earlier
generation form another run: its rows are renumbered, and removed rows are left out.
"""

import zlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.keys import encode_term
from qa_index.collection.local.postings import HASH_BITS, Postings
from qa_index.collection.local.scratch import Scratch
from qa_index.collection.weighting import DEFAULT_B, DEFAULT_K1, length_norms

HELD = 1 << 20
"""Postings that are kept in memory: 8 MB, and five times as much while they are sorted."""

_MERGED = 1 << 19
"""Postings that are merged at a time, unless a single term has more."""

_TERMS_PER_BUCKET = 4

Integers = NDArray[np.int32]
Places = NDArray[np.int64]


class _Part(NamedTuple):
    """n postings as parallel columns."""

    rows: Integers
    frequencies: Integers


class _Run(NamedTuple):
    """Postings of some rows, by term."""

    terms: Integers
    """Numbers of its t terms, in the order of ``_arranged``."""
    starts: Places
    """Shape (t + 1,): where the postings of each term begin, and the number of all."""
    read: Callable[[int, int], _Part]
    """Reads the postings of a range; removed rows are negative."""


class PostingsBuilder:
    """Collects the terms of one row after another, and rows of an earlier generation.

    Keeps in memory the vocabulary, a few bytes per row and, with ``scratch``, ``HELD`` postings and
    12 bytes for each distinct term of a run, which is 2 bytes per posting.
    """

    def __init__(
        self,
        *,
        k1: float = DEFAULT_K1,
        b: float = DEFAULT_B,
        earlier: Postings | None = None,
        scratch: Callable[[], Scratch] | None = None,
    ) -> None:
        """``scratch`` opens the file for runs; without it, all postings stay in memory."""
        self._k1 = k1
        self._b = b
        self._open_scratch = scratch
        self._scratch: Scratch | None = None
        self._vocabulary: dict[str, int] = {}
        # Per posting in memory.
        self._terms = array("i")
        self._frequencies = array("i")
        # Per row whose postings are in memory.
        self._rows = array("i")
        self._distinct = array("i")
        # Per row.
        self._lengths = array("i")
        self._runs: list[_Run] = []
        self._earlier = earlier
        if earlier is not None:
            self._vocabulary = {term: number for number, term in enumerate(earlier.terms())}
            self._new_rows = np.full(earlier.row_count, -1, dtype=np.int32)

    def add(self, terms: Iterable[str]) -> None:
        """Add the next row."""
        self.add_counted(Counter(terms))

    def add_counted(self, counts: Mapping[str, int]) -> None:
        """Add the next row by the number of times that it holds each term."""
        number = self._vocabulary.setdefault
        self._terms.extend([number(term, len(self._vocabulary)) for term in counts])
        self._frequencies.extend(counts.values())
        self._rows.append(len(self._lengths))
        self._distinct.append(len(counts))
        self._lengths.append(sum(counts.values()))
        if self._open_scratch is not None and len(self._terms) >= HELD:
            self._scratch = self._scratch or self._open_scratch()
            self._write_away(self._scratch)

    def keep(self, first: int, last: int) -> None:
        """Add rows ``first:last`` of the earlier generation as the next ones."""
        if self._earlier is None:
            raise ValueError("there is no earlier generation to keep rows of")
        self._new_rows[first:last] = np.arange(last - first) + len(self._lengths)
        self._lengths.frombytes(np.asarray(self._earlier.lengths[first:last]).tobytes())

    def finish(self) -> Postings:
        """The postings of the rows added so far, in memory."""
        parts: dict[str, list[NDArray[Any]]] = {name: [] for name in Postings.array_names()}
        scalars: dict[str, Any] = self.write(lambda name, part: parts[name].append(part)) | {
            "row_count": len(self._lengths)
        }
        arrays: dict[str, Any] = {name: np.concatenate(found) for name, found in parts.items()}
        return Postings(**arrays, **scalars)

    def write(self, append: Callable[[str, NDArray[Any]], None]) -> dict[str, float]:
        """Append all arrays of the ``Postings`` by name, part by part; returns their scalars."""
        lengths = np.array(self._lengths, dtype=np.int32)
        average = float(lengths.mean()) if len(lengths) else 0.0
        norms = length_norms(lengths, average, k1=self._k1, b=self._b)
        texts = list(self._vocabulary)
        order = _arranged(range(len(texts)), texts)
        append("rows", np.empty(0, dtype=np.int32))
        append("impacts", np.empty(0, dtype=np.float32))
        kept: list[Places] = [np.empty(0, dtype=np.int64)]
        counts: list[Places] = [np.empty(0, dtype=np.int64)]
        for first, own, part in self._merged(order):
            tf = part.frequencies
            append("rows", part.rows)
            impacts = tf * (self._k1 + 1) / (tf + norms[part.rows])
            append("impacts", impacts.astype(np.float32))
            kept.append(order[first : first + len(own)][own > 0])
            counts.append(own[own > 0])
        _append_terms(append, [texts[number] for number in np.concatenate(kept).tolist()])
        held_by = np.concatenate(counts)
        append("starts", _running_total(held_by))
        append("lengths", lengths)
        odds = (len(lengths) - held_by + 0.5) / (held_by + 0.5)
        return {
            "row_count": float(len(lengths)),
            "average_length": average,
            "average_okapi_idf": float(np.log(odds).mean()) if len(odds) else 0.0,
            "k1": self._k1,
            "b": self._b,
        }

    def _merged(self, order: Places) -> Iterator[tuple[int, Places, _Part]]:
        """For some terms at a time: the position of the first in ``order``, the number of rows that
        hold each, and their postings by term and row."""
        runs = [*self._runs, self._held()]
        if self._earlier is not None:
            runs.append(_renumbered(self._earlier, self._new_rows))
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[order] = np.arange(len(order))
        ranks_of = [ranks[run.terms] for run in runs]
        totals = np.zeros(len(order), dtype=np.int64)
        for run, own in zip(runs, ranks_of, strict=True):
            totals[own] += np.diff(run.starts)
        for first, last in pairwise(_edges(totals)):
            found: list[_Part] = []
            found_ranks: list[Places] = []
            for run, own in zip(runs, ranks_of, strict=True):
                start, end = np.searchsorted(own, [first, last])
                found.append(run.read(int(run.starts[start]), int(run.starts[end])))
                repeats = np.diff(run.starts[start : end + 1])
                found_ranks.append(np.repeat(own[start:end] - first, repeats))
            rows, frequencies = map(np.concatenate, zip(*found, strict=True))
            rank = np.concatenate(found_ranks)
            by_term = np.lexsort((rows, rank))
            by_term = by_term[rows[by_term] >= 0]
            held_by = np.bincount(rank[by_term], minlength=last - first)
            yield first, held_by, _Part(rows[by_term], frequencies[by_term])

    def _held(self) -> _Run:
        """The postings in memory as a run."""
        texts = list(self._vocabulary)
        numbers = np.array(self._terms, dtype=np.int32)
        distinct, places = np.unique(numbers, return_inverse=True)
        order = _arranged(distinct.tolist(), texts)
        ranks = np.empty(len(order), dtype=np.int64)
        ranks[np.searchsorted(distinct, order)] = np.arange(len(order))
        rank = ranks[places]
        by_term = np.argsort(rank, kind="stable")
        rows = np.repeat(np.array(self._rows, dtype=np.int32), self._distinct)[by_term]
        frequencies = np.array(self._frequencies, dtype=np.int32)[by_term]
        starts = _running_total(np.bincount(rank, minlength=len(order)))
        return _Run(
            order.astype(np.int32),
            starts,
            lambda first, last: _Part(rows[first:last], frequencies[first:last]),
        )

    def _write_away(self, scratch: Scratch) -> None:
        held = self._held()
        count = int(held.starts[-1])
        at = [scratch.append(column) for column in held.read(0, count)]

        def read(first: int, last: int) -> _Part:
            return _Part(*(scratch.read(start + 4 * first, last - first, "<i4") for start in at))

        self._runs.append(held._replace(read=read))
        for column in (self._terms, self._frequencies, self._rows, self._distinct):
            del column[:]


def _renumbered(postings: Postings, new_rows: Integers) -> _Run:
    """Stored postings with renumbered rows; removed rows are -1."""
    stored = _reader(postings)

    def read(first: int, last: int) -> _Part:
        rows, frequencies = stored(first, last)
        return _Part(new_rows[rows], frequencies)

    starts = np.asarray(postings.starts[0 : len(postings.starts)])
    return _Run(np.arange(len(starts) - 1, dtype=np.int32), starts, read)


def _reader(postings: Postings) -> Callable[[int, int], _Part]:
    """Reads the postings of a range with their frequencies."""
    k1 = postings.k1
    lengths = np.asarray(postings.lengths[0 : len(postings.lengths)])
    norms = length_norms(lengths, postings.average_length, k1=k1, b=postings.b)

    def read(first: int, last: int) -> _Part:
        rows = postings.rows[first:last]
        impacts = postings.impacts[first:last].astype(np.float64)
        # An impact is tf * (k1 + 1) / (tf + norm). Solved for tf and rounded, it is exact as long
        # as single precision distinguishes tf from tf + 1: up to 20,000.
        return _Part(rows, np.rint(impacts * norms[rows] / (k1 + 1 - impacts)).astype(np.int32))

    return read


def by_term(postings: Postings) -> Iterator[tuple[str, Places, Places]]:
    """Each term with the rows that hold it and how often."""
    read = _reader(postings)
    starts = postings.starts[0 : len(postings.starts)].tolist()
    for term, (first, last) in zip(postings.terms(), pairwise(starts), strict=True):
        rows, frequencies = read(first, last)
        yield term, rows.astype(np.int64), frequencies.astype(np.int64)


def _edges(totals: Places) -> list[int]:
    """Boundaries that divide the terms into groups of about ``_MERGED`` postings."""
    ends = np.cumsum(totals)
    edges = [0]
    while edges[-1] < len(totals):
        done = int(ends[edges[-1] - 1]) if edges[-1] else 0
        following = int(np.searchsorted(ends, done + _MERGED, side="right"))
        edges.append(max(following, edges[-1] + 1))
    return edges


def _arranged(numbers: Iterable[int], texts: Sequence[str]) -> Places:
    """Numbers of terms, sorted by hash and then by text."""
    by_text = np.array(sorted(numbers, key=texts.__getitem__), dtype=np.int64)
    hashes = [zlib.crc32(encode_term(texts[number])) for number in by_text.tolist()]
    return by_text[np.argsort(np.array(hashes, dtype=np.uint32), kind="stable")]


def _append_terms(append: Callable[[str, NDArray[Any]], None], terms: Sequence[str]) -> None:
    """Append the look-up arrays of ``terms``, which are in the order of their hashes."""
    encoded = [encode_term(term) for term in terms]
    bits = max(len(encoded) // _TERMS_PER_BUCKET, 1).bit_length() - 1
    hashes = np.array([zlib.crc32(term) for term in encoded], dtype=np.int64)
    buckets = np.searchsorted(hashes >> HASH_BITS - bits, np.arange(2**bits + 1))
    append("buckets", buckets.astype(np.int32))
    sizes = np.array([len(term) for term in encoded], dtype=np.int64)
    append("term_starts", _running_total(sizes))
    append("term_bytes", np.frombuffer(b"".join(encoded), dtype=np.uint8))


def _running_total(counts: NDArray[np.integer[Any]]) -> Places:
    """0, then the cumulative sum of the counts."""
    totals = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=totals[1:])
    return totals
