"""Time from a new process to a printed answer, compared with a bare process with the same model."""

import sys
from pathlib import Path

from eval.benchmarks.bare import bare_process
from eval.benchmarks.processes import QA, Process, in_turns, summary

QUESTION = "Who is Russia's energy minister?"
"""Answered with either model, read or not, so exit code 0 shows that all of it was done."""

COLD = "1.6"
"""Times of the bare process that a cold ``qa ask`` may take."""


def asking(index: Path) -> dict[str, list[str]]:
    """Commands that ask ``index``, a folder, and the bare process that they are compared with."""
    ask = [*QA, "ask", QUESTION, "--index", str(index)]
    return {
        "bare process": bare_process(index, QUESTION),
        "qa ask": ask,
        "qa ask --no-read": [*ask, "--no-read"],
    }


def cold_starts(index: Path, *, runs: int) -> dict[str, Process]:
    """Time new processes in turns; ``index`` is that of the seeds, made with a packaged model."""
    commands = asking(index) | {
        "qa status": [*QA, "status", "--index", str(index)],
        "qa --help": [*QA, "--help"],
        "import qa": [sys.executable, "-c", "import qa"],
        "python": [sys.executable, "-c", ""],
    }
    found = in_turns([commands] * (runs + 1), index.parent)
    return {name: summary(processes) for name, processes in found.items()}
