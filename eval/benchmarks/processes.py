"""What whole processes cost: commands in turns, each in a new process.

The kernel counts the peak memory of a parent as its child's. So commands are started by this file,
run as a program of its own that imports nothing large.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import NamedTuple, ParamSpec, TypeVar

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = [str(ROOT), str(ROOT / "index"), str(ROOT / "eval")]
QA = (sys.executable, "-m", "qa")

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Process(NamedTuple):
    """Costs of one process, its children included, or a summary of several."""

    wall_ms: float
    cpu_ms: float
    peak_mb: float
    """Peak resident memory, pages of mapped files included; of the largest process."""


def summary(processes: Sequence[Process]) -> Process:
    """Medians of the times, and the highest peak memory."""
    return Process(
        median(each.wall_ms for each in processes),
        median(each.cpu_ms for each in processes),
        max(each.peak_mb for each in processes),
    )


def in_turns(
    turns: Sequence[Mapping[str, Sequence[str]]], folder: Path, *, warm_up: int = 1
) -> dict[str, list[Process]]:
    """Run the commands of each turn in ``folder``, and return what each cost, by its name.

    Every turn has the same names. Every second one runs in reverse order, so that no command always
    follows the same one. The first ``warm_up`` turns are not returned: they compile modules and
    fill the page cache. Raises ``subprocess.CalledProcessError`` if a command does not end with
    exit code 0; what it wrote is printed on stderr.
    """
    request = json.dumps([turns, str(folder)])
    command = [sys.executable, __file__]
    done = subprocess.run(command, input=request, stdout=subprocess.PIPE, text=True, check=True)
    found = [
        {name: Process(*values) for name, values in turn.items()}
        for turn in json.loads(done.stdout)[warm_up:]
    ]
    return {name: [turn[name] for turn in found] for name in turns[0]}


def in_new_process(
    work: Callable[Parameters, Result], *given: Parameters.args, **named: Parameters.kwargs
) -> Result:
    """Call ``work`` in a process of its own, where its memory can be measured."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given, **named).result()


def peak_mb() -> float:
    """Peak resident memory of this process, pages of mapped files included (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def _environment() -> dict[str, str]:
    """Of the commands: modules are compiled once, and numpy has one thread, as in ``qa``."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPATH": os.pathsep.join(PACKAGES), "OPENBLAS_NUM_THREADS": "1"}


def _run(command: list[str], folder: str) -> Process:
    with tempfile.TemporaryFile() as written:
        started = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=written,
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            written.seek(0)
            told = written.read().decode(errors="replace")
            sys.exit(f"{told}{command} ended with exit code {process.returncode}")
    return Process(wall * 1e3, (usage.ru_utime + usage.ru_stime) * 1e3, usage.ru_maxrss / 1024)


def _main() -> None:
    turns, folder = json.load(sys.stdin)
    found = []
    for number, commands in enumerate(turns):
        order = list(commands.items())[:: -1 if number % 2 else 1]
        found.append({name: _run(command, folder) for name, command in order})
    print(json.dumps(found))


if __name__ == "__main__":
    _main()
