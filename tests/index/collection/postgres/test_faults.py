"""What the engine on PostgreSQL survives: killed servers and writers, and roles that may little."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_index.building.build import build
from qa_index.collection.engines import folder_of, open_index
from qa_index.errors import IndexNotWritable, IndexProblem
from tests.support import postgres
from tests.support.killing import ENCODER, kill_while_in_use, kill_writer, states_seen, write

pytestmark = pytest.mark.skipif(
    bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed"
)

KILLS = 20 if os.environ.get("QA_THOROUGH") == "1" else 3
FILES = 12


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QA_DATA", str(tmp_path / "data"))
    (tmp_path / "files").mkdir()
    return tmp_path


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
    acknowledged, reads = kill_while_in_use(
        killed, world, place, files=FILES, kills=KILLS, updates=2, seconds=60, later=0.013
    )
    assert reads > KILLS
    assert len(acknowledged) >= 2 * KILLS


def test_a_killed_writer_leaves_the_index_as_it_was(world: Path) -> None:
    address = f"{postgres.server().new_database('writer')}?root={world}"
    write(world, 1, files=FILES)
    build([world / "files"], folder_of(address), encoder=ENCODER)
    write(world, 2, files=FILES)
    kill_writer(
        world,
        address,
        stopped="qa_index.collection.postgres.writer:PostgresWriter",
        does="self._send(); self._send_postings()",
    )
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
    from qa_index.collection.postgres import hnsw, packing
    from qa_index.collection.postgres.candidates import nearest
    from qa_index.collection.postgres.connections import Vector
    from qa_index.collection.postgres.stored import PostgresIndex

    monkeypatch.setattr(hnsw, "EXACT", 100)
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
    statement = hnsw.nearest_statement(index.model.dimension)
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


def test_the_graph_is_built_by_one_process_where_shared_memory_is_short(
    world: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from psycopg import errors

    from qa_index.collection.postgres import hnsw
    from qa_index.collection.postgres.stored import PostgresIndex

    monkeypatch.setattr(hnsw, "EXACT", 1)
    made: list[bool] = []
    make = hnsw._make

    def short(*arguments: Any, alone: bool = False) -> None:
        made.append(alone)
        if not alone:
            raise errors.DiskFull("could not resize shared memory segment")
        make(*arguments, alone=alone)

    monkeypatch.setattr(hnsw, "_make", short)
    for name in "ab":
        (world / "files" / f"{name}.txt").write_text(f"Of {name} there is much to be said.")
    place = folder_of(postgres.server().new_database("short"))
    build([world / "files"], place, encoder=ENCODER)
    index = open_index(place)
    assert isinstance(index, PostgresIndex)
    assert made == [False, True]
    assert index.engine["vector_index"] is True


class TestRoles:
    @pytest.fixture
    def roles(self, world: Path) -> Iterator[str]:
        server = postgres.server()
        server.new_database("roles")
        for role in ("qa_reads", "qa_writes"):
            server.execute(f"DROP ROLE IF EXISTS {role}")
            server.execute(f"CREATE ROLE {role} LOGIN")
        write(world, 1, files=FILES)
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
        write(world, 2, files=FILES)
        with pytest.raises(IndexNotWritable, match=r"permission denied .* grant it to qa_reads"):
            build([world / "files"], place, encoder=ENCODER)
        assert states_seen(place) == {"s1x"}

    def test_who_may_not_look_into_the_schema_is_told_so(self, roles: str, world: Path) -> None:
        postgres.server().execute("REVOKE USAGE ON SCHEMA qa FROM qa_reads", "roles")
        with pytest.raises(IndexProblem, match=r"permission denied .* grant it to qa_reads"):
            open_index(folder_of(self.address("qa_reads", world)))

    def test_who_writes_need_not_own_the_tables(self, roles: str, world: Path) -> None:
        write(world, 2, files=FILES)
        place = folder_of(self.address("qa_writes", world))
        build([world / "files"], place, encoder=ENCODER)
        assert states_seen(place) == {"s2x"}

    def test_who_does_not_own_the_tables_cannot_index_vectors_and_goes_on(
        self, roles: str, world: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from qa_index.collection.postgres import hnsw, stored

        monkeypatch.setattr(hnsw, "EXACT", 5)
        write(world, 2, files=FILES)
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
