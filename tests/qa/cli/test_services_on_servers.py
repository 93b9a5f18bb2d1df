"""What runs for long over an index in PostgreSQL, whose server dies midway and comes back."""

import json
import signal
from collections.abc import Iterator

import pytest

pytest.importorskip("mcp", reason="needs the extra mcp")
pytest.importorskip("uvicorn", reason="needs the extra serve")

from tests.qa.cli.test_watch import Watch
from tests.qa.mcp.test_stdio import Server
from tests.support import postgres
from tests.support.command import COMMAND
from tests.support.places import QUESTION, SECRET, Place
from tests.support.served import Served

pytestmark = pytest.mark.skipif(
    bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed"
)

ANOTHER = "Which treaty did the lighthouse keeper sign?"
"""Needs words that nobody asked for before, and so the server."""


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    server = postgres.Server()
    server.start()
    server.execute(f"CREATE ROLE keeper LOGIN SUPERUSER PASSWORD '{SECRET}'")
    yield server
    server.remove()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, server: postgres.Server) -> Iterator[Place]:
    place = Place(tmp_path_factory.mktemp("services"), server.new_database("services"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("QA_DATA", str(place.folder / "data"))
        made = place.run("index", "seeds", "--model", "minilm", "--index", place.address)
        assert made.returncode == 0, made.stderr
        yield place


def test_the_service_answers_again(place: Place, server: postgres.Server) -> None:
    with Served("--index", place.address, folder=place.folder) as served:
        before = served.ask(QUESTION)
        assert before["status"] == "answered"
        server.kill()
        status, told = served.send("POST", "/ask", {"question": ANOTHER})
        assert (status, told["error"]["code"]) == (503, "index_unavailable")
        assert place.told in told["error"]["message"]
        assert served.send("GET", "/health/live")[0] == 200
        server.start()
        assert served.ask(QUESTION)["citations"] == before["citations"]
        assert served.ask(ANOTHER)["index"] == before["index"]
        # What another program writes there is followed.
        (place.folder / "more").mkdir()
        (place.folder / "more" / "tide.txt").write_text("The tide tables are kept by Ines.")
        assert place.run("index", "more", "--index", place.address).returncode == 0
        assert "Ines" in served.ask("Who keeps the tide tables?")["citations"][0]["quote"]
        assert served.stop()[0] == 0
        assert SECRET not in json.dumps([served.lines, told])


def test_the_tools_answer_again(place: Place, server: postgres.Server) -> None:
    tools = Server(place.folder, *COMMAND, "mcp", "--index", place.address)
    try:
        before = tools.call("ask", question=QUESTION)["structuredContent"]
        assert before["status"] == "answered"
        server.kill()
        told = tools.call("ask", question=ANOTHER)
        assert told["isError"]
        assert place.told in told["content"][0]["text"]
        server.start()
        after = tools.call("ask", question=QUESTION)["structuredContent"]
        assert after["citations"] == before["citations"]
        code, _, notes = tools.end()
        assert code == 0
        assert SECRET not in notes + json.dumps(told)
    finally:
        tools.close()


def test_the_index_is_kept_up_to_date_again(place: Place, server: postgres.Server) -> None:
    watch = Watch(place.folder, "--index", place.address)
    try:
        assert watch.told().startswith("up to date: ")
        watching = watch.told()
        assert watching.startswith("watching ")
        server.kill()
        (place.folder / "seeds" / "ferry.txt").write_text("The ferry leaves at nine.")
        assert watch.told().startswith(f"waiting: cannot reach {place.told}: ")
        server.start()
        # Once it is back; nothing is told meanwhile.
        assert watch.told().startswith("added seeds/ferry.txt (")
        (place.folder / "seeds" / "ferry.txt").unlink()
        assert watch.told().startswith("removed seeds/ferry.txt (")
        assert watch.end(signal.SIGTERM) == (0, "qa: stopped\n")
    finally:
        watch.process.kill()
        watch.process.wait()
