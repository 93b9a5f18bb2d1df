"""Fits a probability to labelled answers: a logistic function under a ceiling.

    p = ceiling / (1 + exp(-(intercept + weights . features)))

A plain logistic function approaches 1 where all features are high. If a share of such questions is
still unanswerable for reasons that the features do not show, it must flatten its whole slope; a
ceiling expresses this in one number. If some features do show it, the ceiling is a logistic
function of those.
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


@dataclass(frozen=True, slots=True)
class CalibrationParameters:
    """How a calibration is fitted and judged."""

    folds: int = 5
    """Folds of the cross-validation."""
    least_questions: int = 20
    """Least number of questions of each kind: with fewer, 5% is less than one question."""
    prior_strength: float = 1.0
    """Penalty relative to the summed log loss, per squared unit of slope, intercept and logit of
    the ceiling. A few dozen questions move the parameters only if they agree; with hundreds the
    data decide."""
    least_loss: float = 0.001
    """Increase of the Brier score from which a fit counts as worse: less is not shown."""


PARAMETERS = CalibrationParameters()

COVERAGES = tuple(number / 10 for number in range(1, 11))
"""Coverages at which the risk is reported."""

_SMALL = 1e-10


class CappedLogistic(NamedTuple):
    """The product of a logistic function and its ceiling, itself a logistic function."""

    ceiling: float
    """Ceiling where its features are 0."""
    intercept: float
    weights: Array
    """Shape (d,), for features as given."""
    ceiling_weights: Array
    """Shape (c,): weights of the ceiling's features, in its logit."""

    def predict(self, features: ArrayLike, ceiling_features: ArrayLike | None = None) -> Array:
        """Probability of each row; ``features`` has shape (n, d), ``ceiling_features`` (n, c)."""
        logits = np.asarray(features, float) @ self.weights + self.intercept
        caps = _matrix_or_none(ceiling_features, len(logits))
        cap_logits = caps @ self.ceiling_weights + _logit(self.ceiling)
        return _logistic(cap_logits) * _logistic(logits)


def fit(
    features: ArrayLike,
    labels: ArrayLike,
    *,
    ceiling_features: ArrayLike | None = None,
    counts: ArrayLike | None = None,
    penalty: float,
    increasing: bool = False,
) -> CappedLogistic:
    """Minimise mean log loss plus ``penalty * |weights|^2``, the weights of standardised features.

    ``features`` has shape (n, d), ``labels`` shape (n,), 0 or 1, ``ceiling_features`` shape (n, c),
    by default none, and ``counts`` shape (n,): how much each row counts, by default the same. A
    constant feature gets weight 0. With ``increasing``, no weight of ``features`` is negative.
    Raises ``CalibrationError`` if the labels cannot carry a fit.
    """
    matrix, target = np.asarray(features, float), np.asarray(labels, float)
    caps = _matrix_or_none(ceiling_features, len(target))
    _check(matrix, target)
    _check(caps, target)
    share = np.ones(len(target)) if counts is None else np.asarray(counts, float)
    share = share / share.sum()
    scaled, cap_scaled = _Scaled.of(matrix, share), _Scaled.of(caps, share)
    first = matrix.shape[1] + 1
    start = np.zeros(first + cap_scaled.matrix.shape[1] + 1)
    start[-1] = 2.0  # a ceiling of 0.88
    strength = np.full(len(start), 2 * penalty)
    strength[[first - 1, -1]] = 0.0
    bounds: list[tuple[float | None, float | None]] = [(None, None)] * len(start)
    if increasing:
        bounds[: first - 1] = [(0.0, None)] * (first - 1)
    found = _minimise(
        scaled.matrix, cap_scaled.matrix, target, share, start, strength, bounds=bounds
    )
    weights, intercept = scaled.undone(found[:first])
    cap_weights, cap_logit = cap_scaled.undone(found[first:])
    return CappedLogistic(float(_logistic(cap_logit)), intercept, weights, cap_weights)


class _Scaled(NamedTuple):
    """Features with a mean of 0 and a deviation of 1; constant ones are 0."""

    matrix: Array
    centre: Array
    spread: Array

    @classmethod
    def of(cls, matrix: Array, share: Array) -> "_Scaled":
        centre = share @ matrix
        spread = np.sqrt(share @ (matrix - centre) ** 2)
        constant = spread < _SMALL
        spread = np.where(constant, 1.0, spread)
        return cls(np.where(constant, 0.0, (matrix - centre) / spread), centre, spread)

    def undone(self, parameters: Array) -> tuple[Array, float]:
        """Weights and intercept for the features as they were given."""
        weights = parameters[:-1] / self.spread
        return weights, float(parameters[-1] - weights @ self.centre)


