"""Which generation is the live one, and who writes: rows that are added and never changed.

Milvus has neither transactions over rows nor a way to change one only if nobody else did. It has
this: a row that it acknowledged is seen by every later read that is strongly consistent, whole. The
rows of the state are

    claim     a program wants to write: the number that it wants (its fence)
    hold      it does: nobody else claimed that number, and this is the generation it began from
    beat      it still lives, as of now
    release   it ended
    commit    it made a generation, all of whose rows were acknowledged before

and what they say is the same for everybody who reads them:

- The writer is that of the hold with the highest fence, until its release, or until its last beat
  is too old.
- The live generation is the one that this writer committed, or else the one that it began from.

So a commit takes effect with the one row that says it, and one of a writer that another one
replaced takes none: not even if it was paused for hours and wakes up in the middle of its last
step. It is told, since it reads the state once more afterwards: either it sees the other's claim,
or the other one, which looks again after its claim, begins from this commit.
"""

import json
import random
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from qa_index.collection.milvus.blobs import Ref
from qa_index.collection.milvus.connections import STRONG, Server
from qa_index.collection.milvus.layout import NO_VECTOR, VERSION, Names
from qa_index.errors import (
    IndexDamaged,
    IndexIncompatible,
    IndexLocked,
    IndexMissing,
    IndexProblem,
)

BEAT_SECONDS = 20.0
"""Between two signs of life of a writer."""

LEASE_SECONDS = 120.0
"""Since its last sign of life, until a writer counts as dead."""

CLOCK_SECONDS = LEASE_SECONDS / 2
"""By which clocks of machines may differ."""

CLAIM_SECONDS = 30.0
"""Since its claim, until a program counts as dead that has not begun to write."""

_TRIES = 5
"""How often two writers that begin at the same moment give way to each other."""

Key = tuple[int, str]
"""Fence and token of a writer; a commit has that of its writer."""


class Claim(NamedTuple):
    """A program that wanted to write."""

    place: str
    """See ``Hold``, as for the next one."""
    time: float


@dataclass(frozen=True, slots=True)
class Hold:
    """A writer that began."""

    fence: int
    """Higher than that of any writer before."""
    token: str
    """Tells two programs apart that claimed the same number."""
    base: Key | None
    """The commit that was live then; ``None`` if there was no index."""
    place: str
    """Identifies the folder on its machine, which one writer at a time may use."""
    who: str
    """As people are told."""
    time: float
    """Seconds since 1970, as for the next ones."""

    @property
    def key(self) -> Key:
        """Identifies it."""
        return self.fence, self.token


@dataclass(frozen=True, slots=True)
class Commit:
    """A generation that was made live."""

    fence: int
    token: str
    generation: int
    root: Ref
    """What all of it is found by: see ``root.Root``."""
    base: Key | None
    """The commit before."""
    time: float

    @property
    def key(self) -> Key:
        """Identifies it."""
        return self.fence, self.token


class State(NamedTuple):
    """All rows of the state, as they were at one moment."""

    claims: dict[Key, Claim]
    holds: dict[Key, Hold]
    commits: dict[Key, Commit]
    beats: dict[Key, float]
    """The last sign of life of each writer."""
    released: set[Key]

    @property
    def fence(self) -> int:
        """The highest number that anybody claimed."""
        return max((key[0] for key in (*self.claims, *self.holds, *self.commits)), default=0)

    @property
    def top(self) -> Hold | None:
        """The last writer that began."""
        return self.holds[max(self.holds)] if self.holds else None

    @property
    def live(self) -> Commit | None:
        """The live generation."""
        if self.top is None:
            return None
        if found := self.commits.get(self.top.key):
            return found
        return self.commits.get(self.top.base) if self.top.base else None

    @property
    def kept(self) -> list[Commit]:
        """The generations that questions may be at: the live one, and the one before."""
        live = self.live
        before = self.commits.get(live.base) if live and live.base else None
        return [each for each in (live, before) if each is not None]

    def writer(self, now: float, *, place: str = "") -> Hold | None:
        """Who writes, unless it is the one that used ``place`` before."""
        top = self.top
        if top is None or top.key in self.released or top.place == place:
            return None
        return top if now - self.beats.get(top.key, top.time) < LEASE_SECONDS else None

    def is_alone(self, hold: Hold) -> bool:
        """Whether nobody else has or wants what a program claimed."""
        others = [each for each in (*self.claims, *self.holds) if each != hold.key]
        wanting = [self.claims[each] for each in others if each not in self.holds]
        return all(fence < hold.fence for fence, _ in others) and not any(
            place != hold.place and hold.time - since < CLAIM_SECONDS for place, since in wanting
        )


