"""Temporary storage on disk for arrays, while a generation is written."""

import os
from errno import EIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from qa_index.collection.local import disk


class Scratch:
    """A file of arrays, to be read back before it is closed. Closing removes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.fdopen(disk.create(path), "r+b", buffering=0)
        self._size = 0

    def append(self, values: NDArray[Any]) -> int:
        """Write an array; returns the byte where it begins."""
        start = self._size
        self._file.seek(start)
        disk.write(self._file.fileno(), values.tobytes(), self._path)
        self._size += values.nbytes
        return start

    def read(self, start: int, count: int, dtype: DTypeLike) -> NDArray[Any]:
        """``count`` numbers from byte ``start`` on."""
        values = np.empty(count, dtype=dtype)
        self._file.seek(start)
        with values.view(np.uint8).data as view:
            done = 0
            while done < len(view):
                got = self._file.readinto(view[done:])
                if not got:
                    raise OSError(EIO, "the file ends too soon", str(self._path))
                done += got
        return values

    def close(self) -> None:
        """Close and remove the file."""
        if not self._file.closed:
            self._file.close()
            disk.remove(self._path)
