"""Faults 8 and 9: writers exclude each other, and readers never see a partial update."""

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_index.errors import IndexLocked
from tests.faults import workers
from tests.faults.conftest import Worlds
from tests.faults.processes import CONTEXT
from tests.faults.test_crashes import assert_recovers
from tests.faults.world import THOROUGH, build_in, copy_world, state_of, texts_of, write_texts

Tally = Callable[[str], None]
ASKERS = 8
SECONDS = 60 if THOROUGH else 10


class TestTwoWriters:
    def test_the_second_is_told_at_once_by_whom_the_first_is_still_there(
        self, worlds: Worlds, tmp_path: Path
    ) -> None:
        world = copy_world(worlds.outdated, tmp_path / "world")
        held = tmp_path / "held"
        holder = CONTEXT.Process(target=workers.hold_lock, args=(world / ".qa", held))
        holder.start()
        while not held.exists():
            assert holder.is_alive()
            time.sleep(0.01)
        started = time.perf_counter()
        for full in (False, True):
            with pytest.raises(IndexLocked, match=rf"by process {holder.pid} on \S+ since "):
                build_in(world, full=full)
        assert time.perf_counter() - started < 5
        assert state_of(world) == worlds.old
        holder.kill()
        holder.join(60)
        # The dead writer left its name; its lock is gone.
        assert (world / ".qa" / "writer").exists()
        assert_recovers(world, worlds, worlds.old)
        assert state_of(world) == worlds.new

    def test_of_many_at_once_each_is_done_or_told(self, worlds: Worlds, tmp_path: Path) -> None:
        world = copy_world(worlds.outdated, tmp_path / "world")
        builders = [
            CONTEXT.Process(target=workers.build_and_tell, args=(world,)) for _ in range(ASKERS)
        ]
        for builder in builders:
            builder.start()
        for builder in builders:
            builder.join(60)
        ends = Counter(builder.exitcode for builder in builders)
        assert ends.keys() <= {workers.OUTCOMES["done"], workers.OUTCOMES["told"]}
        assert ends[workers.OUTCOMES["done"]] >= 1
        assert state_of(world) == worlds.new


def test_no_answer_mixes_generations(tmp_path: Path, tally: Tally) -> None:
    """Each update changes every text, so an answer that mixes two generations shows two rounds."""
    write_texts(tmp_path / "texts", texts_of(0, constant=False))
    build_in(tmp_path)
    stop = CONTEXT.Event()
    told = CONTEXT.SimpleQueue()
    askers = [
        CONTEXT.Process(target=workers.ask_in_a_loop, args=(tmp_path, stop, told, bool(number % 2)))
        for number in range(ASKERS)
    ]
    for asker in askers:
        asker.start()
    updates = 0
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        updates += 1
        write_texts(tmp_path / "texts", texts_of(updates, constant=False))
        assert build_in(tmp_path).generation == updates + 1
    stop.set()
    seen = [told.get() for _ in askers]
    for asker in askers:
        asker.join(60)
        assert asker.exitcode == 0
    asked = sum(asking.answers for asking in seen)
    assert [asking.mixed for asking in seen] == [[]] * ASKERS
    assert all(asking.rounds > 1 for asking in seen)
    assert asked > 10 * ASKERS
    tally(
        f"{ASKERS} processes asking for {SECONDS} s during {updates} updates: {asked:,} answers, "
        "0 that mix generations"
    )


def test_a_mixed_answer_would_be_noticed() -> None:
    assert workers.rounds_in(["It is round 3.", "It was round 3."]) == {"3"}
    assert workers.rounds_in(["It is round 3.", "It was round 4."]) == {"3", "4"}
