"""The embedded engine as a place that holds an index: a folder."""

from contextlib import AbstractContextManager
from os import PathLike
from pathlib import Path

from qa_index.collection.index import Index
from qa_index.collection.local import disk
from qa_index.collection.local.generations import CURRENT, live_manifest, writing
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.manifest import Manifest
from qa_index.collection.names import absolute
from qa_index.collection.writing import Writer


class LocalEngine:
    """``Engine`` of the index in a folder."""

    def __init__(self, folder: str | PathLike[str]) -> None:
        self.folder = absolute(folder)

    @property
    def name(self) -> str:
        """See ``Engine``."""
        return str(self.folder)

    @property
    def root(self) -> Path:
        """See ``Engine``."""
        return self.folder.parent

    def close(self) -> None:
        """See ``Engine``: nothing is held."""

    def open(self, *, base: str | PathLike[str] | None = None) -> StoredIndex:
        """See ``Engine``."""
        return StoredIndex(self.folder, base=base)

    def manifest(self) -> Manifest:
        """See ``Engine``."""
        return live_manifest(self.folder)

    def version(self) -> disk.FileState | None:
        """See ``Engine``."""
        return disk.file_state(self.folder / CURRENT)

    def writing(self, *, root: Path | None = None) -> AbstractContextManager[None]:
        """See ``Engine``. Raises ``OSError`` if the folder cannot be written."""
        return writing(self.folder)

    def writer(self, *, dimension: int, previous: Index | None) -> Writer:
        """See ``Engine``."""
        from qa_index.collection.local.writer import LocalWriter  # loads FAISS's module of groups

        if previous is not None and not isinstance(previous, StoredIndex):
            raise TypeError(f"{previous!r} is not of this engine")
        return LocalWriter(self.folder, dimension=dimension, previous=previous)
