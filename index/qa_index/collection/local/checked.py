"""Files with a checksum for every block, which is verified before the block is read.

A file of an index can have gigabytes, so it is not verified as a whole. It is mapped into memory,
and each block of 64 KiB is checked on first access. XXH3 checks about 10 GB/s, well above the
speed of a disk.
"""

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, SupportsIndex

import numpy as np
import xxhash
from numpy.typing import DTypeLike, NDArray

from qa_index.collection.local import disk
from qa_index.collection.local.mapping import mapped
from qa_index.errors import REBUILD, IndexDamaged
from qa_index.vectors import ranges

BLOCK = 64 * 1024
"""Bytes per checksum: small enough for scattered reads; checksums take 0.01% of the size."""

_BUFFER = 1024 * 1024
"""Bytes that are buffered before they are written."""

Digests = NDArray[np.uint64]
Positions = NDArray[np.int64]


def digest_of_digests(digests: Digests) -> str:
    """One checksum for a whole file: XXH3-128 over its block checksums, in hexadecimal."""
    return str(xxhash.xxh3_128_hexdigest(digests.tobytes()))


class CheckedWriter:
    """Writes a new file in sequence and keeps the checksum of each block."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._descriptor = disk.create(path)
        self._buffer = bytearray()
        self._digests: list[int] = []
        self._closed = False

    def write(self, data: bytes | NDArray[Any]) -> None:
        """Append bytes, or the bytes of an array in C order."""
        raw = data if isinstance(data, bytes) else data.tobytes()
        self.size += len(raw)
        self._buffer += raw
        if len(self._buffer) >= _BUFFER:
            self._flush(len(self._buffer) // BLOCK * BLOCK)

    def _flush(self, count: int) -> None:
        with memoryview(self._buffer)[:count] as view:
            for start in range(0, count, BLOCK):
                self._digests.append(xxhash.xxh3_64_intdigest(view[start : start + BLOCK]))
            disk.write(self._descriptor, view, self.path)
        del self._buffer[:count]

    def finish(self) -> Digests:
        """Write what is left, wait for the disk, and return the block checksums."""
        if self._buffer:
            self._flush(len(self._buffer))
        disk.sync(self._descriptor, self.path)
        self.close()
        return np.array(self._digests, dtype="<u8")

    def close(self) -> None:
        """Close the file. Without ``finish`` it is incomplete."""
        if not self._closed:
            self._closed = True
            os.close(self._descriptor)


class CheckedFile:
    """A file mapped into memory whose blocks are checked on first access.

    Safe to share between threads: two that access a new block at once both check it.
    """

    def __init__(self, path: Path, *, size: int, digests: Digests) -> None:
        self.path = path
        self.size = size
        self._digests = digests
        self._flags = bytearray(len(digests))
        self._checked = np.frombuffer(self._flags, dtype=bool)
        """View of the same flags: numpy is faster for many of them, the bytearray for one."""
        self.all_checked = not size
        """Whether every block was checked, so that the flags need not be looked up."""
        with path.open("rb") as file:
            actual = os.fstat(file.fileno()).st_size
            if actual != size or len(digests) != -(-size // BLOCK):
                raise self.damaged(f"holds {actual:,} bytes instead of {size:,}")
            # An empty file cannot be mapped.
            self._map: memoryview | bytes = mapped(file.fileno(), size) if size else b""

    def damaged(self, fault: str) -> IndexDamaged:
        """The error to raise for a fault of this file."""
        return IndexDamaged(f"{self.path} {fault}: the index is damaged; {REBUILD}")

    def buffer(self) -> memoryview | bytes:
        """The unchecked bytes; check a part before reading it."""
        return self._map

    def check(self, start: int, end: int) -> None:
        """Check the blocks that hold bytes ``start:end``. Raises ``IndexDamaged``."""
        if self.all_checked or start >= end:
            return
        first, last = start // BLOCK, (end - 1) // BLOCK
        if first != last or not self._flags[first]:
            self._check_blocks(np.arange(first, last + 1))

    def check_ranges(self, starts: Positions, ends: Positions) -> None:
        """Check the blocks that hold any of these ranges of bytes. Raises ``IndexDamaged``."""
        if self.all_checked or not len(starts):
            return
        first, last = starts // BLOCK, (ends - 1) // BLOCK
        # Fast path: nearly always, all blocks were checked before and no range spans more than two.
        if (last - first).max() <= 1 and self._checked.take([first, last], mode="clip").all():
            return
        used = ends > starts
        first, last = first[used], last[used]
        for step in range(int((last - first).max(initial=-1)) + 1):
            self._check_blocks(np.minimum(first + step, last))

    def check_all(self) -> None:
        """Check every block. Raises ``IndexDamaged``."""
        self.check(0, self.size)
        self.all_checked = True

    def _check_blocks(self, blocks: Positions) -> None:
        unchecked = blocks[~self._checked[blocks]]
        if not len(unchecked):
            return
        with memoryview(self._map) as view:
            for block in sorted(set(unchecked.tolist())):  # np.unique loads numpy.ma: 10 ms
                found = xxhash.xxh3_64_intdigest(view[block * BLOCK : (block + 1) * BLOCK])
                if found != int(self._digests[block]):
                    raise self.damaged("fails its checksum")
                self._checked[block] = True
        self.all_checked = bool(self._checked.all())

    def read(self, start: int, end: int) -> bytes:
        """The checked bytes ``start:end``. Raises ``IndexDamaged``, also beyond the file."""
        if not 0 <= start <= end <= self.size:
            raise self.damaged(f"has no bytes {start:,} to {end:,}")
        self.check(start, end)
        return bytes(self._map[start:end])


class CheckedArray:
    """A numpy array in a ``CheckedFile``; indexing checks what it reads.

    Takes slices, integers, integer arrays and Boolean arrays on the first axis and returns numpy
    arrays of the stored dtype. Slices are views into the map; they copy nothing.
    """

    def __init__(self, file: CheckedFile, dtype: DTypeLike, shape: tuple[int, ...]) -> None:
        self.file = file
        self.dtype = np.dtype(dtype)
        self.shape = shape
        if self.dtype.itemsize * math.prod(shape) != file.size:
            raise file.damaged(f"does not hold an array of shape {shape}")
        self._row_bytes = self.dtype.itemsize * math.prod(shape[1:])
        self._array: NDArray[Any] = np.frombuffer(file.buffer(), dtype=self.dtype).reshape(shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: slice | SupportsIndex | NDArray[Any]) -> Any:
        if not self.file.all_checked:
            self._check(key)
        # Indexing with brackets takes four times as long as ``take`` if rows are short.
        return (
            self._array.take(_rows(key), axis=0)
            if isinstance(key, np.ndarray)
            else self._array[key]
        )

    def _check(self, key: slice | SupportsIndex | NDArray[Any]) -> None:
        if isinstance(key, slice):
            start, stop, _ = key.indices(len(self))
            self.file.check(start * self._row_bytes, stop * self._row_bytes)
        elif isinstance(key, np.ndarray):
            rows = _rows(key).astype(np.int64)
            self._check_rows(np.where(rows < 0, rows + len(self), rows), 1)
        else:
            row = range(len(self))[key]
            self.file.check(row * self._row_bytes, (row + 1) * self._row_bytes)

    def take(self, starts: Positions, counts: Positions) -> Any:
        """The rows of ``ranges(starts, counts)``."""
        self._check_rows(starts, counts)
        return self._array.take(ranges(starts, counts), axis=0)

    def _check_rows(self, starts: Positions, counts: Positions | int) -> None:
        first = starts * self._row_bytes
        self.file.check_ranges(first, first + counts * self._row_bytes)

    def all(self) -> NDArray[Any]:
        """The whole array as a view, checked. Raises ``IndexDamaged``."""
        self.file.check_all()
        return self._array


def _rows(key: NDArray[Any]) -> NDArray[Any]:
    """The rows that an integer or Boolean array selects."""
    return np.flatnonzero(key) if key.dtype == bool else key


Arrays = Callable[[str], CheckedArray]
"""Opens a stored array by name."""
