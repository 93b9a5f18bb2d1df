"""Fits the confidence to observations and tests it on held-out sets."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from qa.confidence.model import (
    COLUMN_WEIGHT,
    STRANGENESS_WEIGHT,
    Calibration,
    ConfidenceModel,
)
from qa.confidence.shipped import CAUTION, THRESHOLD
from qa.confidence.signals import FAMILIAR
from qa_eval.calibration import PARAMETERS, fit

from .observing import Observation, Role, Way
from .variations import Kind

Array = NDArray[np.float64]

PENALTY = 0.002
"""L2 penalty on the weights of standardised signals, relative to the mean log loss. Negligible with
thousands of observations; it only keeps the weights finite."""

ANSWERABLE = 0.75
"""Share of the weight of a set that is on answerable questions: three of four have an answer in the
ruler too. A probability holds for the mixture that it was fitted to."""

REAL = 0.6
"""Share of all weight that is on real collections. They have fewer questions than public sets."""


def enough(observations: Sequence[Observation]) -> list[Observation]:
    """Keep the kinds that have enough questions in their variation, as a calibration asks for.

    Every kind of a public set has the same weight, so three questions would weigh as much as three
    hundred. A variation without answerable questions is dropped. Those of real collections weigh by
    their number, so all are kept.
    """

    def group(each: Observation, kind: Kind) -> tuple[str, Way, Kind]:
        return each.variation, each.way, kind

    counts = Counter(group(each, each.kind) for each in observations)
    return [
        each
        for each in observations
        if each.role is not Role.PUBLIC
        or all(
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
    """Fit the four calibrations; threshold and caution are not changed."""
    ways = {way: [each for each in observations if each.way is way] for way in Way}
    ranked = ("matched_idf", "log_passages", "margin")
    words = ("evidence_share", *ranked)
    vectors = ("similarity", "spread")
    read = [each for each in telling(ways[Way.READ]) if each.signals.reading is not None]
    reading = ("reading", "second", "rivalry")
    return ConfidenceModel(
        with_reading=_calibration(
            read, (*vectors, *ranked, *reading), ceiling_signals=("reading",)
        ),
        reading_alone=_calibration(read, (*ranked, *reading), ceiling_signals=("reading",)),
        with_vectors=_calibration(telling(ways[Way.UNREAD]), (*vectors, *words)),
        words_alone=_calibration(ways[Way.BM25], words),
        threshold=THRESHOLD,
        caution=CAUTION,
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
    weights["strangeness"] = STRANGENESS_WEIGHT
    ceiling = min(max(model.ceiling, 1e-4), 1 - 1e-4)  # rounded, but still with a finite logit
    weights |= {"ceiling": ceiling, "intercept": model.intercept}
    weights |= zip(signals, model.weights.tolist(), strict=True)
    of_ceiling = (f"ceiling_{name}" for name in ceiling_signals)
    weights |= zip(of_ceiling, model.ceiling_weights.tolist(), strict=True)
    return Calibration(**{name: round(number, 4) for name, number in weights.items()})


def familiar(observations: Sequence[Observation]) -> dict[str, tuple[float, float]]:
    """Where the answerable questions lie, by signal of ``FAMILIAR``.

    98% of them; of a signal that is the same for a whole collection, all.
    """
    usual = [
        each for each in observations if each.kind is Kind.ANSWERABLE and each.way is not Way.BM25
    ]

    def range_of(name: str) -> tuple[float, float]:
        values = np.array([getattr(each.signals, name) for each in usual])
        shares = (0.0, 1.0) if name == "average_length" else (0.01, 0.99)
        low, high = np.quantile(values, shares).tolist()
        return round(low, 3), round(high, 3)

    return {name: range_of(name) for name in FAMILIAR}


def _matrix(observations: Sequence[Observation], signals: Sequence[str]) -> Array:
    """Shape (observations, signals)."""
    rows = [[getattr(each.signals, name) or 0.0 for name in signals] for each in observations]
    return np.array(rows, dtype=np.float64)


def weights_of(observations: Sequence[Observation]) -> Array:
    """Weight of each observation, shape (n,), ``ANSWERABLE`` of it on answerable questions.

    Every variation of a public set weighs the same, and in it every kind without an answer. Of real
    collections every question does: few of each collection have no answer, and some collections
    have few.
    """
    public = np.array([each.role is Role.PUBLIC for each in observations], dtype=bool)
    share = REAL if public.any() and not public.all() else 1.0
    weights = np.empty(len(observations))
    weights[~public] = share * _by_question([each for each in observations if not _public(each)])
    share = 1 - REAL if share < 1 else 1.0
    weights[public] = share * _by_variation(list(filter(_public, observations)))
    return weights


def _public(each: Observation) -> bool:
    return each.role is Role.PUBLIC


def _by_question(observations: Sequence[Observation]) -> Array:
    answerable = np.array([each.kind is Kind.ANSWERABLE for each in observations], dtype=bool)
    counts = max(answerable.sum(), 1), max((~answerable).sum(), 1)
    weights: Array = np.where(answerable, ANSWERABLE / counts[0], (1 - ANSWERABLE) / counts[1])
    return weights


def _by_variation(observations: Sequence[Observation]) -> Array:
    counts: dict[str, dict[Kind, int]] = defaultdict(lambda: defaultdict(int))
    for each in observations:
        counts[each.variation][each.kind] += 1

    def weight(each: Observation) -> float:
        kinds = counts[each.variation]
        others = len(kinds.keys() - {Kind.ANSWERABLE})
        share = ANSWERABLE if each.kind is Kind.ANSWERABLE else (1 - ANSWERABLE) / others
        return share / kinds[each.kind] / len(counts)

    return np.array([weight(each) for each in observations], dtype=np.float64)


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
