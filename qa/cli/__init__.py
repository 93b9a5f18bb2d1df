"""The ``qa`` command: parses arguments, makes one library call, and prints.

    app        the commands and the options they share
    commands/  one module per command
    asking/    what ``ask`` takes and prints, and its prompt
    terminal/  what is written to stdout and stderr, and programs opened beside them
    options    the shared options, and the location of the index; ``filtering`` and ``tokens`` are
               those of some commands
    indexing, evaluating    the long steps of commands
    failures   errors, reported as one line and an exit code of ``exit_codes``
    completion, shells      what shells complete

stdout carries only data; progress, notes and warnings go to stderr.
"""

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit code; ``arguments`` default to ``sys.argv``."""
    _open_missing_streams()
    # Set before numpy is loaded: starting its own threads takes 100 ms, and no matrix product here
    # is large enough to gain from them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from qa.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:  # raised while a command was being imported
        from qa.cli.exit_codes import INTERRUPTED

        sys.stderr.write("qa: interrupted\n")
        return INTERRUPTED


def _open_missing_streams() -> None:
    """Open streams that were closed by whoever started the command, such as `>&-`.

    Otherwise the next files that are opened would take their places, and whatever libraries print
    would be written into them.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdin = sys.stdin or open(0, closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
