"""A program on a terminal of its own, to type at."""

import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Sequence
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE = 60
"""Seconds until something is printed, on a busy machine."""


class Typed:
    """A running program, what it prints and what is typed; ended when left."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        environment: dict[str, str],
        rows: int = 50,
        columns: int = 80,
    ) -> None:
        self._leader, follower = pty.openpty()
        ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
            # Ctrl-C is sent to the programs of this terminal.
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(follower)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._leader)

    def type(self, keys: str) -> None:
        os.write(self._leader, keys.encode())

    def interrupt(self) -> None:
        """Types Ctrl-C until the program ends.

        Python misses one that comes just before it begins to wait for keys.
        """
        until = time.monotonic() + PATIENCE
        while self._process.poll() is None and time.monotonic() < until:
            self.type("\x03")
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)

    def until(self, end: str) -> str:
        """What is printed until it ends in ``end``."""
        printed = ""
        until = time.monotonic() + PATIENCE
        while not printed.endswith(end):
            left = until - time.monotonic()
            assert left > 0, f"{end!r} is not printed:\n{printed}"
            if select.select([self._leader], [], [], left)[0]:
                more = self._read()
                assert more, f"ended before {end!r}:\n{printed}"
                printed += more
        return printed

    def some(self) -> str:
        """Whatever is printed next."""
        assert select.select([self._leader], [], [], PATIENCE)[0], "nothing is printed"
        more = self._read()
        assert more, "it has ended"
        return more

    def rest(self) -> str:
        """What is printed until the program ends."""
        return "".join(iter(self._read, ""))

    def code(self) -> int:
        """The exit code."""
        return self._process.wait(PATIENCE)

    def _read(self) -> str:
        try:
            read = os.read(self._leader, 65536)
        except OSError:  # on Linux the end of a terminal is an error
            return ""
        return read.decode(errors="replace").replace("\r\n", "\n")
