"""What the engine on PostgreSQL survives: killed servers and writers, and roles that may little."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from qa_index.building.build import build
from qa_index.collection.engines import folder_of, open_index
from qa_index.errors import IndexNotWritable, IndexProblem
from tests.support import postgres
from tests.support.killing import (
    ENCODER,
    build_after_kill,
    kill_while_in_use,
    kill_writer,
    states_seen,
    write,
)
from tests.support.mounted import filled, mounted

pytestmark = pytest.mark.skipif(
    bool(postgres.MISSING), reason=f"{postgres.MISSING} is not installed"
)

THOROUGH = os.environ.get("QA_THOROUGH") == "1"
KILLS = 20 if THOROUGH else 3
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
    survived = kill_while_in_use(
        killed, world, place, files=FILES, kills=KILLS, updates=2, seconds=60, later=0.013
    )
    print(survived.told())
    assert survived.reads > KILLS
    assert survived.acknowledged >= 2 * KILLS


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
    build_after_kill(world, folder_of(address))
    assert states_seen(folder_of(address)) == {"s2x"}
    [left] = postgres.server().execute(
        "SELECT count(*) FROM qa.document WHERE born > (SELECT generation FROM qa.live)", "writer"
    )
    assert left == (0,)


class TestFullDisk:
    """A real file system of the server's that is full."""

    MORE = 30
    """Files that take far more than what is free."""

    @pytest.fixture
    def disk(self) -> Iterator[Path]:
        # Not in ``tmp_path``, where the server's user may not look.
        with TemporaryDirectory(prefix="qa-disk-") as folder:
            Path(folder).chmod(0o755)
            with mounted(Path(folder) / "disk", "size=96m", "mode=755") as disk:
                yield disk

    def test_of_its_data(self, world: Path, disk: Path) -> None:
        (disk / "data").mkdir()
        server = postgres.Server(data=disk / "data")
        server.start()
        try:
            place = folder_of(f"{server.new_database('room')}?root={world}")
            write(world, 1, files=FILES)
            build([world / "files"], place, encoder=ENCODER)
            write(world, 2, files=self.MORE)
            with filled(disk, but=32 << 10):
                for _ in range(2):
                    with pytest.raises(
                        IndexNotWritable,
                        match=r"^postgresql:.* has no room: could not extend file .*: No space left"
                        r" on device; the index is as it was before$",
                    ):
                        build([world / "files"], place, encoder=ENCODER)
                    assert states_seen(place) == {"s1x"}
            build([world / "files"], place, encoder=ENCODER)
            assert states_seen(place) == {"s2x"}
            open_index(place).check()
        finally:
            server.remove()

    def test_of_its_log(self, world: Path, disk: Path) -> None:
        """It ends the server itself, which answers again once there is room."""
        (disk / "wal").mkdir()
        server = postgres.Server(wal=disk / "wal")
        server.start()
        try:
            place = folder_of(f"{server.new_database('room')}?root={world}")
            write(world, 1, files=FILES)
            build([world / "files"], place, encoder=ENCODER)
            write(world, 2, files=self.MORE)
            # All but 100 kB of a segment are used, and there is no room for another one.
            server.execute("SELECT pg_switch_wal()")
            server.execute(f"SELECT pg_logical_emit_message(false, '', repeat('x', {924 << 10}))")
            with filled(disk):
                with pytest.raises(
                    IndexNotWritable,
                    match=r"^postgresql:.* has no room: could not write to file .*: No space left"
                    r" on device; the index is as it was before$",
                ):
                    build([world / "files"], place, encoder=ENCODER)
                with pytest.raises(IndexProblem, match=r"^[^\n]*postgresql:[^\n]*$"):
                    states_seen(place)
                server.kill()
            server.start()
            assert states_seen(place) == {"s1x"}
            build([world / "files"], place, encoder=ENCODER)
            assert states_seen(place) == {"s2x"}
            open_index(place).check()
        finally:
            server.remove()


class TestStandby:
    """A primary with a synchronous standby, which takes over."""

    @pytest.fixture
    def pair(self) -> Iterator[postgres.Pair]:
        pair = postgres.Pair()
        yield pair
        pair.remove()

    def test_it_answers_and_once_promoted_is_written(
        self, world: Path, pair: postgres.Pair
    ) -> None:
        both = f"{pair.new_database('pair')}?root={world}"
        one = f"{pair.standby.address('pair')}?root={world}"
        writes = f"{both}&target_session_attrs=read-write"
        write(world, 1, files=FILES)
        build([world / "files"], folder_of(writes), encoder=ENCODER)
        pair.kill()
        write(world, 2, files=FILES)
        for address in (both, one):
            assert states_seen(folder_of(address)) == {"s1x"}
            with pytest.raises(IndexNotWritable, match=r"only reads: .*; write to the primary"):
                build([world / "files"], folder_of(address), encoder=ENCODER)
        with pytest.raises(
            IndexProblem, match=r"\(session is read-only\); no server .* target_session_attrs"
        ):
            build([world / "files"], folder_of(writes), encoder=ENCODER)
        pair.start()
        for address in (both, one, writes):
            assert states_seen(folder_of(address)) == {"s1x"}
        build([world / "files"], folder_of(writes), encoder=ENCODER)
        assert states_seen(folder_of(one)) == {"s2x"}

    @pytest.mark.skipif(not THOROUGH, reason="takes minutes; set QA_THOROUGH=1")
    def test_it_has_all_that_was_acknowledged(self, world: Path, pair: postgres.Pair) -> None:
        address = f"{pair.new_database('pair')}?root={world}&target_session_attrs=read-write"
        place = folder_of(address)
        survived = kill_while_in_use(
            pair, world, place, files=FILES, kills=KILLS, updates=2, seconds=60, later=0.013
        )
        print(survived.told())
        assert survived.reads > KILLS
        assert survived.acknowledged >= 2 * KILLS
        open_index(place).check()


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
