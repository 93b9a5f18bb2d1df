"""Reads the text of a file or of standard input, or a line that is typed, and writes files."""

import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from qa import InputError
from qa.cli.terminal.output import write_lines


def read_bytes(file: str, pipe: str) -> tuple[bytes, str]:
    """The bytes, and their name for messages; ``-`` is standard input.

    ``pipe`` is an example of what is piped in, for messages. Raises ``InputError``.
    """
    name = "standard input" if file == "-" else file
    if file == "-" and sys.stdin.isatty():
        raise InputError(f"name a file, or pipe one in: {pipe}")
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes(), name
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"cannot read {name}: {reason}") from None


def text_of(data: bytes, name: str) -> str:
    """The text that bytes are in UTF-8. Raises ``InputError``."""
    try:
        return data.decode("utf-8-sig")
    except ValueError:
        raise InputError(f"cannot read {name}: it is not UTF-8 text") from None


def read_text(file: str, pipe: str) -> tuple[str, str]:
    """The text, and its name for messages: see ``read_bytes``."""
    data, name = read_bytes(file, pipe)
    return text_of(data, name), name


def read_line(prompt: str) -> str:
    """The line typed at a prompt. Raises ``EOFError`` at the end of input."""
    # Importing the module, where it exists, enables line editing.
    with suppress(ImportError):
        import_module("readline")
    try:
        return input(prompt)
    except EOFError:
        write_lines([""])  # later output starts on a new line
        raise


def write_text(file: str, text: str) -> None:
    """Writes a file; raises ``InputError``."""
    try:
        Path(file).write_text(text, encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no name of a file"
        raise InputError(f"cannot write {file}: {reason}") from None
