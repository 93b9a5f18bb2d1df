"""Detects sources that changed since they were indexed."""

import hashlib
import os
from pathlib import Path

from qa_index.collection.records import StoredDocument

Hashed = dict[tuple[str, int, int], str]
"""SHA-256 of files that were read, by path, size and modification time in nanoseconds."""

REMEMBERED = 10_000
"""Number of hashes from which a new one replaces the latest: 2 MB."""


def is_stale(document: StoredDocument, root: Path, hashed: Hashed | None = None) -> bool:
    """Whether a document's file has changed or disappeared since it was indexed.

    A file of the same size and modification time is assumed to be unchanged, as git and make do;
    otherwise its content decides. Its hash is cached in ``hashed`` and used as long as the file
    has the same size and time.
    """
    path = os.path.join(root, document.path)  # noqa: PTH118 - five times as fast, for each citation
    state = _state(path)
    if state is None or state[0] != document.size:
        return True
    if state == (document.size, document.mtime_ns):
        return False
    if hashed is None:
        return sha256_of(Path(path)) != document.sha256
    # Other threads may change ``hashed`` between any two lines.
    key = (path, *state)
    found = hashed.get(key)
    if found is None:
        found = sha256_of(Path(path))
        if found is not None and _state(path) == state:
            if len(hashed) >= REMEMBERED:
                hashed.popitem()
            hashed[key] = found
    return found != document.sha256


def _state(path: str) -> tuple[int, int] | None:
    """Size and modification time of a file; ``None`` if it is gone."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return None
    return found.st_size, found.st_mtime_ns


def told_stale(path: str) -> str:
    """The warning about a stale source."""
    return f"{path} changed or is gone since it was indexed; run `qa index`"


def sha256_of(path: Path) -> str | None:
    """Of the file's bytes; ``None`` if it cannot be read."""
    from qa_index import formats  # few answers need them
    from qa_index.sources import files  # few answers need them

    try:
        return hashlib.sha256(files.read_bytes(path)).hexdigest()
    except (OSError, formats.UnreadableSource):
        return None
