"""Who writes and which generation is live, whatever two writers do at the same time."""

import itertools
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

import pytest

from tests.support import milvus

if milvus.MISSING:
    pytest.skip(f"{milvus.MISSING} is not installed", allow_module_level=True)

from qa_index.collection.milvus import state
from qa_index.collection.milvus.blobs import Ref
from qa_index.collection.milvus.connections import Server
from qa_index.collection.milvus.layout import Names
from qa_index.collection.milvus.state import (
    Commit,
    Hold,
    Key,
    State,
    Writing,
    begin,
    read_state,
)
from qa_index.errors import IndexDamaged, IndexLocked, IndexProblem

NAMES = Names("x")


class Rows:
    """A server as far as the state asks it: each call is done whole, and seen by all later ones."""

    address = "milvus://127.0.0.1:1/x"

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.before: Callable[[int], None] = lambda number: None
        """Called with the number of each call before it is done."""
        self._calls = 0

    def _called(self) -> None:
        self._calls += 1
        self.before(self._calls)

    def query(self, collection: str, where: str, fields: object, **_: object) -> list[Any]:
        self._called()
        return [dict(row) for row in self.rows.values()]

    def insert(self, collection: str, rows: list[dict[str, Any]]) -> None:
        self._called()
        for row in rows:
            assert row["id"] not in self.rows
            self.rows[row["id"]] = row

    def delete(self, collection: str, where: str) -> None:
        self._called()
        for each in re.findall('"([^"]*)"', where):
            self.rows.pop(each, None)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


def began(rows: Rows, place: str) -> Writing:
    server = cast(Server, rows)
    return Writing(server, NAMES, begin(server, NAMES, place=place, who=f"who at {place}"))


def seen(rows: Rows) -> State:
    return read_state(cast(Server, rows), NAMES)


def live(rows: Rows) -> Commit:
    found = seen(rows).live
    assert found is not None
    return found


def write(rows: Rows, place: str, root: int) -> Writing:
    """One whole update."""
    writing = began(rows, place)
    writing.commit(root, Ref(root, 1))
    writing.add("release")
    return writing


def test_a_commit_is_live_and_the_one_before_is_kept() -> None:
    rows = Rows()
    assert seen(rows).live is None
    for root in (1, 2, 3):
        write(rows, "a", root)
        assert live(rows).root.start == root
    assert [each.root.start for each in seen(rows).kept] == [3, 2]
    # A writer that began, or ended without a commit, changes nothing.
    writing = began(rows, "a")
    assert live(rows).root.start == 3
    writing.add("release")
    assert live(rows).root.start == 3


def test_another_writer_is_told_who_writes() -> None:
    rows = Rows()
    first = began(rows, "a")
    with pytest.raises(IndexLocked, match="is being written by who at a; wait until it is done"):
        began(rows, "b")
    first.add("release")
    began(rows, "b")


def test_what_a_killed_writer_left_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows()
    write(rows, "a", 1)
    began(rows, "a")
    # By the next one of the same folder at once, which holds the lock of files;
    again = began(rows, "a")
    assert again.hold.fence == 3
    # by another one when it shows no sign of life.
    with pytest.raises(IndexLocked):
        began(rows, "b")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + state.LEASE_SECONDS - 1)
    again.beat()
    monkeypatch.setattr(time, "time", lambda: now + state.LEASE_SECONDS + 1)
    with pytest.raises(IndexLocked):
        began(rows, "b")
    monkeypatch.setattr(time, "time", lambda: now + 3 * state.LEASE_SECONDS)
    assert began(rows, "b").hold.base == live(rows).key


def test_who_ends_in_the_middle_of_beginning_changes_nothing() -> None:
    rows = Rows()
    write(rows, "a", 1)
    for call in range(1, 5):
        last = live(rows).key

        def end(number: int, first: int = rows._calls, call: int = call) -> None:
            if number == first + call:
                raise KeyboardInterrupt

        rows.before = end
        with suppress(KeyboardInterrupt):
            began(rows, "b")
        rows.before = lambda number: None
        assert live(rows).key == last
        write(rows, "b", call)


def test_a_writer_that_was_replaced_takes_no_effect() -> None:
    rows = Rows()
    write(rows, "a", 1)
    asleep = began(rows, "a")
    write(rows, "a", 2)
    with pytest.raises(IndexLocked, match="was written by another program meanwhile"):
        asleep.commit(9, Ref(9, 1))
    assert live(rows).root.start == 2
    # Not even if it was on the way: before or after its last look, or its commit.
    for call in (1, 2, 3):
        asleep = began(rows, "a")

        def replace(number: int, at: int = rows._calls + call, root: int = 10 + call) -> None:
            if number == at:
                write(rows, "a", root)

        rows.before = replace
        with pytest.raises(IndexLocked):
            asleep.commit(9, Ref(9, 1))
        rows.before = lambda number: None
        assert live(rows).root.start == 10 + call


def claimed(rows: Rows, place: str, *, ago: float) -> None:
    """A program claims the next number, and is killed before it begins."""
    hold = Hold(seen(rows).fence + 1, f"of {place}", None, place, "who", time.time() - ago)
    state._add(cast(Server, rows), NAMES, hold, "claim", place=place, time=hold.time)


