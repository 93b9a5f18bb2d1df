"""Fits the confidence to observations and tests it on held-out sets."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import fields
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from eval.corpora.catalogue import Group, catalogue
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
from .sources import IN
from .variations import Kind

Array = NDArray[np.float64]

PENALTY = 0.002
"""L2 penalty on the weights of standardised signals, relative to the mean log loss. Negligible with
thousands of observations; it only keeps the weights finite."""

ANSWERABLE = 0.6
"""Share of the weight of each group that is on answerable questions. In the ruler it is three of
four: questions without an answer weigh more, since sure and wrong is the worst that can happen."""

OTHER_DOMAIN = 0.1
"""Share of the rest that is on questions of other domains, which are easily told."""

REAL = 0.5
"""Share of all weight that is on real collections. They have fewer questions than public sets."""

PARTS = 0.35
"""Share of that which is on small parts of them."""

RULER = 0.5
"""Share of the rest of it that is on the ruler's choosing half: their questions were not written
by those who wrote what the reader learns from."""


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
    ranked = ("log_passages", "lead", "evidence_share")
    vectors = ("similarity", "spread")
    read = [each for each in telling(ways[Way.READ]) if each.signals.reading is not None]
    reading = ("reading", "second")
    return ConfidenceModel(
        with_reading=_calibration(read, (*vectors, *ranked, *reading)),
        reading_alone=_calibration(read, (*ranked, *reading)),
        with_vectors=_calibration(telling(ways[Way.UNREAD]), (*vectors, *ranked, "matched_idf")),
        words_alone=_calibration(ways[Way.BM25], (*ranked, "matched_idf")),
        threshold=THRESHOLD,
        caution=CAUTION,
    )


def _calibration(observations: Sequence[Observation], signals: Sequence[str]) -> Calibration:
    counts = weights_of(observations)
    if "similarity" in signals:  # the encoder does not count where it does not know the language
        counts = counts * np.array([each.signals.model_weight for each in observations])
    model = fit(
        _matrix(observations, signals),
        [float(each.correct) for each in observations],
        counts=counts,
        penalty=PENALTY,
    )
    weights = dict.fromkeys((field.name for field in fields(Calibration)), 0.0)
    weights["column_lacking"] = COLUMN_WEIGHT  # the sets have no tables
    weights["strangeness"] = STRANGENESS_WEIGHT
    ceiling = min(max(model.ceiling, 1e-4), 1 - 1e-4)  # rounded, but still with a finite logit
    weights |= {"ceiling": ceiling, "intercept": model.intercept}
    weights |= zip(signals, model.weights.tolist(), strict=True)
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

    The groups are the collections of the ruler, other whole collections, parts of collections, and
    each variation of a public set. In
    each, every kind without an answer weighs the same, but for ``OTHER_DOMAIN``. Of real
    collections every question weighs the same: few of each have no answer.
    """
    groups: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(observations):
        groups[_group(each)].append(place)
    shares = _shares(groups)
    weights = np.zeros(len(observations))
    for name, places in groups.items():
        kinds = [observations[place].kind for place in places]
        counts, by_kind = Counter(kinds), _by_kind(set(kinds))
        for place, kind in zip(places, kinds, strict=True):
            weights[place] = shares[name] * by_kind[kind] / counts[kind]
    return weights


CHOOSING, WHOLE, PART = "the ruler", "whole collections", "parts of collections"
_OF_THE_RULER = frozenset(each.name for each in catalogue(Group.REAL))


def is_part(each: Observation) -> bool:
    """Whether it was asked of a part of a collection."""
    return each.role is not Role.PUBLIC and each.variation != each.set_name


def _group(each: Observation) -> str:
    if each.role is Role.PUBLIC:
        return each.variation
    if is_part(each):
        return PART
    return CHOOSING if each.set_name in _OF_THE_RULER else WHOLE


def _shares(groups: Collection[str]) -> dict[str, float]:
    """Share of each group in all weight; those that are not there leave theirs to the others."""
    real = {CHOOSING: (1 - PARTS) * RULER, WHOLE: (1 - PARTS) * (1 - RULER), PART: PARTS}
    there = {name: share for name, share in real.items() if name in groups}
    public = dict.fromkeys((name for name in groups if name not in real), 1.0)
    both = bool(there and public)
    return {
        name: part * share / sum(some.values())
        for some, part in ((there, REAL if both else 1.0), (public, 1 - REAL if both else 1.0))
        for name, share in some.items()
    }


def _by_kind(kinds: Collection[Kind]) -> dict[Kind, float]:
    """Share of each kind in the weight of a group."""
    near = [kind for kind in kinds if kind not in {Kind.ANSWERABLE, Kind.OTHER_DOMAIN}]
    other = (OTHER_DOMAIN if near else 1.0) if Kind.OTHER_DOMAIN in kinds else 0.0
    shares = dict.fromkeys(near, (1 - ANSWERABLE) * (1 - other) / max(len(near), 1))
    return shares | {Kind.ANSWERABLE: ANSWERABLE, Kind.OTHER_DOMAIN: (1 - ANSWERABLE) * other}


def held_out(
    observations: Sequence[Observation],
    model_without: Callable[[Sequence[Observation]], ConfidenceModel],
) -> Array:
    """Probability of each observation by a model fitted to the other sets, shape (n,)."""
    # Sets that are asked in the words of others share their documents.
    sets = np.array([each.set_name.partition(IN)[0] for each in observations])
    probability = np.empty(len(observations))
    for name in dict.fromkeys(sets.tolist()):
        inside = (sets == name).tolist()
        model = model_without(list(compress(observations, (not each for each in inside))))
        probability[sets == name] = probabilities(list(compress(observations, inside)), model)
    return probability


def probabilities(observations: Sequence[Observation], model: ConfidenceModel) -> Array:
    """A model's probability of each observation, shape (n,)."""
    return np.array([model.probability(each.signals) for each in observations])
