"""What the server says while it refuses a connection, in one line."""

import pytest

from qa_index.errors import IndexMissing, IndexProblem
from tests.support import postgres

if postgres.MISSING:
    pytest.skip(f"{postgres.MISSING} is not installed", allow_module_level=True)

import psycopg

from qa_index.collection.postgres.address import Address
from qa_index.collection.postgres.connections import connect, telling

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
    with pytest.raises(IndexProblem) as raised, telling(Address.parse("postgresql://me@a/x")):
        raise psycopg.OperationalError(f"{ATTEMPT}{said}")
    assert type(raised.value) is kind
    assert str(raised.value).endswith(told)
    assert str(raised.value).count("\n") == 0


DOWN = f"{ATTEMPT}{REFUSED}"
STANDBY = f"{ATTEMPT}{READ_ONLY}"
GONE = f'{ATTEMPT}FATAL:  database "db" does not exist\n'
RIGHT = "; check that the server runs and the address is right"


def of_several(*attempts: tuple[str, str, str]) -> str:
    """What psycopg says of several attempts: host, port and reason of each."""
    lines = [
        f"- host: {host!r}, port: {port!r}, hostaddr: '10.0.0.1': {reason}"
        for host, port, reason in attempts
    ]
    last = attempts[-1][-1]
    return "\n".join([last, "Multiple connection attempts failed. All failures were:", *lines])


@pytest.mark.parametrize(
    ("hosts", "said", "kind", "told"),
    [
        (
            "a,b",
            of_several(("a", "5432", STANDBY), ("b", "5432", DOWN)),
            IndexProblem,
            f"postgresql://me@a,b/x: a ({READ_ONLY}), b (Connection refused); no server that "
            "answers is what target_session_attrs of the address asks for",
        ),
        (
            "a:1,[::1]:2",
            of_several(("a", "1", DOWN), ("a", "1", DOWN), ("::1", "2", "connection timeout")),
            IndexProblem,
            f"a:1 (Connection refused), [::1]:2 (connection timeout){RIGHT}",
        ),
        (  # It is missing only if every server says so.
            "a,b",
            of_several(("a", "5432", DOWN), ("b", "5432", GONE)),
            IndexProblem,
            f'a (Connection refused), b (database "db" does not exist){RIGHT}',
        ),
        (
            "a,b",
            of_several(("a", "5432", GONE), ("b", "5432", GONE)),
            IndexMissing,
            'a (database "db" does not exist), b (database "db" does not exist); create the '
            "database first",
        ),
        (  # psycopg leaves out a host whose name is not resolved.
            "a,127.0.0.1",
            DOWN,
            IndexProblem,
            f"127.0.0.1 (Connection refused), a (its name was not resolved){RIGHT}",
        ),
        (
            "127.0.0.1:1,a:2",
            DOWN,
            IndexProblem,
            f"127.0.0.1:1 (Connection refused), a (its name was not resolved){RIGHT}",
        ),
        (
            "db:1,a:2",
            'connection to server at "db" (10.0.0.1), port 1 failed: Connection refused',
            IndexProblem,
            f"db:1 (Connection refused), a (its name was not resolved){RIGHT}",
        ),
        (
            "a,b",
            "failed to resolve host 'b': [Errno -2] Name or service not known",
            IndexProblem,
            f"a (its name was not resolved), b (its name was not resolved){RIGHT}",
        ),
    ],
)
def test_each_of_several_servers_is_told(
    hosts: str, said: str, kind: type[IndexProblem], told: str
) -> None:
    with (
        pytest.raises(IndexProblem) as raised,
        telling(Address.parse(f"postgresql://me@{hosts}/x")),
    ):
        raise psycopg.OperationalError(said)
    assert type(raised.value) is kind
    assert str(raised.value).endswith(told)
    assert str(raised.value).count("\n") == 0


def test_of_several_servers_that_are_down_each_is_told() -> None:
    with pytest.raises(IndexProblem, match=r"127\.0\.0\.1:1 \(.*\), 127\.0\.0\.2:1 \(.*\); check"):
        connect(Address.parse("postgresql://127.0.0.1:1,127.0.0.2:1/x"))


def test_a_server_that_does_not_answer_in_time_is_told_beside_the_others() -> None:
    said = of_several(("a", "5432", DOWN), ("b", "5432", "connection timeout expired"))
    with pytest.raises(IndexProblem) as raised, telling(Address.parse("postgresql://me@a,b/x")):
        raise psycopg.errors.ConnectionTimeout(said)
    assert "a (Connection refused), b (connection timeout expired)" in str(raised.value)
