"""Reports errors as one line on stderr and an exit code.

0    answered or done            5    the model is not available
1    no answer, or not verified  6    the workers are not available
2    wrong usage or input        70   internal error
3    index missing or damaged    130  interrupted
4    a source is stale under --strict
"""

import sys
import traceback
from collections.abc import Callable
from typing import Any

import typer

from qa import (
    IndexProblem,
    InputError,
    ModelUnavailable,
    QAError,
    QuoteNotHeld,
    StaleSource,
    WorkersUnavailable,
)
from qa.cli.exit_codes import INTERNAL, INTERRUPTED, USAGE
from qa.cli.options import Options
from qa.cli.terminal.output import discard_output, say

EXIT_CODES: dict[type[QAError], int] = {
    InputError: USAGE,
    IndexProblem: 3,
    StaleSource: 4,
    QuoteNotHeld: 1,
    ModelUnavailable: 5,
    WorkersUnavailable: 6,
}
"""The exit code of each branch of ``qa.errors``."""


def exit_code_of(error: QAError) -> int:
    """The exit code of the command after an error."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), INTERNAL)


def guarded(action: Callable[[], Any], options: Options) -> int:
    """Exit code of ``action``, or of the error it raised. Usage errors pass through."""
    try:
        code = action()
        sys.stdout.flush()
    except (typer.Exit, typer.TyperException):
        raise
    except BrokenPipeError:  # from library output such as help; our own output handles it
        discard_output()
        return 0
    except KeyboardInterrupt as error:
        say(f"interrupted; {error}" if str(error) else "interrupted")
        return INTERRUPTED
    except QAError as error:
        return _failed(str(error), exit_code_of(error), options)
    except MemoryError:
        return _failed("out of memory", INTERNAL, options)
    except OSError as error:
        return _failed(_told(error), INTERNAL, options)
    except Exception as error:  # noqa: BLE001 - the last resort of the command
        told = f"internal error: {type(error).__name__}: {error}"
        hint = "" if options.verbose else "; run with --verbose for a traceback"
        return _failed(told + hint, INTERNAL, options)
    return code if isinstance(code, int) else 0


def usage_failed(error: typer.TyperException) -> int:
    """Reports a usage error in one line, or the help of a command run without arguments."""
    message = error.format_message()
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(message, err=True)
        return USAGE
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "qa"
    # Drop pydantic's prefix.
    line = " ".join(message.split()).replace("Value error, ", "").rstrip(".")
    if command == "qa ask" and "extra argument" in line:
        line += "; put the question in quotes, and name files with --in"
    say(f"{line}; see `{command} --help`")
    return USAGE


def _failed(message: str, code: int, options: Options) -> int:
    if options.verbose:
        traceback.print_exc()
    _discard_output_if_broken()
    say(message)
    return code


def _told(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason


def _discard_output_if_broken() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        discard_output()
