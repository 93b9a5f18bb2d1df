"""Time that one kind of work may take in all."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic


class Budget:
    """Seconds that are left for work that is done here and there. What has begun is finished."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    @property
    def is_spent(self) -> bool:
        """Whether no more work may begin."""
        return self._left <= 0

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Counts the time of what is done within, and no other."""
        started = monotonic()
        try:
            yield
        finally:
            self._left -= monotonic() - started
