"""Fits the confidence to observations and tests it on held-out sets."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import fields
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.answers import Confidence
from qa.confidence.model import COLUMN_WEIGHT, SHIPPED, Calibration, ConfidenceModel
from qa_eval.answerability import auroc, expected_calibration_error
from qa_eval.calibration import PARAMETERS, fit

from .observing import Observation, Way
from .variations import Kind

Array = NDArray[np.float64]

PENALTY = 0.002
"""L2 penalty on the weights of standardised signals, relative to the mean log loss. Negligible with
thousands of observations; it only keeps the weights finite."""

CHANCE_DRAWS = 200

FOUND = "found"
"""Answerable questions with the right passage among the first."""


def enough(observations: Sequence[Observation]) -> list[Observation]:
    """Keep the kinds that have enough questions in their variation, as a calibration asks for.

    Every kind has the same weight, so three questions would weigh as much as three hundred.
    A variation without answerable questions is dropped.
    """

    def group(each: Observation, kind: Kind) -> tuple[str, Way, Kind]:
        return each.variation, each.way, kind

    counts = Counter(group(each, each.kind) for each in observations)
    return [
        each
        for each in observations
        if all(
            counts[group(each, kind)] >= PARAMETERS.least_questions
            for kind in (each.kind, Kind.ANSWERABLE)
        )
    ]


def telling(observations: Sequence[Observation]) -> list[Observation]:
    """Keep variations that have unanswerable questions of the documents' own domain.

    Where only other domains are to be refused, any match is right, and a model fitted to that
    trusts matches too much. The fit by words alone keeps all variations, because words match by
    chance in other domains too.
    """
    near = {
        each.variation
        for each in observations
        if each.kind not in {Kind.ANSWERABLE, Kind.OTHER_DOMAIN}
    }
    return [each for each in observations if each.variation in near]


def fitted(observations: Sequence[Observation]) -> ConfidenceModel:
    """Fit the three calibrations; the threshold is not changed."""
    ways = {way: [each for each in observations if each.way is way] for way in Way}
    words = ("evidence_share", "matched_idf", "log_passages")
    return ConfidenceModel(
        with_reading=_calibration(
            [each for each in telling(ways[Way.READ]) if each.signals.reading is not None],
            ("similarity", *words, "reading"),
            ceiling_signals=("reading",),
        ),
        with_vectors=_calibration(telling(ways[Way.UNREAD]), ("similarity", *words)),
        words_alone=_calibration(ways[Way.BM25], words),
        threshold=SHIPPED.threshold,
    )


def _calibration(
    observations: Sequence[Observation],
    signals: Sequence[str],
    *,
    ceiling_signals: Sequence[str] = (),
) -> Calibration:
    counts = weights_of(observations)
    if "similarity" in signals:  # the encoder does not count where it does not know the language
        counts = counts * np.array([each.signals.model_weight for each in observations])
    model = fit(
        _matrix(observations, signals),
        [float(each.correct) for each in observations],
        ceiling_features=_matrix(observations, ceiling_signals),
        counts=counts,
        penalty=PENALTY,
    )
    weights = dict.fromkeys((field.name for field in fields(Calibration)), 0.0)
    weights["column_lacking"] = COLUMN_WEIGHT  # the sets have no tables
    ceiling = min(max(model.ceiling, 1e-4), 1 - 1e-4)  # rounded, but still with a finite logit
    weights |= {"ceiling": ceiling, "intercept": model.intercept}
    weights |= zip(signals, model.weights.tolist(), strict=True)
    of_ceiling = (f"ceiling_{name}" for name in ceiling_signals)
    weights |= zip(of_ceiling, model.ceiling_weights.tolist(), strict=True)
    return Calibration(**{name: round(number, 4) for name, number in weights.items()})


def _matrix(observations: Sequence[Observation], signals: Sequence[str]) -> Array:
    """Shape (observations, signals)."""
    rows = [[getattr(each.signals, name) or 0.0 for name in signals] for each in observations]
    return np.array(rows, dtype=np.float64)


def weights_of(observations: Sequence[Observation]) -> Array:
    """Equal weight for every variation: half on answerable questions, half on the other kinds."""
    counts: dict[str, dict[Kind, int]] = defaultdict(lambda: defaultdict(int))
    for each in observations:
        counts[each.variation][each.kind] += 1

    def weight(each: Observation) -> float:
        kinds = counts[each.variation]
        others = len(kinds.keys() - {Kind.ANSWERABLE})
        share = 0.5 if each.kind is Kind.ANSWERABLE else 0.5 / others
        return share / kinds[each.kind]

    return np.array([weight(each) for each in observations])


def held_out(
    observations: Sequence[Observation],
    model_without: Callable[[Sequence[Observation]], ConfidenceModel],
) -> Array:
    """Probability of each observation by a model fitted to the other sets, shape (n,)."""
    sets = np.array([each.set_name for each in observations])
    probability = np.empty(len(observations))
    for name in dict.fromkeys(sets.tolist()):
        model = model_without([each for each in observations if each.set_name != name])
        probability[sets == name] = probabilities(
            [each for each in observations if each.set_name == name], model
        )
    return probability


def probabilities(observations: Sequence[Observation], model: ConfidenceModel) -> Array:
    """A model's probability of each observation, shape (n,)."""
    return np.array([model.probability(each.signals) for each in observations])


