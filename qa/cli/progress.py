"""How far a long step has come: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
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
    """Shows what it is called with: bytes done, and in all."""

    def __init__(self, what: str, options: Options) -> None:
        self._what = what
        self._options = options
        self._started = self._told = time.monotonic()
        self._bar: tuple[Bar, TaskID] | None = None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` bytes of ``total`` are done."""
        now = time.monotonic()
        if self._options.quiet or now - self._started < _PATIENCE:
            return
        if sys.stderr.isatty():
            self._move_bar(done, total)
        elif now - self._told >= _LINE_EVERY:
            self._told = now
            say(f"{self._what}: {done / max(total, 1):.0%} of {total / 1e6:,.1f} MB")

    def _move_bar(self, done: int, total: int) -> None:
        if self._bar is None:
            self._bar = self._start_bar()
        bar, task = self._bar
        bar.update(task, completed=done, total=total)

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
        task = bar.add_task(self._what)
        bar.start()
        return bar, task
