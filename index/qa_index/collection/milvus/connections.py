"""Connections to the server: deadlines, what may be tried again, and errors in one line."""

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from qa_index.collection.milvus.address import Address
from qa_index.collection.milvus.client import MilvusException, grpc, pymilvus
from qa_index.errors import (
    IndexIncompatible,
    IndexMissing,
    IndexNotWritable,
    IndexProblem,
)

Result = TypeVar("Result")
Row = dict[str, Any]

CONNECT_SECONDS = 5
"""Until a server that does not answer is given up; ``connect_timeout`` of the address overrides."""

QUESTION_SECONDS = 20
"""Until a call of a question is given up."""

WRITE_SECONDS = 300
"""Until a call of a writer is given up; loading a large collection takes minutes."""

MOST_HITS = 16_384
"""Hits that Milvus gives for one search at most."""

OLDEST = (2, 4)
"""Milvus that has vectors of few dimensions among many, as words are stored."""

OLDEST_LITE = (3, 2, 2)
"""Milvus Lite before it ignored the weights that it was given."""

STRONG, BOUNDED = "Strong", "Bounded"
"""Consistency levels: all that was acknowledged before; or all but the last five seconds."""


class Hit(NamedTuple):
    """What a search finds."""

    id: int
    score: float
    """Inner product of the stored vector and the question's, in single precision."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a collection; the first one is its key."""

    name: str
    kind: str
    """Name of a ``pymilvus.DataType``."""
    size: int = 0
    """Most bytes of a text, or dimensions of a vector."""
    index: Mapping[str, Any] | None = None
    """Type of its index, with the parameters of that; ``None`` for none."""


