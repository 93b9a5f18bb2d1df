"""Sessions on an index in PostgreSQL: what they hold, and what must not wait for the server."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa
from qa.session import kept
from qa_index.building.build import build
from qa_index.collection.engines import folder_of
from tests.support import postgres
from tests.support.hashing_encoder import HashingEncoder

pytestmark = pytest.mark.skipif(
    bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed"
)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QA_DATA", str(tmp_path / "data"))
    files = tmp_path / "files"
    files.mkdir()
    (files / "1.txt").write_text("Whales breathe air.")
    return files


@pytest.fixture
def address(files: Path) -> Iterator[str]:
    plain = postgres.server().new_database("sessions")
    address = f"{plain}?application_name=qa-sessions&root={files.parent}"
    build([files], folder_of(address), encoder=HashingEncoder())
    yield address
    postgres.server().execute("DROP DATABASE sessions WITH (FORCE)")


def connections() -> int:
    [(count,)] = postgres.server().execute(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'qa-sessions'"
    )
    assert isinstance(count, int)
    return count


def none_is_left() -> bool:
    deadline = time.monotonic() + 20
    while connections():  # the server notices a moment later
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_closed_session_holds_no_connection(address: str) -> None:
    with qa.open(address) as session, qa.open(address) as other:
        assert not session.refresh()
        assert connections() > 0
        session.close()
        # Another one goes on, with new connections.
        assert not other.refresh()
        assert other.index.passage(0).text == "Whales breathe air."
        assert connections() > 0
    assert none_is_left()
    with pytest.raises(qa.IndexClosed):
        session.refresh()
    with pytest.raises(qa.IndexClosed):
        session.ask("Do whales breathe?")
    assert connections() == 0


def test_closing_does_not_wait_for_the_server(address: str, files: Path) -> None:
    import psycopg

    session = qa.open(address)
    (files / "2.txt").write_text("They sing.")
    build([files], folder_of(address), encoder=HashingEncoder())
    told: list[BaseException] = []

    def refresh() -> None:
        try:
            session.refresh()
        except qa.IndexClosed as error:
            told.append(error)

    refreshing, closing = threading.Thread(target=refresh), threading.Thread(target=session.close)
    with psycopg.connect(postgres.server().address("sessions")) as locking:
        # The new generation is seen, and cannot be opened.
        locking.execute("LOCK TABLE qa.generation IN ACCESS EXCLUSIVE MODE")
        refreshing.start()
        deadline = time.monotonic() + 20
        while not postgres.server().execute("SELECT 1 FROM pg_locks WHERE NOT granted", "sessions"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        closing.start()
        closing.join(10)
        closed = not closing.is_alive()
        locking.rollback()
    refreshing.join(30)
    closing.join(30)
    assert closed
    assert session.closed
    assert len(told) == 1
    assert none_is_left()


def test_what_cannot_be_opened_is_not_held(
    files: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "lease").open("wb") as lease:
        monkeypatch.setattr(kept, "hold", lambda folder: lease)
        with pytest.raises(qa.IndexProblem, match="cannot reach"):
            qa.open("postgresql://127.0.0.1:1/none")
        assert lease.closed
