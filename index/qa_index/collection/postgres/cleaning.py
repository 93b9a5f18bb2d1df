"""Removes rows that no generation that is kept has, and merges segments of postings."""

from typing import Any

from qa_index.collection.postgres.connections import Connection
from qa_index.collection.postgres.schema import FOREVER

SEGMENTS = 8
"""Segments of about the same size that are merged into one."""


def clean(connection: Connection, live: int, *, horizon: int | None = None) -> None:
    """Remove rows of writers that did not finish, and those dead before the ``horizon``."""
    run = connection.execute
    run("UPDATE document SET died = %s WHERE died > %s AND died < %s", (FOREVER, live, FOREVER))
    values = {"live": live, "horizon": -1 if horizon is None else horizon}
    run(
        "DELETE FROM passage p USING document d WHERE p.id >= d.first_passage"
        " AND p.id < d.first_passage + d.passages"
        " AND (born > %(live)s OR died <= %(horizon)s)",
        values,
    )
    run("DELETE FROM document WHERE born > %(live)s OR died <= %(horizon)s", values)
    gone = "born > %(live)s OR died <= %(horizon)s"
    segments = [
        number
        for (number,) in run(f"SELECT id FROM segment WHERE {gone}", values).fetchall()  # noqa: S608
    ]
    if segments:
        run("DELETE FROM posting WHERE segment = ANY(%s)", (segments,))
        run("DELETE FROM segment WHERE id = ANY(%s)", (segments,))
    run(f"DELETE FROM words WHERE {gone}", values)  # noqa: S608
    run("DELETE FROM generation WHERE number > %s OR number < %s", (live, horizon or 0))


def merge_segments(connection: Connection) -> None:
    """Merge segments of about the same size, so that a term has few of them."""
    found = connection.execute(
        "SELECT id, born, postings FROM segment WHERE died = %s ORDER BY id", (FOREVER,)
    ).fetchall()
    tiers: dict[int, list[tuple[Any, ...]]] = {}
    for each in found:
        tiers.setdefault(max(each[2], 1).bit_length() // 3, []).append(each)
    for own in tiers.values():
        if len(own) < SEGMENTS:
            continue
        numbers = [number for number, _, _ in own]
        [(merged,)] = connection.execute(
            "UPDATE live SET next_passage = next_passage + 1 RETURNING next_passage - 1"
        ).fetchall()
        connection.execute(
            "WITH old AS (DELETE FROM posting WHERE segment = ANY(%s) RETURNING *)"
            " INSERT INTO posting SELECT key, %s, min(term), string_agg(block, ''::bytea"
            " ORDER BY segment) FROM old GROUP BY key",
            (numbers, merged),
        )
        connection.execute("DELETE FROM segment WHERE id = ANY(%s)", (numbers,))
        connection.execute(
            "INSERT INTO segment (id, born, postings) VALUES (%s, %s, %s)",
            (merged, max(born for _, born, _ in own), sum(each[2] for each in own)),
        )
