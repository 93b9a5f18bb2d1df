"""What the engine on Milvus survives: killed servers and writers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_index.building.build import build
from qa_index.collection.engines import folder_of, open_index
from tests.support import milvus
from tests.support.killing import (
    ENCODER,
    kill_while_in_use,
    kill_writer,
    kill_writer_at_each_call,
    states_seen,
    write,
)

pytestmark = pytest.mark.skipif(bool(milvus.MISSING), reason=f"{milvus.MISSING} is not installed")

THOROUGH = os.environ.get("QA_THOROUGH") == "1"
KILLS = 20 if THOROUGH else 2
FILES = 8


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QA_DATA", str(tmp_path / "data"))
    (tmp_path / "files").mkdir()
    return tmp_path


@pytest.fixture
def killed() -> Iterator[milvus.Server]:
    server = milvus.Server()
    server.start()
    yield server
    server.remove()


def test_killed_servers_lose_nothing_that_was_acknowledged_and_mix_nothing(
    world: Path, killed: milvus.Server
) -> None:
    place = folder_of(killed.address("kills", root=str(world)))
    survived = kill_while_in_use(
        killed, world, place, files=FILES, kills=KILLS, updates=1, seconds=300, later=0.1
    )
    print(survived.told())
    assert survived.acknowledged >= KILLS


def test_writers_killed_at_each_call_lose_nothing_that_was_acknowledged_and_mix_nothing(
    world: Path,
) -> None:
    """Calls that write; without ``QA_THOROUGH=1`` some of them."""
    # Here, since these modules need what may not be installed.
    from qa_index.collection.milvus.address import Address
    from qa_index.collection.milvus.connections import Server
    from qa_index.collection.milvus.layout import LANE, Names
    from qa_index.collection.milvus.state import read_state

    address = milvus.server().new_index("calls", root=str(world))
    survived = kill_writer_at_each_call(
        world,
        address,
        files=FILES,
        calls="qa_index.collection.milvus.connections:Server._write",
        stride=1 if THOROUGH else 13,
    )
    print(survived.told())
    assert survived.kills >= (20 if THOROUGH else 2)
    open_index(folder_of(address)).check()
    # Every row that is left is of a writer that committed.
    server, names = Server(Address.parse(address)), Names("calls")
    committed = {fence for fence, _ in read_state(server, names).commits}
    for collection in server.collections():
        if collection in (names.data, names.terms) or names.is_passages(collection):
            rows = server.query(collection, "id >= 0", ["id"])
            assert {row["id"] // LANE for row in rows} <= committed
    server.close()


def test_a_killed_writer_leaves_the_index_as_it_was(world: Path) -> None:
    address = milvus.server().new_index("killed", root=str(world))
    write(world, 1, files=FILES)
    build([world / "files"], folder_of(address), encoder=ENCODER)
    write(world, 2, files=FILES)
    kill_writer(world, address, stopped="qa_index.collection.milvus.state:Writing")
    assert states_seen(folder_of(address)) == {"s1x"}
    client = milvus.server().client()
    [name] = [each for each in client.list_collections() if each.startswith("killed_passages_")]
    sent = len(client.query(name, filter="id >= 0", output_fields=["id"]))
    build([world / "files"], folder_of(address), encoder=ENCODER)
    assert states_seen(folder_of(address)) == {"s2x"}
    left = len(client.query(name, filter="id >= 0", output_fields=["id"]))
    client.close()
    # The generation before, the live one, and nothing of the writer that was killed.
    assert left == sent
    open_index(folder_of(address)).check()
