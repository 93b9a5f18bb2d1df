"""What the tests stand on."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from qa_index.encoding.cache import models_folder
from tests.support.cache import own_cache
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


def test_a_cache_of_ones_own_has_the_models_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = models_folder().resolve()
    monkeypatch.setenv("QA_CACHE", own_cache(tmp_path / "cache"))
    assert models_folder().resolve() == shared
    assert list((tmp_path / "cache").iterdir()) == [models_folder()]
