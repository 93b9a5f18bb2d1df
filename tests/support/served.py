"""``qa serve`` in its own process."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.command import COMMAND, environment

PATIENCE = 120
"""Seconds for anything on a busy machine."""


class Served:
    """The process, listening at a free port. Stopped on leaving the context."""

    def __init__(self, *arguments: str, folder: Path, **variables: str) -> None:
        self._process = subprocess.Popen(
            [*COMMAND, "serve", "--port", "0", *arguments],
            cwd=folder,
            env=environment(**variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self.port = 0
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self.lines.append(line.rstrip("\n"))
            if found := re.fullmatch(r"qa: listening at http://.*:(\d+)\n", line):
                self.port = int(found[1])
                self._listening.set()
        self._listening.set()

    def __enter__(self) -> Self:
        assert self._listening.wait(PATIENCE)
        assert self.port, self.lines
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(signal.SIGKILL)

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Exit code and standard output after a signal."""
        if self._process.poll() is None:
            os.kill(self._process.pid, sign)
        return self.ended()

    def ended(self) -> tuple[int, str]:
        """Exit code and standard output, once it has ended."""
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        assert self._process.stdout is not None
        out = "" if self._process.stdout.closed else self._process.stdout.read()
        self._process.stdout.close()
        if self._process.stderr is not None:
            self._process.stderr.close()
        return self._process.returncode, out

    @property
    def log(self) -> list[dict[str, Any]]:
        """The entries of the log so far."""
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def logged(self, path: str) -> dict[str, Any]:
        """The last entry of a path, which is written after its response was sent."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if entries := [entry for entry in self.log if entry.get("path") == path]:
                return entries[-1]
            time.sleep(0.01)
        raise AssertionError(f"nothing logged of {path}: {self.lines}")

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of a response."""
        connection = self.connection()
        try:
            whole = {"content-type": "application/json", **(headers or {})}
            connection.request(method, path, body and json.dumps(body), whole)
            response = connection.getresponse()
            return response.status, json.loads(response.read() or b"null")
        finally:
            connection.close()

    def ask(self, question: str, **options: Any) -> dict[str, Any]:
        status, answer = self.send("POST", "/ask", {"question": question, **options})
        assert status == 200, answer
        return dict(answer)

    def raw(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
