"""Keeps the vectors of an interrupted build for the next one.

    encoded.journal   a header that identifies what the vectors depend on, then a record per batch

A record is appended when its batch is encoded, and has its own checksum. Reading ends at the first
record that is truncated or damaged; appending continues there. The file is removed once a
generation holds its vectors, or if its header does not match.
"""

import mmap
import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xxhash
from numpy.typing import NDArray

from qa_index.collection.keys import Key
from qa_index.collection.local import disk
from qa_index.vectors import Encoded, Quantised, Rows

JOURNAL = "encoded.journal"

LIMIT = 8 << 30
"""Bytes after which no more records are added: some two million passages, hours of encoding."""

SYNC_EVERY = 4
"""Number of records between two syncs: a thousand passages."""

_MAGIC = b"qa.encoded/1\n"
_UPDATE, _ANEW = b"\0", b"\1"
"""Last byte of the header: whether the build that began the journal was to encode all anew."""
_RECORD = struct.Struct("<II16s")
"""Number of passages, number of sentences, XXH3-128 of both and of the body."""


class KeyTable:
    """Looks up 128-bit keys. Of several with the same lower half, which is rare, it finds one."""

    def __init__(self, low: NDArray[np.uint64], high: NDArray[np.uint64]) -> None:
        """``low`` and ``high`` are the halves of each key, both of shape (n,)."""
        self._order = np.argsort(low, kind="stable")
        self._low, self._high = low[self._order], high

    def rows_of(self, keys: Sequence[Key]) -> Rows:
        """Row of each key in the table, -1 if it is missing."""
        if not len(self._low):
            return np.full(len(keys), -1)
        low, high = np.array(keys, dtype=np.uint64).reshape(-1, 2).T
        at = np.minimum(np.searchsorted(self._low, low), len(self._low) - 1)
        rows: Rows = self._order[at].astype(np.int64)
        rows[(self._low[at] != low) | (self._high[rows] != high)] = -1
        return rows


class _Places(NamedTuple):
    """Location of each passage's vectors, in bytes from the start of the file."""

    keys: NDArray[np.uint64]
    """Shape (n, 2)."""
    counts: NDArray[np.int64]
    """Number of sentences of each."""
    passages: NDArray[np.int64]
    scales: NDArray[np.int64]
    codes: NDArray[np.int64]


