"""Faults 1 to 4: whatever stops a build at any point, the old or the new index answers."""

import json
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from qa.answering.answerer import Answerer
from qa_index.collection.local import disk
from qa_index.collection.local.generations import CURRENT
from qa_index.collection.local.journal import JOURNAL
from qa_index.collection.local.stored import StoredIndex
from tests.faults import workers
from tests.faults.conftest import Worlds
from tests.faults.processes import CONTEXT
from tests.faults.world import (
    THOROUGH,
    build_in,
    copy_world,
    index_of,
    leftovers,
    remove_world,
    state_of,
)
from tests.support.command import COMMAND, ROOT, environment, run_command

Tally = Callable[[str], None]
KILLS_AT_RANDOM = 1000 if THOROUGH else 100


class Event(NamedTuple):
    """One call of the watcher."""

    when: str
    step: str
    path: Path

    @property
    def is_switch(self) -> bool:
        return (self.step, self.path.name) == ("replace", CURRENT)


def events_of_build(world: Path) -> list[Event]:
    """Builds, and returns the start and end of each step."""
    events: list[Event] = []
    disk.watch(lambda *event: events.append(Event(*event)))
    try:
        build_in(world)
    finally:
        disk.watch(None)
    return events


def assert_recovers(world: Path, worlds: Worlds, expected: object) -> None:
    """The index answers as expected, and the next build succeeds and cleans up."""
    assert state_of(world) == expected
    build_in(world)
    assert state_of(world) in (worlds.old, worlds.new)
    assert leftovers(world) == []


@pytest.mark.parametrize("start", ["unbuilt", "outdated"])
def test_killed_at_every_step(start: str, worlds: Worlds, tmp_path: Path, tally: Tally) -> None:
    template: Path = getattr(worlds, start)
    before = worlds.old if start == "outdated" else None
    after = worlds.new if start == "outdated" else worlds.old
    events = events_of_build(copy_world(template, tmp_path / "watched"))
    switch = events.index(next(event for event in events if event.is_switch)) + 1
    assert events[switch].when == "after"
    for step in range(len(events)):
        world = copy_world(template, tmp_path / "world")
        child = CONTEXT.Process(target=workers.build_and_die, args=(world, step))
        child.start()
        child.join(60)
        assert child.exitcode == -signal.SIGKILL
        assert_recovers(world, worlds, before if step < switch else after)
        remove_world(world)
    what = "an update" if before else "a first build"
    tally(f"kill points of {what}: {len(events)} of {len(events)}")


def duration_of_build(world: Path) -> float:
    """Seconds that a build in its own process takes, until the process exits."""
    started = time.perf_counter()
    child = CONTEXT.Process(target=workers.build, args=(world,))
    child.start()
    child.join(60)
    return time.perf_counter() - started


def test_killed_at_random_moments(worlds: Worlds, tmp_path: Path, tally: Tally) -> None:
    random_delay = random.Random(5)
    # The first child also waits for the fork server to load everything.
    duration = min(duration_of_build(copy_world(worlds.outdated, tmp_path / n)) for n in "123")
    killed = 0
    for _ in range(KILLS_AT_RANDOM):
        world = copy_world(worlds.outdated, tmp_path / "world")
        child = CONTEXT.Process(target=workers.build, args=(world,))
        child.start()
        time.sleep(random_delay.uniform(0, duration))
        child.kill()
        child.join(60)
        killed += child.exitcode == -signal.SIGKILL
        state = state_of(world)
        assert state in (worlds.old, worlds.new)
        assert_recovers(world, worlds, state)
        remove_world(world)
    assert killed > KILLS_AT_RANDOM // 4
    tally(f"kills at random moments: {KILLS_AT_RANDOM}, {killed} of them before the build's end")


def test_interrupted_at_every_step(worlds: Worlds, tmp_path: Path, tally: Tally) -> None:
    """Ctrl-C arrives as an exception, so most files are removed at once."""
    events = events_of_build(copy_world(worlds.outdated, tmp_path / "watched"))
    switch = events.index(next(event for event in events if event.is_switch)) + 1
    for step in range(len(events)):
        world = copy_world(worlds.outdated, tmp_path / "world")
        countdown = iter(range(step))

        def interrupt(*_: object, countdown: object = countdown) -> None:
            if next(countdown, None) is None:  # type: ignore[call-overload]
                disk.watch(None)
                raise KeyboardInterrupt

        disk.watch(interrupt)
        with pytest.raises(KeyboardInterrupt):
            build_in(world)
        if step < switch:
            assert leftovers(world, besides=[JOURNAL]) == []
        assert_recovers(world, worlds, worlds.old if step < switch else worlds.new)
        remove_world(world)
    tally(f"interrupts, one at each step of an update: {len(events)} of {len(events)}")


def test_half_a_generation_is_ignored_and_removed(worlds: Worlds, tmp_path: Path) -> None:
    """Leftovers of a stopped build: an empty folder, half of the files, all but the switch."""
    whole = sorted(StoredIndex(index_of(worlds.updated)).reader.folder.iterdir())
    for count in range(len(whole) + 1):
        world = copy_world(worlds.outdated, tmp_path / "world")
        half = index_of(world) / "gen-000009"
        half.mkdir()
        for path in whole[:count]:
            (half / path.name).write_bytes(path.read_bytes()[: None if count % 2 else 100])
        (index_of(world) / "CURRENT.new").write_bytes(b"gen-0")
        (index_of(world) / "writer").write_bytes(b"\xff{")
        assert_recovers(world, worlds, worlds.old)
        remove_world(world)


