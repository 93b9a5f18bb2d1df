"""Whether a source is still what was indexed."""

import hashlib
from pathlib import Path

from qa_index import files
from qa_index.readers import UnreadableSource
from qa_index.stored import StoredDocument


def is_stale(document: StoredDocument, root: Path) -> bool:
    """Whether a document's file has changed or gone since it was indexed.

    A file of the same size and modification time is taken to be the same, as git and make do;
    otherwise its content decides.
    """
    path = root / document.path
    try:
        found = path.stat()
        if (found.st_size, found.st_mtime_ns) == (document.size, document.mtime_ns):
            return False
        if found.st_size != document.size:
            return True
        return hashlib.sha256(files.read_bytes(path)).hexdigest() != document.sha256
    except (OSError, ValueError, UnreadableSource):
        return True
