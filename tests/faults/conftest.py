"""Prepared folders to damage."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults import processes
from tests.faults.world import State, build_in, copy_world, state_of, texts_of, write_texts

MEMORY = Path("/dev/shm")


def _folder() -> tempfile.TemporaryDirectory[str]:
    """In memory if possible: these tests sync to disk tens of thousands of times."""
    return tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder for one test."""
    with _folder() as folder:
        yield Path(folder)


@pytest.fixture(scope="session", autouse=True)
def _server_of_forks() -> None:
    processes.start()


class Worlds(NamedTuple):
    """Folders to copy, each with sources and usually an index, and their indexes' answers."""

    unbuilt: Path
    """Old sources, no index."""
    outdated: Path
    """New sources, an index of the old ones."""
    updated: Path
    """New sources, an index of the new ones."""
    old: State
    new: State


@pytest.fixture(scope="session")
def worlds() -> Iterator[Worlds]:
    with _folder() as folder:
        yield _make_worlds(Path(folder))


def _make_worlds(base: Path) -> Worlds:
    unbuilt, outdated, updated = base / "unbuilt", base / "outdated", base / "updated"
    write_texts(unbuilt / "texts", texts_of(1))
    copy_world(unbuilt, outdated)
    build_in(outdated)
    old = state_of(outdated)
    write_texts(outdated / "texts", texts_of(2))
    copy_world(outdated, updated)
    build_in(updated)
    new = state_of(updated)
    assert old is not None
    assert new is not None
    assert not set(old[0]) & set(new[0])
    return Worlds(unbuilt, outdated, updated, old, new)