class Server:
    """A connection to a server, shared between threads. All that it raises is an ``IndexProblem``.

    What reads is done once more if the connection breaks, which a server that restarts does to
    all. What writes is not: it may have been done.
    """

    def __init__(self, address: Address, *, writes: bool = False) -> None:
        self.address = address
        self._seconds = WRITE_SECONDS if writes else QUESTION_SECONDS
        self._client: Any = None
        self._changing = threading.Lock()
        self._version = ""

    # Reading

    @property
    def version(self) -> str:
        """Version of the server, such as ``2.6.1``."""
        self._read(lambda client: None)
        return self._version

    def query(
        self, collection: str, where: str, fields: Sequence[str], *, consistency: str = STRONG
    ) -> list[Row]:
        """The rows that a condition holds for, in any order."""
        return self._read(
            lambda client: list(
                client.query(
                    collection,
                    filter=where,
                    output_fields=list(fields),
                    consistency_level=consistency,
                    retry_times=0,
                )
            ),
            collection,
        )

    def count(self, collection: str, where: str) -> int:
        """Number of the rows that a condition holds for."""
        [found] = self.query(collection, where, ["count(*)"])
        return int(found["count(*)"])

    def search(
        self,
        collection: str,
        field: str,
        vector: Any,
        *,
        where: str,
        limit: int,
        parameters: Mapping[str, Any],
        consistency: str = STRONG,
    ) -> list[Hit]:
        """The ``limit`` rows with the highest inner product, best first."""
        [found] = self._read(
            lambda client: client.search(
                collection,
                data=[vector],
                anns_field=field,
                filter=where,
                limit=limit,
                output_fields=["id"],
                search_params={"metric_type": "IP", "params": dict(parameters)},
                consistency_level=consistency,
                retry_times=0,
            ),
            collection,
        )
        return [Hit(int(each["id"]), float(each["distance"])) for each in found]

    def collections(self) -> list[str]:
        """Names of all collections."""
        return self._read(lambda client: list(client.list_collections()))

    # Writing

    def create(self, collection: str, fields: Sequence[Field], description: str) -> None:
        """Make a collection with its indexes, as far as they are missing, and load it."""

        def make(client: Any) -> None:
            if not client.has_collection(collection):
                schema = client.create_schema(
                    auto_id=False, enable_dynamic_field=False, description=description
                )
                for number, each in enumerate(fields):
                    size = {} if not each.size else {_SIZES[each.kind]: each.size}
                    kind = getattr(pymilvus.DataType, each.kind)
                    schema.add_field(each.name, kind, is_primary=number == 0, **size)
                client.create_collection(collection, schema=schema, consistency_level=STRONG)
            there = client.list_indexes(collection)
            indexes = client.prepare_index_params()
            for each in fields:
                if each.index is not None and each.name not in there:
                    metric = {"metric_type": "IP"} if "VECTOR" in each.kind else {}
                    indexes.add_index(each.name, index_name=each.name, **each.index, **metric)
            if len(indexes):
                # Of no rows: there is nothing to wait for.
                client.create_index(collection, indexes, sync=False)
            client.load_collection(collection, timeout=self._seconds)

        self._write(make)

    def insert(self, collection: str, rows: list[Row]) -> None:
        """Add rows with keys that no other row has."""
        if rows:
            self._write(lambda client: client.insert(collection, rows, retry_times=0))

    def delete(self, collection: str, where: str) -> None:
        """Remove the rows that a condition holds for. It may be done again."""
        self._write(lambda client: client.delete(collection, filter=where, retry_times=0))

    def drop(self, collection: str) -> None:
        """Remove a collection."""
        self._write(lambda client: client.drop_collection(collection))

    # Connecting

    def close(self) -> None:
        """Close the connection; what comes later makes a new one."""
        with self._changing:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _read(self, work: Callable[[Any], Result], collection: str = "") -> Result:
        # After a restart the connection is broken, and on a new one the collection not loaded.
        may_connect, may_load = True, bool(collection)
        while True:
            fresh = self._client is None
            try:
                with telling(self.address):
                    return work(self._connected())
            except _Released:
                if not may_load:
                    raise
                may_load = False
                with telling(self.address):
                    self._connected().load_collection(collection, timeout=self._seconds)
            except _Broken:
                self.close()
                if fresh or not may_connect:
                    raise
                may_connect = False

    def _write(self, work: Callable[[Any], Result]) -> Result:
        with telling(self.address):
            return work(self._connected())

    def _connected(self) -> Any:
        with self._changing:
            if self._client is None:
                client = _connect(self.address, self._seconds)
                try:
                    self._version = _checked(client.get_server_version(), self.address)
                except BaseException:
                    client.close()
                    raise
                self._client = client
            return self._client


_SIZES = {"VARCHAR": "max_length", "FLOAT_VECTOR": "dim"}


def _connect(address: Address, seconds: int) -> Any:
    deadlines = {"methodConfig": [{"name": [{}], "timeout": f"{seconds}s"}]}
    host = f"[{address.host}]" if ":" in address.host else address.host
    more: dict[str, Any] = {}
    if address.tls:
        more = {"server_pem_path": address.ca, "server_name": address.server_name}
    return pymilvus.MilvusClient(
        uri=f"{'https' if address.tls else 'http'}://{host}:{address.port}",
        token=address.token,
        db_name=address.database,
        timeout=address.connect_timeout or CONNECT_SECONDS,
        dedicated=True,
        # Deadlines are the channel's: given to a call, one would make it repeat until then.
        grpc_options={
            "grpc.service_config": json.dumps(deadlines),
            "grpc.use_local_subchannel_pool": 1,
            "grpc.keepalive_permit_without_calls": 0,
        },
        **more,
    )


def _checked(version: str, address: Address) -> str:
    """The version of a server that is new enough. Raises ``IndexIncompatible``."""
    lite = version.startswith("milvus_lite-")
    found = tuple(map(int, re.findall(r"\d+", version)[:3]))
    oldest = OLDEST_LITE if lite else OLDEST
    if found < oldest:
        name = "Milvus Lite" if lite else "Milvus"
        raise IndexIncompatible(
            f"the server of {address} is {name} {version.removeprefix('milvus_lite-')}, which is "
            f"too old; this program needs {'.'.join(map(str, oldest))} or later"
        )
    return f"{'Milvus Lite' if lite else 'Milvus'} {version.removeprefix('milvus_lite-')}"


