"""A network of its own, for servers that listen on all addresses of a machine (Linux, as root)."""

import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_CLONE_NEWNET = 0x40000000
_SIOCSIFFLAGS = 0x8914
_UP_AND_RUNNING = 0x41


def _missing() -> str:
    if sys.platform != "linux" or os.geteuid():
        return "root on Linux"
    tried = f"import ctypes; raise SystemExit(ctypes.CDLL(None).unshare({_CLONE_NEWNET}) != 0)"
    if subprocess.run([sys.executable, "-I", "-c", tried], check=False).returncode:
        return "the right to make a network namespace"
    return ""


MISSING = _missing()
"""What a namespace needs and is not there."""


class Namespace:
    """A network with nothing but the loopback addresses; ``close`` it.

    Processes that are started inside of ``entered`` are in it, and end with it.
    """

    def __init__(self) -> None:
        with self._left():
            if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "no network namespace can be made")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
                request = struct.pack("16sh", b"lo", _UP_AND_RUNNING)
                fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)
            self._inside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self._inode = os.fstat(self._inside).st_ino

    @staticmethod
    @contextmanager
    def _left() -> Iterator[None]:
        """Back in the present network afterwards; of this thread alone."""
        outside = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            yield
        finally:
            _enter(outside)
            os.close(outside)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let this thread, and what it starts, be in the network.

        It must not fork, as ``subprocess`` does where it is given a ``user`` or a ``preexec_fn``:
        gRPC starts all of its threads anew in the thread that forked, and so in this network, where
        they reach none of the servers that clients of this process are connected to.
        """
        with self._left():
            _enter(self._inside)
            yield

    def processes(self) -> dict[int, str]:
        """The command line of each process in the network, by its id."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (folder / "ns/net").stat().st_ino == self._inode:
                    line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(folder.name)] = line.decode(errors="replace").strip()
        return found

    def kill(self, process: int) -> None:
        """Kill a process that was found in the network."""
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)

    def close(self) -> None:
        """End all processes in the network."""
        deadline = time.monotonic() + 20
        while (left := self.processes()) and time.monotonic() < deadline:
            for process in left:
                self.kill(process)
            time.sleep(0.05)
        os.close(self._inside)


def _enter(namespace: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "the network namespace cannot be entered")
