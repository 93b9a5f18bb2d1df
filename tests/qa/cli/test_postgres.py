"""An index named by its address: the command as a process, over a real server."""

import json
import socket
from collections.abc import Iterator

import pytest

import qa
from tests.support import postgres
from tests.support.places import (
    QUESTION,
    SECRET,
    Place,
    assert_answers_are_the_same,
    assert_status_is_told,
    placed,
)

pytestmark = pytest.mark.skipif(
    bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed"
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    server = postgres.server()
    server.execute("DROP ROLE IF EXISTS keeper")
    server.execute(f"CREATE ROLE keeper LOGIN SUPERUSER PASSWORD '{SECRET}'")
    yield from placed(tmp_path_factory.mktemp("command"), server.new_database("command"))


def test_the_answers_are_the_same(place: Place) -> None:
    assert_answers_are_the_same(place)


def test_a_password_may_come_from_the_environment_or_a_file(place: Place) -> None:
    (place.folder / "pass").write_text(f"127.0.0.1:*:*:keeper:{SECRET}\n")
    (place.folder / "pass").chmod(0o600)
    for changes in ({"PGPASSWORD": SECRET}, {"PGPASSFILE": str(place.folder / "pass")}):
        asked = place.run("status", QA_INDEX=place.told, **changes)
        assert asked.returncode == 0
        assert f"index      {place.told}, " in asked.stdout
        assert "server     PostgreSQL 18." in asked.stdout


def test_status_tells_the_state_of_the_engine(place: Place) -> None:
    assert_status_is_told(place)


def test_an_index_is_updated_there_and_copied_back(place: Place) -> None:
    place.run("copy", ".qa", f"{place.address}?schema=updated")
    there = f"{place.address}?schema=updated"
    assert place.run("index", "--index", there).stdout.startswith("up to date: 4 documents")
    (place.folder / "more").mkdir()
    (place.folder / "more" / "tide.txt").write_text("The tide tables of Genoa are kept by Ines.")
    added = place.run("index", "more", "--index", there)
    assert "1 added" in added.stdout
    assert "Ines" in place.run("ask", "Who keeps the tide tables?", "--index", there).stdout
    back = place.run("copy", there, "back", "--json")
    report = json.loads(back.stdout)
    assert (report["schema"], report["documents"]) == ("qa.copy/1", 5)
    assert report["source"] == f"{place.told}?schema=updated"
    asked = ["Who keeps the tide tables?", QUESTION]
    assert place.answers("back", asked) == place.answers(there, asked)
    refused = place.run("copy", there, "back")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.endswith("replace it with --replace\n")
    assert place.run("copy", there, "back", "--replace", "--quiet").returncode == 0


def test_a_copy_elsewhere_names_the_same_files(place: Place) -> None:
    (place.folder / "far").mkdir(exist_ok=True)
    assert place.run("copy", ".qa", "far/.qa").returncode == 0
    with qa.open(place.folder / "far" / ".qa") as session:
        answer = session.ask(QUESTION)
        assert answer.citations
        assert all(citation.verify().verified for citation in answer.citations)


class TestErrors:
    """One line that names the place and the remedy, exit code 3, and never a password."""

    def test_no_server(self, place: Place) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        for more in ((), ("--verbose",)):
            address = f"postgresql://keeper:{SECRET}@127.0.0.1:{port}/command"
            told = place.run("ask", QUESTION, "--index", address, *more)
            assert (told.returncode, told.stdout) == (3, "")
            last = told.stderr.splitlines()[-1]
            assert last.startswith(f"qa: cannot reach postgresql://keeper@127.0.0.1:{port}/command")
            assert last.endswith("check that the server runs and the address is right")
            assert len(told.stderr.splitlines()) == 1 or more

    def test_a_server_that_does_not_answer(self, place: Place) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            address = f"postgresql://127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2"
            told = place.run("ask", QUESTION, "--index", address)
        assert told.returncode == 3
        assert "/x?connect_timeout=2 does not answer; " in told.stderr
        assert len(told.stderr.splitlines()) == 1

    def test_no_database_and_no_index(self, place: Place) -> None:
        nowhere = place.run("ask", QUESTION, "--index", place.address.replace("/command", "/none"))
        assert nowhere.returncode == 3
        assert 'database "none" does not exist; create the database first' in nowhere.stderr
        empty = place.run("ask", QUESTION, "--index", f"{place.address}?schema=empty")
        assert empty.returncode == 3
        assert empty.stderr.startswith("qa: no index at postgresql://keeper@")

    def test_an_index_in_public_is_not_that_of_a_misspelt_schema(self, place: Place) -> None:
        there = f"{place.address}?schema=public"
        assert place.run("copy", ".qa", there, "--replace").returncode == 0
        assert place.run("ask", QUESTION, "--index", there).returncode == 0
        told = place.run("ask", QUESTION, "--index", f"{place.address}?schema=typo")
        assert (told.returncode, told.stdout) == (3, "")
        assert told.stderr.startswith(f"qa: no index at {place.told}?schema=typo; ")

    @pytest.mark.parametrize(
        "address",
        [
            f"postgresql://keeper:{SECRET}@127.0.0.1",
            f"postgresql://keeper:{SECRET}@127.0.0.1:port/db",
            f"postgresql:keeper:{SECRET}@127.0.0.1/db",
            f"postgresql://keeper:{SECRET}@127.0.0.1/db?schema=a;drop",
            f"postgresql://keeper@127.0.0.1/db?password={SECRET}&options=-cx",
            f"postgres://keeper:{SECRET}@[::1/db",
            f"postgresql://keeper:{SECRET}@a,/db",
            f"postgresql://keeper@127.0.0.1/db?Password={SECRET}",
            f"postgresql://keeper@127.0.0.1/db?scram_client_kay={SECRET}",
        ],
    )
    def test_an_address_that_is_none(self, place: Place, address: str) -> None:
        told = place.run("ask", QUESTION, "--index", address, "--verbose")
        assert (told.returncode, told.stdout) == (2, "")
        assert told.stderr.splitlines()[-1].startswith("qa: the ")
