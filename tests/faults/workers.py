"""Functions that run in their own processes."""

import os
import re
import resource
import signal
import time
from collections.abc import Iterable
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, NamedTuple

from qa_index.collection.local import disk
from qa_index.collection.local.generations import writing
from qa_index.errors import QAError
from tests.faults import world


def build_and_die(folder: Path, step: int) -> None:
    """Builds, and is killed by SIGKILL at a step: 0 is before the first, 1 after it, and so on."""
    left = step

    def die(*_: object) -> None:
        nonlocal left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    disk.watch(die)
    world.build_in(folder)


def build(folder: Path) -> None:
    world.build_in(folder)


def hold_lock(folder: Path, held: Path) -> None:
    """Hold the lock until killed; ``held`` appears once it is."""
    with writing(folder):
        held.touch()
        time.sleep(600)


OUTCOMES = {"done": 0, "told": 3, "no memory": 70}


def build_and_tell(folder: Path) -> None:
    """Builds; ends with "done", or "told" if another process was first."""
    try:
        world.build_in(folder)
    except QAError:
        os._exit(OUTCOMES["told"])
    os._exit(OUTCOMES["done"])


class Asking(NamedTuple):
    """The observations of one asking process."""

    answers: int
    rounds: int
    """Number of distinct rounds."""
    mixed: list[str]
    """Answers with more than one round."""


_ROUND = re.compile(r"round (\d+)")


def rounds_in(quotes: Iterable[str]) -> set[str]:
    """The rounds that these texts come from."""
    return {number for quote in quotes for number in _ROUND.findall(quote)}


def ask_in_a_loop(folder: Path, stop: Event, told: Any, reopen: bool) -> None:
    """Asks until told to stop, and opens at least two indexes, however slow the machine.

    An index is opened for each round of questions, or for every ten.
    """
    answers, opened, rounds, mixed = 0, 0, set(), []
    while opened < 2 or not stop.is_set():
        answerer = world.answerer_of(folder)
        opened += 1
        for _ in range(1 if reopen else 10):
            for question in world.QUESTIONS:
                answer = answerer.ask(question, k=10)
                found = rounds_in(citation.quote for citation in answer.citations)
                answers += 1
                rounds |= found
                if len(found) != 1 or len(answer.citations) != 3:
                    mixed.append(f"{question} {sorted(found)}")
    told.put(Asking(answers, len(rounds), mixed))


def build_within(folder: Path, limit: int, value: int) -> None:
    """Build under a resource limit; ends with one of ``OUTCOMES``."""
    if limit == resource.RLIMIT_AS:
        value += _address_space()
    resource.setrlimit(limit, (value, value))
    try:
        world.build_in(folder)
    except QAError:
        outcome = "told"
    except MemoryError:
        outcome = "no memory"
    else:
        outcome = "done"
    os._exit(OUTCOMES[outcome])


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def build_as(folder: Path, user: int, told: Connection) -> None:
    """Builds as another user; reports how it ended, and what was skipped and why."""
    os.setgid(user)
    os.setuid(user)
    try:
        report = world.build_in(folder)
    except QAError as error:
        told.send((str(error), {}))
    else:
        told.send(("done", {Path(path).name: reason for path, reason in report.skipped}))


class Measured(NamedTuple):
    """Resources used by a build."""

    seconds: float
    growth: int
    """Growth of peak memory, in bytes."""
    descriptors: int
    """Number of file descriptors left open."""
    documents: int


def measured_build(folder: Path, told: Connection) -> None:
    descriptors, memory = _descriptors(), _peak_memory()
    started = time.perf_counter()
    documents = world.build_in(folder).documents
    told.send(
        Measured(
            seconds=time.perf_counter() - started,
            growth=_peak_memory() - memory,
            descriptors=_descriptors() - descriptors,
            documents=documents,
        )
    )


def _descriptors() -> int:
    return len(list(Path("/dev/fd").iterdir()))


def _peak_memory() -> int:
    """Peak memory in bytes; Linux reports KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
