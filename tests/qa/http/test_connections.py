"""Limits of single connections, on a real server with short times."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")

import uvicorn

from qa.http.connections import limited
from qa.http.settings import Limits
from tests.support.served import PATIENCE

LIMITS = Limits(transfer=0.5, seconds=0.5, connections=4)
LARGE = b"x" * (32 << 20)
"""More than fits into the buffers between two ends of a connection."""


async def application(scope: dict[str, str], receive: object, send: object) -> None:
    """Sends a large body, or nothing ever."""
    if scope["path"] == "/never":
        await asyncio.sleep(PATIENCE)
    start = {"type": "http.response.start", "status": 200, "headers": []}
    body = LARGE if scope["path"] == "/large" else b"ok"
    for message in (start, {"type": "http.response.body", "body": body}):
        await send(message)  # type: ignore[operator]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        configuration = uvicorn.Config(
            application, http=limited(LIMITS), lifespan="off", ws="none", log_config=None
        )
        server = uvicorn.Server(configuration)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = server.force_exit = True
        thread.join(PATIENCE)


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def ends(client: socket.socket) -> bool:
    """Whether the server closes the connection; waits for it."""
    try:
        while client.recv(1 << 20):
            pass
    except ConnectionError:
        pass
    return True


REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n"


def test_a_client_that_sends_nothing_is_left(port: int) -> None:
    with connected(port) as client:
        assert ends(client)


def test_a_head_that_drips_is_left(port: int) -> None:
    began = time.monotonic()
    with connected(port) as client:
        try:
            while time.monotonic() < began + PATIENCE:
                client.sendall(b"X-A: b\r\n" if time.monotonic() > began else REQUEST)
                time.sleep(0.1)
        except ConnectionError:
            return
    pytest.fail("it waited for ever")


def test_a_second_head_that_drips_is_left_too(port: int) -> None:
    with connected(port) as client:
        client.sendall(REQUEST + b"\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 200")
        client.sendall(REQUEST)
        assert ends(client)


def test_a_response_that_is_not_read_is_dropped(port: int) -> None:
    with connected(port) as client:
        client.sendall(REQUEST.replace(b"/ ", b"/large ") + b"\r\n")
        time.sleep(4 * LIMITS.seconds)
        got = 0
        try:
            while part := client.recv(1 << 20):
                got += len(part)
        except ConnectionError:
            pass
    assert got < len(LARGE)


def test_a_request_that_never_ends_is_dropped(port: int) -> None:
    with connected(port) as client:
        client.sendall(REQUEST.replace(b"/ ", b"/never ") + b"\r\n")
        assert ends(client)


def test_too_many_connections_are_closed_and_places_come_free(port: int) -> None:
    clients = [connected(port) for _ in range(LIMITS.connections + 2)]
    assert ends(clients[-1])
    for client in clients:
        client.close()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with connected(port) as client:
            try:
                client.sendall(REQUEST + b"\r\n")
                if client.recv(1000).startswith(b"HTTP/1.1 200"):
                    return
            except ConnectionError:
                pass
    pytest.fail("no place came free")


def test_what_is_not_http_is_refused_in_json(port: int) -> None:
    with connected(port) as client:
        client.sendall(b"EHLO x\r\n\r\n")
        received = b"".join(iter(lambda: client.recv(10_000), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"content-security-policy" in head
    assert json.loads(body)["error"]["code"] == "bad_request"
