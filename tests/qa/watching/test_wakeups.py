"""Which changes wake."""

import threading
import time
from pathlib import Path

import pytest

from qa.watching.wakeups import Wakeups

PATIENCE = 60.0


def wakeups(*paths: Path, own: Path, stop: threading.Event | None = None) -> Wakeups:
    return Wakeups(paths, own=own, stop=stop or threading.Event(), by_events=True)


def until_touched(watching: Wakeups, path: Path) -> set[Path]:
    """Everything that is told, until ``path`` is."""
    told: set[Path] = set()
    until = time.monotonic() + PATIENCE
    while path not in told and time.monotonic() < until:
        told |= watching.wait(until).touched
    return told


def test_the_index_and_hidden_files_do_not_wake(tmp_path: Path) -> None:
    own = tmp_path / "index"
    own.mkdir()
    (tmp_path / ".git").mkdir()
    with wakeups(tmp_path, own=own) as watching:
        (own / "CURRENT").write_text("1")
        (tmp_path / ".git/HEAD").write_text("1")
        (tmp_path / ".notes.swp").write_text("1")
        (tmp_path / ".gitignore").write_text("x")
        (tmp_path / "notes.txt").write_text("1")
        told = until_touched(watching, tmp_path / "notes.txt")
    assert told <= {tmp_path / "notes.txt", tmp_path / ".gitignore"}


def test_reading_does_not_wake(tmp_path: Path) -> None:
    (tmp_path / "read.txt").write_text("1")
    with wakeups(tmp_path, own=tmp_path / ".qa") as watching:
        (tmp_path / "read.txt").read_text()
        (tmp_path / "written.txt").write_text("1")
        assert until_touched(watching, tmp_path / "written.txt") == {tmp_path / "written.txt"}


def test_a_hidden_folder_that_is_named_wakes(tmp_path: Path) -> None:
    hidden = tmp_path / ".notes"
    hidden.mkdir()
    with wakeups(hidden, own=tmp_path / ".qa") as watching:
        (hidden / "a.txt").write_text("1")
        assert hidden / "a.txt" in until_touched(watching, hidden / "a.txt")


def test_below_a_link_files_are_told_as_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to("real")
    with wakeups(link, own=tmp_path / ".qa") as watching:
        (tmp_path / "real/a.txt").write_text("1")
        assert link / "a.txt" in until_touched(watching, link / "a.txt")


def test_the_clock_and_the_stop_wake(tmp_path: Path) -> None:
    stop = threading.Event()
    with wakeups(tmp_path, own=tmp_path / ".qa", stop=stop) as watching:
        assert not watching.wait(time.monotonic()).touched
        stop.set()
        assert not watching.wait(time.monotonic() + PATIENCE).touched


@pytest.mark.parametrize("by_events", [True, False])
def test_a_path_that_comes_back_wakes(tmp_path: Path, by_events: bool) -> None:
    path = tmp_path / "disk"
    with Wakeups(
        [path], own=tmp_path / ".qa", stop=threading.Event(), by_events=by_events
    ) as watching:
        path.mkdir()
        assert watching.wait(time.monotonic() + PATIENCE).replaced
