"""The HNSW index of the vectors, which pgvector keeps: how it is made, and how it is asked."""

from contextlib import suppress

from psycopg import errors

from qa_index.collection.postgres.address import Address
from qa_index.collection.postgres.connections import Connection, telling

EXACT = 5_000
"""Passages up to which a question is compared with all vectors, which takes 5 ms."""

NEIGHBOURS, EF_CONSTRUCTION = 24, 200
"""Of the graph of HNSW. pgvector's defaults, 16 and 64, find 0.971 where these find 0.998."""

MOST_DIMENSIONS = 2000
"""Dimensions that HNSW indexes; vectors of more are all compared."""


def nearest_statement(dimension: int) -> str:
    """The statement that finds the nearest passages by the HNSW index; a vector and a number."""
    return (
        f"SELECT id FROM passage WHERE dimension = {dimension}"  # noqa: S608
        f" ORDER BY (v::vector({dimension})) <#> %s LIMIT %s"
    )


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
    with telling(address), suppress(errors.InsufficientPrivilege), connection.transaction():
        connection.execute("SET LOCAL maintenance_work_mem = '512MB'")
        connection.execute("SET LOCAL statement_timeout = 0")
        connection.execute(
            f"CREATE INDEX {name} ON passage USING hnsw"
            f" ((v::vector({dimension})) vector_ip_ops)"
            f" WITH (m = {NEIGHBOURS}, ef_construction = {EF_CONSTRUCTION})"
            f" WHERE dimension = {dimension}"
        )
        connection.execute("ANALYZE passage")
