"""What the engine on Milvus survives: killed servers and writers."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_index.building.build import build
from qa_index.collection.engines import folder_of, open_index
from qa_index.errors import IndexProblem
from tests.support import milvus
from tests.support.command import ROOT
from tests.support.twins import ENCODER

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


def test_killed_servers_lose_nothing_that_was_acknowledged_and_mix_nothing(
    world: Path, killed: milvus.Server
) -> None:
    place = folder_of(killed.address("kills", root=str(world)))
    acknowledged: list[int] = []
    stop = threading.Event()
    failures: list[BaseException] = []
    mixed: list[set[str]] = []

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
        while not stop.is_set():
            try:
                seen = states_seen(place)
            except IndexProblem:
                time.sleep(0.05)
                continue
            except BaseException as error:  # noqa: BLE001 - told by the test
                failures.append(error)
                return
            if len(seen) != 1:
                mixed.append(seen)

    threads = [threading.Thread(target=writer), threading.Thread(target=reader)]
    for thread in threads:
        thread.start()
    try:
        for kill in range(KILLS):
            enough = len(acknowledged) + 1
            deadline = time.monotonic() + 300
            while len(acknowledged) < enough and time.monotonic() < deadline and not failures:
                time.sleep(0.01)
            time.sleep(0.1 * kill)
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


def test_a_killed_writer_leaves_the_index_as_it_was(world: Path) -> None:
    address = milvus.server().new_index("killed", root=str(world))
    write(world, 1)
    build([world / "files"], folder_of(address), encoder=ENCODER)
    write(world, 2)
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from qa_index.building.build import build\n"
        "from qa_index.collection.engines import folder_of\n"
        "from qa_index.collection.milvus.state import Writing\n"
        "from tests.support.hashing_encoder import HashingEncoder\n"
        "def stop(self, *_):\n"
        "    print('sent', flush=True)\n"
        "    time.sleep(1000)\n"
        "Writing.commit = stop\n"
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