class _Broken(IndexProblem):
    """The connection broke, so the server may answer on a new one."""


class _Released(IndexProblem):
    """A collection is not loaded, as after a restart."""


@contextmanager
def telling(address: Address) -> Iterator[None]:
    """Errors of the server as ``IndexProblem``, without a secret in them or behind them."""
    try:
        yield
    except (MilvusException, grpc.RpcError, grpc.FutureTimeoutError) as error:
        told = _told(address, error)
    else:
        return
    # Without its cause: a traceback would show what was sent.
    raise told from None


def _told(address: Address, error: Exception) -> IndexProblem:
    if isinstance(error, MilvusException) and isinstance(error.__cause__, grpc.RpcError):
        # While connecting, it tells nothing of the reason.
        error = error.__cause__
    code = error.code if isinstance(error, MilvusException) else getattr(error, "code", lambda: 0)()
    detail = error.message if isinstance(error, MilvusException) else _details(error)
    detail = " ".join(address.without_secrets(str(detail)).split())[:300]
    if "UNAUTHENTICATED" in str(code) or re.search(_UNKNOWN_USER, detail, re.IGNORECASE):
        return IndexProblem(
            f"{address} refuses this user; set MILVUS_TOKEN, or MILVUS_USER and MILVUS_PASSWORD"
        )
    for phrase, kind, form in _KINDS:
        if re.search(phrase, f"{code} {detail}", re.IGNORECASE):
            return kind(form.format(at=address, detail=detail))
    return IndexProblem(f"{address}: {detail}")


def _details(error: Exception) -> str:
    details = getattr(error, "details", None)
    return str(details()) if callable(details) else str(error)


_UNKNOWN_USER = "auth check fail|unauthenticated|invalid token"
_Kind = tuple[str, type[IndexProblem], str]
_KINDS: Iterable[_Kind] = (
    (
        "DEADLINE_EXCEEDED",
        IndexProblem,
        "{at} took too long; ask again, or see what keeps the server busy",
    ),
    (
        "fail connecting|server unavailable",
        _Broken,
        "cannot reach {at}: no server answers there; check that it runs and the address is right",
    ),
    (
        "failed to connect|connection refused|name resolution|DNS|no server answers",
        _Broken,
        "cannot reach {at}: no server answers there; check that it runs and the address is right",
    ),
    (
        "UNAVAILABLE|CANCELLED|connection reset|socket closed|closed channel|channel closed"
        "|create connection first",
        _Broken,
        "the connection to {at} broke; ask again, or see whether the server still runs",
    ),
    (
        "not loaded|is in state 'released'|collection not fully loaded",
        _Released,
        "{at} has not loaded the index: {detail}; ask again",
    ),
    (
        "database not found|database .* not exist",
        IndexMissing,
        "{at}: {detail}; create the database first",
    ),
    (
        "^100 |collection not found|can't find collection|collection .* does not exist",
        IndexMissing,
        "no index at {at}; make one with `qa index PATH --index ADDRESS`",
    ),
    (
        "quota|disk.*(full|exhaust)|no space left|memory.*(limit|exhaust)|RESOURCE_EXHAUSTED"
        "|rate ?limit",
        IndexNotWritable,
        "{at} has no room or is overloaded: {detail}; the index is as it was before",
    ),
    (
        "PERMISSION_DENIED|permission deny|permission denied|privilege",
        IndexNotWritable,
        "{at}: {detail}; grant this user what docs/milvus.md lists",
    ),
    (
        "not ready|starting|initializing|is not serving|stopping|node offline|no available",
        IndexProblem,
        "{at} is starting or stopping: {detail}; ask again",
    ),
    (
        "UNIMPLEMENTED",
        IndexIncompatible,
        "{at}: {detail}; the server is too old, or is none of Milvus",
    ),
)
"""What errors say, what is raised for them, and how it is told; the first that fits."""
