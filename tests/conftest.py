"""No test may use the network: a test that tries to connect to another machine fails.

Hypothesis draws the same examples in every run, so that results depend only on the change under
test; ``QA_THOROUGH=1`` draws different and more examples each time. No example has a deadline: on a
shared machine, one that takes 2 ms may take 400 ms.
"""

import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:
    # Files run beside one another: threads that wait for one another, as those of FAISS and of
    # numpy do, would keep the processors busy with waiting. Programs that tests start inherit it.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

settings.register_profile(
    "any machine",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("QA_THOROUGH") != "1",
)
settings.load_profile("any machine")

_LOCAL = {"", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"}


def is_local(address: object) -> bool:
    """Whether this is a path (of a Unix socket), or a host and port of this machine."""
    return not isinstance(address, tuple) or address[0] is None or address[0] in _LOCAL


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The user's folders are left alone, and so are those of tests in other processes: the last
    answer shown is kept there. Models alone are shared.
    """
    from tests.support.cache import own_cache

    cache = own_cache(tmp_path_factory.mktemp("cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", cache)
        patch.setenv("QA_DATA", str(tmp_path_factory.mktemp("data")))
        yield


@pytest.fixture(autouse=True)
def _no_connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    attempts: list[object] = []

    def guard(name: str, place: int) -> None:
        """``place`` counts the address from the end of the positional arguments."""
        original = getattr(socket.socket, name)

        def guarded(self: socket.socket, *arguments: Any) -> Any:
            if not is_local(arguments[place]):
                attempts.append(arguments[place])
                raise ConnectionRefusedError(f"tests connect to nobody: {arguments[place]}")
            return original(self, *arguments)

        monkeypatch.setattr(socket.socket, name, guarded)

    for name in ("connect", "connect_ex", "sendto"):
        guard(name, -1)
    getaddrinfo = socket.getaddrinfo

    def resolve(host: Any, *arguments: Any, **options: Any) -> Any:
        if not is_local((host,)):
            attempts.append(host)
            raise socket.gaierror(f"tests ask nobody for {host}")
        return getaddrinfo(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    yield
    # The exception may have been caught.
    assert not attempts, f"tried to reach {attempts}"


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Records how many faults were tried, which is printed after the tests."""

    def record(line: str) -> None:
        record_property("faults tried", line)

    return record


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    # The tests may have run in other processes, from which their reports come.
    lines = [
        line
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        for name, line in report.user_properties
        if name == "faults tried"
    ]
    if lines:
        terminalreporter.section("faults tried")
        for line in lines:
            terminalreporter.line(str(line))
