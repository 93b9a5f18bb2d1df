"""Runs work ahead of its use, in other threads."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Condition
from typing import Generic, TypeVar

Item = TypeVar("Item")
Begun = TypeVar("Begun")
Result = TypeVar("Result")


def prefetch(
    begin: Callable[[Item], Begun],
    finish: Callable[[Item, Begun], Result],
    items: Iterable[Item],
    *,
    threads: int,
    weigh: Callable[[Item], int],
    weigh_begun: Callable[[Begun], int],
    limit: int,
    stop: Callable[[], None] = lambda: None,
) -> Generator[tuple[Item, Result]]:
    """Yield each item with ``finish(item, begin(item))``, in order.

    ``begin`` runs in ``threads`` threads and may wait for other processes; ``finish`` runs in one.
    An error is raised when its item is due. Two limits hold while the caller uses earlier results.
    Items not yet yielded weigh at most ``limit`` in total, plus one more item. And no thread begins
    or finishes another item, except the next one due, while what it made weighs more than that: so
    memory is bounded even where an item weighs far more than it seemed to.

    To stop early, close the iterator: it calls ``stop``, which should end what ``begin`` waits for,
    waits for the items in progress, and drops the others.
    """
    waiting: deque[tuple[Item, Future[Result]]] = deque()
    weight = 0
    line = _Line(begin, finish, weigh_begun, limit)
    first = ThreadPoolExecutor(threads, thread_name_prefix="prefetch")
    second = ThreadPoolExecutor(1, thread_name_prefix="prefetch")
    try:
        for number, item in enumerate(items):
            begun = first.submit(line.begin, number, item)
            waiting.append((item, second.submit(line.finish, number, item, begun)))
            del begun
            weight += weigh(item)
            while weight > limit:
                weight -= weigh(waiting[0][0])
                yield _result(*waiting.popleft())
                line.advance()
        while waiting:
            yield _result(*waiting.popleft())
            line.advance()
    finally:
        line.close()
        stop()
        second.shutdown(wait=False, cancel_futures=True)
        first.shutdown(cancel_futures=True)
        second.shutdown()


def _result(item: Item, future: Future[Result]) -> tuple[Item, Result]:
    """A separate function, so that ``prefetch`` keeps no reference to a result in use."""
    return item, future.result()


class _Line(Generic[Item, Begun, Result]):
    """Items on their way through both steps, and the weight of those that passed each."""

    def __init__(
        self,
        begin: Callable[[Item], Begun],
        finish: Callable[[Item, Begun], Result],
        weigh: Callable[[Begun], int],
        limit: int,
    ) -> None:
        self._begin = begin
        self._finish = finish
        self._weigh = weigh
        self._limit = limit
        self._due = 0
        """The number of the next item that the caller gets."""
        self._weights: dict[int, int] = {}
        """Of items that were begun."""
        self._begun = 0
        """Total of ``_weights``."""
        self._finished = 0
        """Total of those that were finished."""
        self._closed = False
        self._changed = Condition()

    def begin(self, number: int, item: Item) -> Begun:
        with self._changed:
            self._wait(lambda: self._begun <= self._limit, number)
        begun = self._begin(item)
        with self._changed:
            self._weights[number] = self._weigh(begun)
            self._begun += self._weights[number]
        return begun

    def finish(self, number: int, item: Item, future: Future[Begun]) -> Result:
        begun = future.result()
        with self._changed:
            self._wait(lambda: self._finished <= self._limit, number)
            self._finished += self._weights[number]
        return self._finish(item, begun)

    def _wait(self, may_go_on: Callable[[], bool], number: int) -> None:
        self._changed.wait_for(lambda: self._closed or number <= self._due or may_go_on())
        if self._closed:
            raise Closed

    def advance(self) -> None:
        """The caller is done with the item that was due."""
        with self._changed:
            weight = self._weights.pop(self._due)
            self._begun -= weight
            self._finished -= weight
            self._due += 1
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()


class Closed(Exception):
    """Nobody waits for the item any more."""
