"""Turns the output of ``rich`` into lines for stdout."""

import io
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from qa.rendering.terminal import Terminal

if TYPE_CHECKING:
    from rich.console import Console


def drawn(draw: "Callable[[Console], object]", terminal: Terminal) -> list[str]:
    """The lines that ``draw`` prints to a console of this terminal's width and colours.

    ``rich`` does not print them itself: it would exit the process if stdout is closed.
    """
    from rich.console import Console

    encoding = sys.stdout.encoding or "ascii"
    page = io.TextIOWrapper(
        io.BytesIO(), encoding, errors="backslashreplace", newline="\n", write_through=True
    )
    draw(
        Console(
            file=page,
            width=terminal.width,
            force_terminal=terminal.color,
            color_system="standard" if terminal.color else None,
            no_color=not terminal.color,
            highlight=False,
        )
    )
    page.seek(0)
    return [line.rstrip() for line in page.read().splitlines()]
