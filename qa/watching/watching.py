"""The loop that keeps an index up to date: look, update, tell, wait."""

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa import inputs
from qa.session.indexed import lacks
from qa.session.library import DEFAULT_INDEX, Pathlike, find_index, index
from qa.watching.events import WatchEvent, WatchKind
from qa.watching.looking import Look, look, roots_of
from qa.watching.wakeups import EventsUnavailable, Wakeups, Woken
from qa_index.collection.engines import has_index, open_index
from qa_index.collection.names import absolute
from qa_index.errors import (
    IndexLocked,
    IndexMissing,
    IndexProblem,
    InputError,
    NothingToIndex,
    QAError,
    RootGone,
)

if TYPE_CHECKING:
    from qa_index.building.report import BuildReport

Update = Callable[[Sequence[Pathlike], Path], "BuildReport"]
"""Adds paths to the index in a folder, or brings it up to date if there are none."""

_log = logging.getLogger(__name__)

SWEEP = 60.0
"""Seconds between looks without any event, since events can be lost in a flood of changes or on
their way from another machine."""

FALLBACK = 5.0
"""Seconds between looks if there are no events."""

_LONGEST_POLL = 86_400.0

_SHARE = 20
"""A look that takes a second is repeated after this number of seconds at the earliest."""

_PAUSES = 2.0, 60.0
"""Seconds until an update that failed is tried again: at first, and at most."""

_LOCKED_PAUSES = 1.0, 4.0
"""The same for an index that another process writes."""

_LONGEST_REST = 30.0
"""Seconds after an update until the next."""


def watch(
    paths: Sequence[Pathlike] | Pathlike = (),
    *,
    into: Pathlike | None = None,
    stop: threading.Event | None = None,
    poll: float | None = None,
    offline: bool = False,
    update: Update | None = None,
) -> Iterator[WatchEvent]:
    """Keeps an index up to date while its files change, and tells what happens.

    The index is first brought up to date with ``paths``, as ``index`` does; then all that it is
    made from is watched. Each update gives what ``index`` gives: it takes one step and fails
    without a trace. If a path is gone, its documents stay and the others are updated. Problems
    that may pass, such as a full disk or another process that writes the index, are told once and
    tried again.

    The watching is done by whoever iterates, for instance in a thread of its own::

        stop = threading.Event()
        for event in qa.watch(["notes"], into=".qa", stop=stop):
            print(event.kind, event.report)

    A session of the same index follows by itself.

    Args:
        paths: Files or folders to add, which must exist. Those that the index is made from
            already keep their patterns.
        into: Folder of the index, made if missing. By default the nearest ``.qa`` in this folder
            or above, or ``.qa`` here if there are ``paths`` and there is none.
        stop: Set it to end the iteration, within a second; an update is interrupted and leaves the
            index as it was.
        poll: Look at all files every so many seconds. By default the file system reports changes,
            and all files are looked at once a minute. Network file systems may not report those
            made on other machines.
        offline: Look for the model on this machine only.
        update: Indexes; by default ``index`` with ``keep_gone``, which ``stop`` interrupts.

    Raises:
        InputError: A path does not exist.
        IndexProblem: When it begins: the index is missing, damaged, incompatible, or cannot be
            written.
        ModelUnavailable: When it begins: the model cannot be loaded.
    """
    chosen = [absolute(path) for path in inputs.paths(paths, "paths")]
    for path in chosen:
        if not path.exists():
            raise InputError(f"{path}: no such file or folder")
    if poll is not None and not 0 < poll <= _LONGEST_POLL:
        raise InputError(f"poll must be a number of seconds up to {_LONGEST_POLL:,.0f}, not {poll}")
    folder = _folder(chosen) if into is None else inputs.index(into, "into")
    if not chosen and not has_index(folder):
        raise IndexMissing(f"no index in {folder}; name the paths to make one from")
    stop = stop or threading.Event()
    update = update or partial(_updated, stop=stop, offline=offline)
    return _Watch(chosen, absolute(folder), stop, poll, update).events()


def _folder(paths: Sequence[Path]) -> Path:
    try:
        return find_index()
    except IndexMissing:
        if not paths:
            raise
        return Path(DEFAULT_INDEX)


class _Stopped(Exception):
    """The update was interrupted by the stop."""


def _updated(
    paths: Sequence[Pathlike], into: Path, *, stop: threading.Event, offline: bool
) -> "BuildReport":
    def interrupt(done: int, total: int) -> None:
        if stop.is_set():
            raise _Stopped

    return index(paths, into=into, keep_gone=True, offline=offline, on_progress=interrupt)


