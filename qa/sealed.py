"""JSON that tells when it is damaged.

Files beside an index's generations are one object with its ``schema`` and a ``checksum`` over all
the rest. What is handed on to others has a ``seal`` instead, which anybody can compute.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import xxhash

from qa_index.collection.local.generations import writing
from qa_index.errors import IndexNotWritable


class OtherSchema(Exception):
    """The object has another schema, which is the argument."""


def sealed(schema: str, data: Mapping[str, Any]) -> bytes:
    """The file that holds ``data``. Raises ``ValueError`` for numbers that JSON has not."""
    whole = {"schema": schema, "checksum": _checksum(data), **data}
    return json.dumps(whole, allow_nan=False).encode() + b"\n"


def unsealed(raw: bytes, schema: str) -> dict[str, Any]:
    """The data of a file that ``sealed`` made.

    Raises ``OtherSchema``, and ``ValueError``, ``KeyError``, ``TypeError``, ``AttributeError`` or
    ``RecursionError`` for what is damaged.
    """
    data: dict[str, Any] = json.loads(raw)
    found, checksum = data.pop("schema"), data.pop("checksum")
    if found != schema:
        raise OtherSchema(found)
    if checksum != _checksum(data):
        raise ValueError("the checksum is another")
    return data


@contextmanager
def changing(folder: Path, *, unchanged: str) -> Iterator[None]:
    """Holds the lock of the index in ``folder`` while such a file is written.

    Raises ``IndexLocked``, or ``IndexNotWritable`` which says what is ``unchanged``.
    """
    try:
        with writing(folder):
            yield
    except OSError as error:
        raise IndexNotWritable(
            f"cannot write {error.filename or folder}: {error.strerror or error}; {unchanged}"
        ) from error


def seal_of(data: Mapping[str, Any]) -> str:
    """SHA-256 of ``data`` as JSON with sorted keys."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _checksum(data: Mapping[str, Any]) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(data, sort_keys=True).encode())
