"""Runs work ahead of its use, in a separate thread."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    weigh: Callable[[Item], int],
    limit: int,
) -> Generator[tuple[Item, Result]]:
    """Yield each item with ``work(item)``, in order; an error is raised when its item is due.

    Items are processed in one thread while the caller uses earlier results. Items not yet yielded
    weigh at most ``limit`` in total, plus one more item. To stop early, close the iterator: it
    waits for the item in progress and drops the others.
    """
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    weight = 0
    pool = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
    try:
        for item in items:
            waiting.append((item, pool.submit(work, item)))
            weight += weigh(item)
            while weight > limit:
                weight -= weigh(waiting[0][0])
                yield _result(*waiting.popleft())
        while waiting:
            yield _result(*waiting.popleft())
    finally:
        pool.shutdown(cancel_futures=True)


def _result(item: Item, future: Future[Result]) -> tuple[Item, Result]:
    """A separate function, so that ``prefetch`` keeps no reference to a result in use."""
    return item, future.result()
