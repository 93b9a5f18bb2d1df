"""Probabilities of many passages, and the number of those that are not listed."""

from itertools import product

import numpy as np
import pytest

from qa.confidence.relevance import (
    AnythingWeights,
    Counted,
    Further,
    PassageSignals,
    Relevance,
    RelevanceFit,
    RelevanceModel,
    RelevanceWeights,
)
from qa.confidence.shipped import RELEVANCE

LEVEL = 0.9


def logits_of(*probabilities: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    found = np.array(probabilities)
    logits: np.ndarray[tuple[int], np.dtype[np.float64]] = np.log(found / (1 - found))
    return logits


def quantiles(counts: np.ndarray[tuple[int], np.dtype[np.int64]]) -> tuple[float, float]:
    low, high = np.quantile(counts, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="inverted_cdf")
    return float(low), float(high)


def test_a_count_of_independent_passages_is_poisson_binomial() -> None:
    probabilities = [0.1, 0.45, 0.3, 0.15, 0.6]
    exact = np.zeros(6)
    for outcome in product((0, 1), repeat=5):
        chances = [p if hit else 1 - p for p, hit in zip(probabilities, outcome, strict=True)]
        exact[sum(outcome)] += np.prod(chances)
    below = np.cumsum(exact)
    counted = Relevance(logits_of(*probabilities), 0.0).counted(LEVEL)
    assert counted.expected == pytest.approx(sum(probabilities))
    assert counted.low == np.searchsorted(below, 0.05)
    assert counted.high == np.searchsorted(below, 0.95)


def test_the_interval_is_that_of_a_simulation() -> None:
    chance = np.random.default_rng(0)
    relevance = Relevance(chance.normal(-4.0, 1.0, 1500), 1.2)
    shift = 1.2 * chance.normal(size=(4000, 1))
    drawn = chance.random((4000, 1500)) < 1 / (1 + np.exp(-(relevance.logits + shift)))
    counts = drawn.sum(axis=1)
    counted = relevance.counted(LEVEL)
    low, high = quantiles(counts)
    assert counted.expected == pytest.approx(counts.mean(), rel=0.05)
    assert counted.low == pytest.approx(low, rel=0.1, abs=1)
    assert counted.high == pytest.approx(high, rel=0.1)
    assert relevance.probabilities.sum() == pytest.approx(counted.expected)


def test_what_questions_have_in_common_widens_the_interval() -> None:
    logits = np.full(300, -4.0)
    alone, together = (Relevance(logits, each).counted(LEVEL) for each in (0.0, 1.5))
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_nothing_may_answer_at_all() -> None:
    logits = np.full(5, 2.0)
    sure, doubtful = (Relevance(logits, 1.0, each) for each in (1.0, 0.4))
    assert doubtful.probabilities == pytest.approx(0.4 * sure.probabilities)
    assert doubtful.counted(LEVEL).expected == pytest.approx(0.4 * sure.counted(LEVEL).expected)
    assert sure.counted(LEVEL).low > 0 == doubtful.counted(LEVEL).low


def test_passages_beyond_the_candidates_count_as_the_others() -> None:
    few, rest = np.full(250, -3.0), np.full(40_000, -8.0)
    whole = Relevance(np.concatenate([few, rest]), 1.0).counted(LEVEL)
    further = Further(np.array([-8.0]), np.array([40_000.0]))
    split = Relevance(few, 1.0).counted(LEVEL, further=further)
    assert split.expected == pytest.approx(whole.expected)
    assert (split.low, split.high) == (whole.low, whole.high)


@pytest.mark.parametrize("logits", [[], [40.0, 30.0], [-50.0] * 10])
def test_extremes(logits: list[float]) -> None:
    counted = Relevance(np.array(logits), 1.0).counted(LEVEL)
    count = sum(each > 0 for each in logits)
    assert counted == Counted(counted.expected, count, count)
    assert counted.expected == pytest.approx(count, abs=1e-3)


def signals(*, reading: list[float], weight: float = 1.0) -> PassageSignals:
    count = len(reading)
    return PassageSignals(
        score=np.linspace(9.0, 1.0, count),
        share=np.linspace(1.0, 0.2, count),
        reading=np.array(reading),
        first=0.5,
        model_weight=weight,
    )


def test_what_was_not_read_has_weights_of_its_own() -> None:
    flat = (0.0,) * 5
    fit = RelevanceFit(
        read=RelevanceWeights(1.0, *flat, reading=2.0),
        unread=RelevanceWeights(-3.0, *flat),
        deviation=0.5,
        anything=AnythingWeights(0.8, -4.0, 0.5, 0.3),
    )
    model = RelevanceModel(fit, fit, fit)
    nan = float("nan")
    found = model.relevance(signals(reading=[1.5, nan, -1.0]), reads=True)
    assert found.logits == pytest.approx([4.0, -3.0, -1.0])
    assert found.deviation == 0.5
    assert found.answered == pytest.approx(0.8 / (1 + np.exp(4.0 - 0.5 * 9.0 - 0.3)))


def test_a_language_that_the_encoder_does_not_know_is_judged_by_words() -> None:
    reading = [float("nan")] * 4
    words = RELEVANCE.words_alone.logits(
        signals(reading=reading).matrix(), np.zeros(4, dtype=np.bool_)
    )
    found = RELEVANCE.relevance(signals(reading=reading, weight=0.0), reads=False)
    assert found.logits == pytest.approx(words)


def test_of_no_passage() -> None:
    none = signals(reading=[])
    found = RELEVANCE.relevance(none, reads=True)
    assert not len(found.probabilities)
    assert found.counted(LEVEL).expected == 0


def test_what_reads_as_an_answer_is_likelier() -> None:
    read, unlike = (
        RELEVANCE.relevance(signals(reading=[each] * 3), reads=True).probabilities
        for each in (4.0, -4.0)
    )
    assert (read > unlike).all()
