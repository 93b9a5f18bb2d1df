"""What a judged sample tells of the passages that are left out."""

from math import exp, factorial

import numpy as np
import pytest

from qa.confidence import judged
from qa.confidence.judged import FIRST, SLOPES, WIDTH, JudgedSample, _at_most, drawn
from qa.confidence.relevance import Counted, Further

LOGITS = -1.4 - np.log(np.arange(1, 1001))
"""Of passages that get rarer like the inverse of the rank; the first has 0.2."""


def told(
    answers: set[int], places: "np.ndarray", *, answered: float = 0.9, level: float = 0.9
) -> Counted:
    """The estimate of a sample at these places, of which some answer."""
    rest = np.delete(LOGITS, places)
    return JudgedSample(
        LOGITS[places],
        np.isin(places, list(answers)),
        Further(rest, np.ones(len(rest))),
        1.4,
        answered,
    ).counted(level)


@pytest.mark.parametrize("count", [0, 1, 7, 39, 40, 41, 60, 1000, 16_000])
@pytest.mark.parametrize("size", [1, 3, 40])
def test_a_sample_is_of_its_size_and_reaches_from_the_first_to_the_last(
    count: int, size: int
) -> None:
    places = drawn(count, size, seed=1)
    assert len(places) == len(set(places.tolist())) == min(count, size)
    assert all(0 <= each < count for each in places.tolist())
    assert places.tolist() == sorted(places.tolist())
    first = min(count, max(1, int(size * FIRST)))
    assert places[:first].tolist() == list(range(first))[: len(places)]
    assert drawn(count, size, seed=1).tolist() == places.tolist()
    if size == 40 and count > 1000:
        assert places[-1] > count / 2
        assert drawn(count, size, seed=2).tolist() != places.tolist()


def test_the_more_answer_the_more_are_missing() -> None:
    places = drawn(1000, 40, seed=0)
    none, some, many = (told(set(places[:n].tolist()), places) for n in (0, 3, 9))
    assert none.expected < some.expected < many.expected
    assert none.high < some.high < many.high
    assert none.low == 0
    assert none.low <= none.expected <= none.high


def test_answers_far_down_tell_more_than_those_at_the_top() -> None:
    places = drawn(1000, 40, seed=0)
    top, deep = (told(set(places[part].tolist()), places) for part in (slice(3), slice(-3, None)))
    assert deep.expected > 3 * top.expected


def test_one_that_answers_shows_that_something_does() -> None:
    places = drawn(1000, 40, seed=0)
    doubted, sure = (told(set(), places, answered=each) for each in (0.1, 0.9))
    assert doubted.expected < sure.expected
    doubted, sure = (told({0}, places, answered=each) for each in (0.1, 0.9))
    assert doubted == sure


def test_nothing_is_missing_where_all_is_judged() -> None:
    sample = JudgedSample(
        LOGITS, LOGITS > -3, Further(np.empty(0), np.empty(0)), deviation=1.4, answered=0.9
    )
    assert sample.counted(0.9) == Counted(0.0, 0, 0)


def test_the_interval_holds_as_often_as_it_says() -> None:
    """Over collections that differ from those of the fit as the prior says they may."""
    chance = np.random.default_rng(7)
    held, questions = 0, 200
    for number in range(questions):
        shift, slope = chance.normal(0, WIDTH * 1.4), np.exp(chance.normal(0, SLOPES))
        true = 1 / (1 + np.exp(-(LOGITS[0] + slope * (LOGITS - LOGITS[0]) + shift)))
        answers = chance.random(len(LOGITS)) < true
        places = drawn(len(LOGITS), 40, seed=number)
        found = told(set(np.flatnonzero(answers).tolist()), places, answered=0.98)
        left = int(answers.sum() - answers[places].sum())
        held += found.low <= left <= found.high
    assert 0.87 <= held / questions <= 0.98


@pytest.mark.parametrize("size", [40, 200])
@pytest.mark.parametrize("every", [2, 5, 40])
def test_the_values_lie_close_enough(
    monkeypatch: pytest.MonkeyPatch, size: int, every: int
) -> None:
    """The more is judged, the less room is left: three times as many values change nothing."""
    places = drawn(1000, size, seed=3)
    answers = set(places[::every].tolist())
    usual = told(answers, places)
    monkeypatch.setattr(judged, "_POINTS", (121, 49))
    closer = told(answers, places)
    assert usual.expected == pytest.approx(closer.expected, rel=0.01)
    assert (usual.low, usual.high) == pytest.approx((closer.low, closer.high), rel=0.02, abs=1)


def test_a_wider_level_gives_a_wider_interval() -> None:
    places = drawn(1000, 40, seed=0)
    narrow, wide = (told({0, 5}, places, level=each) for each in (0.5, 0.95))
    assert wide.low <= narrow.low <= narrow.high < wide.high
    assert wide.expected == narrow.expected


@pytest.mark.parametrize("logit", [-1000.0, 0.0, 1000.0])
@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize("deviation", [0.0, 1.4, 100.0])
def test_extremes_give_numbers(logit: float, answers: bool, deviation: float) -> None:
    sample = JudgedSample(
        np.array([logit]),
        np.array([answers]),
        Further(np.array([logit, -5.0]), np.array([3.0, 1e6])),
        deviation,
        0.0,
    )
    found = sample.counted(0.9)
    assert type(found.expected) is float
    assert np.isfinite(found.expected)
    assert 0 <= found.low <= found.high <= 1_000_003


def test_the_distribution_is_poissons() -> None:
    means = np.array([0.0, 0.3, 2.0, 20.0])
    for count in (0, 1, 5, 30):
        expected = [sum(exp(-m) * m**k / factorial(k) for k in range(count + 1)) for m in means]
        assert _at_most(count, means) == pytest.approx(expected)
    # Above 400 it is a normal one; the two meet.
    for count in (360, 400, 440):
        below, above = _at_most(count, np.array([400.0, 400.001]))
        assert below == pytest.approx(above, abs=0.005)
    assert _at_most(10**6, np.array([399.0, 1e4])) == pytest.approx([1.0, 1.0])
