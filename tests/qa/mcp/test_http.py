"""``qa mcp --http`` as a process."""

import http.client
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import anyio
import pytest

import qa
from tests.qa.mcp.conftest import ASKED, TOKEN, UNANSWERED, Serve, Served
from tests.support.command import run_command

pytest.importorskip("mcp", reason="needs the extra mcp")

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

from qa.cli.tokens import token_given
from qa.mcp.http import LARGEST_BODY, is_loopback, listen

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
def test_the_official_client_asks_two_questions_at_once(local: Served, mode: str) -> None:
    async def main() -> None:
        results: dict[str, Any] = {}
        async with Client(local.url, mode=mode) as client:

            async def ask(question: str) -> None:
                results[question] = await client.call_tool("ask", {"question": question})

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(ask, ASKED)
                tasks.start_soon(ask, UNANSWERED)
        assert results[ASKED].structured_content["status"] == "answered"
        assert results[UNANSWERED].structured_content["status"] == "no_answer"

    anyio.run(main)


def test_an_interrupt_ends_it(serve: Serve) -> None:
    assert ended(serve(), signal.SIGINT) == (130, "", "qa: interrupted\n")


def test_pages_of_other_sites_are_refused(local: Served) -> None:
    port = urlsplit(local.url).port
    assert request(local)[0] == 200
    assert request(local, Host=f"localhost:{port}")[0] == 200
    assert request(local, Origin=f"http://localhost:{port}")[0] == 200
    assert request(local, Host=f"rebound.example:{port}")[0] == 421
    assert request(local, Host="127.0.0.1:1")[0] == 421
    assert request(local, Origin="http://evil.example")[0] == 403
    assert request(local, Origin="null")[0] == 403
    assert request(local, Content_Type="text/plain")[0] == 400


def test_only_small_json_is_taken_by_post(local: Served) -> None:
    assert request(local, "GET")[0] == 405
    assert request(local, "DELETE")[0] == 405
    assert request(local, body=b"", Content_Length=str(LARGEST_BODY + 1))[0] == 413
    status, text = request(local, body=b"rubbish")
    assert (status, json.loads(text)["error"]["code"]) == (400, -32700)
    assert request(local)[0] == 200


def test_a_token_is_asked_for(guarded: Served) -> None:
    assert request(guarded)[0] == 401
    assert request(guarded, Authorization=f"Bearer {TOKEN}x")[0] == 401
    assert request(guarded, Authorization=TOKEN)[0] == 401
    assert request(guarded, Authorization=f"Bearer {TOKEN}")[0] == 200
    assert request(guarded, Authorization=f"Bearer {TOKEN}", Host="machine.example")[0] == 200


def test_the_official_client_sends_the_token(guarded: Served) -> None:
    async def main() -> None:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with (
            httpx2.AsyncClient(headers=headers) as requests,
            Client(streamable_http_client(guarded.url, http_client=requests)) as client,
        ):
            assert not (await client.call_tool("status", {})).is_error

    anyio.run(main)


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


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "machine.example"])
def test_without_a_token_it_listens_on_loopback_alone(host: str) -> None:
    with pytest.raises(qa.InputError, match=f"whoever reaches {host} could read the documents"):
        listen(host, 0, guarded=False)


def test_a_token_may_lie_in_a_file(
    documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("QA_TOKEN", "x" * 20)
    assert token_given(str(tmp_path / "token")) == TOKEN
    assert "QA_TOKEN" not in os.environ
    (tmp_path / "short").write_text("secret")
    for name, told in (("none", "No such file or directory"), ("short", "fewer than 16")):
        options = ("--http", "--token-file", str(tmp_path / name))
        result = run_command("mcp", *options, folder=documents)
        assert (result.returncode, result.stdout) == (2, "")
        assert told in result.stderr


def test_a_port_in_use_is_told(documents: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = run_command("mcp", "--http", "--port", port, folder=documents)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"qa: cannot listen on 127.0.0.1, port {port}: Address already in use\n"


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
