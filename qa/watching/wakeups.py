"""Tells when files may have changed, by events of the file system or by the clock."""

import os
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

if TYPE_CHECKING:
    from watchfiles._rust_notify import RustNotify

_QUIET_MS = 300
"""Changes are told once nothing has changed for this time, since a save is several changes."""

_LONGEST_MS = 5_000
"""Changes are told after this time even if they go on."""

_TICK_MS = 1_000
"""Time between checks of whether a path was replaced."""

_FILES_THAT_EXCLUDE = ".gitignore"


class EventsUnavailable(Exception):
    """The file system or its limits do not allow to watch for events."""


class Woken(NamedTuple):
    """Why ``Wakeups.wait`` returned."""

    touched: frozenset[Path]
    """Files and folders that may have changed."""
    replaced: bool
    """Whether a watched path is another file or folder now, gone or back: watch it anew."""


class Wakeups:
    """Waits for changes below some paths. Close it, or use it as a context manager."""

    def __init__(self, paths: Sequence[Path], *, own: Path, stop: Event, by_events: bool) -> None:
        """Begins to watch ``paths``, of which some may not exist.

        ``own`` is the folder of the index, whose changes are no news. Without ``by_events`` only
        the clock wakes. Raises ``EventsUnavailable``.
        """
        self._own = own
        self._stop = stop
        self._paths = tuple(paths)
        self._before = identities(self._paths)
        self._real = [(Path(os.path.realpath(path)), path) for path in self._paths]
        self._own_real = Path(os.path.realpath(own))
        there = [
            str(real) for (real, _), found in zip(self._real, self._before, strict=True) if found
        ]
        self._watcher = _watcher(there) if by_events and there else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop watching."""
        if self._watcher is not None:
            self._watcher.close()

    def wait(self, until: float) -> Woken:
        """Waits for a change, for the time ``until`` on the monotonic clock, or for the stop.

        Raises ``EventsUnavailable``.
        """
        while not self._stop.is_set():
            left = max(0.0, until - time.monotonic())
            touched = self._touched(left)
            replaced = identities(self._paths) != self._before
            if touched or replaced or not left:
                return Woken(touched, replaced)
        return Woken(frozenset(), replaced=False)

    def _touched(self, longest: float) -> frozenset[Path]:
        """What changes within a tick or ``longest`` seconds."""
        if self._watcher is None:
            self._stop.wait(min(longest, _TICK_MS / 1000))
            return frozenset()
        timeout = max(1, min(_TICK_MS, round(longest * 1000)))
        try:
            told = self._watcher.watch(_LONGEST_MS, _QUIET_MS, timeout, self._stop)
        except (OSError, RuntimeError) as error:
            raise EventsUnavailable(str(error)) from error
        if told == "signal":
            raise KeyboardInterrupt
        if isinstance(told, str):  # the time is over, or the stop is set
            return frozenset()
        found = (self._as_given(Path(path)) for _, path in told)
        return frozenset(path for path in found if path is not None)

    def _as_given(self, file: Path) -> Path | None:
        """A changed file below the path that was given; ``None`` if its change is no news."""
        if file.is_relative_to(self._own_real):
            return None
        for real, path in self._real:
            with suppress(ValueError):
                inside = file.relative_to(real)
                if not _is_hidden(inside.parts):
                    return path / inside
        return None


def _is_hidden(parts: Sequence[str]) -> bool:
    """Whether a file is left out because of its name, and says nothing about others."""
    *folders, name = parts or ("",)
    hidden = (part.startswith(".") for part in folders)
    return any(hidden) or (name.startswith(".") and name != _FILES_THAT_EXCLUDE)


def identities(paths: Collection[Path]) -> list[tuple[int, int] | None]:
    """Device and inode of each path; ``None`` for one that is not there.

    They change when another file is renamed to the path, as editors do to save, and when a disk is
    mounted there.
    """
    return [_identity(path) for path in paths]


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _watcher(paths: Sequence[str]) -> "RustNotify | None":
    """Collects changes below ``paths`` from now on. Raises ``EventsUnavailable``."""
    try:
        # Not `watchfiles.watch`, which begins to watch only when it is first asked for changes.
        from watchfiles._rust_notify import RustNotify
    except ImportError as error:
        raise EventsUnavailable(f"watchfiles cannot be imported: {error}") from error
    try:
        return RustNotify(
            watch_paths=list(paths),
            debug=False,
            force_polling=False,
            poll_delay_ms=_TICK_MS,
            recursive=True,
            ignore_permission_denied=True,
        )
    except FileNotFoundError:  # gone since its identity was taken, which the next tick notices
        return None
    except (OSError, RuntimeError) as error:
        raise EventsUnavailable(str(error)) from error
