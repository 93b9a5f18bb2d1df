from itertools import product

import numpy as np
import pytest
from scipy import stats

from qa_eval.answerability import Array, auroc
from qa_eval.statistics import bootstrap, holm, paired_test


def pairs(seed: int, count: int, shift: float) -> tuple[Array, Array]:
    """Reciprocal ranks of two systems, many of them equal, as real runs have."""
    random = np.random.default_rng(seed)
    first = 1 / random.integers(1, 6, count)
    second = np.where(random.random(count) < 0.5, first, 1 / random.integers(1, 6, count))
    return first, np.clip(second + shift * (second != first), 0, 1)


def over_pairs(values: Array) -> float:
    return auroc(values[:, 0], values[:, 1])


class TestBootstrap:
    @pytest.mark.parametrize("seed", range(5))
    def test_of_means_equals_scipy(self, seed: int) -> None:
        values = np.random.default_rng(seed).random(150) ** 2
        expected = stats.bootstrap(
            (values,), np.mean, n_resamples=20_000, method="percentile", batch=500, rng=0
        ).confidence_interval
        ours = bootstrap(values, seed=seed)
        width = expected.high - expected.low
        assert ours.low == pytest.approx(expected.low, abs=0.08 * width)
        assert ours.high == pytest.approx(expected.high, abs=0.08 * width)

    def test_of_another_statistic_equals_scipy(self) -> None:
        random = np.random.default_rng(3)
        event = (random.random(120) < 0.6).astype(float)
        probability = np.clip(0.5 + 0.2 * (event - 0.5) + 0.2 * random.standard_normal(120), 0, 1)
        expected = stats.bootstrap(
            (probability, event),
            auroc,
            paired=True,
            vectorized=False,
            n_resamples=3000,
            rng=0,
            method="percentile",
        ).confidence_interval
        ours = bootstrap(np.column_stack([probability, event]), over_pairs)
        assert ours == pytest.approx(tuple(expected), abs=0.015)

    def test_one_question_is_its_own_interval(self) -> None:
        assert bootstrap(np.array([0.25])) == (0.25, 0.25)

    def test_repeats_with_the_seed(self) -> None:
        values = np.random.default_rng(0).random(50)
        assert bootstrap(values, seed=4) == bootstrap(values, seed=4)
        assert bootstrap(values, seed=4) != bootstrap(values, seed=5)


class TestPairedTest:
    @pytest.mark.parametrize("shift", [0.0, 0.08, 0.2])
    @pytest.mark.parametrize("seed", range(4))
    def test_of_means_equals_scipy(self, seed: int, shift: float) -> None:
        first, second = pairs(seed, 60, shift)
        expected = stats.permutation_test(
            (first, second),
            lambda a, b, axis: np.mean(a - b, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=9999,
            batch=500,
            rng=0,
        ).pvalue
        assert paired_test(first, second) == pytest.approx(expected, abs=0.025)

    @pytest.mark.parametrize("seed", range(6))
    def test_of_few_differences_is_exact(self, seed: int) -> None:
        first, second = pairs(seed, 12, 0.1)
        expected = stats.permutation_test(
            (first, second),
            lambda a, b, axis: np.mean(a - b, axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=np.inf,
        ).pvalue
        assert paired_test(first, second) == pytest.approx(expected)

    def test_by_hand(self) -> None:
        """Three equal differences: two of the eight sign assignments are as extreme."""
        zeros = np.zeros(5)
        assert paired_test(np.array([0.1, 0.1, 0.1, 0.0, 0.0]), zeros) == 2 / 8

    def test_no_difference(self) -> None:
        values = np.random.default_rng(0).random(30)
        assert paired_test(values, values) == 1

    def test_rounding_makes_no_difference_more_extreme(self) -> None:
        """Sums of 0.1s in another order differ in the last bit; each of them is as extreme."""
        differences = np.array([0.1, 0.2, 0.3, 0.3, 0.2, 0.1, 0.1])
        expected = np.mean(
            [
                abs(round(np.dot(signs, differences), 9)) >= 1.3
                for signs in product((1, -1), repeat=7)
            ]
        )
        assert paired_test(differences, np.zeros(7)) == pytest.approx(float(expected))

    def test_of_another_statistic_equals_scipy(self) -> None:
        random = np.random.default_rng(7)
        labels = (random.random(80) < 0.5).astype(float)
        first = np.clip(0.5 + 0.3 * (labels - 0.5) + 0.25 * random.standard_normal(80), 0, 1)
        second = np.clip(0.5 + 0.1 * (labels - 0.5) + 0.25 * random.standard_normal(80), 0, 1)
        expected = stats.permutation_test(
            (first, second),
            lambda a, b: auroc(a, labels) - auroc(b, labels),
            permutation_type="samples",
            vectorized=False,
            n_resamples=2000,
            rng=0,
        ).pvalue
        ours = paired_test(
            np.column_stack([first, labels]), np.column_stack([second, labels]), over_pairs
        )
        assert ours == pytest.approx(expected, abs=0.03)

    def test_keeps_its_promise_under_the_null_hypothesis(self) -> None:
        """At the 5% level, about 5% of comparisons of equal systems are called different."""
        random = np.random.default_rng(1)
        called = [
            paired_test(random.random(25), random.random(25), seed=trial) < 0.05
            for trial in range(200)
        ]
        assert 0.01 <= np.mean(called) <= 0.1


class TestHolm:
    def test_by_hand(self) -> None:
        """Sorted 0.01, 0.02, 0.03, 0.04 times 4, 3, 2, 1, kept non-decreasing."""
        assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx((0.06, 0.04, 0.06, 0.06))

    def test_never_above_one(self) -> None:
        assert holm([0.6, 0.7]) == (1.0, 1.0)

    def test_nothing_to_correct(self) -> None:
        assert holm([]) == ()
        assert holm([0.03]) == (0.03,)
