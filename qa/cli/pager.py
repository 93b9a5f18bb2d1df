"""What is longer than the terminal goes through a pager, as git does it."""

import os
import shutil
import signal
import sys
from collections.abc import Iterable, Mapping

from qa.cli.output import write_lines

VARIABLES = "QA_PAGER", "PAGER"
"""The first that is set names the pager; empty or ``cat`` for none."""

LESS = "FRX"
"""Options of less unless ``LESS`` is set: show colours, and leave the text on the screen."""


def page_lines(lines: Iterable[str], *, height: int, paging: bool) -> bool:
    """Print lines, through a pager if they are more than ``height`` and a person looks at them.

    Returns and raises as ``write_lines`` does.
    """
    shown = list(lines)
    pager = pager_of(os.environ) if paging and len(shown) >= height and _on_terminal() else None
    return (pager is not None and _paged(shown, pager)) or write_lines(shown)


def pager_of(environment: Mapping[str, str]) -> list[str] | None:
    """The command of the pager, if one is wanted and there."""
    import shlex

    named = next((environment[name] for name in VARIABLES if name in environment), "less")
    try:
        command = shlex.split(named)
    except ValueError:  # a quote without an end
        return None
    if not command or command == ["cat"] or environment.get("TERM", "dumb") == "dumb":
        return None
    return command if shutil.which(command[0], path=environment.get("PATH")) else None


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _paged(lines: list[str], command: list[str]) -> bool:
    """Whether the pager could be started. It may be left before the last line."""
    import subprocess  # slow to import, and few answers need it

    environment = {"LESS": LESS, "LV": "-c", **os.environ}
    text = "".join(f"{line}\n" for line in lines)
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.flush()
    try:
        pager = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    except OSError:
        return False
    # Ctrl-C is the pager's, for as long as it runs.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pager.communicate(text.encode(encoding, "backslashreplace"))  # survives an early end
    finally:
        signal.signal(signal.SIGINT, before)
    return True
