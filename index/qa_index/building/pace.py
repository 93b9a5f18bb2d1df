"""Estimates the time left of a long step from its recent speed."""

import time
from collections import deque
from collections.abc import Callable

_WINDOW = 30.0
"""Seconds of recent work that the speed is measured over."""


class Pace:
    """Estimates the time left of work that is counted in bytes or any other unit."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._intervals: deque[tuple[int, float]] = deque()
        """Amounts of work and the seconds that each took."""
        self._done = 0
        self._at: float | None = None

    def step(self, done: int) -> None:
        """Record the total done so far. If it is unchanged, the time since then does not count."""
        now = self._clock()
        if self._at is not None and done > self._done:
            self._intervals.append((done - self._done, now - self._at))
        while sum(seconds for _, seconds in self._intervals) - self._first() > _WINDOW:
            self._intervals.popleft()
        self._done, self._at = done, now

    def _first(self) -> float:
        return self._intervals[0][1] if self._intervals else 0.0

    def left(self, total: int) -> float | None:
        """Seconds until ``total`` is done; ``None`` if the speed is not known yet."""
        if self._at is None or not self._intervals:
            return None
        done = sum(count for count, _ in self._intervals)
        seconds = sum(each for _, each in self._intervals)
        since = self._clock() - self._at
        return max(0.0, (total - self._done) * seconds / done - since)


def duration(seconds: float) -> str:
    """Human-readable duration, such as "40 s", "35 min" or "2 h 10 min"."""
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