class Rescaling(NamedTuple):
    """A transformation that fits the logits and ceilings of a model to other questions."""

    raised: float
    """Added to the logit of every ceiling."""
    intercept: float
    slope: float

    def predict(self, logits: ArrayLike, ceilings: ArrayLike) -> Array:
        """Probability of n answers, given the logits and ceilings of the model in use."""
        scaled = self.intercept + self.slope * np.asarray(logits, float)
        return self.ceilings(ceilings) * _logistic(scaled)

    def ceilings(self, ceilings: ArrayLike) -> Array:
        """The ceilings of the model in use, transformed, shape (n,)."""
        return _logistic(_logit(ceilings) + self.raised)


def refit(logits: ArrayLike, ceilings: ArrayLike, labels: ArrayLike) -> Rescaling:
    """Fit the logits and ceilings of a model in use, each of shape (n,), to labels.

    As in Platt (1999), with that model as the prior (``CalibrationParameters.prior_strength``). The
    slope is never negative, so evidence for an answer never becomes evidence against it.
    """
    matrix, target = np.asarray(logits, float)[:, None], np.asarray(labels, float)
    caps = np.asarray(ceilings, float)
    if not ((caps > 0) & (caps < 1)).all():
        raise CalibrationError("a ceiling does not lie between 0 and 1")
    cap_logits = _logit(caps)[:, None]
    _check(matrix, target)
    _check(cap_logits, target)
    slope, intercept, _, raised = _minimise(
        matrix,
        cap_logits,
        target,
        np.ones(len(target)),
        start=np.array([1.0, 0.0, 1.0, 0.0]),
        strength=np.full(4, PARAMETERS.prior_strength),
        # The third is the weight of the ceilings' logits, which are shifted and not scaled.
        bounds=[(0.0, None), (None, None), (1.0, 1.0), (None, None)],
    )
    return Rescaling(float(raised), float(intercept), float(slope))


@dataclass(frozen=True, slots=True)
class Quality:
    """Quality of a probability and its threshold on a set of questions."""

    auroc: float
    """Of answerable against unanswerable questions."""
    brier: float
    """Mean squared distance of the probability from 0 or 1: whether the answer is right."""
    ece: float
    answered_rate: float
    """Of answerable questions."""
    false_answer_rate: float
    """Of unanswerable questions."""
    risk: tuple[float, ...]
    """Share of wrong answers among the most probable, at each of ``COVERAGES``."""
    reliability: tuple[Bin, ...]

    @property
    def risk_curve(self) -> tuple[tuple[float, float], ...]:
        """Each share of the questions that is answered, and the share of these that is wrong."""
        return tuple(zip(COVERAGES, self.risk, strict=True))


@dataclass(frozen=True, slots=True)
class Recalibration:
    """The model in use, refitted: its logits become ``intercept + slope * logit``."""

    ceiling: float
    """Mean over the questions of the highest probability that the model can now give."""
    raised: float
    """Added to the logit of every ceiling."""
    intercept: float
    slope: float
    threshold: float
    before: Quality
    after: Quality
    """Cross-validated, for the model and the threshold."""
    answerable: int
    unanswerable: int
    unfitted: Quality
    """Of the model as it was before the fit, which may not be what was in use."""

    @property
    def rescaling(self) -> Rescaling:
        """What the fit does to the model."""
        return Rescaling(self.raised, self.intercept, self.slope)

    @property
    def worse(self) -> bool:
        """Whether the probability is further from the truth than without the fit.

        By the Brier score on questions held out. What was in use is not compared: it may have been
        fitted to these very questions.
        """
        return self.after.brier - self.unfitted.brier >= PARAMETERS.least_loss


