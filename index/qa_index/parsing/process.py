"""A worker process, as its parent sees it."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL, Signals
from threading import Lock, Timer
from typing import IO, cast

import qa_index
from qa_index.errors import ParserUnavailable
from qa_index.formats import UnreadableSource
from qa_index.parsing.limits import Limits
from qa_index.parsing.messages import Header, receive, send

_KEPT_VARIABLES = (
    "PATH", "SYSTEMROOT", "TEMP", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG",
    "TESSDATA_PREFIX",
)  # fmt: skip
"""The rest of the environment may hold secrets."""
_GROWN = 0.25
"""Share of the memory limit from which a worker is not used for another file."""
_FILES = 500
"""Files after which a worker is replaced, whatever it may have leaked."""


class WorkerDied(Exception):
    """The process ended before it answered; the message says how."""

    def __init__(self, code: int) -> None:
        super().__init__(_told(code))
        self.was_killed = sys.platform != "win32" and code == -SIGKILL
        """Whether from outside, such as by a system that ran out of memory."""


class WorkerOutOfMemory(Exception):
    """The limit of memory was reached."""


class Worker:
    """One process. It answers one request after the other, and can be killed from any thread."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = Lock()
        self._late = False
        self._is_ready = False
        self._is_stopped = False
        self.files = 0
        """How many requests it has answered."""
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", _START, json.dumps({"memory": limits.memory, **_where()})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.path.abspath(os.sep),  # noqa: PTH100 - it needs no folder
            env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            start_new_session=True,  # Ctrl-C is the parent's business
        )
        self._requests = cast(IO[bytes], self._process.stdin)
        self._answers = cast(IO[bytes], self._process.stdout)

    def ask(self, header: Header, *parts: bytes, seconds: float) -> tuple[Header, bytes]:
        """The answer to a request, which may take so many seconds.

        Raises ``UnreadableSource`` if it takes too long, ``InvalidMessage`` if the answer is
        malformed, ``WorkerDied`` and ``WorkerOutOfMemory``. The process has then ended.
        """
        timer = Timer(seconds, self._stop_late)
        timer.daemon = True
        timer.start()
        try:
            self._await_start()
            send(self._requests, {**header, "seconds": 2 * seconds}, *parts)
            answer, data = receive(self._answers)
        except (OSError, EOFError):
            self._process.wait()
            if self._late:
                raise UnreadableSource(f"it took more than {seconds:.3g} s to read") from None
            raise WorkerDied(self._process.returncode) from None
        except BaseException:
            self.stop()
            raise
        finally:
            timer.cancel()
        self.files += 1
        if answer.get("answer") == "memory":
            self.stop()
            raise WorkerOutOfMemory
        return answer, data

    def _await_start(self) -> None:
        """Wait until the process is ready: earlier errors are not caused by a file."""
        if self._is_ready:
            return
        try:
            receive(self._answers)
        except EOFError:
            self._process.wait()
            if not self._late and not self._is_stopped:
                how = _told(self._process.returncode)
                raise ParserUnavailable(
                    f"the process that parses files does not start ({how})"
                ) from None
            raise
        self._is_ready = True

    def _stop_late(self) -> None:
        self._late = True
        self.stop()

    def is_usable(self) -> bool:
        """Whether it should get another file."""
        if self._process.poll() is not None or self._is_stopped:
            return False
        return self.files < _FILES and self._memory() < _GROWN * self._limits.memory

    def _memory(self) -> int:
        """Bytes of memory that it now occupies; 0 if not known."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
        except (OSError, IndexError):
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def stop(self) -> None:
        """Kill the process, and wait for its end. A call in progress raises ``WorkerDied``."""
        with self._lock:
            self._is_stopped = True
            if self._process.returncode is None:
                self._kill()
                self._process.wait()

    def _kill(self) -> None:
        """Kill it and the processes that it started, such as Tesseract."""
        if sys.platform != "win32":
            with suppress(OSError):
                os.killpg(self._process.pid, SIGKILL)
        self._process.kill()

    def close(self) -> None:
        """``stop``, and close the pipes; for the thread that uses it."""
        self.stop()
        for pipe in (self._requests, self._answers):
            with suppress(OSError):  # what was not sent yet
                pipe.close()


_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1])['path']; "
    "from qa_index.parsing.worker import main; main()"
)
"""Isolated from variables and the working folder, but with the packages of this process."""


def _where() -> dict[str, list[str]]:
    """Where this process finds modules. The working folder counts only if this package is in it."""
    home = str(Path(qa_index.__file__).parents[1])
    path = [os.path.abspath(each) for each in sys.path if each]  # noqa: PTH100 - as Python does
    return {"path": path if home in path else [home, *path]}


def _told(code: int) -> str:
    if code < 0:
        try:
            return f"signal {-code}, {Signals(-code).name}"
        except ValueError:
            return f"signal {-code}"
    return f"exit code {code}"
