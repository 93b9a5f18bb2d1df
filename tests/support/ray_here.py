"""A cluster without Ray: its tasks run in this process when their results are asked for."""

from typing import Any

from qa_index.building.cluster import tasks
from qa_index.building.cluster.address import Address
from qa_index.building.cluster.connection import Node, Task
from qa_index.building.cluster.messages import Job


class ClusterHere:
    """Takes the place of ``Cluster``; only plain values go in and out."""

    def __init__(self, address: Address, job: Job) -> None:
        assert_plain(tuple(job))
        self._job = job
        self.sent: list[tuple[Any, ...]] = []
        """Name and arguments of every task."""
        self._waiting = 0
        self.most = 0
        """Most tasks that were waiting at the same time."""

    def cores(self) -> int:
        return 2

    def nodes(self) -> list[Node]:
        return [Node("1", "127.0.0.3"), Node("2", "127.0.0.4")]

    def begin(
        self,
        name: str,
        *arguments: Any,
        about: str = "",
        seconds: float = 0.0,
        node: Node | None = None,
    ) -> Task:
        assert_plain(arguments)
        self.sent.append((name, *arguments))
        self._waiting += 1
        self.most = max(self.most, self._waiting)
        return Task((name, arguments), about, seconds, 0.0)

    def result(self, task: Task) -> Any:
        self._waiting -= 1
        name, arguments = task.reference
        kind, *rest = tasks.run(name, tuple(self._job), *arguments)
        assert kind == tasks.DONE
        assert_plain(rest[0])
        return rest[0]

    def close(self) -> None:
        """Nothing is open."""


def assert_plain(value: Any) -> None:
    """Raise ``AssertionError`` for a value that needs a package to be understood."""
    if isinstance(value, tuple | list):
        assert type(value) in (tuple, list), type(value)
        for each in value:
            assert_plain(each)
    elif isinstance(value, dict):
        assert_plain([*value, *value.values()])
    else:
        kinds = (str, bytes, int, float, bool, type(None))
        assert type(value) in kinds or type(value).__module__ == "numpy", type(value)
