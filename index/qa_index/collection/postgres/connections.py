"""Connections to the server: deadlines, what may be tried again, and errors in one line."""

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar

import psycopg
from psycopg import errors
from psycopg.adapt import Dumper
from psycopg.pq import Format

from qa_index.collection.postgres.address import Address
from qa_index.errors import (
    IndexDamaged,
    IndexIncompatible,
    IndexMissing,
    IndexNotWritable,
    IndexProblem,
)

Connection: TypeAlias = "psycopg.Connection[tuple[Any, ...]]"
Result = TypeVar("Result")

CONNECT_SECONDS = 5
"""Until a server that does not answer is given up; ``connect_timeout`` of the address overrides."""

QUESTION_SECONDS = 20
"""Until a statement of a question is given up."""

WRITE_SECONDS = 900
"""Until a statement of a writer is given up; building the vector index of a million passages takes
minutes."""

IDLE_CONNECTIONS = 8
"""Connections kept open for the next question."""

_SILENT = {
    "connect_timeout": str(CONNECT_SECONDS),
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
    "application_name": "grounded-qa",
    "client_encoding": "UTF8",
}
"""A server that is silent for half a minute counts as gone."""


def connect(address: Address, *, writes: bool = False) -> Connection:
    """A new connection. Raises an ``IndexProblem``."""
    seconds = WRITE_SECONDS if writes else QUESTION_SECONDS
    options = {
        "search_path": f"{address.schema},public",
        "statement_timeout": f"{seconds}s",
        "lock_timeout": "30s",
        "idle_in_transaction_session_timeout": "600s" if writes else "60s",
        "jit": "off",
    }
    if not writes:
        # The planner likes to sort all vectors instead of using their index. No other statement of
        # a question has a choice.
        options["enable_sort"] = "off"
    told = " ".join(f"-c {name}={value}" for name, value in options.items())
    with telling(address):
        connection: Connection = psycopg.connect(
            **{**_SILENT, **address.parameters},
            options=told,
            autocommit=True,
            prepare_threshold=2,
        )
        first = "SELECT to_regtype('vector')::oid"
        if not writes:
            # Among the options it would keep ``target_session_attrs=read-write`` from any server.
            first += ", set_config('default_transaction_read_only', 'on', false)"
        found = connection.execute(first).fetchone()
        if found and found[0]:
            register(connection, found[0])
    return connection


class Vector(bytes):
    """A vector in pgvector's binary form: see ``packing.vector``."""


def register(connection: Connection, oid: int) -> None:
    """Send every ``Vector`` on this connection as the type with this number."""

    class VectorDumper(Dumper):
        format = Format.BINARY

        def dump(self, obj: Any) -> bytes:
            return bytes(obj)

    VectorDumper.oid = oid
    connection.adapters.register_dumper(Vector, VectorDumper)


class Connections:
    """Connections for questions, shared between threads; each reads only."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._idle: list[Connection] = []
        self._changing = threading.Lock()
        self._closings = 0

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """The result of ``work`` on a connection of its own.

        Work only reads. If the connection breaks, which a server that was restarted does to all, it
        is done once more on a new one. Raises an ``IndexProblem``.
        """
        for last in (False, True):
            with self._changing:
                fresh, closings = not self._idle, self._closings
                connection = None if fresh else self._idle.pop()
            if connection is None or last:
                if connection is not None:
                    connection.close()
                connection, fresh = connect(self.address), True
            try:
                with telling(self.address):
                    result = work(connection)
            except BaseException:
                broken = connection.broken
                connection.close()
                if broken and not fresh and not last:
                    continue
                raise
            self._give_back(connection, closings)
            return result
        raise AssertionError("the last attempt returns or raises")

    def _give_back(self, connection: Connection, closings: int) -> None:
        with self._changing:
            if closings == self._closings and len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Close those that are idle; others close when their work is done.

        Work that comes later makes new ones.
        """
        with self._changing:
            self._closings += 1
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def __del__(self) -> None:
        self.close()


@contextmanager
def telling(address: Address) -> Iterator[None]:
    """Errors of the server as ``IndexProblem``, without a secret in them or behind them."""
    try:
        yield
    except psycopg.Error as error:
        told = _told(address, error)
    else:
        return
    # Without its cause: a traceback would show what libpq says, which can repeat the address.
    raise told from None


def _told(address: Address, error: psycopg.Error) -> IndexProblem:
    said = error.diag.message_primary or str(error).strip() or type(error).__name__
    said = address.without_secrets(said)
    if error.sqlstate is None and isinstance(error, psycopg.OperationalError):
        several = _each_server(address, said)
        if several:
            return _refused(address, several)
    detail = " ".join(said.split())
    for kinds, made, form in _KINDS:
        if isinstance(error, kinds):
            return made(form.format(at=address, role=address.role, detail=detail))
    if error.sqlstate is None and isinstance(error, psycopg.OperationalError):
        return _refused(address, {"": _reason(said)})
    return IndexProblem(f"{address}: {detail}")


def _refused(address: Address, reasons: Mapping[str, str]) -> IndexProblem:
    """What no server lets happen: the reason of each, by name; one without a name stands alone.

    libpq gives no code for what a server says while connecting. A database or index is missing only
    if every server says so.
    """
    detail = ", ".join(f"{name} ({reason})" if name else reason for name, reason in reasons.items())
    for phrase, kind, remedy in _REFUSALS:
        says = all if kind is IndexMissing else any
        if says(phrase in reason for reason in reasons.values()):
            return kind(f"{address}: {detail}; {remedy}")
    return IndexProblem(
        f"cannot reach {address}: {detail}; check that the server runs and the address is right"
    )


