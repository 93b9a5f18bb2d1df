"""Fits a probability to labelled answers: a small logistic regression and its reliability.

No more than numpy is needed, so that calibrating on one's own questions needs no extra package.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qa_eval.answerability import auroc, expected_calibration_error, reliability
from qa_eval.errors import CalibrationError

Array = NDArray[np.float64]

PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Strengths of L2 that cross-validation chooses among, against the summed log loss of standardised
features: from next to none to weights held near zero at a hundred questions."""

FOLDS = 5
_STEPS = 100
_SMALL = 1e-10


def calibrate(
    features: ArrayLike,
    labels: ArrayLike,
    groups: Sequence[str],
    *,
    names: Sequence[str],
    before: ArrayLike | None = None,
    penalties: Sequence[float] = PENALTIES,
) -> dict[str, Any]:
    """Fit ``P(label = 1) = 1 / (1 + exp(-(intercept + weights . features)))``.

    ``features`` has shape (n, d) with ``names`` for its columns; ``labels`` shape (n,), 0 or 1;
    ``groups`` n names (a source, an article): questions of one group stay on one side of each
    split, so that the figures hold for groups not seen. ``before`` has shape (n,): the probability
    in use until now, for comparison.

    The penalty with the least log loss over ``FOLDS``-fold cross-validation by group is taken, and
    the weights are fitted again to all. Weights are for features as given, not standardised.
    Everything in the result is JSON: ``features``, ``weights``, ``intercept``, ``penalty``,
    ``questions``, ``groups``, ``positives``, and under ``cross_validated`` what ``quality`` says of
    predictions for questions that were not fitted to; under ``before``, of ``before``. Raises
    ``CalibrationError`` if the labels cannot carry a fit.
    """
    matrix, target = np.asarray(features, float), np.asarray(labels, float)
    folds = _checked_folds(matrix, target, groups, names)
    scored = [
        (_log_loss(predicted, target), penalty, predicted)
        for penalty in penalties
        for predicted in [_out_of_fold(matrix, target, folds, penalty)]
    ]
    _, penalty, predicted = min(scored, key=lambda entry: entry[:2])
    intercept, weights = fit(matrix, target, penalty)
    result: dict[str, Any] = {
        "features": list(names),
        "weights": weights.tolist(),
        "intercept": intercept,
        "penalty": penalty,
        "questions": len(target),
        "positives": int(target.sum()),
        "groups": len(set(groups)),
        "cross_validated": quality(predicted, target),
    }
    if before is not None:
        result["before"] = quality(np.asarray(before, float), target)
    return result


def fit(features: Array, labels: Array, penalty: float) -> tuple[float, Array]:
    """Intercept and weights, shape (d,), that minimise log loss plus ``penalty / 2 * |w|^2``.

    The penalty is on weights of standardised features and not on the intercept; the minimum is
    unique and found by Newton's method. Constant features get weight 0.
    """
    centre, spread = features.mean(axis=0), features.std(axis=0)
    constant = spread < _SMALL
    spread = np.where(constant, 1.0, spread)
    design = np.column_stack([np.ones(len(labels)), (features - centre) / spread])
    design[:, 1:][:, constant] = 0.0
    ridge = np.full(design.shape[1], penalty)
    ridge[0] = 0.0
    solution = np.zeros(design.shape[1])
    loss = _penalised(design, labels, ridge, solution)
    for _ in range(_STEPS):
        predicted = _sigmoid(design @ solution)
        gradient = design.T @ (predicted - labels) + ridge * solution
        curvature = (design.T * (predicted * (1 - predicted))) @ design + np.diag(ridge)
        step = np.linalg.solve(curvature + _SMALL * np.eye(len(ridge)), gradient)
        # Halve the step until it helps: far from the minimum a full one may overshoot.
        for _ in range(_STEPS):
            trial = _penalised(design, labels, ridge, solution - step)
            if trial <= loss:
                break
            step = step / 2
        solution, loss = solution - step, trial
        if np.abs(step).max() < _SMALL:
            break
    weights = solution[1:] / spread
    return float(solution[0] - weights @ centre), weights


def predict(features: ArrayLike, intercept: float, weights: ArrayLike) -> Array:
    """Probability of each row, shape (n,)."""
    return _sigmoid(np.asarray(features, float) @ np.asarray(weights, float) + intercept)


def quality(probability: Array, labels: Array) -> dict[str, Any]:
    """How good probabilities are: log loss, Brier score, AUROC, ECE and reliability bins."""
    return {
        "log_loss": _log_loss(probability, labels),
        "brier": float(((probability - labels) ** 2).mean()),
        "AUROC": auroc(probability, labels),
        "ECE": expected_calibration_error(probability, labels),
        "reliability": [asdict(bin_) for bin_ in reliability(probability, labels)],
    }


def group_folds(groups: Sequence[str], folds: int = FOLDS) -> NDArray[np.int64]:
    """Fold of each row: whole groups, the largest first, each into the fold that is smallest."""
    sizes: dict[str, int] = {}
    for group in groups:
        sizes[group] = sizes.get(group, 0) + 1
    filled = [0] * folds
    fold_of: dict[str, int] = {}
    for group in sorted(sizes, key=lambda group: (-sizes[group], group)):
        fold = min(range(folds), key=filled.__getitem__)
        fold_of[group] = fold
        filled[fold] += sizes[group]
    return np.array([fold_of[group] for group in groups])


def _checked_folds(
    features: Array, labels: Array, groups: Sequence[str], names: Sequence[str]
) -> NDArray[np.int64]:
    if features.ndim != 2 or features.shape != (len(labels), len(names)):
        raise CalibrationError(
            f"features have shape {features.shape}, not ({len(labels)}, {len(names)})"
        )
    if len(groups) != len(labels):
        raise CalibrationError(f"{len(groups)} groups for {len(labels)} labels")
    if not np.isfinite(features).all():
        raise CalibrationError("a feature is not a finite number")
    if not np.isin(labels, (0, 1)).all():
        raise CalibrationError("labels must be 0 or 1")
    folds = group_folds(groups, min(FOLDS, len(set(groups))))
    for fold in np.unique(folds):
        if len(np.unique(labels[folds != fold])) < 2:
            raise CalibrationError(
                "too few labels: without one group of questions, all that are left are right or "
                "all are wrong; add answerable and unanswerable questions from more sources"
            )
    return folds


def _out_of_fold(features: Array, labels: Array, folds: NDArray[np.int64], penalty: float) -> Array:
    predicted = np.empty(len(labels))
    for fold in np.unique(folds):
        held_out = folds == fold
        intercept, weights = fit(features[~held_out], labels[~held_out], penalty)
        predicted[held_out] = predict(features[held_out], intercept, weights)
    return predicted


def _penalised(design: Array, labels: Array, ridge: Array, solution: Array) -> float:
    logits = design @ solution
    return float((np.logaddexp(0, logits) - labels * logits).sum() + ridge @ solution**2 / 2)


def _sigmoid(logits: Array) -> Array:
    return np.exp(-np.logaddexp(0, -logits))


def _log_loss(probability: Array, labels: Array) -> float:
    # Probabilities of exactly 0 or 1 would make one wrong answer infinitely bad.
    clipped = probability.clip(1e-6, 1 - 1e-6)
    return float(-(labels * np.log(clipped) + (1 - labels) * np.log1p(-clipped)).mean())
