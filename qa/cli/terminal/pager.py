"""Sends output longer than the terminal through a pager, as git does."""

import os
import shutil
import signal
import sys
from collections.abc import Iterable, Mapping

from qa.cli.terminal.output import write_lines

VARIABLES = "QA_PAGER", "PAGER"
"""The first that is set names the pager; empty or ``cat`` disables it."""

LESS = "FRX"
"""Options of less unless ``LESS`` is set: show colours, and leave the text on the screen."""


def page_lines(lines: Iterable[str], *, height: int, paging: bool) -> bool:
    """Prints lines, through a pager if there are more than ``height`` and stdout is a terminal.

    Returns and raises as ``write_lines`` does.
    """
    shown = list(lines)
    pager = pager_of(os.environ) if paging and len(shown) >= height and _on_terminal() else None
    return (pager is not None and _paged(shown, pager)) or write_lines(shown)


def pager_of(environment: Mapping[str, str]) -> list[str] | None:
    """The pager's command; ``None`` if paging is disabled or no pager is installed."""
    import shlex

    named = next((environment[name] for name in VARIABLES if name in environment), "less")
    try:
        command = shlex.split(named)
    except ValueError:  # an unclosed quote
        return None
    if not command or command == ["cat"] or environment.get("TERM", "dumb") == "dumb":
        return None
    return command if shutil.which(command[0], path=environment.get("PATH")) else None


def _on_terminal() -> bool:
    return sys.stdout.isatty()


def _paged(lines: list[str], command: list[str]) -> bool:
    """Returns False if the pager could not be started. The user may quit it early."""
    import subprocess  # slow to import, and few answers need it

    environment = {"LESS": LESS, "LV": "-c", **os.environ}
    text = "".join(f"{line}\n" for line in lines)
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.flush()
    try:
        pager = subprocess.Popen(command, stdin=subprocess.PIPE, env=environment)
    except OSError:
        return False
    # While the pager runs, Ctrl-C is for the pager.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pager.communicate(text.encode(encoding, "backslashreplace"))  # fine if the pager exits
    finally:
        signal.signal(signal.SIGINT, before)
    return True