class EncodingJournal:
    """Computed vectors, looked up by the encoder's input. The caller holds the index's lock."""

    def __init__(self, index: Path, *, made_with: str, dimension: int, anew: bool) -> None:
        """Open the journal; ``made_with`` identifies all that vectors depend on except the keys.

        With ``anew``, it is reused only if the interrupted build also was to encode everything
        anew. A journal that cannot be reused is removed. Raises ``OSError``.
        """
        self._path = index / JOURNAL
        self._dimension = dimension
        self._header = _MAGIC + xxhash.xxh3_128_digest(made_with.encode())
        self._anew = anew
        self._descriptor: int | None = None
        self._unsynced = 0
        """Records."""
        self._map: mmap.mmap | None = None
        self._places = _Places(
            np.empty((0, 2), np.uint64), *(np.empty(0, np.int64) for _ in range(4))
        )
        self._size = 0
        """Number of valid bytes; 0 if there is no file."""
        if self._path.exists():
            self._read()
        self._table = KeyTable(self._places.keys[:, 0], self._places.keys[:, 1])

    def __len__(self) -> int:
        """Number of passages it held when it was opened."""
        return len(self._places.counts)

    def __enter__(self) -> "EncodingJournal":
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        self._map = None

    def rows_of_keys(self, keys: Sequence[Key]) -> Rows:
        """Row of each key, -1 where there is none."""
        return self._table.rows_of(keys)

    def encoded(self, rows: Rows) -> Encoded:
        """The vectors of these rows."""
        places = [column[rows].tolist() for column in self._places[1:]]
        parts = [
            (
                self._array(passage, "<f4", self._dimension),
                self._array(codes, "<i1", count * self._dimension),
                self._array(scales, "<f4", count),
            )
            for count, passage, scales, codes in zip(*places, strict=True)
        ]
        passages, codes, scales = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Encoded(
            passages.reshape(-1, self._dimension),
            Quantised(codes.reshape(-1, self._dimension), scales),
        )

    def append(self, keys: Sequence[Key], counts: NDArray[np.int64], encoded: Encoded) -> None:
        """Append the vectors of these passages; ``counts`` gives the number of sentences of each.

        They survive the process at once, and a power cut after ``sync`` or ``SYNC_EVERY`` records.
        Raises ``OSError``.
        """
        if self._size > LIMIT:
            return
        codes, scales = encoded.sentences
        body = b"".join(
            (
                np.array(keys, dtype="<u8").tobytes(),
                counts.astype("<i4").tobytes(),
                np.ascontiguousarray(encoded.passages, dtype="<f4").tobytes(),
                np.ascontiguousarray(scales, dtype="<f4").tobytes(),
                codes.tobytes(),
            )
        )
        descriptor = self._opened()
        record = _RECORD.pack(len(keys), len(codes), _digest(len(keys), len(codes), body)) + body
        disk.write(descriptor, record, self._path)
        self._size += len(record)
        self._unsynced += 1
        if self._unsynced >= SYNC_EVERY:
            self.sync()

    def sync(self) -> None:
        """Wait until all appended records have reached the disk."""
        if self._unsynced and self._descriptor is not None:
            disk.sync(self._descriptor, self._path)
            self._unsynced = 0

    def _opened(self) -> int:
        """The descriptor for appending after the last valid record."""
        if self._descriptor is None:
            if self._size:
                self._descriptor = disk.reopen(self._path, self._size)
            else:
                disk.remove(self._path)
                self._descriptor = disk.create(self._path)
                header = self._header + (_ANEW if self._anew else _UPDATE)
                disk.write(self._descriptor, header, self._path)
                self._size = len(header)
                disk.sync_folder(self._path.parent)
        return self._descriptor

    def _read(self) -> None:
        with self._path.open("rb") as file:
            same = file.read(len(self._header)) == self._header
            if not same or file.read(1) not in ((_ANEW,) if self._anew else (_UPDATE, _ANEW)):
                disk.remove(self._path)
                return
            self._size = file.tell()
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        found = list(self._records())
        if found:
            self._places = _Places(*map(np.concatenate, zip(*found, strict=True)))

    def _records(self) -> Iterator[_Places]:
        """The records before the first invalid one."""
        while (record := self._record(self._size)) is not None:
            places, self._size = record
            yield places

    def _record(self, start: int) -> tuple[_Places, int] | None:
        """The record at byte ``start`` and where it ends; ``None`` if it is invalid."""
        whole = self._mapped()
        begin = start + _RECORD.size
        if begin > len(whole):
            return None
        passages, sentences, digest = _RECORD.unpack_from(whole, start)
        counts_at = begin + 16 * passages
        passages_at = counts_at + 4 * passages
        scales_at = passages_at + 4 * self._dimension * passages
        codes_at = scales_at + 4 * sentences
        end = codes_at + self._dimension * sentences
        if end > len(whole):
            return None
        with memoryview(whole) as view, view[begin:end] as body:
            if _digest(passages, sentences, body) != digest:
                return None
        counts = self._array(counts_at, "<i4", passages).astype(np.int64)
        if counts.sum() != sentences or counts.min(initial=0) < 0:
            return None
        firsts = np.cumsum(counts) - counts
        places = _Places(
            self._array(begin, "<u8", 2 * passages).reshape(-1, 2).copy(),
            counts,
            passages_at + 4 * self._dimension * np.arange(passages),
            scales_at + 4 * firsts,
            codes_at + self._dimension * firsts,
        )
        return places, end

    def _array(self, start: int, dtype: str, count: int) -> NDArray[Any]:
        return np.frombuffer(self._mapped(), dtype=dtype, count=count, offset=start)

    def _mapped(self) -> mmap.mmap:
        if self._map is None:
            raise ValueError("the journal is closed, or there was none")
        return self._map


def discard(index: Path) -> None:
    """Remove the journal of an index."""
    disk.remove(index / JOURNAL)


def holds_work(index: Path) -> bool:
    """Whether an interrupted build left encoded passages."""
    return (index / JOURNAL).is_file()


def _digest(passages: int, sentences: int, body: bytes | memoryview) -> bytes:
    digest = xxhash.xxh3_128(struct.pack("<II", passages, sentences))
    digest.update(body)
    return digest.digest()