class TestPowerCut:
    """A power cut may lose whatever is not synced: nothing, once the switch is made."""

    def test_all_is_synced_before_the_switch(self, worlds: Worlds, tmp_path: Path) -> None:
        unsynced: set[Path] = set()
        for event in events_of_build(copy_world(worlds.unbuilt, tmp_path / "world")):
            if event.is_switch and event.when == "before":
                # Only the temporary file's name, which the switch removes.
                assert unsynced == {event.path.parent}
                return
            if event.when == "after":
                self._note(event, unsynced)
        pytest.fail("the build made no switch")

    def test_the_old_generation_outlives_the_switch(self, worlds: Worlds, tmp_path: Path) -> None:
        events = events_of_build(copy_world(worlds.outdated, tmp_path / "world"))
        switch = events.index(next(event for event in events if event.is_switch))
        index = events[switch].path.parent
        synced = events.index(Event("after", "sync", index), switch)
        removed = events.index(Event("before", "remove", index / "gen-000001"))
        assert switch < synced < removed

    def _note(self, event: Event, unsynced: set[Path]) -> None:
        if event.step == "sync":
            unsynced.discard(event.path)
        elif event.step in {"create", "replace", "make_folder"}:
            unsynced.add(event.path.parent)
        elif event.step == "write":
            unsynced.add(event.path)


@pytest.mark.skipif(os.name == "nt", reason="signals")
class TestTheCommand:
    """The real command with the real model, stopped while it writes."""

    QUESTION = "How many wells does Pemex have that are closed?"

    def answer(self, folder: Path) -> object:
        """The answer by BM25, which needs no model; the stored vectors are checked byte by byte."""
        index = StoredIndex(folder / ".qa")
        index.reader.check_all()

        def no_model() -> None:
            pytest.fail("BM25 asked for the model")

        answer = Answerer(index, no_model).ask(self.QUESTION, mode="bm25")  # type: ignore[arg-type]
        return answer.citations

    def test_stopped(self, tmp_path: Path, tally: Tally) -> None:
        seeds = sorted((ROOT / "seeds").iterdir())
        (tmp_path / "texts").mkdir()
        (tmp_path / "texts" / "a.txt").write_bytes(seeds[0].read_bytes())
        assert run_command("index", "texts", folder=tmp_path).returncode == 0
        before = self.answer(tmp_path)
        for number, seed in enumerate(seeds * 2):
            (tmp_path / "texts" / f"{number}.txt").write_bytes(b"Anew. " + seed.read_bytes())
        for signal_, code in ((signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)):
            process = subprocess.Popen(
                [*COMMAND, "index", "texts"],
                cwd=tmp_path,
                env=environment(),
                stderr=subprocess.PIPE,
                text=True,
            )
            while not (tmp_path / ".qa" / "gen-000002" / "passages").exists():
                assert process.poll() is None
                time.sleep(0.005)
            process.send_signal(signal_)
            _, told = process.communicate(timeout=60)
            assert process.returncode == code
            assert "Traceback" not in told
            assert self.answer(tmp_path) == before
        assert run_command("index", "texts", folder=tmp_path).returncode == 0
        assert self.answer(tmp_path) != before
        assert leftovers(tmp_path) == []
        tally("signals to the real command: Ctrl-C and SIGTERM, while it encodes")

    @pytest.mark.parametrize("signal_", [signal.SIGKILL, signal.SIGINT])
    def test_goes_on_from_there(self, signal_: signal.Signals, tmp_path: Path) -> None:
        (tmp_path / "texts").mkdir()
        # More passages than are encoded first, so that some are kept while others are encoded.
        for seed in (ROOT / "seeds").iterdir():
            text = seed.read_text(encoding="utf-8")
            for number in range(5):
                another = text.replace(". ", f" [{number}]. ")
                (tmp_path / "texts" / f"{number}-{seed.name}").write_text(another, encoding="utf-8")
        process = subprocess.Popen(
            [*COMMAND, "index", "texts"],
            cwd=tmp_path,
            env=environment(),
            stderr=subprocess.PIPE,
            text=True,
        )
        journal = tmp_path / ".qa" / JOURNAL
        while not journal.exists() or journal.stat().st_size < 1000:
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(signal_)
        _, told = process.communicate(timeout=60)
        assert ("what was encoded is kept" in told) == (signal_ == signal.SIGINT)
        done = json.loads(run_command("index", "texts", "--json", folder=tmp_path).stdout)
        assert done["resumed"] > 0
        assert done["resumed"] + done["encoded"] == done["passages"]
        resumed = self.vectors(tmp_path / ".qa")
        anew = run_command("index", "texts", "--index", "anew", folder=tmp_path)
        assert anew.returncode == 0
        for ours, theirs in zip(resumed, self.vectors(tmp_path / "anew"), strict=True):
            assert np.allclose(ours, theirs, atol=1e-5)
        assert leftovers(tmp_path) == []

    def vectors(self, folder: Path) -> list[NDArray[Any]]:
        index = StoredIndex(folder)
        return [index.vectors[:], index.sentence_scales[:]]
