import dataclasses
import json

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from qa_eval import CalibrationError, Recalibration, calibrate
from qa_eval.answerability import Array
from qa_eval.calibration import CappedLogistic, Rescaling, fit, refit

TRUE = CappedLogistic(0.8, 0.3, np.array([1.5, -0.2, 0.0]), np.empty(0))


def example(seed: int, count: int = 300) -> tuple[Array, Array]:
    """Features and labels that follow ``TRUE``."""
    random = np.random.default_rng(seed)
    features = random.standard_normal((count, 3)) * [2.0, 5.0, 0.1] + [0.0, 3.0, 3.0]
    return features, (random.random(count) < TRUE.predict(features)).astype(float)


class TestFit:
    def test_finds_weights_and_ceiling(self) -> None:
        features, labels = example(0, 20_000)
        found = fit(features, labels, penalty=1e-6)
        assert found.ceiling == pytest.approx(0.8, abs=0.02)
        assert found.predict(features) == pytest.approx(TRUE.predict(features), abs=0.06)

    def test_finds_what_the_ceiling_depends_on(self) -> None:
        random = np.random.default_rng(5)
        features, above = random.standard_normal((2, 40_000, 1)) * 3 + 1
        true = CappedLogistic(0.6, 0.5, np.array([1.0]), np.array([0.4]))
        labels = (random.random(40_000) < true.predict(features, above)).astype(float)
        found = fit(features, labels, ceiling_features=above, penalty=1e-6)
        assert found.ceiling == pytest.approx(0.6, abs=0.02)
        assert found.ceiling_weights == pytest.approx([0.4], abs=0.03)
        assert found.weights == pytest.approx([1.0], abs=0.1)

    def test_without_a_ceiling_in_the_data_equals_scikit_learn(self) -> None:
        random = np.random.default_rng(1)
        features = random.standard_normal((4000, 2))
        labels = (random.random(4000) < 1 / (1 + np.exp(-features @ [1.0, -2.0]))).astype(float)
        reference = LogisticRegression(C=1e6).fit(features, labels)
        found = fit(features, labels, penalty=1e-9)
        assert found.ceiling > 0.97
        assert found.predict(features) == pytest.approx(
            reference.predict_proba(features)[:, 1], abs=0.03
        )

    def test_counting_a_row_twice_is_having_it_twice(self) -> None:
        features, labels = example(2)
        counts = np.where(np.arange(300) < 100, 2, 1)
        twice = np.repeat(np.arange(300), counts)
        one = fit(features, labels, counts=counts, penalty=0.01)
        other = fit(features[twice], labels[twice], penalty=0.01)
        assert one.predict(features) == pytest.approx(other.predict(features), abs=1e-4)

    def test_a_constant_feature_gets_no_weight(self) -> None:
        features, labels = example(3)
        features[:, 1] = 7.0
        assert fit(features, labels, penalty=0.01).weights[1] == 0

    def test_weights_that_may_not_be_negative(self) -> None:
        features, labels = example(7, 2000)
        free = fit(features, labels, penalty=1e-6).weights
        held = fit(features, labels, penalty=1e-6, increasing=True).weights
        assert free[0] > 0 > free[1]
        assert held[0] > 0 == held[1]
        rising = features * [1, -1, 1]
        assert fit(rising, labels, penalty=1e-6, increasing=True).weights[:2] == pytest.approx(
            free[:2] * [1, -1], rel=0.01
        )

    def test_labels_that_a_line_separates_do_not_run_away(self) -> None:
        features = np.arange(20.0)[:, None]
        labels = (features[:, 0] > 9).astype(float)
        found = fit(features, labels, penalty=0.01)
        assert np.isfinite([found.ceiling, found.intercept, *found.weights]).all()
        assert np.isfinite(found.predict(features * 1e6)).all()

    @pytest.mark.parametrize(
        ("features", "labels", "complaint"),
        [
            (np.zeros((3, 1)), [1, 1, 1], "all answers are right"),
            (np.zeros((3, 1)), [0, 0.5, 1], "all answers are right"),
            (np.zeros((2, 1)), [0, 1, 1], "shape"),
            (np.full((2, 1), np.nan), [0, 1], "not a finite number"),
        ],
    )
    def test_labels_that_carry_no_fit(
        self, features: Array, labels: list[float], complaint: str
    ) -> None:
        with pytest.raises(CalibrationError, match=complaint):
            fit(features, labels, penalty=1.0)


class TestRefit:
    @pytest.mark.parametrize(("count", "within"), [(500, 0.1), (20_000, 0.04)])
    def test_many_questions_are_believed(self, count: int, within: float) -> None:
        random = np.random.default_rng(0)
        logits, ceilings = random.standard_normal(count) * 2, random.uniform(0.6, 0.9, count)
        true = Rescaling(raised=0.7, intercept=1.0, slope=0.5)
        labels = (random.random(count) < true.predict(logits, ceilings)).astype(float)
        found = refit(logits, ceilings, labels)
        assert found.predict(logits, ceilings) == pytest.approx(
            true.predict(logits, ceilings), abs=within
        )

    @pytest.mark.parametrize("ceiling", [0.0, 1.0, float("nan")])
    def test_a_ceiling_lies_between_0_and_1(self, ceiling: float) -> None:
        with pytest.raises(CalibrationError, match="ceiling"):
            refit([-1.0, 1.0], [0.5, ceiling], [0, 1])

    def test_unlikely_answers_that_are_right_are_no_end(self) -> None:
        found = refit([-800.0, 5.0, 800.0], [0.5, 0.6, 0.7], [1, 0, 1])
        assert np.isfinite(found).all()

    def test_two_questions_change_little(self) -> None:
        found = refit([-1.0, 1.0], [0.87, 0.87], [0, 1])
        assert found.slope == pytest.approx(1, abs=0.4)
        assert found.raised == pytest.approx(0, abs=0.4)

    def test_what_speaks_for_an_answer_never_comes_to_speak_against_it(self) -> None:
        logits = np.linspace(-3, 3, 400)
        found = refit(logits, np.full(400, 0.87), (logits < 0).astype(float))
        assert found.slope >= 0


