"""The HNSW index of the vectors, which pgvector keeps: how it is made, and how it is asked."""

from contextlib import suppress

from psycopg import errors

from qa_index.collection.postgres.address import Address
from qa_index.collection.postgres.connections import Connection, telling

EXACT = 5_000
"""Passages up to which a question is compared with all vectors, which takes 5 ms."""

NEIGHBOURS, EF_CONSTRUCTION = 32, 400
"""Of the graph of HNSW. Of the nearest 100 in 103,000, 24 and 200 find 0.969 where these find
0.992, in 2.4 times the time to build; pgvector's defaults are 16 and 64."""

BREADTH, FULL_BREADTH = 400, 1000
"""Passages that HNSW keeps in view while it searches; more, which is all that pgvector allows, in
an index of more than ``LARGE``: of 300,000 they find 0.990 and not 0.965 of the nearest 100."""

LARGE = 50_000

PASSAGE_BYTES = 1200
"""Of the graph for each passage, beside its vector, while it is built."""

MOST_MEMORY = 4096
"""MB for building the graph. With less than it takes, building is several times as slow."""

MOST_DIMENSIONS = 2000
"""Dimensions that HNSW indexes; vectors of more are all compared."""


def nearest_statement(dimension: int) -> str:
    """The statement that finds the nearest passages by the HNSW index; a vector and a number."""
    return (
        f"SELECT id FROM passage WHERE dimension = {dimension}"  # noqa: S608
        f" ORDER BY (v::vector({dimension})) <#> %s LIMIT %s"
    )


def breadth(passages: int) -> int:
    """Passages in view in a search among so many."""
    return BREADTH if passages <= LARGE else FULL_BREADTH


def vector_index(dimension: int) -> str:
    """Name of the HNSW index over the vectors of a dimension."""
    return f"passage_hnsw_{dimension}"


def index_vectors(
    connection: Connection, address: Address, dimension: int, *, passages: int
) -> None:
    """Make the HNSW index if there are enough passages and it is missing.

    Only the owner may. For others it is left out, which ``Index.engine`` tells: questions then
    compare all vectors.
    """
    name = vector_index(dimension)
    if passages <= EXACT or dimension > MOST_DIMENSIONS:
        return
    with telling(address):
        exists = connection.execute(
            "SELECT to_regclass(%s)", (f"{address.schema}.{name}",)
        ).fetchone()
    if exists and exists[0] is not None:
        return
    with telling(address), suppress(errors.InsufficientPrivilege):
        try:
            _make(connection, name, dimension, passages)
        except (errors.DiskFull, errors.OutOfMemory):
            # Several processes share the graph in /dev/shm, which containers make small.
            _make(connection, name, dimension, passages, alone=True)


def _make(
    connection: Connection, name: str, dimension: int, passages: int, *, alone: bool = False
) -> None:
    needed = 64 + (passages * (4 * dimension + PASSAGE_BYTES) >> 20)
    with connection.transaction():
        connection.execute(f"SET LOCAL maintenance_work_mem = '{min(needed, MOST_MEMORY)}MB'")
        connection.execute("SET LOCAL statement_timeout = 0")
        if alone:
            connection.execute("SET LOCAL max_parallel_maintenance_workers = 0")
        connection.execute(
            f"CREATE INDEX {name} ON passage USING hnsw"
            f" ((v::vector({dimension})) vector_ip_ops)"
            f" WITH (m = {NEIGHBOURS}, ef_construction = {EF_CONSTRUCTION})"
            f" WHERE dimension = {dimension}"
        )
        connection.execute("ANALYZE passage")
