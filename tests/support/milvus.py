"""A server of Milvus Lite on loopback, which emulates Milvus: a process with a data folder.

It answers the same protocol, and pymilvus asks it as it asks Milvus. It has no cluster, no users
and one consistency: what was acknowledged is seen.
"""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.watched import Watched

NEEDED = ("pymilvus", "milvus_lite")

MISSING = ", ".join(name for name in NEEDED if find_spec(name) is None)
"""Packages that a server needs and that are not installed."""

WRITES = ("CreateCollection", "DropCollection", "Insert", "Delete", "LoadCollection")
"""Calls that Milvus Lite asks its clients to make one after the other. Milvus does not."""


@cache
def server() -> "Server":
    """The server that all tests of this process share."""
    found = Server()
    atexit.register(found.remove)
    found.start()
    return found


class Server:
    """A server with a data folder of its own; ``kill`` it, or ``remove`` it with its data."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="qa-milvus-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        self._watched: Watched | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        # This file is also the program of the server, which finds nothing of the tests.
        from tests.support.watched import Watched

        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, self.folder / "data", str(self.port)],
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        self._watched = Watched(self._process, self.folder)
        deadline = time.monotonic() + 300
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 2).close()
                return
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text()) from None
                time.sleep(0.05)

    def signal(self, number: signal.Signals) -> None:
        """Send its process a signal."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, as a power cut does, but for what the system wrote."""
        if self._watched is not None:
            self._watched.dismiss()
            self._watched = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """End it and remove its data."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def address(self, name: str, **more: str) -> str:
        """The address of the index of a name."""
        query = "&".join(f"{each}={value}" for each, value in more.items())
        return f"milvus://127.0.0.1:{self.port}/{name}" + (f"?{query}" if query else "")

    def new_index(self, name: str, **more: str) -> str:
        """The address of an index that does not exist."""
        client = self.client()
        for each in client.list_collections():
            if each.startswith(f"{name}_"):
                client.drop_collection(each)
        client.close()
        return self.address(name, **more)

    def client(self) -> Any:
        """A connection of the tests' own."""
        import pymilvus

        return pymilvus.MilvusClient(uri=f"http://127.0.0.1:{self.port}", dedicated=True)


def _serve(folder: str, port: str) -> None:
    from milvus_lite.adapter.grpc.server import run_server
    from milvus_lite.adapter.grpc.servicer import MilvusServicer
    from milvus_lite.db import MilvusLite

    def one_by_one(kind: Any, *names: str) -> None:
        alone = threading.Lock()

        def locked(call: Any) -> Any:
            def answer(*given: Any, **more: Any) -> Any:
                with alone:
                    return call(*given, **more)

            return answer

        for name in names:
            setattr(kind, name, locked(getattr(kind, name)))

    one_by_one(MilvusServicer, *WRITES)
    # Of two that ask for a collection when the server has just begun, each would get its own, and
    # what one of them loads is not loaded for the other.
    one_by_one(MilvusLite, "get_collection")
    run_server(folder, "127.0.0.1", int(port))


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    _serve(*sys.argv[1:])
