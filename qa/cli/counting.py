"""How many questions have been asked: a bar on a terminal, now and then a line elsewhere."""

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


class QuestionCount:
    """Shows what it is called with: the mode, the questions done in it, and in all."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._started = self._told = time.monotonic()
        self._bar: tuple[Bar, TaskID] | None = None

    def __enter__(self) -> "QuestionCount":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar[0].stop()

    def __call__(self, mode: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` questions were asked in ``mode``."""
        now = time.monotonic()
        if self._options.quiet or now - self._started < _PATIENCE:
            return
        if sys.stderr.isatty():
            if self._bar is None:
                self._bar = self._start_bar()
            bar, task = self._bar
            bar.update(task, description=f"asking ({mode})", completed=done, total=total)
        elif now - self._told >= _LINE_EVERY:
            self._told = now
            say(f"asking ({mode}): {done:,} of {total:,} questions")

    def _start_bar(self) -> "tuple[Bar, TaskID]":
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeRemainingColumn(compact=True),
            console=Console(stderr=True, no_color=self._options.no_color or None),
            transient=True,
            expand=True,
        )
        task = bar.add_task("asking")
        bar.start()
        return bar, task
