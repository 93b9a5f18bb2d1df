import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import roc_auc_score

from qa_eval.answerability import (
    BINS,
    Array,
    aurc,
    auroc,
    expected_calibration_error,
    reliability,
    risk_coverage,
)


def example(seed: int, *, ties: bool) -> tuple[Array, Array]:
    random = np.random.default_rng(seed)
    probability = random.random(200)
    if ties:
        probability = probability.round(1)
    return probability, (random.random(200) < probability).astype(float)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("seed", range(10))
class TestAgainstOthers:
    def test_auroc_equals_scikit_learn(self, seed: int, ties: bool) -> None:
        probability, event = example(seed, ties=ties)
        assert auroc(probability, event) == pytest.approx(roc_auc_score(event, probability))

    def test_reliability_equals_scikit_learn(self, seed: int, ties: bool) -> None:
        probability, event = example(seed, ties=False)
        observed, mean = calibration_curve(event, probability, n_bins=BINS)
        bins = reliability(probability, event)
        assert [bin_.observed for bin_ in bins] == pytest.approx(observed)
        assert [bin_.probability for bin_ in bins] == pytest.approx(mean)

    def test_risk_is_the_mean_over_orders_of_ties(self, seed: int, ties: bool) -> None:
        probability, event = example(seed, ties=ties)
        random = np.random.default_rng(seed)
        curves = []
        for _ in range(2000):
            shuffled = random.permutation(len(event))
            order = shuffled[np.argsort(-probability[shuffled], kind="stable")]
            curves.append(np.cumsum(1 - event[order]) / np.arange(1, len(order) + 1))
        coverage, risk = risk_coverage(probability, event)
        assert coverage == pytest.approx(np.arange(1, 201) / 200)
        assert risk == pytest.approx(np.mean(curves, axis=0), abs=0.06)
        assert aurc(probability, event) == pytest.approx(np.mean(curves), abs=0.005)

    def test_order_does_not_matter(self, seed: int, ties: bool) -> None:
        probability, event = example(seed, ties=ties)
        order = np.random.default_rng(seed).permutation(len(event))
        for function in (auroc, aurc, expected_calibration_error):
            assert function(probability[order], event[order]) == pytest.approx(
                function(probability, event)
            )


class TestByHand:
    def test_calibration_error(self) -> None:
        """Two bins: 0.25 with none of two correct, 0.95 with one of two correct."""
        probability = np.array([0.2, 0.29, 0.9, 1.0])
        event = np.array([0.0, 0.0, 1.0, 0.0])
        low, high = reliability(probability, event)
        assert (low.low, low.high, low.count) == (0.2, 0.3, 2)
        assert (high.low, high.high, high.count) == (0.9, 1.0, 2)
        expected = (2 * 0.245 + 2 * abs(0.95 - 0.5)) / 4
        assert expected_calibration_error(probability, event) == pytest.approx(expected)

    def test_risk_and_coverage(self) -> None:
        probability = np.array([0.1, 0.9, 0.5, 0.5])
        event = np.array([0.0, 1.0, 1.0, 0.0])
        coverage, risk = risk_coverage(probability, event)
        assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
        assert risk == pytest.approx([0, 0.5 / 2, 1 / 3, 2 / 4])

    def test_one_class_has_no_auroc(self) -> None:
        assert np.isnan(auroc(np.array([0.1, 0.2]), np.array([1.0, 1.0])))

    def test_a_constant_probability_tells_nothing(self) -> None:
        assert auroc(np.full(10, 0.7), np.array([1.0, 0.0] * 5)) == 0.5
