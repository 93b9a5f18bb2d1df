"""Milvus as a place that holds an index, and the folder that stands for it on this machine."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path

from qa_index.collection.index import Index
from qa_index.collection.local import disk, generations
from qa_index.collection.manifest import Manifest
from qa_index.collection.milvus.address import Address
from qa_index.collection.milvus.cleaning import clean
from qa_index.collection.milvus.connections import Server
from qa_index.collection.milvus.fetching import read_root
from qa_index.collection.milvus.layout import Names, make_state
from qa_index.collection.milvus.state import (
    Commit,
    Key,
    Writing,
    beating,
    begin,
    missing,
    read_state,
)
from qa_index.collection.milvus.stored import MilvusIndex
from qa_index.collection.milvus.writer import MilvusWriter
from qa_index.collection.served.writing import this_process
from qa_index.collection.writing import Writer
from qa_index.errors import IndexDamaged, IndexIncompatible, IndexMissing, IndexProblem

PLACE = "place"
"""File with what tells this folder from those of other machines."""


class MilvusEngine:
    """``Engine`` of the index at an address."""

    def __init__(self, address: Address, folder: Path) -> None:
        self.address = address
        self.folder = folder
        self._names = Names(address.name)
        self._server = Server(address)
        self._root: Path | None = None
        self._writing: tuple[Server, Writing, Path] | None = None

    @property
    def name(self) -> str:
        """See ``Engine``."""
        return str(self.address)

    @property
    def root(self) -> Path:
        """See ``Engine``: that of the address, or of the index, or the working folder."""
        if self._root is None:
            stored = self.address.root
            if not stored:
                if self._writing is not None:
                    return self._writing[2]
                live = self._live()
                if live is None:
                    return Path.cwd()
                stored = self._stored_root(self._server, live)
            self._root = Path(stored) if stored else Path.cwd()
        return self._root

    def _stored_root(self, server: Server, live: Commit) -> str:
        """That of a generation; empty if it cannot be read, so that a full build can replace it."""
        try:
            return read_root(server, self._names, live).folder
        except (IndexDamaged, IndexIncompatible):
            return ""

    def _live(self) -> Commit | None:
        try:
            return read_state(self._server, self._names).live
        except IndexMissing:
            return None

    def close(self) -> None:
        """See ``Engine``."""
        self._server.close()

    def open(self, *, base: str | PathLike[str] | None = None) -> MilvusIndex:
        """See ``Engine``."""
        return MilvusIndex(self._server, self._names, self.folder, base=base)

    def manifest(self) -> Manifest:
        """See ``Engine``."""
        live = read_state(self._server, self._names).live
        if live is None:
            raise missing(self._server)
        return read_root(self._server, self._names, live).manifest

    def version(self) -> Key | None:
        """See ``Engine``: who committed the live generation."""
        live = self._live()
        return live.key if live else None

    @contextmanager
    def writing(self, *, root: Path | None = None) -> Iterator[None]:
        """See ``Engine``. Makes the collection of the state if there is none.

        What a writer left that was killed on this machine is taken over at once, and on another
        one when its last sign of life is too old: see ``state``.
        """
        # The journal of computed vectors lies in the folder.
        with generations.writing(self.folder):
            server = Server(self.address, writes=True)
            try:
                make_state(server, self._names)
                hold = begin(server, self._names, place=self._place(), who=this_process())
                writing = Writing(server, self._names, hold)
                with beating(writing):
                    try:
                        clean(server, self._names, writing)
                        live = read_state(server, self._names).live
                        stored = self._stored_root(server, live) if live else ""
                        chosen = Path(stored or self.address.root or str(root or Path.cwd()))
                        self._writing = server, writing, chosen
                        yield
                    finally:
                        self._writing = None
                        self._release(writing)
            finally:
                server.close()

    @staticmethod
    def _release(writing: Writing) -> None:
        with suppress(IndexProblem):  # it ends when its last sign of life is too old
            writing.add("release")

    def _place(self) -> str:
        """What tells this folder from those of other machines, which may have the same path."""
        file = self.folder / PLACE
        if not file.is_file():
            disk.write_whole(file, uuid.uuid4().hex.encode())
        return file.read_text()

    def writer(self, *, dimension: int, previous: Index | None) -> Writer:
        """See ``Engine``."""
        if self._writing is None:
            raise ValueError("nothing holds the lock of this index")
        if previous is not None and not isinstance(previous, MilvusIndex):
            raise TypeError(f"{previous!r} is not of this engine")
        server, writing, root = self._writing
        live = read_state(server, self._names).live
        return MilvusWriter(
            server,
            self._names,
            writing,
            dimension=dimension,
            previous=previous,
            root=str(root),
            generation=live.generation + 1 if live else 1,
        )
