"""The table that a benchmark prints and files."""

import os
import platform
import sys
from collections.abc import Sequence

from eval.peers.comparing import describe_machine


def heading(name: str) -> str:
    """The machine, how busy it is now, and the command line of ``eval.NAME``."""
    found = describe_machine()
    return (
        f"{found['processor']}, {found['cores']} cores, {found['memory']}, load "
        f"{os.getloadavg()[0]:.1f}, Python {platform.python_version()}; "
        f"`{' '.join(['python -m eval.' + name, *sys.argv[1:]])}`"
    )


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
