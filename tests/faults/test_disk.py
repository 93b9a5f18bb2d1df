"""Faults 5 to 7 and 10: the disk is full, fails or is read-only, or resources run out."""

import errno
import gc
import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from qa_index.collection.local import disk
from qa_index.collection.local.journal import JOURNAL
from qa_index.errors import IndexNotWritable
from tests.faults import workers
from tests.faults.conftest import Worlds
from tests.faults.processes import CONTEXT
from tests.faults.test_crashes import assert_recovers, events_of_build
from tests.faults.world import (
    QUESTIONS,
    answerer_of,
    answers,
    build_in,
    copy_world,
    index_of,
    leftovers,
    remove_world,
    state_of,
)
from tests.support.mounted import filled, mounted

Tally = Callable[[str], None]


@contextmanager
def failing(number: int, code: int, *, for_good: bool) -> Iterator[None]:
    """The step with this number fails, or with ``for_good`` all from it on; removals never fail."""
    seen = -1

    def fail(when: str, step: str, path: Path) -> None:
        nonlocal seen
        if when == "before" and step != "remove":
            seen += 1
            if seen == number or (for_good and seen > number):
                raise OSError(code, os.strerror(code), str(path))

    disk.watch(fail)
    try:
        yield
    finally:
        disk.watch(None)


@pytest.mark.parametrize("start", ["unbuilt", "outdated"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_any_step_fails_once(
    start: str, code: int, worlds: Worlds, tmp_path: Path, tally: Tally
) -> None:
    template: Path = getattr(worlds, start)
    before = worlds.old if start == "outdated" else None
    events = events_of_build(copy_world(template, tmp_path / "watched"))
    steps = sum(event.when == "before" and event.step != "remove" for event in events)
    for number in range(steps):
        world = copy_world(template, tmp_path / "world")
        with (
            failing(number, code, for_good=False),
            pytest.raises(IndexNotWritable, match=rf"cannot write /.*: {os.strerror(code)}; "),
        ):
            build_in(world)
        if index_of(world).exists():
            assert leftovers(world, besides=[JOURNAL]) == []
        assert_recovers(world, worlds, before)
        remove_world(world)
    what = "an update" if before else "a first build"
    tally(f"{errno.errorcode[code]} once, at each step of {what}: {steps} of {steps}")


def test_every_step_from_one_on_fails(worlds: Worlds, tmp_path: Path, tally: Tally) -> None:
    """The disk stays broken, so that even a rollback cannot be written."""
    events = events_of_build(copy_world(worlds.outdated, tmp_path / "watched"))
    steps = [event for event in events if event.when == "before" and event.step != "remove"]
    switch = next(number for number, event in enumerate(steps) if event.is_switch)
    for number in range(len(steps)):
        world = copy_world(worlds.outdated, tmp_path / "world")
        with failing(number, errno.EIO, for_good=True), pytest.raises(IndexNotWritable):
            build_in(world)
        # After the switch only its folder is synced: by then the new index is complete.
        assert_recovers(world, worlds, worlds.old if number <= switch else worlds.new)
        remove_world(world)
    tally(f"EIO for good, from each step of an update on: {len(steps)} of {len(steps)}")


def told_by_build(world: Path) -> str:
    """The error of a build that could not write; empty if it could."""
    try:
        build_in(world)
    except IndexNotWritable as error:
        return str(error)
    return ""


class TestSmallDisk:
    """A real file system that is full."""

    def test_every_size(self, worlds: Worlds, tmp_path: Path, tally: Tally) -> None:
        outcomes = {"done": 0, "full": 0}
        page = resource.getpagesize()
        for more in range(0, 50 * page, 2 * page):
            with mounted(tmp_path / "small", "size=8m") as small:
                world = copy_world(worlds.outdated, small / "world")
                with filled(small, but=more):
                    told = told_by_build(world)
                    if told:
                        assert "No space left on device" in told
                        assert leftovers(world, besides=[JOURNAL]) == []
                    expected, outcome = (worlds.old, "full") if told else (worlds.new, "done")
                    outcomes[outcome] += 1
                    assert state_of(world) == expected
                assert_recovers(world, worlds, expected)
            (tmp_path / "small").rmdir()
        assert min(outcomes.values()) > 3
        tally(f"full file systems: {sum(outcomes.values())} sizes, {outcomes['full']} too small")


class TestReadOnly:
    """Read-only index folder: `ask` works, `index` ERR."""

    def test_file_system(self, worlds: Worlds, tmp_path: Path) -> None:
        with mounted(tmp_path / "mount") as mount:
            world = copy_world(worlds.outdated, mount / "world")
            subprocess.run(["mount", "-o", "remount,ro", str(mount)], check=True)
            for options in ({}, {"full": True}):
                with pytest.raises(IndexNotWritable, match="Read-only file system"):
                    build_in(world, **options)
            assert state_of(world) == worlds.old

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
    def test_permissions(self, worlds: Worlds, tmp_path: Path) -> None:
        world = copy_world(worlds.outdated, tmp_path / "world")
        index_of(world).chmod(0o500)
        try:
            with pytest.raises(IndexNotWritable, match="Permission denied"):
                build_in(world)
            assert state_of(world) == worlds.old
        finally:
            index_of(world).chmod(0o700)


class TestLimits:
    """Few file descriptors, little memory: ERR or done, never damage."""

    @pytest.mark.parametrize(
        ("limit", "values"),
        [
            (resource.RLIMIT_NOFILE, [*range(8, 72, 4), 96, 128]),
            (resource.RLIMIT_AS, [number << 17 for number in range(16)]),
        ],
        ids=["descriptors", "memory"],
    )
    def test_building(
        self, limit: int, values: list[int], worlds: Worlds, tmp_path: Path, tally: Tally
    ) -> None:
        outcomes = []
        for value in values:
            world = copy_world(worlds.outdated, tmp_path / "world")
            child = CONTEXT.Process(target=workers.build_within, args=(world, limit, value))
            child.start()
            child.join(20)
            if child.is_alive():
                # Python waits for ever for a thread that has no memory to begin.
                child.kill()
                child.join()
                outcome = "killed"
            else:
                [outcome] = [n for n, code in workers.OUTCOMES.items() if code == child.exitcode]
            outcomes.append(outcome)
            assert_recovers(world, worlds, worlds.new if outcome == "done" else worlds.old)
            remove_world(world)
        assert "done" in outcomes
        assert set(outcomes) != {"done"}
        assert outcomes.count("killed") <= (2 if limit == resource.RLIMIT_AS else 0)
        what = "descriptors" if limit == resource.RLIMIT_NOFILE else "memory"
        tally(f"limits of {what}: {len(values)}, {outcomes.count('done')} of them enough")

    def test_asking_with_64_descriptors(self, worlds: Worlds) -> None:
        """An open index takes one for each of its files; asking takes no more."""
        before = open_descriptors()
        answerer = answerer_of(worlds.updated)
        for _ in range(3):
            assert answers(answerer, QUESTIONS) == worlds.new[0]
            assert open_descriptors() - before < 64 - 8


def open_descriptors() -> int:
    gc.collect()  # files left open by earlier tests may be closed at any time
    return len(list(Path("/dev/fd").iterdir()))
