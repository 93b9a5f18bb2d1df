"""Reads which documents and passages a generation has."""

import numpy as np

from qa_index.collection.postgres.connections import Connection
from qa_index.collection.served.numbering import Numbering


def read_numbering(connection: Connection, generation: int) -> Numbering:
    """The numbering of a generation."""
    with connection.cursor(binary=True) as cursor:
        found = cursor.execute(
            "SELECT id, first_passage, passages FROM document"
            " WHERE born <= %s AND died > %s ORDER BY path",
            (generation, generation),
        ).fetchall()
    table = np.array(found, dtype=np.int64).reshape(-1, 3)
    return Numbering.of(table[:, 0].copy(), table[:, 1].copy(), table[:, 2])
