"""Real processes that start in milliseconds: forked from a clean one with everything imported."""

import multiprocessing
import os
from multiprocessing import forkserver

from tests.support.command import ROOT

CONTEXT = multiprocessing.get_context("forkserver")


def start() -> None:
    """Starts the fork server, with this project importable and one thread for numpy."""
    CONTEXT.set_forkserver_preload(["pytest", "tests.faults.workers", "tests.faults.warm"])
    changes = {
        "PYTHONPATH": os.pathsep.join(str(ROOT / folder) for folder in (".", "index", "eval")),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