def missing(server: Server) -> IndexMissing:
    """What is to be raised where there is no index."""
    return IndexMissing(
        f"no index at {server.address}; make one with `qa index PATH --index ADDRESS`"
    )


def read_state(server: Server, names: Names, *, consistency: str = STRONG) -> State:
    """The state. Raises an ``IndexProblem``, which is ``IndexMissing`` if there is none."""
    rows = server.query(names.state, "fence >= 0", ["id", "body"], consistency=consistency)
    state = State({}, {}, {}, {}, set())
    try:
        for row in rows:
            body = json.loads(row["body"])
            kind, layout = body.pop("kind"), body.pop("layout")
            if layout != VERSION:
                raise IndexIncompatible(
                    f"the collections at {server.address} have layout {layout!r}, this program "
                    f"reads {VERSION}; "
                    + ("upgrade grounded-qa" if layout > VERSION else _remedy(names))
                )
            key = int(body["fence"]), str(body["token"])
            if kind == "beat":
                state.beats[key] = max(state.beats.get(key, 0.0), float(body["time"]))
            elif kind == "release":
                state.released.add(key)
            elif kind == "claim":
                state.claims[key] = Claim(str(body["place"]), float(body["time"]))
            else:
                body["base"] = tuple(body["base"]) if body["base"] else None
                if kind == "hold":
                    state.holds[key] = Hold(**body)
                elif kind == "commit":
                    state.commits[key] = Commit(**{**body, "root": Ref(*body["root"])})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IndexDamaged(f"the state at {server.address} is damaged; {_remedy(names)}") from error
    return state


def _remedy(names: Names) -> str:
    """What helps where the state cannot be read, which every build begins with."""
    return (
        f"restore {names.state} from a backup, or drop the index's collections and run "
        "`qa index PATH`"
    )


