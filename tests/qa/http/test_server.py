"""The command in its own process: how it starts, serves hard clients, and stops."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("uvicorn", reason="qa serve needs the extra: pip install '.[serve]'")

import qa
from tests.support.command import COMMAND, environment, run_command
from tests.support.served import PATIENCE, Served
from tests.support.web_annotation import check_collection

QUESTION = "How much oil is Pemex supposed to produce?"
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    with Served("--timeout", "60", folder=folder) as served:
        yield served


def test_it_answers_and_logs_nothing_of_the_question(served: Served) -> None:
    answer = served.ask(QUESTION, k=1)
    assert "1.8 million barrels" in answer["citations"][0]["quote"]
    entry = served.logged("/ask")
    assert (entry["status"], entry["client"], entry["method"]) == (200, "127.0.0.1", "POST")
    assert "Pemex" not in "\n".join(served.lines)


def test_an_answer_is_cited_as_web_annotations_which_it_finds_again(served: Served) -> None:
    body = {"question": QUESTION, "k": 2}
    status, collection = served.send("POST", "/ask/annotations", body)[:2]
    assert status == 200
    check_collection(collection)
    assert collection["total"] == 2
    assert "1.8 million barrels" in json.dumps(collection["first"]["items"][0])
    found = served.send("POST", "/verify", {"annotations": collection})[1]
    assert [each["verdict"] for each in found["targets"]] == ["same"] * 2
    assert served.logged("/ask/annotations")["status"] == 200
    assert "Pemex" not in "\n".join(served.lines)


def test_what_is_not_http_gets_an_error_of_the_same_form(served: Served) -> None:
    for sent in (b"\x16\x03\x01\x00\xa5\x01\x00\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 70_000):
        with served.raw() as client:
            client.sendall(sent)
            got = b"".join(iter(lambda client=client: _received(client), b""))  # type: ignore[misc]
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ")
        assert b"nosniff" in head
        assert json.loads(body)["error"]["code"] == "bad_request"
    assert served.send("GET", "/health/ready")[0] == 200


def _received(client: socket.socket) -> bytes:
    try:
        return client.recv(65536)
    except ConnectionResetError:
        return b""


def test_websockets_are_not_spoken(served: Served) -> None:
    headers = {"connection": "upgrade", "upgrade": "websocket", "sec-websocket-key": "x"}
    assert served.send("GET", "/ask", headers=headers)[0] == 405


def test_several_requests_share_a_connection(served: Served) -> None:
    connection = served.connection()
    for _ in range(3):
        connection.request("GET", "/health/live")
        assert connection.getresponse().read() == b'{"status":"live"}'
    connection.close()


def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    head = "GET {} HTTP/1.1\r\nHost: localhost\r\n{}\r\n"
    paths = ["/health/live", "/nothing", "/health/ready"]
    sent = [head.format(path, "") for path in paths[:-1]]
    sent.append(head.format(paths[-1], "Connection: close\r\n"))
    with served.raw() as client:
        client.sendall("".join(sent).encode())
        got = b"".join(iter(lambda: client.recv(65536), b""))
    assert [part[:3] for part in got.split(b"HTTP/1.1 ")[1:]] == [b"200", b"404", b"200"]


def test_clients_that_hang_up_do_no_harm(served: Served) -> None:
    for sent in (b"", b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n{"):
        for _ in range(20):
            with served.raw() as client:
                client.sendall(sent)
    assert served.ask(QUESTION)["status"] == "answered"


def test_a_new_generation_is_picked_up(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "seeds", tmp_path / "seeds")
    qa.index([tmp_path / "seeds"], into=tmp_path / ".qa")
    with Served(folder=tmp_path) as served:
        assert served.ask(QUESTION)["index"]["generation"] == 1
        (tmp_path / "seeds" / "new.txt").write_text("The mill was built by Anna Kessler in 1788.")
        qa.index(into=tmp_path / ".qa")
        answer = served.ask("Who built the mill?")
        assert answer["index"]["generation"] == 2
        assert answer["citations"][0]["source"]["path"] == "seeds/new.txt"
        assert served.send("GET", "/status")[1]["generation"] == 2
        assert served.stop()[0] == 0


def test_files_are_watched_meanwhile(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder / "seeds", tmp_path / "seeds")
    qa.index([tmp_path / "seeds"], into=tmp_path / ".qa")
    with Served("--watch", folder=tmp_path) as served:
        (tmp_path / "seeds" / "new.txt").write_text("The mill was built by Anna Kessler in 1788.")
        until = time.monotonic() + PATIENCE
        while served.send("GET", "/status")[1]["generation"] == 1:
            assert time.monotonic() < until, served.lines
            time.sleep(0.2)
        answer = served.ask("Who built the mill?")
        assert answer["citations"][0]["source"]["path"] == "seeds/new.txt"
        assert served.stop()[0] == 0


@pytest.mark.parametrize(("sign", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_stops_when_told_to(folder: Path, sign: signal.Signals, code: int) -> None:
    with Served(folder=folder) as served, served.raw():  # a client that is connected and silent
        served.ask(QUESTION)
        assert served.stop(sign) == (code, "")
        assert served.lines[-1] == ("qa: stopped" if code == 0 else "qa: interrupted")


def test_paths_are_indexed_first_and_served_alone(folder: Path, tmp_path: Path) -> None:
    with Served("seeds", "--quiet", folder=folder, QA_CACHE=str(tmp_path)) as served:
        paths = {each["source"]["path"] for each in served.ask("lighthouse", k=50)["citations"]}
        assert paths
        assert all(path.startswith("seeds/") for path in paths)
        assert served.stop()[0] == 0
        assert served.lines == [f"qa: listening at http://127.0.0.1:{served.port}"]


def test_a_token_of_a_file_is_needed_everywhere(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    arguments = ("--host", "0.0.0.0", "--token-file", str(tmp_path / "token"))
    with Served(*arguments, folder=folder) as served:
        body = {"question": QUESTION}
        assert served.send("POST", "/ask", body)[0] == 401
        for sent, status in ((TOKEN, 200), (TOKEN + "0", 401)):
            headers = {"authorization": f"Bearer {sent}"}
            assert served.send("POST", "/ask", body, headers)[0] == status
        served.stop()
        assert TOKEN not in "\n".join(served.lines)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_token_of_the_environment_is_not_handed_on(folder: Path) -> None:
    """Processes that parse files do not get it."""
    with Served(folder=folder, QA_TOKEN=TOKEN) as served:
        headers = {"authorization": f"Bearer {TOKEN}"}
        assert served.send("GET", "/status")[0] == 401
        _, answer = served.send("POST", "/ask", {"question": "lighthouse"}, headers)
        sha256 = next(
            each["source"]["sha256"]
            for each in answer["citations"]
            if each["source"]["path"].endswith(".pdf")
        )
        connection = served.connection()
        connection.request("GET", f"/documents/{sha256}/page/1", headers=headers)
        assert connection.getresponse().read().startswith(b"\x89PNG")
        connection.close()
        children = Path(f"/proc/{served.pid}/task/{served.pid}/children").read_text().split()
        environments = [Path(f"/proc/{child}/environ").read_bytes() for child in children]
        assert not any(TOKEN.encode() in each for each in environments)


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--host", "0.0.0.0"], 2, "give a token with --token-file or $QA_TOKEN"),
        (["--token-file", "none"], 2, "cannot read the token in none"),
        (["--timeout", "0"], 2, "--timeout is a number of seconds"),
        (["--timeout", "nan"], 2, "is not a number"),
        (["--port", "70000"], 2, "is not a whole number from 0 to 65535"),
        (["--allow-origin", "*"], 2, "* is no origin"),
        (["--allow-host", "http://x"], 2, "is no name of a host"),
        (["--index", "none"], 3, "no index"),
        (["nothing.txt"], 2, "no such file or folder"),
    ],
)
def test_what_it_does_not_start_with(
    folder: Path, arguments: list[str], code: int, told: str
) -> None:
    done = run_command("serve", *arguments, folder=folder)
    assert (done.returncode, done.stdout) == (code, "")
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", [["serve"], ["mcp", "--http"]])
def test_an_empty_token_is_refused(folder: Path, command: list[str]) -> None:
    done = run_command(*command, folder=folder, changes={"QA_TOKEN": ""})
    assert done.returncode == 2
    assert "the token in $QA_TOKEN has fewer than 16 characters" in done.stderr


def test_a_weak_token_is_refused_and_not_repeated(folder: Path) -> None:
    done = run_command("serve", folder=folder, changes={"QA_TOKEN": "swordfish"})
    assert done.returncode == 2
    assert "the token in $QA_TOKEN has fewer than 16 characters" in done.stderr
    assert "swordfish" not in done.stderr


def test_an_address_in_use_is_told(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run_command("serve", "--port", str(port), folder=folder)
    assert done.returncode == 2
    assert f"cannot listen at 127.0.0.1:{port}: address already in use" in done.stderr


def test_the_missing_extra_is_named(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "uvicorn.py").write_text("raise ImportError('no', name='uvicorn')")
    variables = environment()
    variables["PYTHONPATH"] = os.pathsep.join([str(tmp_path), variables["PYTHONPATH"]])
    done = run_command("serve", folder=folder, changes=variables)
    assert done.returncode == 2
    assert done.stderr == (
        "qa: qa serve needs uvicorn, which is not installed: pip install 'grounded-qa[serve]'\n"
    )


def test_serving_loads_nothing_heavy(folder: Path) -> None:
    code = (
        "import sys, qa, qa.cli.commands.serve, qa.http.server\n"
        "with qa.open('.qa') as s: s.ask('Who?')\n"
        "print(*{n.split('.')[0] for n in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert not {"torch", "transformers", "scipy", "rich"} & set(done.stdout.split())


def test_the_help_names_every_option() -> None:
    done = subprocess.run(
        [*COMMAND, "serve", "--help"],
        env=environment(COLUMNS="200"),
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    for option in ("--host", "--port", "--token-file", "--max-concurrency", "--allow-origin"):
        assert option in done.stdout
