"""The threads that answer, with a limit on how much may wait for them."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


class Busy(Exception):
    """As many requests are waiting as may wait."""


class TooSlow(Exception):
    """The time for a request is over; its work may still go on."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Workers:
    """At most ``threads`` calls at once, and ``queue`` more that wait. Used from one event loop."""

    def __init__(self, threads: int, *, queue: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="qa-http")
        self._most = threads + queue
        self._pending = 0

    @property
    def pending(self) -> int:
        """Calls that run or wait, those included that nobody waits for any more."""
        return self._pending

    async def run(self, call: Callable[[], Result], *, seconds: float) -> Result:
        """What ``call`` returns or raises.

        Raises ``Busy`` at once if too many wait, and ``TooSlow`` after ``seconds``. A call that has
        begun by then goes on, and keeps its thread.
        """
        if self._pending >= self._most:
            raise Busy
        loop = asyncio.get_running_loop()
        future = self._pool.submit(call)
        self._pending += 1

        def release(_: Future[Any]) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._release)

        future.add_done_callback(release)
        waited = asyncio.wrap_future(future)
        try:
            done, _ = await asyncio.wait({waited}, timeout=seconds)
        except asyncio.CancelledError:
            future.cancel()
            raise
        if not done:
            future.cancel()  # unless it has begun
            raise TooSlow(seconds)
        return waited.result()

    def _release(self) -> None:
        self._pending -= 1

    def close(self) -> None:
        """Accept no more calls, and drop those that wait."""
        self._pool.shutdown(wait=False, cancel_futures=True)
