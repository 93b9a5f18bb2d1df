"""What the engine on PostgreSQL survives: killed servers and writers, and roles that may little."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qa_index.building.build import build
from qa_index.collection.engines import folder_of, open_index
from qa_index.errors import IndexNotWritable, IndexProblem
from tests.support import postgres
from tests.support.command import ROOT
from tests.support.hashing_encoder import HashingEncoder

pytestmark = pytest.mark.skipif(
    bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed"
)

ENCODER = HashingEncoder()
KILLS = 20 if os.environ.get("QA_THOROUGH") == "1" else 3
FILES = 12


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QA_DATA", str(tmp_path / "data"))
    (tmp_path / "files").mkdir()
    return tmp_path


def write(world: Path, number: int) -> None:
    """All files say the number of their state, in all of their passages."""
    for name in range(FILES):
        said = f"The harbour of state s{number}x holds ship {name}. " * 40
        (world / "files" / f"{name}.txt").write_text(said)


def states_seen(place: Path) -> set[str]:
    """The states that the passages found for a question say."""
    index = open_index(place)
    rows = index.candidates(("harbour",), ENCODER.encode_question("harbour"), depth=100).rows
    assert len(rows) == index.passage_count
    return {index.passage(row).text.split("state ")[1].split()[0] for row in rows.tolist()}


@pytest.fixture
def killed() -> Iterator[postgres.Server]:
    server = postgres.Server()
    server.start()
    yield server
    server.remove()


def test_killed_servers_lose_nothing_that_was_acknowledged_and_mix_nothing(
    world: Path, killed: postgres.Server
) -> None:
    place = folder_of(f"{killed.new_database('kills')}?root={world}")
    acknowledged: list[int] = []
    stop = threading.Event()
    failures: list[BaseException] = []
    mixed: list[set[str]] = []
    reads = 0

    def writer() -> None:
        number = 0
        while not stop.is_set():
            write(world, number := number + 1)
            try:
                build([world / "files"], place, encoder=ENCODER)
                acknowledged.append(number)
            except IndexProblem:
                time.sleep(0.05)
            except BaseException as error:  # noqa: BLE001 - told by the test
                failures.append(error)
                return

    def reader() -> None:
        nonlocal reads
        while not stop.is_set():
            try:
                seen = states_seen(place)
            except IndexProblem:
                time.sleep(0.02)
                continue
            except BaseException as error:  # noqa: BLE001 - told by the test
                failures.append(error)
                return
            reads += 1
            if len(seen) != 1:
                mixed.append(seen)

    threads = [threading.Thread(target=writer), threading.Thread(target=reader)]
    for thread in threads:
        thread.start()
    try:
        for kill in range(KILLS):
            enough = len(acknowledged) + 2
            deadline = time.monotonic() + 60
            while len(acknowledged) < enough and time.monotonic() < deadline and not failures:
                time.sleep(0.01)
            time.sleep(0.013 * kill)
            last = acknowledged[-1]
            killed.kill()
            killed.start()
            [state] = states_seen(place)
            assert int(state[1:-1]) >= last
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert not mixed
    assert reads > KILLS
    assert len(acknowledged) >= 2 * KILLS


def test_a_killed_writer_leaves_the_index_as_it_was(world: Path) -> None:
    address = f"{postgres.server().new_database('writer')}?root={world}"
    write(world, 1)
    build([world / "files"], folder_of(address), encoder=ENCODER)
    write(world, 2)
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from qa_index.building.build import build\n"
        "from qa_index.collection.engines import folder_of\n"
        "from qa_index.collection.postgres.writer import PostgresWriter\n"
        "from tests.support.hashing_encoder import HashingEncoder\n"
        "def stop(self, *_):\n"
        "    self._send()\n"
        "    self._send_postings()\n"
        "    print('sent', flush=True)\n"
        "    time.sleep(100)\n"
        "PostgresWriter.commit = stop\n"
        "build([Path(sys.argv[2])], folder_of(sys.argv[1]), encoder=HashingEncoder())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, address, str(world / "files")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        cwd=ROOT,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"sent\n"
        process.send_signal(signal.SIGKILL)
    assert states_seen(folder_of(address)) == {"s1x"}
    deadline = time.monotonic() + 30
    while True:  # the server notices a moment later that its client is gone
        try:
            build([world / "files"], folder_of(address), encoder=ENCODER)
            break
        except IndexProblem:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    assert states_seen(folder_of(address)) == {"s2x"}
    [left] = postgres.server().execute(
        "SELECT count(*) FROM qa.document WHERE born > (SELECT generation FROM qa.live)", "writer"
    )
    assert left == (0,)


def test_the_nearest_are_found_by_the_index_of_vectors(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Here, since these modules need what may not be installed.
    from qa_index.collection.postgres import columns, packing
    from qa_index.collection.postgres.candidates import nearest
    from qa_index.collection.postgres.columns import nearest_statement
    from qa_index.collection.postgres.connections import Vector
    from qa_index.collection.postgres.stored import PostgresIndex

    monkeypatch.setattr(columns, "EXACT", 100)
    random = np.random.default_rng(0)
    for name in range(FILES):
        sentences = (" ".join(f"w{n}" for n in random.integers(900, size=40)) for _ in range(150))
        said = "\n\n".join(f"{each.capitalize()}." for each in sentences)
        (world / "files" / f"{name}.txt").write_text(said)
    place = folder_of(f"{postgres.server().new_database('plan')}?root={world}")
    build([world / "files"], place, encoder=ENCODER)
    index = open_index(place)
    assert isinstance(index, PostgresIndex)
    assert index.passage_count > 500
    statement = nearest_statement(index.model.dimension)
    vector = Vector(packing.vector(ENCODER.encode_question("w1 w2")))
    plan = "\n".join(row[0] for row in index.select(f"EXPLAIN {statement}", vector, 128))
    assert f"Index Scan using passage_hnsw_{index.model.dimension}" in plan
    everything = index.encoded(np.arange(index.passage_count)).passages
    recalls = []
    for number in range(30):
        question = ENCODER.encode_question(f"w{number} w{number + 1}")
        exact = np.argsort(-(everything @ question), kind="stable")[:100]
        recalls.append(np.isin(exact, nearest(index, question, 100)).mean())
        # In a part of the passages all are compared.
        among = np.arange(0, index.passage_count, 3)
        part = among[np.argsort(-(everything[among] @ question), kind="stable")[:50]]
        assert nearest(index, question, 50, among).tolist() == part.tolist()
    assert np.mean(recalls) > 0.95

    # HNSW finds no more than it keeps in view. Where more are wanted, it is not asked.
    def asked(*_: object) -> None:
        raise AssertionError("HNSW was asked for what it cannot find")

    monkeypatch.setattr(index, "approximate", asked)
    best = np.argsort(-(everything @ question), kind="stable")[:400]
    assert nearest(index, question, 400).tolist() == best.tolist()


class TestRoles:
    @pytest.fixture
    def roles(self, world: Path) -> Iterator[str]:
        server = postgres.server()
        server.new_database("roles")
        for role in ("qa_reads", "qa_writes"):
            server.execute(f"DROP ROLE IF EXISTS {role}")
            server.execute(f"CREATE ROLE {role} LOGIN")
        write(world, 1)
        build([world / "files"], folder_of(self.address("qa", world)), encoder=ENCODER)
        for statement in (
            "GRANT USAGE ON SCHEMA qa TO qa_reads, qa_writes",
            "GRANT SELECT ON ALL TABLES IN SCHEMA qa TO qa_reads, qa_writes",
            "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA qa TO qa_writes",
        ):
            server.execute(statement, "roles")
        yield "roles"
        server.execute("DROP DATABASE roles WITH (FORCE)")
        for role in ("qa_reads", "qa_writes"):
            server.execute(f"DROP ROLE {role}")

    @staticmethod
    def address(role: str, world: Path) -> str:
        found = postgres.server().address("roles", root=str(world))
        return found.replace("//qa@", f"//{role}@")

    def test_who_only_reads_asks_and_cannot_write(self, roles: str, world: Path) -> None:
        place = folder_of(self.address("qa_reads", world))
        assert states_seen(place) == {"s1x"}
        write(world, 2)
        with pytest.raises(IndexNotWritable, match=r"permission denied .* grant it to qa_reads"):
            build([world / "files"], place, encoder=ENCODER)
        assert states_seen(place) == {"s1x"}

    def test_who_may_not_look_into_the_schema_is_told_so(self, roles: str, world: Path) -> None:
        postgres.server().execute("REVOKE USAGE ON SCHEMA qa FROM qa_reads", "roles")
        with pytest.raises(IndexProblem, match=r"permission denied .* grant it to qa_reads"):
            open_index(folder_of(self.address("qa_reads", world)))

    def test_who_writes_need_not_own_the_tables(self, roles: str, world: Path) -> None:
        write(world, 2)
        place = folder_of(self.address("qa_writes", world))
        build([world / "files"], place, encoder=ENCODER)
        assert states_seen(place) == {"s2x"}

    def test_who_does_not_own_the_tables_cannot_index_vectors_and_goes_on(
        self, roles: str, world: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from qa_index.collection.postgres import columns, stored

        for module in (columns, stored):
            monkeypatch.setattr(module, "EXACT", 5)
        write(world, 2)
        place = folder_of(self.address("qa_writes", world))
        build([world / "files"], place, encoder=ENCODER)
        assert states_seen(place) == {"s2x"}
        index = open_index(place)
        assert isinstance(index, stored.PostgresIndex)
        assert index.engine["vector_index"] is False
        # The owner makes it, even with nothing to update.
        own = folder_of(self.address("qa", world))
        assert build([world / "files"], own, encoder=ENCODER).idle
        assert index.engine["vector_index"] is True
        assert states_seen(place) == {"s2x"}
