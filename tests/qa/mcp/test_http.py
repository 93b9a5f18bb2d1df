"""``qa mcp --http`` as a process."""

import http.client
import json
import signal
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest

import qa
from tests.qa.mcp.conftest import ASKED, UNANSWERED, Serve, Served
from tests.support.command import run_command

pytest.importorskip("mcp", reason="needs the extra mcp")

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from qa.mcp.http import LARGEST_BODY, is_loopback

TOKEN = "0123456789abcdef"
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
LIST = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()


def request(
    served: Served, method: str = "POST", body: bytes = LIST, **headers: str
) -> tuple[int, str]:
    place = urlsplit(served.url)
    connection = http.client.HTTPConnection(place.netloc, timeout=60)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, place.path, body, {**JSON, **named})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response.status, text


def ended(served: Served, number: int) -> tuple[int, str, str]:
    served.process.send_signal(number)
    printed, told = served.process.communicate(timeout=60)
    return served.process.returncode, printed, told


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_official_client_asks_two_questions_at_once(serve: Serve, mode: str) -> None:
    served = serve()

    async def main() -> None:
        results: dict[str, Any] = {}
        async with Client(served.url, mode=mode) as client:

            async def ask(question: str) -> None:
                results[question] = await client.call_tool("ask", {"question": question})

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask, ASKED)
                tasks.start_soon(ask, UNANSWERED)
        assert results[ASKED].structured_content["status"] == "answered"
        assert results[UNANSWERED].structured_content["status"] == "no_answer"

    anyio.run(main)
    assert ended(served, signal.SIGTERM) == (0, "", "")


def test_an_interrupt_ends_it(serve: Serve) -> None:
    assert ended(serve(), signal.SIGINT) == (130, "", "qa: interrupted\n")


def test_pages_of_other_sites_are_refused(serve: Serve) -> None:
    served = serve()
    port = urlsplit(served.url).port
    assert request(served)[0] == 200
    assert request(served, Host=f"localhost:{port}")[0] == 200
    assert request(served, Origin=f"http://localhost:{port}")[0] == 200
    assert request(served, Host=f"rebound.example:{port}")[0] == 421
    assert request(served, Host="127.0.0.1:1")[0] == 421
    assert request(served, Origin="http://evil.example")[0] == 403
    assert request(served, Origin="null")[0] == 403
    assert request(served, Content_Type="text/plain")[0] == 400


def test_only_small_json_is_taken_by_post(serve: Serve) -> None:
    served = serve()
    assert request(served, "GET")[0] == 405
    assert request(served, "DELETE")[0] == 405
    assert request(served, body=b"x" * (LARGEST_BODY + 1))[0] == 413
    status, text = request(served, body=b"rubbish")
    assert (status, json.loads(text)["error"]["code"]) == (400, -32700)
    assert request(served)[0] == 200


def test_a_token_is_asked_for(serve: Serve) -> None:
    served = serve(QA_TOKEN=TOKEN)
    assert request(served)[0] == 401
    assert request(served, Authorization=f"Bearer {TOKEN}x")[0] == 401
    assert request(served, Authorization=TOKEN)[0] == 401
    assert request(served, Authorization=f"Bearer {TOKEN}")[0] == 200

    async def main() -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            httpx2.AsyncClient(headers=headers) as requests,
            Client(streamable_http_client(served.url, http_client=requests)) as client,
        ):
            assert not (await client.call_tool("status", {})).is_error

    anyio.run(main)


def test_with_a_token_it_may_be_reached_by_any_name(serve: Serve) -> None:
    served = serve("--host", "0.0.0.0", QA_TOKEN=TOKEN)
    local = Served(served.url.replace("0.0.0.0", "127.0.0.1"), served.process)
    assert request(local)[0] == 401
    assert request(local, Authorization=f"Bearer {TOKEN}", Host="machine.example")[0] == 200


def test_a_client_that_leaves_does_not_end_it(serve: Serve) -> None:
    served = serve()
    place = urlsplit(served.url)
    params = {"name": "ask", "arguments": {"question": ASKED}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    body = json.dumps(call).encode()
    head = "\r\n".join(f"{name}: {value}" for name, value in JSON.items())
    for sent in (body, body[:20]):
        with socket.create_connection((str(place.hostname), int(place.port or 0))) as connection:
            start = f"POST /mcp HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\n"
            connection.sendall(f"{start}{head}\r\n\r\n".encode() + sent)
    assert request(served)[0] == 200
    assert ended(served, signal.SIGTERM) == (0, "", "")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--host", "0.0.0.0"], "0.0.0.0 can be reached from other machines; set a token"),
        (["--host", "::"], ":: can be reached from other machines; set a token"),
        (["--host", "nowhere.invalid"], "nowhere.invalid can be reached from other machines"),
        (["--port", "70000"], "'70000' is not a whole number from 0 to 65535"),
    ],
)
def test_where_it_cannot_serve_it_says_so(documents: Path, options: list[str], told: str) -> None:
    result = run_command("mcp", "--http", *options, folder=documents, stdin="")
    assert (result.returncode, result.stdout) == (2, "")
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_port_in_use_is_told(documents: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run_command("mcp", "--http", "--port", port, folder=documents)
    assert result.returncode == 2
    assert result.stderr == f"qa: cannot listen on 127.0.0.1, port {port}: Address already in use\n"


def test_a_short_token_is_refused(documents: Path) -> None:
    result = run_command("mcp", "--http", folder=documents, changes={"QA_TOKEN": "secret"})
    assert result.returncode == 2
    assert "the token is too short" in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("localhost", True),
        ("0.0.0.0", False), ("::", False), ("10.0.0.1", False), ("localhost.example", False),
    ],
)  # fmt: skip
def test_loopback_is_told_from_the_rest(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_the_documents_are_the_same(documents: Path) -> None:
    """No test above may have changed them."""
    with qa.open(documents / ".qa") as session:
        assert session.state().condition.fresh
