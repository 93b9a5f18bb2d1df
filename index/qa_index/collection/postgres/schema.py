"""The tables of an index, and their versions.

    version      one row: the version of these tables
    live         one row: the live generation, the oldest that is complete, the writer, counters
    generation   manifest, skipped files, and sums of the vectors of each generation that is kept
    document     the generations it was born and died in; its record and text
    passage      never changed, only inserted and deleted: see ``packing.Payload``
    segment      postings that were written together, the generation they were born in, and the one
                 that was built anew without them
    posting      term and segment: see ``packing.PostingList``
    words        words as they are written, which a generation added, and when they died, likewise

A generation consists of the documents born in it or before and not dead in it, and of their
passages. Numbers of documents and passages are never used again, so what was read of a passage
stays true. ``live`` is changed in the transaction that makes a generation the live one, only if
the last one still is.
"""

from psycopg import sql

from qa_index.collection.postgres.address import Address
from qa_index.collection.postgres.connections import Connection, telling
from qa_index.errors import IndexIncompatible, IndexMissing

VERSION = 2
"""Of the tables. A change of them adds a step to ``_STEPS``."""

FOREVER = (1 << 63) - 1
"""``died`` of what lives."""

_STEPS = (
    f"""
    CREATE TABLE version (version integer NOT NULL);
    CREATE TABLE live (
        one boolean PRIMARY KEY DEFAULT true CHECK (one),
        generation bigint NOT NULL,
        horizon bigint NOT NULL,
        fence bigint NOT NULL,
        next_generation bigint NOT NULL,
        next_document bigint NOT NULL,
        next_passage bigint NOT NULL,
        writer text NOT NULL,
        root text NOT NULL
    );
    CREATE TABLE generation (
        number bigint PRIMARY KEY,
        manifest bytea NOT NULL,
        skipped bytea NOT NULL,
        passage_sums bytea NOT NULL,
        sentence_sums bytea NOT NULL
    );
    CREATE TABLE document (
        id bigint PRIMARY KEY,
        born bigint NOT NULL,
        died bigint NOT NULL DEFAULT {FOREVER},
        path text COLLATE "C" NOT NULL,
        sha256 text NOT NULL,
        language text NOT NULL,
        first_passage bigint NOT NULL,
        passages integer NOT NULL,
        sentences bigint NOT NULL,
        terms bigint NOT NULL,
        text_hash bytea NOT NULL,
        record bytea NOT NULL,
        text bytea NOT NULL
    );
    CREATE INDEX document_sha256 ON document (sha256);
    CREATE TABLE passage (
        id bigint PRIMARY KEY,
        citation bigint NOT NULL,
        key bytea NOT NULL,
        text_key bigint NOT NULL,
        dimension integer NOT NULL,
        v vector NOT NULL,
        payload bytea NOT NULL
    );
    ALTER TABLE passage ALTER COLUMN payload SET STORAGE EXTERNAL;
    CREATE INDEX passage_citation ON passage (citation);
    CREATE INDEX passage_key ON passage (key);
    CREATE INDEX passage_text_key ON passage (text_key);
    CREATE TABLE segment (id bigint PRIMARY KEY, born bigint NOT NULL, postings bigint NOT NULL);
    CREATE TABLE posting (
        key bytea NOT NULL,
        segment bigint NOT NULL,
        term bytea NOT NULL,
        block bytea NOT NULL,
        PRIMARY KEY (key, segment)
    );
    ALTER TABLE posting ALTER COLUMN block SET STORAGE EXTERNAL;
    CREATE TABLE words (id bigint PRIMARY KEY, born bigint NOT NULL, block bytea NOT NULL);
    """,
    f"""
    ALTER TABLE segment ADD COLUMN died bigint NOT NULL DEFAULT {FOREVER};
    ALTER TABLE words ADD COLUMN died bigint NOT NULL DEFAULT {FOREVER};
    ALTER TABLE generation ADD COLUMN words_hash bytea;
    """,
)
"""What each version adds to the tables of the one before."""


def exists(connection: Connection, address: Address) -> bool:
    """Whether the schema of the address itself holds the tables.

    Statements name tables without it, and the server would look for them in ``public``, too.
    """
    found = connection.execute("SELECT to_regclass(%s)", (f"{address.schema}.live",)).fetchone()
    return found is not None and found[0] is not None


def missing(address: Address) -> IndexMissing:
    """What is to be raised where there is no index."""
    return IndexMissing(f"no index at {address}; make one with `qa index PATH --index ADDRESS`")


def _version(connection: Connection, address: Address) -> int | None:
    if not exists(connection, address):
        return None
    found = connection.execute("SELECT version FROM version").fetchone()
    return int(found[0]) if found else None


def check(connection: Connection, address: Address) -> None:
    """Raises ``IndexMissing`` if there are no tables, ``IndexIncompatible`` if they are others."""
    version = _version(connection, address)
    if version is None:
        raise missing(address)
    if version > VERSION:
        raise IndexIncompatible(
            f"the tables at {address} have version {version}, newer than this program's "
            f"{VERSION}; upgrade grounded-qa"
        )
    if version < VERSION:
        raise IndexIncompatible(
            f"the tables at {address} have version {version}, this program needs {VERSION}; "
            "run `qa index` as the owner of the schema, which migrates them"
        )


def migrate(connection: Connection, address: Address, root: str) -> None:
    """Create the tables if there are none, or bring them up to this version.

    Two programs that do this wait for each other. Raises an ``IndexProblem``; the tables are then
    as they were.
    """
    with telling(address), connection.transaction():
        if (_version(connection, address) or 0) >= VERSION:
            check(connection, address)
            return
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (str(address.schema),)
        )
        if connection.execute("SHOW server_encoding").fetchone() != ("UTF8",):
            raise IndexIncompatible(f"the database of {address} is not in UTF8; use one that is")
        name = sql.Identifier(address.schema)
        connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        there = connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'vector'").fetchone()
        if there is None:
            connection.execute("CREATE EXTENSION IF NOT EXISTS vector SCHEMA public")
        before = _version(connection, address) or 0
        for step in _STEPS[before:]:
            connection.execute(step)
        if before == 0:
            connection.execute("INSERT INTO version VALUES (%s)", (VERSION,))
            connection.execute("INSERT INTO live VALUES (true, 0, 0, 0, 1, 1, 1, '', %s)", (root,))
        else:
            connection.execute("UPDATE version SET version = %s", (VERSION,))
