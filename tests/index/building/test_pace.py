"""Estimates of the time left, from the pace so far."""

import pytest

from qa_index.building.pace import Pace, duration


class Timed:
    """A pace with a clock set by the test."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pace = Pace(lambda: self.now)

    def step(self, seconds: float, done: int) -> None:
        self.now += seconds
        self.pace.step(done)


def test_nothing_is_known_before_the_first_step() -> None:
    timed = Timed()
    assert timed.pace.left(100) is None
    timed.step(5, 0)
    assert timed.pace.left(100) is None


def test_after_one_step() -> None:
    timed = Timed()
    timed.step(0, 0)
    timed.step(10, 20)
    assert timed.pace.left(100) == pytest.approx(40)


def test_it_counts_down_between_steps() -> None:
    timed = Timed()
    timed.step(0, 0)
    timed.step(10, 20)
    timed.now += 15
    assert timed.pace.left(100) == pytest.approx(25)
    timed.now += 100
    assert timed.pace.left(100) == 0


def test_waiting_for_work_does_not_count() -> None:
    timed = Timed()
    timed.step(0, 0)
    timed.step(60, 0)
    timed.step(10, 20)
    assert timed.pace.left(100) == pytest.approx(40)


def test_the_last_half_minute_counts() -> None:
    timed = Timed()
    timed.step(0, 0)
    timed.step(1, 50)
    for number in range(1, 8):
        timed.step(10, 50 + number)
    assert timed.pace.left(100) == pytest.approx(430)


def test_one_slow_step_is_enough() -> None:
    timed = Timed()
    timed.step(0, 0)
    timed.step(100, 1)
    timed.step(100, 2)
    assert timed.pace.left(3) == pytest.approx(100)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "1 s"),
        (40.2, "40 s"),
        (99, "99 s"),
        (101, "2 min"),
        (2100, "35 min"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations(seconds: float, told: str) -> None:
    assert duration(seconds) == told
