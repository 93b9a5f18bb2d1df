"""Progress of a long step: a bar on a terminal, otherwise a line from time to time."""

import sys
import time
from enum import Enum, auto
from threading import Lock, Timer
from types import TracebackType
from typing import TYPE_CHECKING

from qa import Pace, duration
from qa.cli.options import Options
from qa.cli.terminal.output import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_PATIENCE = 1.0
"""Seconds before anything is shown; shorter steps need no bar."""
_LINE_EVERY = 10.0
"""Seconds between lines if stderr is not a terminal."""


class Unit(Enum):
    """The unit of progress."""

    BYTES = auto()
    QUESTIONS = auto()
    PARTS = auto()
    """Quotations and sentences of a draft."""
    PASSAGES = auto()


class Progress:
    """Shows progress: call it with the bytes or questions done and the total.

    The bar appears after a delay even before the first call, since the first step can be long;
    until that call it pulses.
    """

    def __init__(self, what: str, options: Options, *, unit: Unit = Unit.BYTES) -> None:
        self._what = what
        self._options = options
        self._unit = unit
        self._told: float | None = None
        self._latest: tuple[int, int] | None = None
        self._pace = Pace()
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
        """Show that ``done`` of ``total`` are done."""
        if self._options.quiet:
            return
        self._pace.step(done)
        if not sys.stderr.isatty():
            self._tell(done, total)
            return
        with self._lock:
            self._latest = done, total
            self._move_bar()

    def in_mode(self, mode: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` questions were asked in ``mode``."""
        self._what = f"asking ({mode})"
        self(done, total)

    def _tell(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._told is None:  # earlier work, such as preparing the model, has its own messages
            self._told = now
        if done < total and now - self._told >= _LINE_EVERY:  # completion has its own message
            self._told = now
            of_all = {
                Unit.BYTES: f"{done / max(total, 1):.0%} of {total / 1e6:,.1f} MB",
                Unit.QUESTIONS: f"{done:,} of {total:,} questions",
                Unit.PARTS: f"{done:,} of {total:,} quotations and sentences",
                Unit.PASSAGES: f"{done:,} of {total:,} passages",
            }
            left = self._pace.left(total)
            told = "" if left is None else f", about {duration(left)} left"
            say(f"{self._what}: {of_all[self._unit]}{told}")

    def _show_bar(self) -> None:
        with self._lock:
            self._bar = self._start_bar()
            self._move_bar()

    def _move_bar(self) -> None:
        if self._bar is not None and self._latest is not None:
            bar, task = self._bar
            done, total = self._latest
            bar.update(task, description=self._what, completed=done, total=total)

    def _start_bar(self) -> "tuple[Bar, TaskID]":
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            MofNCompleteColumn,
            ProgressColumn,
            Task,
            TaskProgressColumn,
            TextColumn,
        )
        from rich.progress import Progress as Bar
        from rich.text import Text

        pace = self._pace

        class TimeLeft(ProgressColumn):
            """Shown from the first step on; Rich's own column needs two steps within 30 s."""

            def render(self, task: Task) -> Text:
                left = None if task.total is None else pace.left(int(task.total))
                return Text("" if left is None else f"{duration(left)} left")

        counts = {
            Unit.BYTES: (TaskProgressColumn(), DownloadColumn()),
            Unit.QUESTIONS: (MofNCompleteColumn(),),
            Unit.PARTS: (MofNCompleteColumn(),),
            Unit.PASSAGES: (MofNCompleteColumn(),),
        }
        bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            *counts[self._unit],
            TimeLeft(),
            console=Console(stderr=True, no_color=self._options.no_color or None),
            transient=True,
            expand=True,
        )
        task = bar.add_task(self._what, total=None)
        bar.start()
        return bar, task
