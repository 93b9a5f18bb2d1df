"""The ``qa`` command in its own process, with pipes or on a terminal."""

import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from fcntl import ioctl
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "qa")


def environment(**changes: str) -> dict[str, str]:
    """This process's environment, with the checkout importable and no variables that affect
    output."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"NO_COLOR", "COLUMNS", "QA_INDEX", "LINES", "PAGER", "LESS"}
    }
    paths = [ROOT, ROOT / "index", ROOT / "eval"]
    own = {"PYTHONPATH": os.pathsep.join(map(str, paths)), "TERM": "xterm", "QA_PAGER": ""}
    return {**kept, **own, **changes}


def run_command(
    *arguments: str,
    folder: Path,
    stdin: str | None = None,
    changes: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run ``qa`` in ``folder`` with pipes, its output decoded as UTF-8 without translation."""
    result = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**(changes or {})),
        input=None if stdin is None else stdin.encode(),
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return subprocess.CompletedProcess(
        result.args, result.returncode, result.stdout.decode(), result.stderr.decode()
    )


def on_terminal(
    *arguments: str,
    folder: Path,
    columns: int = 80,
    rows: int = 50,
    changes: Mapping[str, str] | None = None,
) -> str:
    """The output of ``qa`` on a terminal of this size, stdout and stderr combined."""
    leader, follower = pty.openpty()
    ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(**(changes or {})),
        stdin=follower,
        stdout=follower,
        stderr=follower,
    )
    os.close(follower)
    printed = b"".join(iter(lambda: _read(leader), b""))
    os.close(leader)
    process.wait(timeout=120)
    return printed.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # on Linux the end of a terminal is an error
        return b""
