"""Offsets and memory-mapped views of the tensors in a safetensors file.

The format (https://huggingface.co/docs/safetensors): the length of the header in 8 bytes,
little-endian; the header as JSON; the tensors.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_DTYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "I64": np.dtype("<i8")}


class Place(NamedTuple):
    """A tensor in a file, row by row."""

    dtype: str
    """As safetensors names it, ``F32`` for instance."""
    shape: tuple[int, ...]
    offset: int
    """First byte, from the start of the file."""
    length: int
    """In bytes."""


def places(path: Path) -> dict[str, Place]:
    """Every tensor of the file by its name. Raises ``ValueError`` for another format."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 0 < length <= path.stat().st_size - 8:
            raise ValueError(f"{path} is no safetensors file")
        header = json.loads(file.read(length))
    header.pop("__metadata__", None)
    return {name: _place(entry, 8 + length) for name, entry in header.items()}


def _place(entry: dict[str, Any], first: int) -> Place:
    start, end = entry["data_offsets"]
    return Place(entry["dtype"], tuple(entry["shape"]), first + start, end - start)


def mapped(path: Path, name: str) -> NDArray[Any]:
    """A tensor of the file, memory-mapped and read-only.

    Raises ``KeyError`` if there is no tensor of this name, and ``ValueError`` for a type other than
    float32 and int64.
    """
    place = places(path)[name]
    if place.dtype not in _DTYPES:
        raise ValueError(f"{path} holds {place.dtype}, not {' or '.join(_DTYPES)}")
    return np.memmap(
        path, dtype=_DTYPES[place.dtype], mode="r", offset=place.offset, shape=place.shape
    )
