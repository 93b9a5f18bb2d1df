"""Prefetching: work done before its result is needed."""

import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_index.building import prefetch as prefetching


def prefetch(
    work: Callable[[int], Any], items: Iterable[int], *, weigh: Callable[[int], int], limit: int
) -> Generator[tuple[int, Any]]:
    """The work is done in the first step, or in the second, which gives the same."""
    options: dict[str, Any] = {"weigh": weigh, "weigh_begun": lambda _: 0, "limit": limit}
    return prefetching.prefetch(
        lambda _: None, lambda item, _: work(item), items, threads=2, **options
    )


@given(st.lists(st.integers(0, 5), max_size=30), st.integers(0, 12))
def test_results_come_in_order_each_with_its_item(items: list[int], limit: int) -> None:
    found = list(prefetch(lambda item: -item, items, weigh=lambda item: item, limit=limit))
    assert found == [(item, -item) for item in items]


def test_items_are_worked_on_before_they_are_asked_for() -> None:
    done = threading.Event()

    def work(item: int) -> None:
        if item == 2:
            done.set()

    with closing(prefetch(work, range(4), weigh=lambda _: 1, limit=2)) as results:
        assert next(results) == (0, None)
        assert done.wait(10)


def test_no_more_is_taken_than_the_limit_allows() -> None:
    taken: list[int] = []

    def items() -> Iterator[int]:
        for item in range(10):
            taken.append(item)
            yield item

    with closing(prefetch(lambda item: item, items(), weigh=lambda _: 10, limit=25)) as results:
        next(results)
        assert taken == [0, 1, 2]


def test_an_error_comes_where_its_result_was_due() -> None:
    results = prefetch(lambda item: 1 / item, [2, 1, 0, 5], weigh=lambda _: 1, limit=9)
    assert [next(results), next(results)] == [(2, 0.5), (1, 1.0)]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_what_was_not_begun_is_left_undone_when_it_is_closed() -> None:
    begun: list[int] = []
    second = threading.Event()

    def work(item: int) -> None:
        begun.append(item)
        if item == 1:
            second.set()
        time.sleep(0.2)

    results = prefetch(work, range(8), weigh=lambda _: 1, limit=6)
    next(results)
    assert second.wait(10)
    results.close()
    assert len(begun) < 7  # the number handed over
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("prefetch")]
