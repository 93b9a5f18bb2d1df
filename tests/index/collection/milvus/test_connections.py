"""What servers refuse is told in one line, without a secret."""

from collections.abc import Iterator
from concurrent import futures
from types import SimpleNamespace
from typing import Any

import pytest

from qa_index.errors import (
    IndexIncompatible,
    IndexMissing,
    IndexNotWritable,
    IndexProblem,
)
from tests.support import milvus

if milvus.MISSING:
    pytest.skip(f"{milvus.MISSING} is not installed", allow_module_level=True)

import grpc

from qa_index.collection.milvus import connections
from qa_index.collection.milvus.address import Address
from qa_index.collection.milvus.client import MilvusException
from qa_index.collection.milvus.connections import Server, telling

SECRET = "s3cret-pa55"


class Refusing(grpc.GenericRpcHandler):  # type: ignore[misc]
    """A server that refuses every call."""

    def __init__(self) -> None:
        self.code = grpc.StatusCode.UNAUTHENTICATED
        self.detail = ""
        self.calls = 0

    def service(self, handler_call_details: Any) -> Any:
        def refuse(request: bytes, context: Any) -> bytes:
            self.calls += 1
            context.abort(self.code, self.detail)
            return b""

        return grpc.unary_unary_rpc_method_handler(refuse)


@pytest.fixture
def refusing() -> Iterator[tuple[Refusing, Server]]:
    handler = Refusing()
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    asked = Server(Address.parse(f"milvus://keeper:{SECRET}@127.0.0.1:{port}/x"))
    yield handler, asked
    asked.close()
    server.stop(0).wait()


@pytest.mark.parametrize(
    ("code", "detail", "kind", "told"),
    [
        ("UNAUTHENTICATED", f"auth check failure of {SECRET}", IndexProblem, "set MILVUS_TOKEN"),
        ("PERMISSION_DENIED", "permission deny", IndexNotWritable, "grant this user"),
        ("UNAVAILABLE", "", IndexProblem, "see whether the server still runs"),
        ("DEADLINE_EXCEEDED", "", IndexProblem, "took too long"),
        ("RESOURCE_EXHAUSTED", "message is too large", IndexNotWritable, "has no room or is over"),
        ("UNIMPLEMENTED", "unknown service", IndexIncompatible, "is none of Milvus"),
        ("INTERNAL", f"odd\nthing {SECRET}", IndexProblem, "odd thing ***"),
    ],
)
def test_a_refusal_is_one_line(
    refusing: tuple[Refusing, Server],
    code: str,
    detail: str,
    kind: type[IndexProblem],
    told: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    handler, server = refusing
    handler.code, handler.detail = getattr(grpc.StatusCode, code), detail
    with pytest.raises(kind) as raised:
        server.query("x_state", "fence >= 0", ["id"])
    error = raised.value
    assert told in str(error)
    assert "milvus://keeper@127.0.0.1:" in str(error)
    assert "\n" not in str(error)
    assert SECRET not in f"{error} {error.__cause__} {error.__context__ and error.__cause__}"
    assert error.__suppress_context__
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("code", "message", "kind", "told"),
    [
        (100, "can't find collection[database=default][collection=x]", IndexMissing, "no index at"),
        (800, "database not found[database=team]", IndexMissing, "create the database first"),
        (101, "collection not loaded", IndexProblem, "has not loaded the index"),
        (9, "quota exceeded[reason=memory quota exhausted]", IndexNotWritable, "has no room"),
        (9, "deny to write, reason: disk quota exhausted", IndexNotWritable, "has no room"),
        (8, "request is rejected by limiter: rate limit", IndexNotWritable, "overloaded"),
        (2, "service not ready[standalone=1]: Initializing", IndexProblem, "starting or stopping"),
        (65535, "something else", IndexProblem, "x: something else"),
    ],
)
def test_errors_of_milvus(code: int, message: str, kind: type[IndexProblem], told: str) -> None:
    with pytest.raises(kind) as raised, telling(Address.parse("milvus://db/x")):
        raise MilvusException(code, message)
    assert told in str(raised.value)


def test_what_writes_is_not_tried_again(refusing: tuple[Refusing, Server]) -> None:
    handler, server = refusing
    handler.code = grpc.StatusCode.UNAVAILABLE
    with pytest.raises(IndexProblem):
        server.collections()
    reading = handler.calls
    with pytest.raises(IndexProblem):
        server.insert("x_state", [{"id": 1}])
    assert handler.calls <= 2 * reading


def test_a_restarted_server_is_connected_to_and_loads_the_collection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each at most once, also if one reading needs both."""
    broken, released = (MilvusException(2, "channel closed"), MilvusException(101, "not loaded"))
    loaded: list[str] = []
    client = SimpleNamespace(
        close=lambda: None, load_collection=lambda name, timeout: loaded.append(name)
    )
    server = Server(Address.parse("milvus://db/x"))

    def connected() -> object:
        server._client = client
        return client

    monkeypatch.setattr(server, "_connected", connected)
    for errors, done in (
        ([broken, released], True),
        ([released, broken], True),
        ([broken, broken], False),
        ([released, broken, released], False),
    ):
        left = [*errors]
        connected()

        def work(_: object, left: list[MilvusException] = left) -> str:
            if left:
                raise left.pop(0)
            return "done"

        loaded.clear()
        if done:
            assert server._read(work, "x_data") == "done"
            assert loaded == ["x_data"]
        else:
            with pytest.raises(IndexProblem):
                server._read(work, "x_data")
            assert not left


def test_deadlines_are_those_of_reading_and_of_writing() -> None:
    address = Address.parse("milvus://db/x")
    assert Server(address)._seconds == connections.QUESTION_SECONDS
    assert Server(address, writes=True)._seconds == connections.WRITE_SECONDS
