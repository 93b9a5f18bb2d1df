"""The connection to a cluster: tasks go out, answers come back, and errors become one line."""

import atexit
import logging
import os
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from importlib.util import find_spec
from threading import Event, Thread
from typing import Any, NamedTuple

from qa_index.building.cluster import tasks
from qa_index.building.cluster.address import Address
from qa_index.building.cluster.messages import Job, Plain
from qa_index.errors import InputError, WorkersUnavailable
from qa_index.version import tool_version

CONNECT_SECONDS = 10.0
CONNECT_TRIES = 3
"""How often the head may try to start what serves a connection: it gives that 30 s, which a busy
machine may need more than once."""
RETRIES = 5
"""How often a task is tried again after its worker or its machine died."""
STALLED_SECONDS = 1800.0
"""Time in which a task has to end, unless it may take longer: ten minutes of encoding at most, and
what other programs keep the cluster busy with."""
LOOK_SECONDS = 300.0
"""Time in which a machine has to tell that it is ready; it may unpack a model first."""
NO_CORE_SECONDS = 60.0
"""Time in which a cluster that lost its last machine has to get another one."""
CLOSE_SECONDS = 10.0
"""Time in which Ray has to end the connection."""
_POLL = 5.0
_REFRESH = 10.0
_NOWHERE = logging.NullHandler()


class Task(NamedTuple):
    """A task that was sent."""

    reference: Any
    about: str
    """The file that it prepares, for messages."""
    seconds: float
    """Time that it may take."""
    sent: float


class Node(NamedTuple):
    """A machine of the cluster."""

    id: str
    host: str


class Cluster(AbstractContextManager["Cluster"]):
    """A connection to the head of a Ray cluster. Leaving it ends the tasks in progress.

    Every call raises ``WorkersUnavailable``, in one line, if the cluster is gone or cannot do it.
    Tasks whose worker or machine died are done again by Ray, which is safe for those of ``tasks``.
    """

    def __init__(self, address: Address, job: Job) -> None:
        """Connect. Raises ``InputError`` if ray is not installed."""
        self._address = address
        self._job = job
        self._ray = _import_ray()
        if self._ray.is_initialized():
            raise WorkersUnavailable(
                "this program is connected to a Ray cluster already: end that connection first"
            )
        self._restore = _silence()
        self._cores = 0.0
        self._asked = self._ended = time.monotonic()
        try:
            self._connect()
            self._run = self._ray.remote(num_cpus=1, max_retries=RETRIES)(_remote())
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        try:
            socket.create_connection(self._address, timeout=CONNECT_SECONDS).close()
        except (OSError, UnicodeError) as error:  # a name may be none that can be looked up
            reason = getattr(error, "strerror", None) or error
            raise WorkersUnavailable(
                f"no Ray cluster answers at {self._address} ({reason}): start its "
                "head with `ray start --head`, or correct the address"
            ) from None
        with self._talking():
            self._begin()
        # What the head prints would reach this program's stdout.
        from ray.util.client import ray as client

        client.get_context().client_worker.log_client.disable_logs()

    def _begin(self) -> None:
        for left in reversed(range(CONNECT_TRIES)):
            try:
                self._ray.init(
                    str(self._address), log_to_driver=False, logging_level=logging.CRITICAL
                )
                return
            except ConnectionAbortedError as error:  # the head answers, with a traceback
                if not left:
                    raise WorkersUnavailable(
                        f"the Ray cluster at {self._address} could not start a server for this "
                        f"command ({_lines(error)[-1]}): see whether its head is too busy, "
                        "or what its logs say"
                    ) from error

    def cores(self) -> int:
        """Cores that the cluster now gives to tasks."""
        now = time.monotonic()
        if not self._cores or now - self._asked > _REFRESH:
            with self._talking():
                self._cores = self._ray.cluster_resources().get("CPU", 0.0)
            if self._cores:
                self._asked = now
        return int(self._cores)

    def nodes(self) -> list[Node]:
        """The machines that have cores for tasks."""
        with self._talking():
            found = self._ray.nodes()
        return [
            Node(each["NodeID"], each["NodeManagerAddress"])
            for each in found
            if each["Alive"] and each["Resources"].get("CPU")
        ]

    def begin(
        self,
        name: str,
        *arguments: Plain,
        about: str = "",
        seconds: float = STALLED_SECONDS,
        node: Node | None = None,
    ) -> Task:
        """Send a task: a call of ``tasks`` by its name; to ``node`` if given, beside its others.

        ``about`` names a file in messages. ``seconds`` are those in which it has to end, from when
        it is sent or another one ended.
        """
        how: dict[str, Any] = {"name": f"qa {name}"}
        if node is not None:
            from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

            where = NodeAffinitySchedulingStrategy(node.id, soft=True)
            how |= {"scheduling_strategy": where, "num_cpus": 0}
        with self._talking():
            reference = self._run.options(**how).remote(
                name, tool_version(), tuple(self._job), *arguments
            )
        return Task(reference, about, seconds, time.monotonic())

    def result(self, task: Task) -> Plain:
        """Wait for what a task of ``tasks`` gives."""
        while True:
            with self._talking(task.about):
                try:
                    host, kind, *rest = self._ray.get(task.reference, timeout=_POLL)
                    break
                except self._ray.exceptions.GetTimeoutError:
                    pass
            self._check_progress(task)
        self._ended = time.monotonic()
        if kind == tasks.DONE:
            return rest[0]
        raise WorkersUnavailable(self._lacking(host, kind, *rest))

    def _check_progress(self, task: Task) -> None:
        """Raise ``WorkersUnavailable`` if there is nobody to do it, or if it takes too long."""
        now = time.monotonic()
        if not self.cores() and now - max(self._asked, task.sent) > NO_CORE_SECONDS:
            raise WorkersUnavailable(
                f"the Ray cluster at {self._address} has no machine left for its tasks: start one "
                "with `ray start --address=…`, and run the command again"
            )
        if now - max(self._ended, task.sent) > task.seconds:
            raise WorkersUnavailable(
                f"no task has ended in {task.seconds / 60:.0f} min on the Ray cluster at "
                f"{self._address}: see with `ray status` whether others keep it busy"
            )

    def _lacking(self, host: str, kind: str, told: str = "") -> str:
        if kind == tasks.NO_MODEL:
            return (
                f"the worker {host} has not the model {self._job.model} of this index: have the "
                "same files there"
            )
        if kind == tasks.NO_PARSER:
            return f"on the worker {host}, {told}"
        there = f"has grounded-qa {told}" if told else "lacks grounded-qa"
        return (
            f"the worker {host} {there}, and this command is of version {tool_version()}: install "
            "the same on all machines of the cluster"
        )

    @contextmanager
    def _talking(self, about: str = "") -> Iterator[None]:
        """Make one line of what Ray raises, and nothing of what it warns of."""
        broken = self._ray.exceptions
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except broken.GetTimeoutError:
            raise
        except broken.RayTaskError as error:
            raise error.cause from error
        except (broken.WorkerCrashedError, broken.OutOfMemoryError, broken.NodeDiedError) as error:
            raise WorkersUnavailable(
                f"workers of the Ray cluster at {self._address} died {RETRIES + 1} times over "
                f"{about or 'the same passages'} ({_first_line(error)}): see whether they run out "
                "of memory"
            ) from error
        except _lost() as error:
            raise WorkersUnavailable(
                f"the Ray cluster at {self._address} does not answer any more "
                f"({_first_line(error)}): see whether its head runs, then run the command again; "
                "what was encoded is kept"
            ) from error
        except (broken.RayError, RuntimeError) as error:
            raise WorkersUnavailable(
                f"the Ray cluster at {self._address} failed ({_first_line(error)})"
            ) from error

    def close(self) -> None:
        """End the connection, and with it the tasks in progress."""
        ended = Event()
        ending = Thread(target=self._shut_down, args=(ended,), daemon=True)
        ending.start()
        try:
            ending.join(CLOSE_SECONDS)
        finally:  # whoever waits may press Ctrl-C again
            if not ended.is_set():
                # Ctrl-C in a call of gRPC can leave a lock held. Ray would wait for it at the exit
                # of the program, too, without end; that it ends closes the connection as well.
                atexit.unregister(self._ray.shutdown)
            self._restore()

    def _shut_down(self, ended: Event) -> None:
        with suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._ray.shutdown()
            ended.set()

    def __exit__(self, *_: object) -> None:
        self.close()


