"""Work done ahead of its use, in a thread beside the one that uses it."""

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
    """Each item with ``work(item)``, in order, and its error where it is due.

    Items are worked on in one thread while the caller uses earlier results. Items that are not
    yielded yet weigh at most ``limit`` together, or ``limit`` and one more item. Close the iterator
    to leave before its end: it waits for the item at work and drops the others.
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
    """In a function of its own, so that nothing here holds the result while it is used."""
    return item, future.result()
