"""PostgreSQL as a place that holds an index, and the folder that stands for it on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from qa_index.collection.index import Index
from qa_index.collection.local import generations
from qa_index.collection.manifest import Manifest
from qa_index.collection.postgres import schema
from qa_index.collection.postgres.address import Address
from qa_index.collection.postgres.connections import (
    Connection,
    Connections,
    connect,
    telling,
)
from qa_index.collection.postgres.hnsw import index_vectors
from qa_index.collection.postgres.stored import PostgresIndex
from qa_index.collection.postgres.writer import PostgresWriter
from qa_index.collection.served.writing import this_process
from qa_index.collection.writing import Writer
from qa_index.errors import IndexLocked, IndexMissing


class PostgresEngine:
    """``Engine`` of the index at an address."""

    def __init__(self, address: Address, folder: Path) -> None:
        self.address = address
        self.folder = folder
        self._connections = Connections(address)
        self._root: Path | None = None
        self._writing: tuple[Connection, int] | None = None

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
                try:
                    stored = self._connections.run(self._stored_root)
                except IndexMissing:
                    return Path.cwd()
            self._root = Path(stored) if stored else Path.cwd()
        return self._root

    def _stored_root(self, connection: Connection) -> str:
        if not schema.exists(connection, self.address):
            raise schema.missing(self.address)
        found = connection.execute("SELECT root FROM live").fetchone()
        return str(found[0]) if found else ""

    def close(self) -> None:
        """See ``Engine``."""
        self._connections.close()

    def open(self, *, base: str | PathLike[str] | None = None) -> PostgresIndex:
        """See ``Engine``."""
        return PostgresIndex(self._connections, self.folder, base=base)

    def manifest(self) -> Manifest:
        """See ``Engine``."""

        def read(connection: Connection) -> Manifest:
            schema.check(connection, self.address)
            found = connection.execute(
                "SELECT g.manifest FROM live l JOIN generation g ON g.number = l.generation"
            ).fetchone()
            if found is None:
                raise schema.missing(self.address)
            return Manifest.from_json(found[0], f"the manifest at {self.address}")

        return self._connections.run(read)

    def version(self) -> int | None:
        """See ``Engine``: number of the live generation, in one round trip."""

        def read(connection: Connection) -> int | None:
            found = connection.execute(
                "SELECT generation FROM live WHERE to_regclass(%s) IS NOT NULL",
                (f"{self.address.schema}.live",),
            ).fetchone()
            return found[0] or None if found else None

        try:
            return self._connections.run(read)
        except IndexMissing:
            return None

    @contextmanager
    def writing(self, *, root: Path | None = None) -> Iterator[None]:
        """See ``Engine``. Makes the tables if there are none.

        The lock is one of a session on the server: it ends with the connection, however that ends.
        """
        # The journal of computed vectors lies in the folder.
        with generations.writing(self.folder), connect(self.address, writes=True) as connection:
            with telling(self.address):
                schema.migrate(
                    connection, self.address, self.address.root or str(root or Path.cwd())
                )
                schema.check(connection, self.address)
                lock = f"{self.address.database}.{self.address.schema}"
                held = connection.execute(
                    "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (lock,)
                ).fetchone()
                if held != (True,):
                    other = connection.execute("SELECT writer FROM live").fetchone()
                    owner = other[0] if other and other[0] else "another program"
                    raise IndexLocked(
                        f"{self.address} is being written by {owner}; wait until it is done"
                    )
                [(fence,)] = connection.execute(
                    "UPDATE live SET fence = fence + 1, writer = %s RETURNING fence",
                    (this_process(),),
                ).fetchall()
            self._writing = connection, fence
            try:
                yield
                self._index_vectors(connection)
            finally:
                self._writing = None
                if not connection.closed:
                    with telling(self.address):
                        connection.execute("UPDATE live SET writer = '' WHERE fence = %s", (fence,))

    def _index_vectors(self, connection: Connection) -> None:
        """Make the index of vectors where a writer that may not left it out."""
        if self.version() is not None:
            found = self.manifest()
            index_vectors(
                connection,
                self.address,
                found.model.dimension,
                passages=found.counts.passages,
            )

    def writer(self, *, dimension: int, previous: Index | None) -> Writer:
        """See ``Engine``."""
        if self._writing is None:
            raise ValueError("nothing holds the lock of this index")
        if previous is not None and not isinstance(previous, PostgresIndex):
            raise TypeError(f"{previous!r} is not of this engine")
        connection, fence = self._writing
        return PostgresWriter(
            connection, self.address, fence, dimension=dimension, previous=previous
        )
