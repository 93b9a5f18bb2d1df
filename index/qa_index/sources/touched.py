"""Files that were touched since they were indexed, and hold what they held.

    .qa/touched.json   one JSON object, ``checksum`` over the others

A generation never changes, so it keeps the old modification time of such a file, and each look at
it would read the file again. An update that finds it unchanged notes its new time here. Where the
note is missing or damaged, the file is read.
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


def load(folder: Path) -> Hashed:
    """What is known of the sources of the index ``folder``, for ``freshness.is_stale``."""
    try:
        data = json.loads((folder / FILE).read_bytes())
        files = data["files"]
        if data["checksum"] != _checksum(files):
            return {}
        return {
            (os.path.join(folder.parent, path), int(size), int(mtime_ns)): str(sha256)  # noqa: PTH118
            for path, size, mtime_ns, sha256 in files
        }
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}


def keep(folder: Path, touched: "Sequence[PlannedFile]") -> None:
    """Note files whose time alone changed, in place of all that were noted before.

    The caller holds the index's lock. What cannot be written is done without.
    """
    files = [[each.path, each.size, each.mtime_ns, each.sha256] for each in touched]
    with suppress(OSError):
        if files:
            raw = json.dumps({"checksum": _checksum(files), "files": files}).encode()
            disk.write_whole(folder / FILE, raw, synced=False)
            return
        for old in folder.glob(f"{FILE}*"):  # also what a killed update left of a new one
            disk.remove(old)


def _checksum(files: Any) -> str:
    return xxhash.xxh3_128_hexdigest(json.dumps(files).encode())
