"""An index in Milvus named by its address: the command as a process, over Milvus Lite."""

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support import milvus, postgres
from tests.support.places import (
    QUESTION,
    SECRET,
    Place,
    assert_answers_are_the_same,
    assert_status_is_told,
    placed,
)

pytestmark = pytest.mark.skipif(bool(milvus.MISSING), reason=f"{milvus.MISSING} is not installed")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    # Milvus Lite has no users: it lets everybody in.
    yield from placed(tmp_path_factory.mktemp("command"), milvus.server().new_index("command"))


def test_the_answers_are_the_same(place: Place) -> None:
    assert_answers_are_the_same(place)


def test_an_answer_looks_for_copies_of_its_quotes_once(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qa_index.collection.milvus.connections import Server

    asked: list[list[str]] = []
    query = Server.query

    def seen(server: Server, collection: str, where: str, fields: Any, **more: Any) -> Any:
        if "text_key" in where:
            asked.append(list(fields))
        return query(server, collection, where, fields, **more)

    monkeypatch.setattr(Server, "query", seen)
    [answer] = place.answers(place.address, [QUESTION])
    assert len(answer["citations"]) == 5
    assert asked == [["id", "text_key"]]


def test_status_tells_the_state_of_the_engine(place: Place) -> None:
    assert_status_is_told(place)
    shown = place.run("status", QA_INDEX=place.told, MILVUS_PASSWORD=SECRET)
    assert f"index      {place.told}, " in shown.stdout
    assert "server     Milvus Lite 3." in shown.stdout


def test_an_index_is_updated_there_and_copied_back(place: Place) -> None:
    there = milvus.server().new_index("updated")
    assert place.run("copy", ".qa", there).returncode == 0
    (place.folder / "more").mkdir()
    (place.folder / "more" / "tide.txt").write_text("The tide tables of Genoa are kept by Ines.")
    assert "1 added" in place.run("index", "more", "--index", there).stdout
    assert place.run("index", "--index", there).stdout.startswith("up to date: 5 documents")
    assert "Ines" in place.run("ask", "Who keeps the tide tables?", "--index", there).stdout
    assert json.loads(place.run("copy", there, "back", "--json").stdout)["documents"] == 5
    asked = ["Who keeps the tide tables?", QUESTION]
    assert place.answers("back", asked) == place.answers(there, asked)
    refused = place.run("copy", "back", there)
    assert refused.returncode == 2
    assert refused.stderr.endswith("replace it with --replace\n")


@pytest.mark.skipif(bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed")
def test_an_index_is_copied_between_servers(place: Place) -> None:
    other = postgres.server().new_database("between")
    again = milvus.server().new_index("again")
    for first, second in ((place.address, other), (other, again)):
        assert place.run("copy", first, second).returncode == 0
    asked = [QUESTION, "Who heads the forum?"]
    assert place.answers(again, asked) == place.answers(other, asked) == place.answers(".qa", asked)


class TestErrors:
    """One line that names the place and the remedy, exit code 3, and never a password."""

    def test_no_server(self, place: Place) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        for more in ((), ("--verbose",)):
            address = f"milvus://keeper:{SECRET}@127.0.0.1:{port}/command"
            told = place.run("ask", QUESTION, "--index", address, *more)
            assert (told.returncode, told.stdout) == (3, "")
            last = told.stderr.splitlines()[-1]
            assert last.startswith(f"qa: cannot reach milvus://keeper@127.0.0.1:{port}/command")
            assert last.endswith("check that it runs and the address is right")
            assert len(told.stderr.splitlines()) == 1 or more

    def test_a_server_that_does_not_answer(self, place: Place) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            address = f"milvus://127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2"
            told = place.run("ask", QUESTION, "--index", address)
        assert told.returncode == 3
        assert "/x?connect_timeout=2" in told.stderr
        assert len(told.stderr.splitlines()) == 1

    def test_no_index(self, place: Place) -> None:
        empty = place.run("ask", QUESTION, "--index", milvus.server().address("empty"))
        assert (empty.returncode, empty.stdout) == (3, "")
        assert empty.stderr.startswith("qa: no index at milvus://127.0.0.1:")
        assert len(empty.stderr.splitlines()) == 1

    def test_an_address_that_is_none(self, place: Place) -> None:
        told = place.run("ask", QUESTION, "--index", f"milvus://keeper:{SECRET}@db", "--verbose")
        assert (told.returncode, told.stdout) == (2, "")
        assert told.stderr.splitlines()[-1].startswith("qa: the name of the index in the address")
