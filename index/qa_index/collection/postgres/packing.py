"""How postings, and rows for COPY, are packed into bytes.

The postings of a term are blocks, one after the other, little-endian; joining two values gives a
value, so the server can merge them without knowing what they are.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_index.errors import REBUILD, IndexDamaged
from qa_index.vectors import Floats

_BLOCK = np.dtype(
    [("base", "<i8"), ("count", "<i4"), ("frequency_bytes", "u1"), ("length_bytes", "u1")]
)
_UNSIGNED = {1: "<u1", 2: "<u2", 4: "<u4"}


@dataclass(frozen=True, slots=True, eq=False)
class PostingList:
    """n passages that hold a term, ascending."""

    ids: NDArray[np.int64]
    frequencies: NDArray[np.int64]
    """How often each holds it."""
    lengths: NDArray[np.int64]
    """Terms of each, repeats counted."""

    def pack(self) -> bytes:
        """The list as one block, at 6 to 12 bytes a passage."""
        header = np.zeros(1, _BLOCK)
        base = int(self.ids[0])
        columns = [(self.ids - base).astype("<u4")]
        for name, column in (
            ("frequency_bytes", self.frequencies),
            ("length_bytes", self.lengths),
        ):
            most = int(column.max())
            header[name] = size = 1 if most < 1 << 8 else 2 if most < 1 << 16 else 4
            columns.append(column.astype(_UNSIGNED[size]))
        header["base"], header["count"] = base, len(self.ids)
        return header.tobytes() + b"".join(column.tobytes() for column in columns)

    @staticmethod
    def unpack(raw: bytes, name: str) -> "PostingList":
        """Blocks one after the other. Raises ``IndexDamaged``; ``name`` says what is."""
        found: list[tuple[NDArray[np.int64], ...]] = []
        at = 0
        try:
            while at < len(raw):
                base, count, *sizes = np.frombuffer(raw, _BLOCK, 1, at)[0].item()
                at += _BLOCK.itemsize
                columns = []
                for dtype in ("<u4", *(_UNSIGNED[size] for size in sizes)):
                    column = np.frombuffer(raw, dtype, count, at)
                    columns.append(column.astype(np.int64))
                    at += column.nbytes
                columns[0] += base
                found.append(tuple(columns))
        except (ValueError, KeyError) as error:
            raise IndexDamaged(f"{name} is cut; {REBUILD}") from error
        if not found:
            return PostingList(*(np.empty(0, np.int64) for _ in range(3)))
        if len(found) == 1:
            return PostingList(*found[0])
        return PostingList(*map(np.concatenate, zip(*found, strict=True)))


_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_END = b"\xff\xff"


def copy_rows(rows: list[list[bytes | None]]) -> bytes:
    """Rows of fields, each in its type's binary form, as PostgreSQL's binary COPY takes them."""
    parts = [_COPY_HEADER]
    for row in rows:
        parts.append(len(row).to_bytes(2, "big"))
        for value in row:
            if value is None:
                parts.append(b"\xff\xff\xff\xff")
            else:
                parts += (len(value).to_bytes(4, "big"), value)
    parts.append(_COPY_END)
    return b"".join(parts)


def int8(value: int) -> bytes:
    """The binary form of a bigint."""
    return value.to_bytes(8, "big", signed=True)


def int4(value: int) -> bytes:
    """The binary form of an integer."""
    return value.to_bytes(4, "big", signed=True)


def vector(values: Floats) -> bytes:
    """The binary form of pgvector's ``vector``."""
    return len(values).to_bytes(2, "big") + bytes(2) + values.astype(">f4").tobytes()


def vectors(raw: list[bytes], dimension: int) -> Floats:
    """The output of ``vector`` for several, shape (n, dimension)."""
    found = np.frombuffer(b"".join(raw), np.uint8).reshape(len(raw), 4 + 4 * dimension)[:, 4:]
    return np.ascontiguousarray(found).view(">f4").astype(np.float32).reshape(-1, dimension)
