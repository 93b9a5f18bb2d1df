"""How far a long step has come: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING

from qa.cli.options import Options
from qa.cli.output import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_PATIENCE = 1.0
"""Seconds before anything is shown: what is done by then needs no bar."""
_LINE_EVERY = 10.0
"""Seconds between lines where there is no terminal."""


class Progress:
    """Shows what it is called with: bytes done, and in all.

    The bar appears by itself, since the first step can be long; until then it pulses.
    """

    def __init__(self, what: str, options: Options) -> None:
        self._what = what
        self._options = options
        self._told = time.monotonic()
        self._latest: tuple[int, int] | None = None
        self._bar: tuple[Bar, TaskID] | None = None
        self._lock = Lock()
        self._timer = Timer(_PATIENCE, self._show_bar)
        self._timer.daemon = True

    def __enter__(self) -> "Progress":
        if sys.stderr.isatty() and not self._options.quiet:
            self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        if self._timer.is_alive():
            self._timer.join()
        if self._bar is not None:
            self._bar[0].stop()

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` bytes of ``total`` are done."""
        if self._options.quiet:
            return
        if not sys.stderr.isatty():
            self._tell(done, total)
            return
        with self._lock:
            self._latest = done, total
            self._move_bar()

    def _tell(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told >= _LINE_EVERY:
            self._told = now
            say(f"{self._what}: {done / max(total, 1):.0%} of {total / 1e6:,.1f} MB")

    def _show_bar(self) -> None:
        with self._lock:
            self._bar = self._start_bar()
            self._move_bar()

    def _move_bar(self) -> None:
        if self._bar is not None and self._latest is not None:
            bar, task = self._bar
            bar.update(task, completed=self._latest[0], total=self._latest[1])

    def _start_bar(self) -> "tuple[Bar, TaskID]":
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as Bar

        bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            DownloadColumn(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True, no_color=self._options.no_color or None),
            transient=True,
            expand=True,
        )
        task = bar.add_task(self._what, total=None)
        bar.start()
        return bar, task
