"""A real Ray cluster of several nodes on this machine, in a network of its own."""

import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from tests.support.namespace import MISSING as NO_NAMESPACE
from tests.support.namespace import Namespace
from tests.support.processes import child_environment

MISSING = ", ".join(
    [
        *(name for name in ("ray", "grpc") if find_spec(name) is None),
        *filter(None, [NO_NAMESPACE]),
    ]
)
"""What a cluster needs and is not there."""

HEAD = "127.0.0.2"
ADDRESS = f"ray://{HEAD}:10001"

_PORT = 6379

_PATIENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_health_check_period_ms": "1000",  # a killed node is noticed after five of them
    "RAY_health_check_timeout_ms": "60000",
    "RAY_raylet_start_wait_time_s": "600",
    "RAY_worker_register_timeout_seconds": "600",
    "RAY_gcs_server_request_timeout_seconds": "300",
    "RAY_CLIENT_SERVER_CHECK_CHANNEL_TIMEOUT_S": "300",
}
"""For a machine that does much else: a process that is slow is not one that died."""


class RayCluster:
    """Nodes at addresses of loopback. The head, ``HEAD``, gives no core to tasks. ``close`` it."""

    def __init__(self, folder: Path) -> None:
        """Start the head; Ray keeps its files in ``folder``, the path of which must be short."""
        self.network = Namespace()
        self._folder = folder
        self._nodes: dict[str, subprocess.Popen[bytes]] = {}
        try:
            self._start(HEAD, "--head", f"--port={_PORT}", "--num-cpus=0",
                        "--include-dashboard=false", f"--temp-dir={folder}")  # fmt: skip
            self.wait_until(lambda: self._listens(10001))
        except BaseException:
            self.close()
            raise

    def add(
        self, host: str, *, cores: int = 1, hidden: Path | None = None, **variables: str
    ) -> None:
        """Start a node at this address, with ``variables`` in its environment.

        It sees the folder ``hidden`` empty.
        """
        more = f"--address={HEAD}:{_PORT}", f"--num-cpus={cores}"
        self._start(host, *more, hidden=hidden, **variables)

    def _start(
        self, host: str, *arguments: str, hidden: Path | None = None, **variables: str
    ) -> None:
        environment = child_environment(
            **_PATIENT,
            **variables,
        )
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block",
                   f"--node-ip-address={host}", f"--object-store-memory={100 << 20}",
                   "--disable-usage-stats", *arguments]  # fmt: skip
        if hidden is not None:
            empty = 'mount -t tmpfs none "$0" && exec "$@"'
            command = ["unshare", "--mount", "sh", "-c", empty, str(hidden), *command]
        with self.network.entered(), (self._folder / f"{host}.log").open("ab") as log:
            self._nodes[host] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )
        self.wait_until(lambda: "Ray runtime started" in (self._folder / f"{host}.log").read_text())

    def _listens(self, port: int) -> bool:
        with self.network.entered():
            table = (
                Path("/proc/thread-self/net/tcp6").read_text()
                + Path("/proc/thread-self/net/tcp").read_text()
            )
        return f":{port:04X} 0" in table

    def find(self, *parts: str) -> list[int]:
        """The ids of processes whose command line has all of these."""
        return [
            number
            for number, line in self.network.processes().items()
            if all(part in f"{line} " for part in parts)
        ]

    def wait_until(self, holds: Callable[[], object], seconds: float = 600) -> None:
        """Wait for something to happen."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                logs = (path.read_text()[-2000:] for path in self._folder.glob("*.log"))
                raise RuntimeError("\n".join(["it does not happen", *logs]))
            time.sleep(0.05)

    def qa(self, *arguments: str, **variables: str) -> subprocess.Popen[str]:
        """The command, started beside the cluster."""
        with self.network.entered():
            return subprocess.Popen(
                [sys.executable, "-m", "qa", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=child_environment(**variables),
            )

    def kill_node(self, host: str) -> None:
        """Kill the raylet of a node; its workers end with it."""
        for process in self.find("raylet/raylet", f"--node_ip_address={host} "):
            self.network.kill(process)

    def close(self) -> None:
        """End all its processes."""
        self.network.close()
        for process in self._nodes.values():
            process.wait()