def _remote() -> Callable[..., Plain]:
    """The function that every task calls.

    Being local, it is sent with its code and not looked up on the worker: so it can tell that
    something is missing there.
    """

    def run(name: str, version: str, *arguments: Any) -> Any:
        import ray

        host = ray.util.get_node_ip_address()
        try:
            from qa_index.version import tool_version

            there = tool_version()
        except ImportError:
            there = ""
        if there != version:
            return host, "another version", there
        from qa_index.building.cluster import tasks

        return host, *tasks.run(name, *arguments)

    return run


def require_ray() -> None:
    """Raise ``InputError`` if ray, or what it needs to reach a cluster, is not installed."""
    if not (find_spec("ray") and find_spec("grpc")):
        raise InputError("workers on a Ray cluster need ray: pip install 'grounded-qa[ray]'")


def _import_ray() -> Any:
    require_ray()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    import ray
    import ray.util.client.logsclient

    return ray


def _lost() -> tuple[type[Exception], ...]:
    """What is raised when the head does not answer any more."""
    import grpc

    return ConnectionError, grpc.RpcError


def _silence() -> Callable[[], None]:
    """Keep Ray's logs from stderr; returns what undoes that."""
    logger = logging.getLogger("ray")
    before = logger.handlers[:], logger.propagate
    logger.handlers[:], logger.propagate = [_NOWHERE], False
    # Some of its loggers do not hand on what they are told.
    alone = [
        each
        for name, each in logging.root.manager.loggerDict.items()
        if name.startswith("ray.") and isinstance(each, logging.Logger) and not each.propagate
    ]
    for each in alone:
        each.addHandler(_NOWHERE)

    def restore() -> None:
        logger.handlers[:], logger.propagate = before
        for each in alone:
            each.removeHandler(_NOWHERE)

    return restore


def _first_line(error: BaseException) -> str:
    return _lines(error)[0]


def _lines(error: BaseException) -> list[str]:
    """What an error says, in lines of a sensible length; at least one."""
    details = getattr(error, "details", None)
    told = str(details() if callable(details) else error) or type(error).__name__
    lines = [line.strip()[:300].rstrip(".") for line in told.splitlines() if line.strip()]
    return lines or [type(error).__name__]
