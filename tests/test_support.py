"""What the tests stand on."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.support.processes import ROOT

STARTS = """
import subprocess, sys, time
from pathlib import Path
from tests.support.watched import Watched
Watched(subprocess.Popen(["sleep", "300"], start_new_session=True), Path(sys.argv[1]))
print("started", flush=True)
time.sleep(300)
"""


def test_servers_end_with_tests_that_are_killed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-c", STARTS, folder],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    ) as tests:
        assert tests.stdout is not None
        assert tests.stdout.readline() == b"started\n"
        tests.kill()
        # The server has the same output, which ends with the last of both.
        assert tests.stdout.read() == b""
    while folder.exists():
        assert time.monotonic() < began + 300
        time.sleep(0.05)
    assert time.monotonic() < began + 300
