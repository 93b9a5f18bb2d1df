"""The quality of a probability on labelled sets, as numbers and as a table."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np

from qa.answers import Confidence
from qa.confidence.model import HIGH
from qa.confidence.shipped import FIT_OF_MULTILINGUAL, THRESHOLD
from qa_eval.answerability import auroc, expected_calibration_error, reliability

from .fitting import Array, is_part, weights_of
from .observing import Observation, Role, Way
from .variations import Kind

CHANCE_DRAWS = 200

FOUND = "found"
"""Answerable questions whose first passage answers them."""


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
    answered = probability >= THRESHOLD
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
    sure = probability >= HIGH
    result["sure"] = {
        "questions": int(sure.sum()),
        "wrong": float((sure & ~correct).sum() / max(sure.sum(), 1)),
    }
    result["reliability"] = [
        [bar.count, bar.probability, bar.observed]
        for bar in reliability(probability, correct.astype(float))
    ]
    rounded: dict[str, Any] = _rounded(result)
    return rounded


def table(observations: Sequence[Observation], probability: Array) -> str:
    """A Markdown table of the questions asked as usual: a row for each set, and for each role.

    Parts of collections do not count.
    """
    lines = [
        "| set | | questions | answerable: first right | answered | answered, first wrong "
        "| near topic answered | other domain answered "
        f"| {HIGH:.0%} or more sure | wrong of these | said | right | AUROC |",
        "|---|---|" + "--:|" * 11,
    ]
    usual = np.array([each.way is Way.READ and not is_part(each) for each in observations])
    for role in Role:
        names = dict.fromkeys(
            each.set_name for each in compress(observations, usual) if each.role is role
        )
        for name in names:
            chosen = usual & np.array([each.set_name == name for each in observations])
            lines.append(_line(name, role, observations, probability, chosen))
        if names:
            chosen = usual & np.array([each.role is role for each in observations])
            lines.append(_line(f"**all {role}**", role, observations, probability, chosen))
    return "\n".join(lines) + "\n"


def _line(
    name: str,
    role: Role,
    observations: Sequence[Observation],
    probability: Array,
    chosen: np.ndarray,
) -> str:
    correct, kinds = (
        np.array([getattr(each, field) for each in compress(observations, chosen)])
        for field in ("correct", "kind")
    )
    said = probability[chosen]
    answered, sure = said >= THRESHOLD, said >= HIGH
    answerable = kinds == Kind.ANSWERABLE
    near = np.isin(kinds, [Kind.OWN, Kind.SWAPPED, Kind.REMOVED])
    # Questions of other domains are many or few by chance, so they do not count in what is said.
    counted = kinds != Kind.OTHER_DOMAIN
    cells = [
        f"{counted.sum()}",
        *(
            f"{values.mean():.2f}" if len(values) else "–"
            for values in (
                correct[answerable],
                answered[answerable],
                (answered & ~correct)[answerable],
                answered[near],
                answered[kinds == Kind.OTHER_DOMAIN],
            )
        ),
        f"{(sure & counted).sum()}",
        f"{(~correct)[sure & counted].mean():.2f}" if (sure & counted).any() else "–",
        f"{said[counted].mean():.2f}",
        f"{correct[counted].mean():.2f}",
        f"{auroc(said[counted], correct[counted].astype(float)):.2f}",
    ]
    return f"| {name} | {role} | " + " | ".join(cells) + " |"


def bands(observations: Sequence[Observation], probability: Array) -> dict[str, Any]:
    """By band of confidence: number of questions and weighted share of right answers."""
    weights = weights_of(observations)
    right = weights * np.array([each.correct for each in observations])
    band = np.array([FIT_OF_MULTILINGUAL.band(each) for each in probability.tolist()])
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
