import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from qa_eval import CalibrationError, calibrate
from qa_eval.answerability import Array
from qa_eval.calibration import fit, group_folds, predict

NAMES = ["score", "coverage", "margin"]


def example(seed: int, count: int = 300) -> tuple[Array, Array, list[str]]:
    random = np.random.default_rng(seed)
    features = random.standard_normal((count, 3)) * [1.0, 5.0, 0.1] + [0.0, 20.0, 3.0]
    logits = 1.5 * features[:, 0] - 0.2 * (features[:, 1] - 20) + 0.3
    labels = (random.random(count) < 1 / (1 + np.exp(-logits))).astype(float)
    return features, labels, [f"source {number % 17}" for number in range(count)]


class TestFit:
    @pytest.mark.parametrize("penalty", [0.01, 1.0, 50.0])
    @pytest.mark.parametrize("seed", range(4))
    def test_equals_scikit_learn(self, seed: int, penalty: float) -> None:
        features, labels, _ = example(seed)
        scaled = (features - features.mean(axis=0)) / features.std(axis=0)
        reference = LogisticRegression(C=1 / penalty, tol=1e-10, max_iter=1000).fit(scaled, labels)
        intercept, weights = fit(features, labels, penalty)
        assert weights * features.std(axis=0) == pytest.approx(reference.coef_[0], abs=1e-5)
        assert predict(features, intercept, weights) == pytest.approx(
            reference.predict_proba(scaled)[:, 1], abs=1e-5
        )

    def test_labels_that_a_line_separates_do_not_run_away(self) -> None:
        features = np.arange(20.0)[:, None]
        labels = (features[:, 0] > 9).astype(float)
        intercept, weights = fit(features, labels, 0.01)
        assert np.isfinite([intercept, *weights]).all()
        assert ((predict(features, intercept, weights) > 0.5) == labels).all()

    def test_a_constant_feature_gets_no_weight(self) -> None:
        features, labels, _ = example(0)
        features[:, 1] = 7.0
        assert fit(features, labels, 1.0)[1][1] == 0

    def test_huge_features_are_no_trouble(self) -> None:
        features, labels, _ = example(0)
        intercept, weights = fit(features, labels, 1.0)
        _, scaled = fit(features * 1e8, labels, 1.0)
        assert scaled * 1e8 == pytest.approx(weights, rel=1e-6)
        assert np.isfinite(intercept)


class TestCalibrate:
    def test_finds_the_probability(self) -> None:
        features, labels, groups = example(1, 2000)
        result = calibrate(features, labels, groups, names=NAMES, before=np.full(2000, 0.9))
        assert result["features"] == NAMES
        assert result["weights"][0] == pytest.approx(1.5, abs=0.25)
        assert result["weights"][1] == pytest.approx(-0.2, abs=0.05)
        assert result["cross_validated"]["ECE"] < 0.04 < result["before"]["ECE"]
        assert result["cross_validated"]["AUROC"] > 0.8
        assert result["before"]["AUROC"] == 0.5
        assert sum(bin_["count"] for bin_ in result["cross_validated"]["reliability"]) == 2000
        assert (result["questions"], result["groups"]) == (2000, 17)
        assert json.loads(json.dumps(result, allow_nan=False)) == result

    def test_is_not_fooled_by_features_that_name_the_group(self) -> None:
        """Labels that depend on the group alone cannot be foretold for another group."""
        random = np.random.default_rng(0)
        group = np.repeat(np.arange(10), 30)
        labels = np.repeat(random.permutation([0.0, 1.0] * 5), 30)
        result = calibrate(
            np.eye(10)[group],
            labels,
            [str(number) for number in group],
            names=[f"is {number}" for number in range(10)],
        )
        assert result["cross_validated"]["log_loss"] > 0.6

    def test_order_of_questions_does_not_matter(self) -> None:
        features, labels, groups = example(2)
        order = np.random.default_rng(0).permutation(len(labels))
        one = calibrate(features, labels, groups, names=NAMES)
        other = calibrate(features[order], labels[order], [groups[at] for at in order], names=NAMES)
        assert other["weights"] == pytest.approx(one["weights"])
        assert other["penalty"] == one["penalty"]

    def test_folds_keep_groups_together_as_scikit_learn_does(self) -> None:
        _, _, groups = example(3)
        folds = group_folds(groups, 5)
        assert all(
            len({f for f, g in zip(folds, groups, strict=True) if g == name}) == 1
            for name in set(groups)
        )
        sizes = sorted(np.bincount(folds))
        reference = GroupKFold(5).split(groups, groups=groups)
        assert sizes == sorted(len(test) for _, test in reference)

    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"labels": np.zeros(300)}, "too few labels"),
            ({"labels": np.full(300, 0.5)}, "labels must be 0 or 1"),
            ({"groups": ["one"] * 300}, "too few labels"),
            ({"groups": ["one"] * 299}, "299 groups for 300 labels"),
            ({"names": ["score"]}, r"features have shape \(300, 3\), not \(300, 1\)"),
            ({"features": np.full((300, 3), np.nan)}, "not a finite number"),
        ],
    )
    def test_labels_that_carry_no_fit(self, change: dict[str, object], complaint: str) -> None:
        features, labels, groups = example(4)
        arguments = {"features": features, "labels": labels, "groups": groups, "names": NAMES}
        with pytest.raises(CalibrationError, match=complaint):
            calibrate(**{**arguments, **change})  # type: ignore[arg-type]
