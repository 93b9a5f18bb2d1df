"""How far a build is, and how long it will take if there is a big file."""

import logging
import time
from collections.abc import Callable, Sequence

from qa_index.building.encode import Executor
from qa_index.building.pace import duration
from qa_index.sources.plan import PlannedFile

_log = logging.getLogger(__name__)

BIG_FILE = 20_000_000
"""Bytes from which a file is announced; encoding it takes some ten minutes."""

OnProgress = Callable[[int, int], None]
"""Called with the bytes of source files processed so far, and in total."""


class Progress:
    """Counts the bytes processed, and logs an estimate of the time left if there is a big file."""

    def __init__(
        self,
        planned: Sequence[PlannedFile],
        on_progress: OnProgress | None,
        executor: Executor,
    ) -> None:
        self._executor = executor
        self._total = sum(file.size for file in planned)
        # Copying takes next to no time; counting it as work would distort the speed.
        self._done = sum(file.size for file in planned if file.unchanged is not None)
        self._on_progress = on_progress
        self._began: float | None = None
        """When the encoder was first called."""
        self._encoded: list[int] = []
        """Bytes of the batches that were encoded since."""
        big = [file for file in planned if file.unchanged is None and file.size >= BIG_FILE]
        self._announces = bool(big)
        for file in big:
            _log.info(
                "%s is one big file of %.1f MB: it is read and split before it is encoded",
                file.path,
                file.size / 1e6,
            )
        self._show()

    def add(self, size: int) -> None:
        """Add processed bytes; 0 signals that encoding begins."""
        self._done = min(self._done + size, self._total)
        if self._announces:
            self._announce(size)
        self._show()

    def _announce(self, size: int) -> None:
        """Log the time left, once a batch of ``size`` bytes has come from all who encode."""
        now = time.monotonic()
        if not size:
            self._began = self._began or now
        elif self._began is not None:
            self._encoded.append(size)
            if len(self._encoded) <= self._executor.ahead:
                return
            self._announces = False
            left = (self._total - self._done) * (now - self._began) / sum(self._encoded)
            _log.info(
                "encoding takes about %s at this speed; it can be interrupted", duration(left)
            )

    def _show(self) -> None:
        if self._on_progress:
            self._on_progress(self._done, self._total)
