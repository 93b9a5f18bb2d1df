"""Limits of bodies, time and concurrency; each refusal tells what to do."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")

import qa
from qa.http.bodies import Bodies
from qa.http.settings import Limits, Settings
from qa.http.workers import Busy, TooSlow, Workers
from tests.qa.http.conftest import Serve, error_of

if TYPE_CHECKING:
    from starlette.testclient import TestClient
    from starlette.types import Message, Receive, Scope, Send

LIMITS = Limits(body=1000, transfer=0.2)
JSON = {"content-type": "application/json"}


def test_large_bodies_are_refused(serve: Serve) -> None:
    client = serve(Settings(limits=LIMITS))
    told = client.post("/ask", content=b"x" * 1001, headers=JSON)
    assert error_of(told) == (413, "body_too_large", "the body is larger than 1,000 bytes")
    assert told.headers["connection"] == "close"

    def parts() -> Iterator[bytes]:
        yield from [b"x" * 400] * 3

    assert error_of(client.post("/ask", content=parts(), headers=JSON))[0] == 413
    assert client.post("/ask", content=b" " * 999, headers=JSON).status_code == 400


def served(messages: "Receive", headers: list[tuple[bytes, bytes]] | None = None) -> Any:
    """Status and headers that a request gets whose body arrives as ``messages``."""
    sent: list[Message] = []
    reached: list[bytes] = []

    async def app(scope: "Scope", receive: "Receive", send: "Send") -> None:
        reached.append((await receive())["body"])

    async def send(message: "Message") -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers or []}
    asyncio.run(Bodies(app, limits=LIMITS)(scope, messages, send))
    return [message["status"] for message in sent if "status" in message], reached


def test_slow_bodies_are_refused() -> None:
    async def drip() -> "Message":
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    assert served(drip) == ([408], [])


def test_a_body_is_handed_on_whole() -> None:
    parts = iter([b"one", b"", b"two"])

    async def receive() -> "Message":
        part = next(parts)
        return {"type": "http.request", "body": part, "more_body": part != b"two"}

    assert served(receive) == ([], [b"onetwo"])


def test_a_client_that_hangs_up_gets_nothing() -> None:
    async def receive() -> "Message":
        return {"type": "http.disconnect"}

    assert served(receive) == ([], [])


def test_a_length_that_is_no_number_is_refused() -> None:
    async def receive() -> "Message":
        raise AssertionError("the body is not read")

    assert served(receive, [(b"content-length", b"x")]) == ([413], [])


class Slow:
    """A session whose answers wait until they are let go."""

    def __init__(self, session: qa.Session) -> None:
        self._session = session
        self.index = session.pinned().index
        self.go = threading.Event()
        self.asked = threading.Semaphore(0)

    def pinned(self) -> "Slow":
        return self

    def ask(self, question: str, **options: Any) -> qa.Answer:
        self.asked.release()
        self.go.wait(30)
        return self._session.ask(question, **options)


@pytest.fixture
def slow(session: qa.Session) -> Iterator[Slow]:
    made = Slow(session)
    yield made
    made.go.set()


def test_too_many_requests_are_refused(serve: Serve, slow: Slow) -> None:
    client = serve(Settings(limits=Limits(concurrency=1, queue=1)), over=slow)

    def ask(_: int) -> int:
        return client.post("/ask", json={"question": "Who?"}).status_code

    with client, ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(ask, 0)]
        slow.asked.acquire()  # the first one is in work
        waiting.append(pool.submit(ask, 1))
        while pending(client) < 2:
            pass
        refused = client.post("/ask", json={"question": "Who?"})
        slow.go.set()
        assert [each.result() for each in waiting] == [200, 200]
    assert error_of(refused)[:2] == (503, "busy")
    assert refused.headers["retry-after"] == "1"


def pending(client: "TestClient") -> float:
    """The number in the metrics, which need no worker."""
    lines = client.get("/metrics").text.splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("qa_work_pending")))


def test_an_answer_that_takes_too_long_is_given_up(serve: Serve, slow: Slow) -> None:
    client = serve(Settings(limits=Limits(seconds=0.05)), over=slow)
    response = client.post("/ask", json={"question": "Who?"})
    assert error_of(response) == (504, "timeout", "no answer within 0.05 seconds; try again")


def test_workers_count_what_runs_and_waits() -> None:
    go = threading.Event()

    async def run() -> None:
        workers = Workers(1, queue=1)
        first, second = (
            asyncio.create_task(workers.run(lambda: go.wait(30), seconds=30)) for _ in range(2)
        )
        await asyncio.sleep(0)
        assert workers.pending == 2
        with pytest.raises(Busy):
            await workers.run(lambda: 1, seconds=30)
        go.set()
        assert await first
        assert await second
        while workers.pending:
            await asyncio.sleep(0)
        assert await workers.run(lambda: 5, seconds=30) == 5
        workers.close()

    asyncio.run(run())


def test_work_that_is_given_up_keeps_its_place_until_it_ends() -> None:
    go = threading.Event()

    async def run() -> None:
        workers = Workers(1, queue=1)
        with pytest.raises(TooSlow):
            await workers.run(lambda: go.wait(30), seconds=0.01)
        assert workers.pending == 1
        with pytest.raises(TooSlow):  # it waits, and is dropped
            await workers.run(lambda: pytest.fail("it was dropped"), seconds=0.01)
        while workers.pending > 1:
            await asyncio.sleep(0)
        go.set()
        while workers.pending:
            await asyncio.sleep(0.01)
        workers.close()

    asyncio.run(run())


def test_errors_of_work_are_raised() -> None:
    async def run() -> None:
        workers = Workers(1, queue=0)
        with pytest.raises(TimeoutError):  # of the work itself
            await workers.run(_raise, seconds=30)
        workers.close()

    asyncio.run(run())


def _raise() -> None:
    raise TimeoutError