def calibrate(
    logits: ArrayLike,
    ceilings: ArrayLike,
    correct: ArrayLike,
    answerable: ArrayLike,
    *,
    threshold: float,
    before: ArrayLike,
    answered_before: ArrayLike,
    max_false_answers: float | None = None,
) -> Recalibration:
    """Refit a model in use to n labelled questions and measure the effect.

    Args:
        logits: Shape (n,), of the model that is refitted.
        ceilings: Shape (n,), the highest probability that it could have given each.
        correct: Shape (n,), 0 or 1: whether the first answers are right.
        answerable: Shape (n,), whether there is an answer at all.
        threshold: Least probability of an answer, kept if there is no target.
        before: Shape (n,), the probability in use until now.
        answered_before: Shape (n,), whether that counted as an answer.
        max_false_answers: Target: choose the lowest threshold that answers no larger share of the
            unanswerable questions.

    Raises ``CalibrationError`` if there are too few questions, or the target cannot be met.
    """
    raw, caps = np.asarray(logits, float), np.asarray(ceilings, float)
    right, has_answer = np.asarray(correct, float), np.asarray(answerable, bool)
    check_counts(has_answer.tolist())

    def decided(rows: NDArray[np.bool_]) -> tuple[Rescaling, float]:
        model = refit(raw[rows], caps[rows], right[rows])
        if max_false_answers is None:
            return model, threshold
        unanswerable = rows & ~has_answer
        refused = model.predict(raw[unanswerable], caps[unanswerable])
        return model, _threshold(refused, max_false_answers)

    folds = _folds(has_answer)
    probability, least = np.empty(len(raw)), np.empty(len(raw))
    for fold in range(PARAMETERS.folds):
        held_out = folds == fold
        model, least[held_out] = decided(~held_out)
        probability[held_out] = model.predict(raw[held_out], caps[held_out])
    model, chosen = decided(np.ones(len(raw), bool))
    if max_false_answers is not None and chosen > model.predict(raw, caps).max():
        raise CalibrationError(
            f"no more than {max_false_answers:.0%} false answers leaves no answer at all; "
            "allow more"
        )
    unfitted = caps * _logistic(raw)
    return Recalibration(
        ceiling=float(model.ceilings(caps).mean()),
        raised=model.raised,
        intercept=model.intercept,
        slope=model.slope,
        threshold=chosen,
        before=_quality(
            np.asarray(before, float), np.asarray(answered_before, bool), right, has_answer
        ),
        after=_quality(probability, probability >= least, right, has_answer),
        answerable=int(has_answer.sum()),
        unanswerable=int((~has_answer).sum()),
        unfitted=_quality(unfitted, unfitted >= threshold, right, has_answer),
    )


def check_counts(answerable: Sequence[bool]) -> None:
    """Raise ``CalibrationError`` if these are too few questions of a kind to calibrate with."""
    counts = {"answerable": sum(answerable), "unanswerable": len(answerable) - sum(answerable)}
    for kind, count in counts.items():
        if count < PARAMETERS.least_questions:
            raise CalibrationError(
                f"calibrating takes {PARAMETERS.least_questions} or more {kind} questions, and the "
                f"set has {count}; add more (`qa label` helps to write them)"
            )


def _folds(answerable: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Fold of each question, stratified by kind.

    Not grouped by source: three parameters cannot memorise a source, and without the largest of
    four sources the mixture of questions would differ.
    """
    folds = np.empty(len(answerable), dtype=np.int64)
    for kind in (answerable, ~answerable):
        folds[kind] = np.arange(kind.sum()) % PARAMETERS.folds
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
        brier=float(np.mean((probability - correct) ** 2)),
        ece=expected_calibration_error(probability, correct),
        answered_rate=float(answered[answerable].mean()),
        false_answer_rate=float(answered[~answerable].mean()),
        risk=tuple(risk[at].tolist()),
        reliability=reliability(probability, correct),
    )


def _threshold(unanswerable: Array, share: float) -> float:
    """The lowest threshold, to four decimals, that at most ``share`` of the probabilities reach."""
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
    ceiling_features: Array,
    labels: Array,
    counts: Array,
    start: Array,
    strength: Array,
    *,
    bounds: Sequence[tuple[float | None, float | None]] | None = None,
) -> Array:
    """Weights and intercept, then those of the ceiling, shape (d + c + 2,); prior is ``start``."""
    from scipy.optimize import minimize

    d = features.shape[1]

    def loss(at: Array) -> tuple[float, Array]:
        logits = features @ at[:d] + at[d]
        cap_logits = ceiling_features @ at[d + 1 : -1] + at[-1]
        log_probability = -np.logaddexp(0, -logits) - np.logaddexp(0, -cap_logits)
        probability = np.minimum(np.exp(log_probability), 1 - _SMALL)
        logs = labels * log_probability + (1 - labels) * np.log1p(-probability)
        slope = counts * (probability - labels) / (1 - probability)
        along, cap_along = slope * _logistic(-logits), slope * _logistic(-cap_logits)
        deviation = at - start
        gradient = np.array(
            [*(features.T @ along), along.sum(), *(ceiling_features.T @ cap_along), cap_along.sum()]
        )
        return (
            float(-(counts * logs).sum() + strength @ deviation**2 / 2),
            gradient + strength * deviation,
        )

    found: Array = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def _matrix_or_none(features: ArrayLike | None, rows: int) -> Array:
    """The features, shape (rows, c); without any, c is 0."""
    return np.zeros((rows, 0)) if features is None else np.asarray(features, float)


def _logistic(logits: ArrayLike) -> Array:
    """The logistic function, without overflow."""
    shares: Array = np.exp(-np.logaddexp(0, -np.asarray(logits, float)))
    return shares


def _logit(shares: ArrayLike) -> Array:
    logits: Array = np.log(shares) - np.log1p(-np.asarray(shares, float))
    return logits
