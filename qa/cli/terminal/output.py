"""Writes data to stdout and everything else to stderr, line by line."""

import json
import logging
import os
import sys
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.cli.options import Options
from qa.rendering.characters import visible, visible_json

if TYPE_CHECKING:
    from qa.rendering.terminal import Terminal

_OWN_LOGGERS = ("qa", "qa_index", "qa_eval")


def terminal(options: Options) -> "Terminal":
    """The capabilities of stdout."""
    from qa.rendering.terminal import terminal_of

    return terminal_of(sys.stdout, no_color=options.no_color)


def working_folder() -> Path:
    """The working folder; the root folder if it is gone."""
    try:
        return Path.cwd()
    except OSError:
        return Path(os.sep)


def write_lines(lines: Iterable[str]) -> bool:
    """Prints lines and flushes: the next answer may be slow.

    Returns False if stdout is closed; later output is dropped. Raises ``OSError``.
    """
    text = "".join(f"{line}\n" for line in lines)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
        return False
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error
    return True


def write_json(value: Any) -> bool:
    """Prints one JSON value on one line, exact for programs and safe on a terminal.

    Returns and raises as ``write_lines`` does. Raises ``ValueError`` for numbers that JSON has not.
    """
    readable = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    text = json.dumps(value, ensure_ascii=not readable, allow_nan=False)
    return write_lines([visible_json(text)])


def discard_output() -> None:
    """Drops all further output, including what is flushed when the interpreter exits."""
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def say(message: str) -> None:
    """Prints one line to stderr."""
    try:
        sys.stderr.write(f"qa: {visible(message)}\n")
        sys.stderr.flush()
    except OSError:  # stderr is closed
        pass


def note(message: str, options: Options) -> None:
    """Prints one line to stderr, unless ``--quiet``."""
    if not options.quiet:
        say(message)


def prepare(options: Options) -> None:
    """Set up streams and logging for a command."""
    # Printing must succeed for any document, file name and locale.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    keep_notes(_OWN_LOGGERS, logging.INFO, options)
    if not options.verbose:
        warnings.simplefilter("ignore")  # library warnings are for developers


def keep_notes(loggers: Iterable[str], level: int, options: Options) -> None:
    """Prints what these loggers say, from ``level`` on, as notes; everything if ``--verbose``."""
    for name in loggers:
        logger = logging.getLogger(name)
        quiet = max(level, logging.ERROR) if options.quiet else level
        logger.setLevel(logging.DEBUG if options.verbose and not options.quiet else quiet)
        if not any(isinstance(handler, _Notes) for handler in logger.handlers):
            logger.addHandler(_Notes())


class _Notes(logging.Handler):
    """Prints the library's log as one-line notes."""

    def emit(self, record: logging.LogRecord) -> None:
        warning = "warning: " if record.levelno >= logging.WARNING else ""
        say(warning + record.getMessage())