def test_a_claim_that_was_left_behind_hinders_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Rows()
    write(rows, "a", 1)
    writing = began(rows, "a")
    before = writing.hold
    claimed(rows, "b", ago=state.CLAIM_SECONDS + 1)
    writing.commit(2, Ref(2, 1))
    assert live(rows).root.start == 2
    assert live(rows).key == writing.hold.key > before.key
    # Its rows are not those of a writer that did not finish.
    assert before.key not in seen(rows).holds
    assert before.key not in seen(rows).claims
    writing.add("release")
    assert seen(rows).writer(time.time()) is None
    # One that is younger may be that of a program that lives.
    writing = began(rows, "a")
    claimed(rows, "b", ago=0)
    clock = iter(range(0, 1000, 10))
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    with pytest.raises(IndexLocked, match="is being written by another program"):
        writing.commit(3, Ref(3, 1))
    assert live(rows).root.start == 2


STEPS = range(1, 17)
"""More than the calls of one update."""


class Duel:
    """Two writers after one update: the second begins, and commits, within calls of the first."""

    def __init__(self, begins: int, commits: int) -> None:
        self.rows = Rows()
        write(self.rows, "a", 1)
        self.reported = [live(self.rows).key]
        """What somebody was told is written."""
        self._begins = self.rows._calls + begins
        self._commits = self.rows._calls + commits
        self._other: Writing | None = None
        self.rows.before = self._step

    def begins_first(self, place: str) -> None:
        """Let the second one have begun before the first one does."""
        self.rows.before = lambda number: None
        before = self.rows._calls
        self._other = began(self.rows, place)
        self._commits += self.rows._calls - before
        self.rows.before = self._step

    def run(self) -> None:
        """The first writer's update."""
        with suppress(IndexLocked):
            mine = began(self.rows, "a")
            mine.commit(3, Ref(3, 1))
            self.reported.append(mine.hold.key)
        self.rows.before = lambda number: None

    def _step(self, number: int) -> None:
        self.rows.before = lambda number: None  # its own calls count for nothing
        with suppress(IndexLocked):
            if number == self._begins:
                self._other = began(self.rows, "b")
            if number == self._commits and self._other is not None:
                self._other.commit(2, Ref(2, 1))
                self.reported.append(self._other.hold.key)
        self.rows._calls = number
        self.rows.before = self._step

    def lasting(self) -> set[Key]:
        """The live generation, and those that it was made from."""
        found = seen(self.rows)
        last, chain = found.live, set()
        while last is not None:
            chain.add(last.key)
            last = found.commits.get(last.base) if last.base else None
        return chain


def test_whoever_claimed_may_still_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program is paused at any call, finds nobody alive, and another one commits meanwhile."""
    monkeypatch.setattr(state, "LEASE_SECONDS", 0.0)
    monkeypatch.setattr(state, "CLAIM_SECONDS", 0.0)
    told = set()
    for pause in STEPS:
        duel = Duel(-1, pause)
        duel.begins_first("c")
        duel.run()
        assert set(duel.reported) <= duel.lasting(), pause
        told.add(len(duel.reported) - 1)
    assert told == {1, 2}


@pytest.mark.parametrize("lease", [0.0, 1e9], ids=["both seem dead", "both live"])
def test_no_update_is_lost_without_word(lease: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every interleaving: what somebody was told is written lasts."""
    monkeypatch.setattr(state, "LEASE_SECONDS", lease)
    clock = itertools.count(step=10)  # who waits for the other waits in vain, as it is paused
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    told = set()
    for begins in STEPS:
        for commits in range(begins, STEPS.stop):
            duel = Duel(begins, commits)
            duel.run()
            assert set(duel.reported) <= duel.lasting(), (begins, commits)
            told.add(len(duel.reported) - 1)
    assert max(told) >= 1


def test_an_answer_that_was_lost_is_looked_up() -> None:
    rows = Rows()
    insert = rows.insert

    def lost(collection: str, rows: list[dict[str, Any]]) -> None:
        insert(collection, rows)
        if '"commit"' in rows[0]["body"]:
            raise IndexProblem("the connection broke")

    rows.insert = lost  # type: ignore[method-assign]
    began(rows, "a").commit(1, Ref(1, 1))
    assert live(rows).root.start == 1
    rows = Rows()
    writing = began(rows, "a")
    rows.insert = unheard  # type: ignore[method-assign]
    with pytest.raises(IndexProblem, match="the connection broke"):
        writing.commit(1, Ref(1, 1))
    assert seen(rows).live is None


def unheard(collection: str, rows: list[dict[str, Any]]) -> None:
    raise IndexProblem("the connection broke")


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"kind": "commit", "layout": 1}', "1"])
def test_a_damaged_state_is_told(body: str) -> None:
    rows = Rows()
    write(rows, "a", 1)
    rows.rows["odd"] = {"id": "odd", "body": body}
    # A full build would begin with reading it, too.
    with pytest.raises(IndexDamaged, match=r"the state at milvus://.* is damaged; restore x_state"):
        seen(rows)
