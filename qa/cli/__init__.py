"""The ``qa`` command: it parses, makes one library call, and prints.

    app        the commands and the options that all of them take
    options    those options, and where the index is
    exit_codes what a run ends with
    failures   what ends a run early, as one line and an exit code
    output     what is written to stdout and stderr, and how
    index, ask, show, verify, eval, label, calibrate, status    one module a command

stdout carries data alone; progress, notes and warnings go to stderr.
"""

import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; ``sys.argv`` by default."""
    # Before numpy is loaded: starting threads of its own takes it 100 ms, and no product here is
    # large enough to gain from them.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from qa.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:  # before a command could take it: its modules were being loaded
        from qa.cli.exit_codes import INTERRUPTED

        sys.stderr.write("qa: interrupted\n")
        return INTERRUPTED
