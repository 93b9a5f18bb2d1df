"""Fits a probability to labelled answers: a logistic function with a ceiling.

    p = ceiling / (1 + exp(-(intercept + weights . features)))

A plain one comes near to 1 where all features are high. Where a share of the questions has a twist
that no feature sees, it must flatten its whole slope to say so; the ceiling says it in one number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qa_eval.answerability import (
    Bin,
    auroc,
    expected_calibration_error,
    reliability,
    risk_coverage,
)
from qa_eval.errors import CalibrationError

Array = NDArray[np.float64]

FOLDS = 5
"""Of cross-validation."""

LEAST_QUESTIONS = 20
"""Of each kind: with fewer, a rate of 5% is less than one question."""

PRIOR_STRENGTH = 1.0
"""Against the summed log loss, per squared unit of slope, intercept and logit of the ceiling: a
few dozen questions move the parameters only where they agree, hundreds as far as they say."""

COVERAGES = tuple(number / 10 for number in range(1, 11))
"""Where the risk-coverage curve is reported."""

_SMALL = 1e-10


class CappedLogistic(NamedTuple):
    """``ceiling / (1 + exp(-(intercept + weights . features)))``."""

    ceiling: float
    intercept: float
    weights: Array
    """Shape (d,), for features as given."""

    def predict(self, features: ArrayLike) -> Array:
        """Probability of each row of ``features``, shape (n, d)."""
        logits = np.asarray(features, float) @ self.weights + self.intercept
        return self.ceiling * np.exp(-np.logaddexp(0, -logits))


def fit(
    features: ArrayLike, labels: ArrayLike, *, counts: ArrayLike | None = None, penalty: float
) -> CappedLogistic:
    """Minimise mean log loss plus ``penalty * |weights|^2``, the weights of standardised features.

    ``features`` has shape (n, d), ``labels`` shape (n,), 0 or 1, and ``counts`` shape (n,): how
    much each row counts, by default the same. A constant feature gets weight 0. Raises
    ``CalibrationError`` if the labels cannot carry a fit.
    """
    matrix, target = np.asarray(features, float), np.asarray(labels, float)
    _check(matrix, target)
    share = np.ones(len(target)) if counts is None else np.asarray(counts, float)
    share = share / share.sum()
    centre = share @ matrix
    spread = np.sqrt(share @ (matrix - centre) ** 2)
    constant = spread < _SMALL
    spread = np.where(constant, 1.0, spread)
    standardised = np.where(constant, 0.0, (matrix - centre) / spread)
    start = np.array([*np.zeros(matrix.shape[1]), 0.0, 2.0])  # a ceiling of 0.88
    strength = np.array([*np.full(matrix.shape[1], 2 * penalty), 0.0, 0.0])
    *scaled, intercept, ceiling = _minimise(standardised, target, share, start, strength)
    weights = np.array(scaled) / spread
    return CappedLogistic(_sigmoid(ceiling), float(intercept - weights @ centre), weights)


def refit(logits: ArrayLike, labels: ArrayLike, *, ceiling: float) -> CappedLogistic:
    """Fit ceiling, intercept and slope to the logits of a model in use, shape (n,).

    As Platt (1999) does, and with that model as the prior: ``PRIOR_STRENGTH``. The slope is never
    negative, so the order of answers stays. ``ceiling`` is that of the model in use.
    """
    matrix, target = np.asarray(logits, float)[:, None], np.asarray(labels, float)
    _check(matrix, target)
    start = np.array([1.0, 0.0, np.log(ceiling / (1 - ceiling))])
    strength = np.full(3, PRIOR_STRENGTH)
    slope, intercept, raised = _minimise(
        matrix, target, np.ones(len(target)), start, strength, least_weight=0.0
    )
    return CappedLogistic(_sigmoid(raised), float(intercept), np.array([slope]))


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a probability and its threshold are on a set of questions."""

    auroc: float
    """Of answerable against unanswerable questions."""
    ece: float
    answered_rate: float
    """Of answerable questions."""
    false_answer_rate: float
    """Of unanswerable questions."""
    risk: tuple[float, ...]
    """Share of wrong answers where the most probable are given, at each of ``COVERAGES``."""
    reliability: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Recalibration:
    """A model in use, refitted: ``ceiling / (1 + exp(-(intercept + slope * logit)))``."""

    ceiling: float
    intercept: float
    slope: float
    threshold: float
    before: Quality
    after: Quality
    """Of questions that neither the model nor the threshold was fitted to."""
    answerable: int
    unanswerable: int