def _each_server(address: Address, said: str) -> dict[str, str]:
    """Why each of several servers was not connected to, by name.

    Empty if the address has one alone, or if what psycopg says does not tell them.
    """
    hosts = address.host.split(",")
    if len(hosts) == 1:
        return {}

    def named(host: str, port: str | None) -> str:
        name = f"[{host}]" if ":" in host else host
        return f"{name}:{port}" if address.port and port else name

    _, *attempts = _ATTEMPT.split(said)
    found: dict[str, list[str]] = {}
    for host, port, reason in zip(*(attempts[at::3] for at in range(3)), strict=True):
        found.setdefault(named(host, port), []).append(_reason(reason))
    tried = set(attempts[::3])
    if not attempts and (one := _SERVER.search(said)):
        tried, found = {one[1]}, {named(one[1], one[2]): [_reason(said)]}
    if not found and not said.startswith(_UNRESOLVED):
        return {}
    # psycopg does not try those whose names it cannot resolve, and tells none or one of them.
    found |= {host: ["its name was not resolved"] for host in hosts if host not in tried}
    return {name: ", ".join(dict.fromkeys(reasons)) for name, reasons in found.items()}


def _reason(said: str) -> str:
    """Why a server was not connected to: of several attempts, each of which names it, the last."""
    reason = " ".join(said.split()).rpartition("failed: ")[2].removeprefix("FATAL: ")
    return _HINT.split(reason)[0]


_ATTEMPT = re.compile(
    r"^- host: (?:'(.*?)'|None)(?:, port: (?:'(.*?)'|None), hostaddr: (?:'.*?'|None))?: ",
    re.MULTILINE,
)
"""How psycopg begins the reason of one of several attempts."""
_UNRESOLVED = "failed to resolve host "
_SERVER = re.compile(r'connection to server at "([^"]*)"(?: \([^)]*\))?(?:, port (\d+))?')
_HINT = re.compile(r" (?:This probably means|Is the server running) ")
"""How libpq begins what may be the cause."""

_REMEDY = "set PGPASSWORD or a password file (PGPASSFILE)"
_ANOTHER = "no server that answers is what target_session_attrs of the address asks for"
_REFUSALS: tuple[tuple[str, type[IndexProblem], str], ...] = (
    ("password", IndexProblem, _REMEDY),
    ("authentication", IndexProblem, _REMEDY),
    ("pg_hba.conf", IndexProblem, "the server does not let this role or machine in"),
    ("Hot standby mode is disabled", IndexProblem, "set hot_standby there, or ask the primary"),
    ("database system", IndexProblem, "ask again"),  # it starts, stops or recovers
    ("database", IndexMissing, "create the database first"),
    ("role", IndexProblem, "name a role of the server before the host, as in ROLE@HOST"),
    ("session is", IndexProblem, _ANOTHER),
    ("hot standby mode", IndexProblem, _ANOTHER),
    ("too many", IndexProblem, "ask again later"),
)
"""What the server says while connecting, what is raised for it, and the remedy."""

_Kind = tuple[tuple[type[psycopg.Error], ...], type[IndexProblem], str]
_KINDS: tuple[_Kind, ...] = (
    (
        (errors.ConnectionTimeout,),
        IndexProblem,
        "{at} does not answer; check that the server runs and the address is right",
    ),
    (
        (errors.InvalidPassword, errors.InvalidAuthorizationSpecification),
        IndexProblem,
        "{at} refuses {role}: {detail}; set PGPASSWORD or a password file (PGPASSFILE)",
    ),
    (
        (errors.InvalidCatalogName,),
        IndexMissing,
        "{at}: {detail}; create the database first",
    ),
    (
        (errors.UndefinedTable, errors.InvalidSchemaName),
        IndexMissing,
        "no index at {at}; make one with `qa index PATH --index ADDRESS`",
    ),
    (
        (errors.QueryCanceled, errors.LockNotAvailable),
        IndexProblem,
        "{at} took too long: {detail}; ask again, or see what keeps the server busy",
    ),
    (
        (errors.DiskFull, errors.OutOfMemory, errors.ConfigurationLimitExceeded),
        IndexNotWritable,
        "{at} has no room: {detail}; the index is as it was before",
    ),
    (
        (errors.TooManyConnections,),
        IndexProblem,
        "{at} has no connection left: {detail}; ask again later",
    ),
    (
        (errors.InsufficientPrivilege,),
        IndexNotWritable,
        "{at}: {detail}; grant it to {role}, see docs/postgres.md",
    ),
    (
        (errors.ReadOnlySqlTransaction,),
        IndexNotWritable,
        "{at} only reads: {detail}; write to the primary server",
    ),
    (
        (errors.DataCorrupted, errors.IndexCorrupted),
        IndexDamaged,
        "{at} is damaged: {detail}; restore it from a backup",
    ),
    (
        (errors.UndefinedObject, errors.UndefinedFile, errors.FeatureNotSupported),
        IndexIncompatible,
        "{at}: {detail}; the server needs pgvector 0.8 or later",
    ),
    (
        (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow),
        IndexProblem,
        "{at} is shutting down or starting: {detail}; ask again",
    ),
)
"""Kinds of errors, what is raised for them, and how it is told."""
