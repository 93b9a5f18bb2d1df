"""``qa mcp`` as a process on pipes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import pytest

import qa
from tests.qa.mcp.conftest import ASKED, without_extra
from tests.support.command import COMMAND, environment, run_command

pytest.importorskip("mcp", reason="needs the extra mcp")

from mcp.client import Client
from mcp.client.stdio import StdioServerParameters

from qa.mcp.stdio import LONGEST_LINE

NOISY = """\
import ctypes, logging, os, subprocess, sys
import qa
asked = qa.Session.ask
def ask(*arguments, **options):
    print("printed by Python")
    os.write(1, b"written to the descriptor")
    ctypes.CDLL(None).puts(b"put by C")
    subprocess.run(["echo", "echoed by a child"], check=True)
    print("from standard input:", repr(sys.stdin.read()), file=sys.stderr)
    logging.getLogger("qa").warning("logged")
    return asked(*arguments, **options)
qa.Session.ask = ask
from qa.cli import main
sys.exit(main(["mcp"]))
"""
"""The command with a library that prints wherever it can."""


class Server:
    """The command, spoken to in lines."""

    def __init__(self, folder: Path, *command: str) -> None:
        self.process = subprocess.Popen(
            command or [*COMMAND, "mcp"],
            cwd=folder,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        start = {"protocolVersion": "2025-06-18", "capabilities": {}}
        self.request("initialize", {**start, "clientInfo": {"name": "test", "version": "1"}})
        self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: dict[str, Any]) -> None:
        self.write(json.dumps(message).encode() + b"\n")

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout
        received: dict[str, Any] = json.loads(self.process.stdout.readline())
        return received

    def request(self, method: str, params: dict[str, Any], number: Any = 1) -> dict[str, Any]:
        self.send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        return self.receive()

    def call(self, tool: str, **given: Any) -> dict[str, Any]:
        result: dict[str, Any] = self.request("tools/call", {"name": tool, "arguments": given})
        return result["result"]  # type: ignore[no-any-return]

    def close(self) -> None:
        """Kills it."""
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):  # what was written, but not taken
                    stream.close()

    def end(self) -> tuple[int, str, str]:
        """Closes its input; exit code, and what else it printed."""
        printed, told = self.process.communicate(timeout=60)
        return self.process.returncode, printed.decode(), told.decode()


Start = Callable[..., Server]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers, which end with the test."""
    started: list[Server] = []

    def starting(folder: Path, *command: str) -> Server:
        started.append(Server(folder, *command))
        return started[-1]

    yield starting
    for server in started:
        server.close()


@pytest.fixture
def server(start: Start, documents: Path) -> Server:
    return start(documents)


def test_the_official_client_asks(documents: Path) -> None:
    command, *arguments = COMMAND
    parameters = StdioServerParameters(
        command=command, args=[*arguments, "mcp"], cwd=documents, env=environment()
    )

    async def main() -> None:
        async with Client(parameters) as client:
            answer = await client.call_tool("ask", {"question": ASKED})
            data = answer.structured_content
            assert data["status"] == "answered"
            shown = await client.call_tool("show", {"passage": data["citations"][0]["id"]})
            assert shown.structured_content["quote"] == data["citations"][0]["quote"]

    anyio.run(main)


def test_nothing_but_the_protocol_comes_out(start: Start, documents: Path) -> None:
    server = start(documents, sys.executable, "-c", NOISY)
    assert server.call("ask", question=ASKED)["structuredContent"]["status"] == "answered"
    code, printed, told = server.end()
    assert (code, printed) == (0, "")
    for noise in (
        "printed by Python",
        "written to the descriptor",
        "echoed by a child",
        "put by C",
        "from standard input: ''",
        "qa: warning: logged",
    ):
        assert noise in told


def test_rubbish_is_refused_and_the_next_question_answered(server: Server) -> None:
    for rubbish in (
        b"rubbish",
        b"[]",
        b"{}",
        b"\x00\xff",
        b"[" * 100_000,
        b'"' + b"x" * 2 * LONGEST_LINE + b'"',
    ):
        server.write(rubbish + b"\n")
        refused = server.receive()
        assert refused["id"] is None
        assert refused["error"]["code"] == -32700
    server.write(b"\n \r\n")
    cut_in_the_middle_of_a_character = f"{ASKED} \ud83d"
    result = server.call("ask", question=cut_in_the_middle_of_a_character)
    assert result["structuredContent"]["status"] == "answered"
    assert server.end() == (0, "", "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signals_end_it_while_it_waits(server: Server, number: int, code: int) -> None:
    server.process.send_signal(number)
    assert server.process.wait(timeout=60) == code


def test_a_client_that_leaves_before_its_answer(server: Server) -> None:
    params = {"name": "ask", "arguments": {"question": ASKED}}
    assert server.process.stdout
    server.process.stdout.close()
    server.send({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params})
    assert server.process.wait(timeout=60) == 0
    assert server.process.stderr
    assert server.process.stderr.read() == b""


def test_without_an_index_it_says_so(tmp_path: Path) -> None:
    result = run_command("mcp", folder=tmp_path, stdin="")
    assert (result.returncode, result.stdout) == (3, "")
    assert result.stderr.startswith("qa: no index in ")


def test_without_the_extra_it_says_what_to_install(documents: Path, tmp_path: Path) -> None:
    result = run_command("mcp", folder=documents, changes=without_extra(tmp_path))
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == (
        "qa: qa mcp needs packages that are not installed: pip install 'grounded-qa[mcp]'\n"
    )


def test_a_name_that_is_not_utf8_does_not_end_it(start: Start, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("The mayor of Beldorf is Ada Hull.")
    (tmp_path / "town.txt").write_text("The mayor of Beldorf is Ada Hull.")
    qa.index(tmp_path, into=tmp_path / ".qa")
    server = start(tmp_path)
    (skipped,) = server.call("status")["structuredContent"]["skipped"]
    assert skipped == {"path": "caf?.txt", "reason": "its name is not valid UTF-8"}
    assert server.end() == (0, "", "")