class _Watch:
    """One iteration of ``watch``."""

    def __init__(
        self,
        paths: Sequence[Path],
        folder: Path,
        stop: threading.Event,
        poll: float | None,
        update: Update,
    ) -> None:
        self._paths = paths
        self._folder = folder
        self._stop = stop
        self._poll = poll
        self._update = update
        self._begun = False
        """Whether an update succeeded."""
        self._failures = 0
        """Updates that failed since the last that succeeded."""
        self._in_the_way: str | None = None
        """Why the last update failed, as it was told."""
        self._gone: str | None = None
        """Which paths are gone, as it was told."""
        self._roots: dict[str, Path] = {}
        """The watched paths by their stored names, when the index was last read."""
        self._watching: tuple[object, ...] = ()
        """What is watched and how, as it was told."""
        self._due = 0.0
        """Time of the next look, if nothing wakes before."""

    def events(self) -> Iterator[WatchEvent]:
        """Until the stop is set."""
        yield from self._updated()
        while not self._stop.is_set():
            try:
                yield from self._watched()
            except EventsUnavailable as error:
                self._poll = FALLBACK
                _log.warning(
                    "changes are not reported (%s); looking at all files every %g s instead",
                    error,
                    FALLBACK,
                )

    def _watched(self) -> Iterator[WatchEvent]:
        """Watches the index's paths until they have to be watched anew."""
        roots = self._roots = roots_of(self._folder, self._paths, self._roots)
        with Wakeups(
            tuple(roots.values()), own=self._folder, stop=self._stop, by_events=self._poll is None
        ) as wakeups:
            woken = Woken(frozenset(), replaced=False)
            while not self._stop.is_set():
                expected = bool(woken.touched) or self._in_the_way is not None
                differed = yield from self._looked(woken.touched, tuple(roots))
                if roots_of(self._folder, self._paths, roots) != roots:
                    return
                woken = wakeups.wait(self._due)
                if woken.replaced or (differed and not expected):
                    return

    def _looked(
        self, touched: frozenset[Path], names: tuple[str, ...]
    ) -> Generator[WatchEvent, None, bool]:
        """Look at the files and update the index if they differ; returns whether they do."""
        began = time.monotonic()
        try:
            found = look(self._folder, touched)
        except IndexProblem:  # the update tells what is wrong
            found = Look(differs=True, gone=None)
        took = time.monotonic() - began
        yield from self._told_gone(found.gone)
        if not self._gone:
            yield from self._told_watching(names)
        self._due = time.monotonic() + max(self._poll or SWEEP, took * _SHARE)
        if found.differs or self._in_the_way is not None:
            yield from self._updated()
        return found.differs

    def _told_gone(self, error: RootGone | None) -> Iterator[WatchEvent]:
        if error is not None and str(error) != self._gone:
            yield self._event(WatchKind.WAITING, error=error)
            self._watching = ()  # told again when it is back
        self._gone = None if error is None else str(error)

    def _told_watching(self, names: tuple[str, ...]) -> Iterator[WatchEvent]:
        watching = (*names, self._poll)
        if watching != self._watching:
            self._watching = watching
            yield self._event(WatchKind.WATCHING, paths=names, poll=self._poll)

    def _updated(self) -> Iterator[WatchEvent]:
        """Update the index. But for the first, rest as long as it took: others need the machine."""
        began = time.monotonic()
        try:
            report = self._update(self._to_add(), self._folder)
        except _Stopped:
            return
        except QAError as error:
            if not (self._begun or self._may_pass(error)):
                raise
            yield from self._failed(error)
        else:
            first, self._begun = not self._begun, True
            told = first or self._in_the_way is not None
            self._failures, self._in_the_way = 0, None
            if told or report.newly_skipped or not report.idle:
                yield self._event(WatchKind.UPDATED, report=report)
            if first:
                return
        self._stop.wait(min(time.monotonic() - began, _LONGEST_REST))

    def _to_add(self) -> Sequence[Path]:
        """The given paths that do not belong to the index yet."""
        if not has_index(self._folder):
            return self._paths
        if self._begun:
            return ()
        stored = open_index(self._folder)
        return [path for path in self._paths if lacks(stored, stored.name_of(path))]

    def _may_pass(self, error: QAError) -> bool:
        """Whether what keeps an index from being made may end without the user."""
        return isinstance(error, IndexLocked | RootGone) or (
            isinstance(error, NothingToIndex) and bool(self._paths)
        )

    def _failed(self, error: QAError) -> Iterator[WatchEvent]:
        # Who writes the index is no news each time.
        kind = "locked" if isinstance(error, IndexLocked) else str(error)
        if kind != self._in_the_way:
            self._in_the_way = kind
            yield self._event(WatchKind.WAITING, error=error)
        least, most = _LOCKED_PAUSES if isinstance(error, IndexLocked) else _PAUSES
        self._due = time.monotonic() + min(most, least * 2**self._failures)
        self._failures = min(self._failures + 1, 10)

    def _event(self, kind: WatchKind, **details: Any) -> WatchEvent:
        return WatchEvent(kind, datetime.now(UTC), self._folder, **details)
