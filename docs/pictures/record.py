"""Run a command in a terminal of its own and draw what it printed.

python docs/pictures/record.py docs/pictures/ask.svg qa ask "Who heads the forum?"
"""

import io
import os
import pty
import re
import shlex
import struct
import sys
import termios
from fcntl import ioctl
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 80, 24


def printed(command: list[str]) -> str:
    """What ``command`` prints on a terminal, with its colours."""
    child, terminal = pty.fork()
    if child == 0:
        ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.environ |= {"TERM": "xterm-256color"}
        os.execvp(command[0], command)  # noqa: S606 - the reader's own command
    output = bytearray()
    try:
        while data := os.read(terminal, 65536):
            output += data
    except OSError:  # how Linux says that the other side is gone
        pass
    os.waitpid(child, 0)
    return output.decode().replace("\r\n", "\n")


def main(picture: str, *command: str) -> None:
    """Draw ``command`` and its output as an SVG file."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    words = [word if shlex.quote(word) == word else f'"{word}"' for word in command]
    console.print(Text(f"$ {' '.join(words)}", style="bold"))
    console.print(Text.from_ansi(printed(list(command))))
    drawn = console.export_svg(title=command[0])
    # Fonts of another host are not fetched: the reader's own monospace font will do.
    Path(picture).write_text(re.sub(r"@font-face \{.*?\}", "", drawn, flags=re.DOTALL))


if __name__ == "__main__":
    main(*sys.argv[1:])