CEILINGS = np.array([0.6, 0.8, 0.95])


def labelled(
    seed: int, *, max_false_answers: float | None = None, count: int = 2000
) -> Recalibration:
    """A badly overconfident model, with half of the questions unanswerable."""
    random = np.random.default_rng(seed)
    answerable = np.arange(count) % 2 == 0
    logits = random.standard_normal(count) + answerable
    chance = np.where(answerable, 1 / (1 + np.exp(-logits)), 0)
    sure = 1 / (1 + np.exp(-4 - logits))
    return calibrate(
        logits,
        CEILINGS[np.arange(count) % 3],
        random.random(count) < chance,
        answerable,
        threshold=0.3,
        before=sure,
        answered_before=sure >= 0.3,
        max_false_answers=max_false_answers,
    )


def right_already(seed: int, *, count: int) -> Recalibration:
    """A model with the same probabilities that the labels are drawn from."""
    random = np.random.default_rng(seed)
    logits = 2 * random.standard_normal(count)
    chance = 0.9 / (1 + np.exp(-logits))
    return calibrate(
        logits,
        np.full(count, 0.9),
        random.random(count) < chance,
        np.arange(count) % 2 == 0,
        threshold=0.3,
        before=chance,
        answered_before=chance >= 0.3,
    )


class TestCalibrate:
    def test_what_it_says_holds(self) -> None:
        found = labelled(0)
        assert found.after.ece < 0.05 < 0.3 < found.before.ece
        assert found.after.auroc == pytest.approx(found.before.auroc, abs=0.01)
        assert sum(bin_.count for bin_ in found.after.reliability) == 2000
        assert (found.answerable, found.unanswerable) == (1000, 1000)
        assert found.threshold == 0.3

    def test_the_curve_ends_at_the_share_of_wrong_answers(self) -> None:
        found = labelled(1)
        assert found.before.risk[-1] == pytest.approx(found.after.risk[-1])
        assert found.before.risk[0] < found.before.risk[-1]

    @pytest.mark.parametrize("target", [0.02, 0.1, 0.4])
    def test_the_target_is_kept_on_questions_not_fitted_to(self, target: float) -> None:
        found = labelled(2, max_false_answers=target)
        assert found.after.false_answer_rate == pytest.approx(target, abs=0.02)

    def test_a_target_that_leaves_no_answer_is_refused(self) -> None:
        with pytest.raises(CalibrationError, match="leaves no answer"):
            calibrate(
                [0.0] * 50 + [60.0] * 50,
                [0.87] * 50 + [0.99] * 50,
                [1.0] * 50 + [0.0] * 50,
                [True] * 50 + [False] * 50,
                threshold=0.3,
                before=[0.5] * 100,
                answered_before=[True] * 100,
                max_false_answers=0.0,
            )

    def test_without_a_target_no_answer_at_all_is_no_error(self) -> None:
        found = calibrate(
            [6.0] * 40 + [-6.0] * 40,
            [0.87] * 80,
            [1.0] * 10 + [0.0] * 70,
            [True] * 40 + [False] * 40,
            threshold=0.9,
            before=[0.5] * 80,
            answered_before=[False] * 80,
        )
        assert found.after.answered_rate == 0

    def test_what_helps_is_not_worse(self) -> None:
        """Scores are on held-out questions, which the refitted model has not seen."""
        found = labelled(6)
        assert found.after.brier < found.unfitted.brier < found.before.brier
        assert not found.worse

    def test_fitting_few_questions_to_a_model_that_is_right_makes_it_worse(self) -> None:
        worse = [right_already(seed, count=40).worse for seed in range(20)]
        assert sum(worse) > 10
        many = [right_already(seed, count=20_000) for seed in range(5)]
        assert not any(found.worse for found in many)

    def test_the_brier_score_is_scikit_learns(self) -> None:
        from sklearn.metrics import brier_score_loss

        logits = np.linspace(-3, 3, 100)
        right = (np.arange(100) * 7 % 10 < 5).astype(float)
        found = calibrate(
            logits,
            [0.9] * 100,
            right,
            np.arange(100) % 2 == 0,
            threshold=0.3,
            before=[0.25] * 100,
            answered_before=[False] * 100,
        )
        unfitted = 0.9 / (1 + np.exp(-logits))
        assert found.unfitted.brier == pytest.approx(brier_score_loss(right, unfitted))
        assert found.before.brier == pytest.approx(brier_score_loss(right, [0.25] * 100))

    def test_few_questions_are_refused(self) -> None:
        with pytest.raises(CalibrationError, match=r"20 or more answerable questions.* has 19"):
            labelled(3, count=38)

    def test_is_json(self) -> None:
        data = dataclasses.asdict(labelled(4))
        assert json.loads(json.dumps(data, allow_nan=False))["slope"] == data["slope"]

    def test_the_ceiling_shown_is_the_mean_of_all(self) -> None:
        found = labelled(5, count=3000)
        odds = CEILINGS / (1 - CEILINGS) * np.exp(found.raised)
        assert found.ceiling == pytest.approx((odds / (1 + odds)).mean())