class Writing:
    """The state as its one writer changes it; see ``begin``."""

    def __init__(self, server: Server, names: Names, hold: Hold) -> None:
        self._server = server
        self._names = names
        self._changing = threading.Lock()
        self._beats = 0
        self.hold = hold
        """Its own."""

    def add(self, kind: str, **more: Any) -> None:
        """Add a row."""
        with self._changing:
            _add(self._server, self._names, self.hold, kind, **more)

    def beat(self) -> None:
        """Give a sign of life."""
        self._beats += 1
        self.add("beat", number=self._beats, time=time.time())
        with self._changing:
            name = _row_id(self.hold, "beat", self._beats - 1)
            self._server.delete(self._names.state, f'id == "{name}"')

    def commit(self, generation: int, root: Ref) -> None:
        """Make a generation the live one. All its rows have been acknowledged.

        Raises ``IndexLocked`` if another writer began meanwhile.
        """
        self._outbid()
        self._check()
        commit = Commit(*self.hold.key, generation, root, self.hold.base, time.time())
        try:
            self.add("commit", **{**asdict(commit), "root": list(root)})
        except IndexProblem:
            # The answer may be lost, and not the row.
            if not self._is_live():
                raise
        self._check()

    def _outbid(self) -> None:
        """Begin anew, with a higher number, if another program claimed one and does not begin.

        It may have been killed since. Its claim can neither be waited for nor be removed: until it
        is outbid it could still begin, from the generation before this writer's commit.
        """
        deadline = time.monotonic() + CLAIM_SECONDS
        while self._is_outbid():
            try:
                hold = begin(self._server, self._names, place=self.hold.place, who=self.hold.who)
            except IndexLocked:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)  # it is alive, or was not long ago
                continue
            with self._changing:
                before, self.hold = self.hold, hold
            if hold.base != before.base:
                raise self._replaced()
            # The next writer removes the rows of a hold without a commit, and these are those of
            # the commit to come.
            self.forget([_row_id(before, kind) for kind in ("hold", "claim")])
            self._server.delete(self._names.state, f'id like "{_row_id(before, "beat")}%"')

    def _is_outbid(self) -> bool:
        """Whether this is the writer, and another program claimed a higher number."""
        state = read_state(self._server, self._names)
        top = state.top
        return top is not None and top.key == self.hold.key and state.fence > self.hold.fence

    def _check(self) -> None:
        state = read_state(self._server, self._names)
        top = state.top
        if top is None or top.key != self.hold.key or state.fence > self.hold.fence:
            raise self._replaced()

    def _replaced(self) -> IndexLocked:
        return IndexLocked(
            f"{self._server.address} was written by another program meanwhile; "
            "what this one read is not in it, run the same command again"
        )

    def _is_live(self) -> bool:
        try:
            live = read_state(self._server, self._names).live
        except IndexProblem:
            return False
        return live is not None and live.key == self.hold.key

    def forget(self, ids: Sequence[str]) -> None:
        """Remove rows of the state."""
        if ids:
            with self._changing:
                named = ",".join(f'"{each}"' for each in ids)
                self._server.delete(self._names.state, f"id in [{named}]")


def _row_id(hold: Hold, kind: str, number: int | None = None) -> str:
    return f"{kind}-{hold.fence}-{hold.token}" + ("" if number is None else f"-{number}")


def _add(server: Server, names: Names, hold: Hold, kind: str, **more: Any) -> None:
    number = more.pop("number", None)
    body = {"kind": kind, "layout": VERSION, "fence": hold.fence, "token": hold.token, **more}
    row = {
        "id": _row_id(hold, kind, number),
        "fence": hold.fence,
        "body": json.dumps(body),
        "v": NO_VECTOR,
    }
    server.insert(names.state, [row])


def begin(server: Server, names: Names, *, place: str, who: str) -> Hold:
    """Become the one writer. Raises ``IndexLocked`` if another one is.

    Of two that begin at the same moment, each adds its claim before it looks for others, so at
    least one of them sees the other's. Who does gives way, and tries again.
    """
    other: Hold | None = None
    for _ in range(_TRIES):
        state = read_state(server, names)
        other = state.writer(time.time(), place=place)
        if other is not None:
            break
        live = state.live
        hold = Hold(
            fence=state.fence + 1,
            token=uuid.uuid4().hex,
            base=live.key if live else None,
            place=place,
            who=who,
            time=time.time(),
        )
        _add(server, names, hold, "claim", place=place, time=hold.time)
        again = read_state(server, names)
        other = again.writer(time.time(), place=place)
        # What the last writer may have committed meanwhile is what to begin from.
        base = again.live.key if again.live else None
        if other is None and again.is_alone(hold) and base == hold.base:
            _add(server, names, hold, "hold", **asdict(hold))
            return hold
        server.delete(names.state, f'id == "{_row_id(hold, "claim")}"')
        time.sleep(random.uniform(0.05, 0.5))  # noqa: S311 - no secret
    who = other.who if other else "another program"
    raise IndexLocked(f"{server.address} is being written by {who}; wait until it is done")


@contextmanager
def beating(writing: Writing) -> Iterator[None]:
    """Give signs of life until the end; one that fails is made up for by the next."""
    ended = threading.Event()

    def run() -> None:
        while not ended.wait(BEAT_SECONDS):
            try:
                writing.beat()
            except IndexProblem:
                continue

    thread = threading.Thread(target=run, name="qa-writer", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
