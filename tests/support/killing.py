"""Servers and writers that are killed while an index is written and asked."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, Protocol

from qa_index.building.build import build
from qa_index.collection.engines import folder_of, open_index
from qa_index.errors import IndexLocked, IndexProblem
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


def state_seen(place: Path) -> int:
    """The number of the one state that a question sees."""
    [state] = states_seen(place)
    return int(state[1:-1])


@contextmanager
def asked_meanwhile(place: Path) -> Iterator[list[set[str]]]:
    """Ask in a thread, again and again, and yield the states that each question saw.

    Asserts that no question saw two, and none an older one than the question before.
    """
    seen: list[set[str]] = []
    failures: list[BaseException] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            try:
                seen.append(states_seen(place))
            except IndexProblem:
                time.sleep(0.02)
            except BaseException as error:  # noqa: BLE001 - told by the test
                failures.append(error)
                return

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield seen
    finally:
        stop.set()
        thread.join()
    assert not failures
    numbers = [int(state[1:-1]) for [state] in seen]
    assert numbers == sorted(numbers)


class Survived(NamedTuple):
    """What a writer and a reader saw while one of them was killed again and again."""

    kills: int
    acknowledged: int
    reads: int

    def told(self) -> str:
        """In a line, for who runs the tests with ``-s``."""
        return f"{self.kills} kills, {self.acknowledged} updates acknowledged, {self.reads} reads"


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
    begun = 0
    alone = threading.Lock()

    def writer() -> None:
        nonlocal begun
        while not stop.is_set():
            with alone:
                write(world, begun := begun + 1, files=files)
                try:
                    build([world / "files"], place, encoder=ENCODER)
                    acknowledged.append(begun)
                except IndexProblem:
                    pass
                except BaseException as error:  # noqa: BLE001 - told by the test
                    failures.append(error)
                    return
            time.sleep(0.02)

    thread = threading.Thread(target=writer)
    with asked_meanwhile(place) as seen:
        thread.start()
        try:
            for kill in range(kills):
                enough = len(acknowledged) + updates
                deadline = time.monotonic() + seconds
                while len(acknowledged) < enough and time.monotonic() < deadline and not failures:
                    time.sleep(0.01)
                time.sleep(later * kill)
                server.kill()
                with alone:  # nothing that is written now hides what was lost
                    server.start()
                    assert acknowledged[-1] <= state_seen(place) <= begun
        finally:
            stop.set()
            thread.join()
    assert not failures
    return Survived(kills, len(acknowledged), len(seen))


def kill_writer(world: Path, address: str, *, stopped: str, does: str = "") -> None:
    """Kill a process that writes, where it would commit.

    ``stopped`` is the class, as ``module:name``, whose ``commit`` is reached; first it ``does``
    these statements.
    """
    module, name = stopped.split(":")
    code = (
        f"from {module} import {name}\n"
        "def stop(self, *_):\n"
        f"    {does or 'pass'}\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        f"{name}.commit = stop\n"
    )
    assert _written_by_another(world, address, code) == -signal.SIGKILL


def kill_writer_at_each_call(
    world: Path, address: str, *, files: int, calls: str, stride: int
) -> Survived:
    """Kill processes that write: one before its first call of a method, one after it, and so on.

    ``calls`` is the method, as ``module:class.method``; of its calls, every ``stride``-th place is
    tried until a process comes to its end. After each, the next state is written without a kill.
    Asserts that what was acknowledged is seen until all of the next state is.
    """
    module, name = calls.split(":")
    kind, method = name.split(".")
    place = folder_of(address)
    write(world, number := 1, files=files)
    build([world / "files"], place, encoder=ENCODER)
    with asked_meanwhile(place) as seen:
        for kill in itertools.count():
            code = (
                f"import itertools, {module}\n"
                "places = itertools.count()\n"
                "def reached():\n"
                f"    if next(places) == {kill * stride}:\n"
                "        os.kill(os.getpid(), signal.SIGKILL)\n"
                f"plain = {module}.{kind}.{method}\n"
                "def watched(*given, **more):\n"
                "    reached()\n"
                "    done = plain(*given, **more)\n"
                "    reached()\n"
                "    return done\n"
                f"{module}.{kind}.{method} = watched\n"
            )
            write(world, number + 1, files=files)
            code_of_end = _written_by_another(world, address, code)
            if code_of_end == 0:
                assert state_seen(place) == number + 1
                return Survived(kill, kill + 2, len(seen))
            assert code_of_end == -signal.SIGKILL
            assert state_seen(place) in (number, number + 1)
            write(world, number := number + 2, files=files)
            build_after_kill(world, place)
            assert state_seen(place) == number
    raise AssertionError("the loop returns")


def build_after_kill(world: Path, place: Path) -> None:
    """Build where a writer was killed, which some servers notice a moment later."""
    deadline = time.monotonic() + 30
    while True:
        try:
            build([world / "files"], place, encoder=ENCODER)
        except IndexLocked:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def _written_by_another(world: Path, address: str, code: str) -> int:
    """The exit code of a process that runs ``code``, then builds."""
    whole = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from qa_index.building.build import build\n"
        "from qa_index.collection.engines import folder_of\n"
        "from tests.support.hashing_encoder import HashingEncoder\n"
        f"{code}"
        "build([Path(sys.argv[2])], folder_of(sys.argv[1]), encoder=HashingEncoder())\n"
    )
    return subprocess.run(
        [sys.executable, "-c", whole, address, str(world / "files")],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
        cwd=ROOT,
        timeout=300,
        check=False,
    ).returncode
