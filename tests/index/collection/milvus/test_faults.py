"""What the engine on Milvus survives: killed servers and writers."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_index.building.build import build
from qa_index.collection.engines import folder_of, open_index
from tests.support import milvus
from tests.support.killing import ENCODER, kill_while_in_use, kill_writer, states_seen, write

pytestmark = pytest.mark.skipif(bool(milvus.MISSING), reason=f"{milvus.MISSING} is not installed")

KILLS = 20 if os.environ.get("QA_THOROUGH") == "1" else 2
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
    kill_while_in_use(
        killed, world, place, files=FILES, kills=KILLS, updates=1, seconds=300, later=0.1
    )


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
