"""Servers end with the tests that started them, also when those are killed."""

import subprocess
from pathlib import Path

_WATCH = 'read -r _; kill -QUIT "$0"; sleep 2; kill -KILL "$0"; rm -rf "$1"'
"""Nothing is ever written to its input, which the system closes when the tests end.

SIGQUIT lets PostgreSQL give back its shared memory.
"""


class Watched:
    """A process that is ended, and a folder that is removed, when this process ends."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path) -> None:
        self._watch = subprocess.Popen(
            ["sh", "-c", _WATCH, str(process.pid), folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C, which ends the tests, does not end it
        )

    def dismiss(self) -> None:
        """Watch it no more; before its end is waited for, since its number is then used again."""
        self._watch.kill()
        self._watch.communicate()
