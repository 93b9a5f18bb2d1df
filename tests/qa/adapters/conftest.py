"""An index of the seeds, and frameworks that report their use to nobody."""

import os
import shutil
from pathlib import Path

import pytest

import qa
from tests.support.command import ROOT

# Haystack reads it when it is imported.
os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
os.environ["LANGSMITH_TRACING"] = "false"


@pytest.fixture(scope="session")
def seeds_indexed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the seeds and an index of them. Tests must not change it."""
    folder = tmp_path_factory.mktemp("seeds")
    shutil.copytree(ROOT / "seeds", folder / "seeds")
    qa.index([folder / "seeds"], into=folder / ".qa")
    return folder


@pytest.fixture
def here(seeds_indexed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same folder, as the working folder."""
    monkeypatch.chdir(seeds_indexed)
    return seeds_indexed
