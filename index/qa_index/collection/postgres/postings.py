"""Postings fetched from the server, with the interface of the embedded engine's."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.keys import encode_term
from qa_index.collection.postgres.packing import PostingList
from qa_index.collection.served.numbering import Numbering
from qa_index.collection.weighting import length_norms

REMEMBERED = 4 << 20
"""Postings kept for the next question, at 8 bytes each: the most frequent terms of a language."""

OVERHEAD = 64
"""What a term takes beside its postings, in postings: 531 bytes were measured for one with none."""

TERMS_AT_ONCE = 1024
"""Terms fetched together."""

_Found = tuple[NDArray[np.int32], NDArray[np.float32]]

Fetch = Callable[[Sequence[bytes]], dict[bytes, bytes]]
"""Returns the postings of terms, given by ``key_of``, as ``PostingList`` packs them."""


def key_of(term: str) -> bytes:
    """What a term is found by: 16 bytes of its SHA-256, however long the term is."""
    return hashlib.sha256(encode_term(term)).digest()[:16]


class FetchedPostings:
    """``local.postings.Postings`` of a generation, as far as ``SparseBM25`` reads them.

    Its arrays are imaginary: a term is given a place in them when it is first asked for. A part
    that is not kept any more is fetched again.
    """

    def __init__(
        self, fetch: Fetch, numbering: Numbering, *, average_length: float, k1: float, b: float
    ) -> None:
        self._fetch = fetch
        self._numbering = numbering
        self.row_count = int(numbering.first_rows[-1])
        self.average_length = average_length
        self.average_okapi_idf = 0.0
        self.k1 = k1
        self.b = b
        self._changing = threading.Lock()
        self._kept: OrderedDict[str, _Found] = OrderedDict()
        self._held = 0
        self._places: dict[str, tuple[int, int]] = {}
        self._terms: dict[int, str] = {}
        self._end = 0
        self.rows = _Column(self, 0)
        self.impacts = _Column(self, 1)

    def prefetch(self, terms: Sequence[str]) -> None:
        """Fetch the postings of several terms together."""
        with self._changing:
            missing = [term for term in dict.fromkeys(terms) if term not in self._kept]
        for start in range(0, len(missing), TERMS_AT_ONCE):
            part = {key_of(term): term for term in missing[start : start + TERMS_AT_ONCE]}
            blocks = self._fetch(list(part))
            found = {term: self._unpacked(blocks.get(key), term) for key, term in part.items()}
            with self._changing:
                for term, postings in found.items():
                    self._keep(term, postings)

    def bounds(self, term: str) -> tuple[int, int]:
        """Where the postings of a term begin and end; (0, 0) if no row holds it."""
        with self._changing:
            place = self._places.get(term)
        if place is None:
            count = len(self.find(term)[0])
            if not count:  # not remembered: there is no end of such terms
                return 0, 0
            with self._changing:
                place = self._places.setdefault(term, (self._end, self._end + count))
                if place[0] == self._end:
                    self._terms[self._end] = term
                    self._end += count
        return place

    def find(self, term: str) -> _Found:
        """(rows, impacts) of a term; empty if no row holds it."""
        with self._changing:
            found = self._kept.get(term)
            if found is not None:
                self._kept.move_to_end(term)
                return found
        self.prefetch([term])
        with self._changing:
            found = self._kept.get(term)
        # Other threads may have crowded it out; then it is unpacked for this one alone.
        key = key_of(term)
        return found or self._unpacked(self._fetch([key]).get(key), term)

    def at(self, start: int) -> _Found:
        """The postings that begin at this place."""
        return self.find(self._terms[start])

    def _keep(self, term: str, found: _Found) -> None:
        if term in self._kept:
            return
        self._kept[term] = found
        self._held += len(found[0]) + OVERHEAD
        while self._held > REMEMBERED and len(self._kept) > 1:
            _, (rows, _) = self._kept.popitem(last=False)
            self._held -= len(rows) + OVERHEAD

    def _unpacked(self, block: bytes | None, term: str) -> _Found:
        found = PostingList.unpack(block or b"", f"the postings of {term[:40]!r}")
        rows = self._numbering.rows_of(found.ids)
        lives = rows >= 0
        order = np.argsort(rows[lives], kind="stable")
        tf = found.frequencies[lives][order]
        lengths = found.lengths[lives][order]
        norms = length_norms(lengths, self.average_length, k1=self.k1, b=self.b)
        impacts = tf * (self.k1 + 1) / (tf + norms)
        return rows[lives][order].astype(np.int32), impacts.astype(np.float32)


class _Column:
    """One of the arrays; only whole terms are read."""

    def __init__(self, postings: FetchedPostings, number: int) -> None:
        self._postings = postings
        self._number = number

    def __getitem__(self, key: slice) -> NDArray[Any]:
        return self._postings.at(key.start)[self._number]
