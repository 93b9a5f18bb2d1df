"""Files whose modification time, but not content, changed since they were indexed.

    .qa/touched.json   one JSON object, ``checksum`` over the others

A generation never changes, so it keeps the old modification time of such a file, and every check
would read the file again. An update that finds it unchanged records its new time here. If the
record is missing or damaged, the file is read.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xxhash

from qa_index.collection.local import disk
from qa_index.sources.freshness import Hashed

if TYPE_CHECKING:
    from qa_index.sources.plan import PlannedFile  # loads the formats, which no answer needs

FILE = "touched.json"


def load(folder: Path, root: Path) -> Hashed:
    """Recorded hashes of the sources of the index ``folder``, for ``freshness.is_stale``.

    ``root`` is where stored paths start from.
    """
    try:
        data = json.loads((folder / FILE).read_bytes())
        files = data["files"]
        if data["checksum"] != _checksum(files):
            return {}
        return {
            (os.path.join(root, path), int(size), int(mtime_ns)): str(sha256)  # noqa: PTH118
            for path, size, mtime_ns, sha256 in files
        }
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}


def keep(folder: Path, touched: "Sequence[PlannedFile]") -> None:
    """Record files whose modification time alone changed; replaces the previous record.

    The caller holds the index's lock. A failed write is ignored.
    """
    files = [[each.path, each.size, each.mtime_ns, each.sha256] for each in touched]
    with suppress(OSError):
        if files:
            raw = json.dumps({"checksum": _checksum(files), "files": files}).encode()
            disk.write_whole(folder / FILE, raw, synced=False)
            return
        for old in folder.glob(f"{FILE}*"):  # also a temporary file of a killed update
            disk.remove(old)


def _checksum(files: Any) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(files).encode())