def calibrate(
    logits: ArrayLike,
    correct: ArrayLike,
    answerable: ArrayLike,
    *,
    ceiling: float,
    threshold: float,
    before: ArrayLike,
    answered_before: ArrayLike,
    max_false_answers: float | None = None,
) -> Recalibration:
    """Refit a model in use to n labelled questions, and tell what that is worth.

    Args:
        logits: Shape (n,), of the model that is refitted.
        correct: Shape (n,), 0 or 1: whether the first answers are right.
        answerable: Shape (n,), whether there is an answer at all.
        ceiling: Of the model that is refitted.
        threshold: Least probability of an answer, kept if there is no target.
        before: Shape (n,), the probability in use until now.
        answered_before: Shape (n,), whether that counted as an answer.
        max_false_answers: Target: the least threshold is taken that answers no larger share of
            the unanswerable questions.

    Raises ``CalibrationError`` if there are too few questions, or the target cannot be met.
    """
    raw, right = np.asarray(logits, float), np.asarray(correct, float)
    has_answer = np.asarray(answerable, bool)
    check_counts(has_answer.tolist())

    def decided(rows: NDArray[np.bool_]) -> tuple[CappedLogistic, float]:
        model = refit(raw[rows], right[rows], ceiling=ceiling)
        if max_false_answers is None:
            return model, threshold
        refused = model.predict(raw[rows & ~has_answer][:, None])
        return model, _threshold(refused, max_false_answers)

    folds = _folds(has_answer)
    probability, least = np.empty(len(raw)), np.empty(len(raw))
    for fold in range(FOLDS):
        held_out = folds == fold
        model, least[held_out] = decided(~held_out)
        probability[held_out] = model.predict(raw[held_out][:, None])
    model, chosen = decided(np.ones(len(raw), bool))
    if chosen > model.ceiling:
        raise CalibrationError(
            f"no more than {max_false_answers:.0%} false answers leaves no answer at all; "
            "allow more"
        )
    return Recalibration(
        ceiling=model.ceiling,
        intercept=model.intercept,
        slope=float(model.weights[0]),
        threshold=chosen,
        before=_quality(
            np.asarray(before, float), np.asarray(answered_before, bool), right, has_answer
        ),
        after=_quality(probability, probability >= least, right, has_answer),
        answerable=int(has_answer.sum()),
        unanswerable=int((~has_answer).sum()),
    )


def check_counts(answerable: Sequence[bool]) -> None:
    """Raise ``CalibrationError`` if these are too few questions of a kind to calibrate with."""
    counts = {"answerable": sum(answerable), "unanswerable": len(answerable) - sum(answerable)}
    for kind, count in counts.items():
        if count < LEAST_QUESTIONS:
            raise CalibrationError(
                f"calibrating takes {LEAST_QUESTIONS} or more {kind} questions, and the set has "
                f"{count}; add more (`qa label` helps to write them)"
            )


def _folds(answerable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Fold of each question, both kinds dealt out in turn.

    Not by source: three parameters cannot learn a source by heart, and without the largest of
    four sources the mixture of questions would be another one.
    """
    folds = np.empty(len(answerable), dtype=np.int64)
    for kind in (answerable, ~answerable):
        folds[kind] = np.arange(kind.sum()) % FOLDS
    return folds


def _quality(
    probability: Array,
    answered: NDArray[np.bool_],
    correct: Array,
    answerable: NDArray[np.bool_],
) -> Quality:
    coverage, risk = risk_coverage(probability, correct)
    at = np.searchsorted(coverage, np.array(COVERAGES) - _SMALL)
    return Quality(
        auroc=auroc(probability, answerable.astype(float)),
        ece=expected_calibration_error(probability, correct),
        answered_rate=float(answered[answerable].mean()),
        false_answer_rate=float(answered[~answerable].mean()),
        risk=tuple(risk[at].tolist()),
        reliability=reliability(probability, correct),
    )


def _threshold(unanswerable: Array, share: float) -> float:
    """The least of four decimals that at most this share of the probabilities reaches."""
    allowed = int(share * len(unanswerable) + _SMALL)
    if allowed >= len(unanswerable):
        return 0.0001
    highest = np.sort(unanswerable)[::-1][allowed]
    return float((np.floor(highest * 10_000) + 1) / 10_000)


def _check(features: Array, labels: Array) -> None:
    if features.ndim != 2 or len(features) != len(labels):
        raise CalibrationError(f"features have shape {features.shape} for {len(labels)} labels")
    if not np.isfinite(features).all():
        raise CalibrationError("a feature is not a finite number")
    if set(np.unique(labels)) != {0.0, 1.0}:
        raise CalibrationError("all answers are right, or all are wrong; add questions of both")


def _minimise(
    features: Array,
    labels: Array,
    counts: Array,
    start: Array,
    strength: Array,
    *,
    least_weight: float | None = None,
) -> Array:
    """Weights, intercept and logit of the ceiling, shape (d + 2,), drawn towards ``start``."""
    from scipy.optimize import minimize

    def loss(at: Array) -> tuple[float, Array]:
        share = np.exp(-np.logaddexp(0, -(features @ at[:-2] + at[-2])))
        ceiling = _sigmoid(at[-1])
        probability = np.clip(ceiling * share, 1e-9, 1 - 1e-9)
        slope = counts * (probability - labels) / (probability * (1 - probability))
        along = slope * ceiling * share * (1 - share)
        deviation = at - start
        gradient = np.array(
            [*(features.T @ along), along.sum(), (slope * share).sum() * ceiling * (1 - ceiling)]
        )
        logs = labels * np.log(probability) + (1 - labels) * np.log1p(-probability)
        return (
            float(-(counts * logs).sum() + strength @ deviation**2 / 2),
            gradient + strength * deviation,
        )

    bounds = [(least_weight, None)] * features.shape[1] + [(None, None)] * 2
    found: Array = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def _sigmoid(logit: float) -> float:
    return float(np.exp(-np.logaddexp(0, -logit)))
