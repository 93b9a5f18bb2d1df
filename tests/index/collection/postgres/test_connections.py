"""What the server says while it refuses a connection, in one line."""

import pytest

from qa_index.errors import IndexMissing, IndexProblem
from tests.support import postgres

if postgres.MISSING:
    pytest.skip(f"{postgres.MISSING} is not installed", allow_module_level=True)

import psycopg

from qa_index.collection.postgres.address import Address
from qa_index.collection.postgres.connections import telling

ATTEMPT = 'connection failed: connection to server at "127.0.0.1", port 1 failed: '
REFUSED = "Connection refused\n\tIs the server running on that host?"
READ_ONLY = "session is read-only"


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        ('FATAL:  database "db" does not exist', IndexMissing, "; create the database first"),
        ('FATAL:  role "me" does not exist', IndexProblem, "as in ROLE@HOST"),
        # None of these is a database that is missing.
        ("FATAL:  the database system is starting up", IndexProblem, "up; ask again"),
        ("FATAL:  the database system is in recovery mode", IndexProblem, "mode; ask again"),
        ("FATAL:  the database system is shutting down", IndexProblem, "down; ask again"),
        (
            "server closed the connection unexpectedly\n\tThis probably means the server\n",
            IndexProblem,
            "unexpectedly; check that the server runs and the address is right",
        ),
        (
            f"{REFUSED}\nMultiple connection attempts failed. All failures were:\n"
            f"- host: 'a': {ATTEMPT}{REFUSED}\n- host: 'b': {ATTEMPT}{READ_ONLY}",
            IndexProblem,
            f"x: {READ_ONLY}; no server that answers is what target_session_attrs of the address"
            " asks for",
        ),
    ],
)
def test_a_refusal_is_one_line(said: str, kind: type[IndexProblem], told: str) -> None:
    with pytest.raises(IndexProblem) as raised, telling(Address.parse("postgresql://me@a,b/x")):
        raise psycopg.OperationalError(f"{ATTEMPT}{said}")
    assert type(raised.value) is kind
    assert str(raised.value).endswith(told)
    assert str(raised.value).count("\n") == 0
