"""Begin and end of a connection to a cluster, with a Ray that misbehaves."""

import atexit
from collections.abc import Callable
from contextlib import nullcontext
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest

from qa_index.building.cluster import connection
from qa_index.building.cluster.address import Address
from qa_index.building.cluster.connection import CONNECT_TRIES, Cluster
from qa_index.errors import WorkersUnavailable


def ended_by(
    shutdown: Callable[[], None], monkeypatch: pytest.MonkeyPatch, *, interrupted: bool = False
) -> tuple[Any, Any]:
    """What is not left to the exit of the program, and whether logs are as they were."""
    monkeypatch.setattr(connection, "CLOSE_SECONDS", 0.2)
    dropped: list[object] = []
    monkeypatch.setattr(atexit, "unregister", dropped.append)
    restored: list[bool] = []
    cluster = object.__new__(Cluster)
    cluster._ray = SimpleNamespace(shutdown=shutdown)
    cluster._restore = lambda: restored.append(True)
    if interrupted:
        monkeypatch.setattr(connection, "Thread", InterruptedThread)
    with pytest.raises(KeyboardInterrupt) if interrupted else nullcontext():
        cluster.close()
    return dropped, restored


class InterruptedThread(Thread):
    """Whoever waits for it is interrupted."""

    def join(self, timeout: float | None = None) -> None:
        raise KeyboardInterrupt


def test_it_is_ended_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []
    assert ended_by(lambda: calls.append(True), monkeypatch) == ([], [True])
    assert calls == [True]


@pytest.mark.parametrize("interrupted", [False, True])
def test_one_that_does_not_end_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, interrupted: bool
) -> None:
    """Neither now nor at the exit of the program, where Ray would end it again."""
    end = Event()

    def hangs() -> None:
        end.wait()

    try:
        found = ended_by(hangs, monkeypatch, interrupted=interrupted)
        assert found == ([hangs], [True])
    finally:
        end.set()


def test_one_that_fails_is_not_ended_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise RuntimeError("the lock is gone")

    assert ended_by(fails, monkeypatch) == ([fails], [True])


def begun(failures: int) -> int:
    """How often a connection was tried whose first tries fail, as Ray says it."""
    tries: list[bool] = []

    def init(address: str, **_: object) -> None:
        tries.append(True)
        if len(tries) <= failures:
            raise ConnectionAbortedError(
                "Initialization failure from server:\nTraceback (most recent call last):\n"
                '  File "proxier.py", line 772\nRuntimeError: Starting Ray client server failed.\n'
            )

    cluster = object.__new__(Cluster)
    cluster._ray = SimpleNamespace(init=init)
    cluster._address = Address("127.0.0.2", 10001)
    cluster._begin()
    return len(tries)


def test_a_head_that_is_slow_once_is_asked_again() -> None:
    assert begun(CONNECT_TRIES - 1) == CONNECT_TRIES


def test_a_head_that_cannot_serve_is_told_with_its_reason() -> None:
    with pytest.raises(WorkersUnavailable, match=r"\(RuntimeError: Starting Ray client"):
        begun(CONNECT_TRIES)