def by_set(observations: Sequence[Observation], probability: Array) -> dict[str, dict[str, Any]]:
    """Quality by set and by way of asking."""
    report: dict[str, dict[str, Any]] = defaultdict(dict)
    for name, way in dict.fromkeys((each.set_name, each.way) for each in observations):
        chosen = [(each.set_name, each.way) == (name, way) for each in observations]
        report[name][way] = quality(list(compress(observations, chosen)), probability[chosen])
    return dict(report)


def quality(observations: Sequence[Observation], probability: Array) -> dict[str, Any]:
    """AUROC and share answered of each kind, and the calibration error, with their counts."""
    correct = np.array([each.correct for each in observations])
    kinds = np.array([each.kind for each in observations])
    weights = weights_of(observations)
    answered = probability >= SHIPPED.threshold
    result: dict[str, Any] = {
        "ECE": expected_calibration_error(probability, correct, weights),
        "ECE_by_chance": _error_by_chance(probability, weights),
        "answered": {FOUND: float(answered[correct].mean())},
        "AUROC": {},
        "questions": {FOUND: int(correct.sum())},
    }
    for kind in dict.fromkeys(each.kind for each in observations):
        chosen = kinds == kind
        result["questions"][kind] = int(chosen.sum())
        result["answered"][kind] = float(answered[chosen].mean())
        if kind is not Kind.ANSWERABLE:
            both = correct | chosen
            result["AUROC"][kind] = auroc(probability[both], correct[both].astype(float))
    rounded: dict[str, Any] = _rounded(result)
    return rounded


def bands(observations: Sequence[Observation], probability: Array) -> dict[str, Any]:
    """By band of confidence: number of questions and weighted share of right answers."""
    weights = weights_of(observations)
    right = weights * np.array([each.correct for each in observations])
    band = np.array([SHIPPED.band(each) for each in probability.tolist()])
    report: dict[str, Any] = {}
    for each in Confidence:
        inside = band == each
        weight = max(float(weights[inside].sum()), 1e-9)
        report[each] = {
            "questions": int(inside.sum()),
            "probability": float((weights * probability)[inside].sum()) / weight,
            "right": float(right[inside].sum()) / weight,
        }
    rounded: dict[str, Any] = _rounded(report)
    return rounded


def _error_by_chance(probability: Array, weights: Array) -> dict[str, float]:
    """Calibration error expected by chance if every probability were correct.

    Mean and 95th percentile over outcomes drawn from the probabilities themselves (Bröcker and
    Smith 2007, https://doi.org/10.1175/WAF993.1).
    """
    chance = np.random.default_rng(0)
    errors = [
        expected_calibration_error(
            probability, chance.random(len(probability)) < probability, weights
        )
        for _ in range(CHANCE_DRAWS)
    ]
    return {"mean": float(np.mean(errors)), "p95": float(np.quantile(errors, 0.95))}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return round(value, 4) if isinstance(value, float) else value
