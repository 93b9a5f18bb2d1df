"""Servers and writers that are killed while an index is written and asked."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple, Protocol

from qa_index.building.build import build
from qa_index.collection.engines import open_index
from qa_index.errors import IndexProblem
from tests.support.hashing_encoder import HashingEncoder
from tests.support.processes import ROOT

ENCODER = HashingEncoder()


class Killable(Protocol):
    """A server."""

    def kill(self) -> None: ...

    def start(self) -> None: ...


def write(world: Path, number: int, *, files: int) -> None:
    """So many files say the number of their state, in all of their passages."""
    for name in range(files):
        said = f"The harbour of state s{number}x holds ship {name}. " * 40
        (world / "files" / f"{name}.txt").write_text(said)


def states_seen(place: Path) -> set[str]:
    """The states that the passages found for a question say."""
    index = open_index(place)
    rows = index.candidates(("harbour",), ENCODER.encode_question("harbour"), depth=100).rows
    assert len(rows) == index.passage_count
    return {index.passage(row).text.split("state ")[1].split()[0] for row in rows.tolist()}


class Survived(NamedTuple):
    """What a writer and a reader saw while their server was killed again and again."""

    acknowledged: list[int]
    reads: int


def kill_while_in_use(
    server: Killable,
    world: Path,
    place: Path,
    *,
    files: int,
    kills: int,
    updates: int,
    seconds: float,
    later: float,
) -> Survived:
    """Write ``files`` and ask in threads; kill the server after so many ``updates`` each time.

    They are waited for so many ``seconds``; then each kill comes ``later`` than the one before.
    Asserts that nothing acknowledged is lost, and that no question sees two states.
    """
    acknowledged: list[int] = []
    stop = threading.Event()
    failures: list[BaseException] = []
    mixed: list[set[str]] = []
    reads = 0

    def writer() -> None:
        number = 0
        while not stop.is_set():
            write(world, number := number + 1, files=files)
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
        for kill in range(kills):
            enough = len(acknowledged) + updates
            deadline = time.monotonic() + seconds
            while len(acknowledged) < enough and time.monotonic() < deadline and not failures:
                time.sleep(0.01)
            time.sleep(later * kill)
            last = acknowledged[-1]
            server.kill()
            server.start()
            [state] = states_seen(place)
            assert int(state[1:-1]) >= last
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not failures
    assert not mixed
    return Survived(acknowledged, reads)


def kill_writer(world: Path, address: str, *, stopped: str, does: str = "") -> None:
    """Kill a process that writes, where it would commit.

    ``stopped`` is the class, as ``module:name``, whose ``commit`` is reached; first it ``does``
    these statements.
    """
    module, name = stopped.split(":")
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from qa_index.building.build import build\n"
        "from qa_index.collection.engines import folder_of\n"
        f"from {module} import {name}\n"
        "from tests.support.hashing_encoder import HashingEncoder\n"
        "def stop(self, *_):\n"
        f"    {does or 'pass'}\n"
        "    print('sent', flush=True)\n"
        "    time.sleep(1000)\n"
        f"{name}.commit = stop\n"
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
