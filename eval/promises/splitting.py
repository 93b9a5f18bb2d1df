"""Promises on one half of a set of questions, again and again, and looks at the other half."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eval.calibration.sources import article_of
from qa.confidence.promise import SIGNALS
from qa.confidence.shipped import shipped_for
from qa.measuring.drifting import NOTICED
from qa.measuring.promising import signal_row
from qa_eval.binomial import at_most
from qa_eval.calibration import refit
from qa_eval.drift import difference
from qa_eval.promise import choose

from .asking import Asked

Halves = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Splits:
    """What came of promises on one part of the questions, for the others."""

    questions: int
    splits: int
    given: int
    """Splits in which there was a promise."""
    above: int
    """Those in which more than the promised share of the others' answers was wrong."""
    surely_above: int
    """Those in which so many wrong ones would come of a kept promise in one case of twenty."""
    answered: float
    """Mean share of the others that was answered, where there was a promise."""
    wrong: float
    """Mean share of these answers that was wrong."""


def at_random(count: int, chance: random.Random) -> Halves:
    """Two halves at random."""
    order = list(range(count))
    chance.shuffle(order)
    return np.array(order[: count // 2]), np.array(order[count // 2 :])


def by_article(asked: Sequence[Asked]) -> Callable[[int, random.Random], Halves]:
    """Halves whose questions with an answer are about different articles or documents."""
    article = [article_of(each.document) for each in asked]
    names = sorted(set(article) - {""})

    def split(count: int, chance: random.Random) -> Halves:
        chance.shuffle(names)
        place = {name: number for number, name in enumerate(names)}
        about = sorted(
            (each for each in range(count) if article[each]), key=lambda each: place[article[each]]
        )
        others = [each for each in range(count) if not article[each]]
        chance.shuffle(others)
        middle = len(about) // 2
        while 0 < middle < len(about) and article[about[middle]] == article[about[middle - 1]]:
            middle += 1
        cut = round(len(others) * middle / max(len(about), 1))
        return np.array(about[:middle] + others[:cut]), np.array(about[middle:] + others[cut:])

    return split


Choose = Callable[[NDArray[np.int64]], tuple[float, NDArray[np.float64]] | None]
"""A threshold chosen on these questions, and the probability of all; ``None`` if there is none."""


def promised(asked: Sequence[Asked], *, risk: float, level: float) -> Choose:
    """As the tool does."""
    probability, wrong = _arrays(asked)

    def chosen(rows: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]] | None:
        found = choose(probability[rows], wrong[rows], risk=risk, level=level)
        return None if found is None else (found.threshold, probability)

    return chosen


def promised_on_fit(asked: Sequence[Asked], model: str, *, risk: float, level: float) -> Choose:
    """With the probability fitted to the same questions first."""
    _, wrong = _arrays(asked)
    shipped = shipped_for(model)
    logits = np.array([shipped.logit(each.signals) for each in asked])
    ceilings = np.array([shipped.ceiling(each.signals) for each in asked])

    def chosen(rows: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]] | None:
        model = refit(logits[rows], ceilings[rows], ~wrong[rows])
        fitted = model.predict(logits, ceilings)
        found = choose(fitted[rows], wrong[rows], risk=risk, level=level)
        return None if found is None else (found.threshold, fitted)

    return chosen


def naive(asked: Sequence[Asked], *, risk: float) -> Choose:
    """The lowest threshold at which no larger share of the answers seen is wrong."""
    probability, wrong = _arrays(asked)

    def chosen(rows: NDArray[np.int64]) -> tuple[float, NDArray[np.float64]] | None:
        order = rows[np.argsort(-probability[rows], kind="stable")]
        risks = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
        fine = np.flatnonzero(risks <= risk)
        return (float(probability[order[fine[-1]]]), probability) if len(fine) else None

    return chosen


def splits(
    asked: Sequence[Asked],
    choosing: Choose,
    *,
    risk: float,
    times: int,
    halves: Callable[[int, random.Random], Halves] = at_random,
) -> Splits:
    """Choose on one half and count on the other, so many times."""
    _, wrong = _arrays(asked)
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    above = surely = 0
    shares, risks = [], []
    for _ in range(times):
        mine, others = halves(len(asked), chance)
        found = choosing(mine)
        if found is None:
            continue
        threshold, probability = found
        given = others[probability[others] >= threshold]
        errors = int(wrong[given].sum())
        shares.append(len(given) / len(others))
        risks.append(errors / max(len(given), 1))
        above += errors > risk * len(given)
        surely += 1 - at_most(errors - 1, len(given), risk) <= 0.05
    return Splits(len(asked), times, len(shares), above, surely, _mean(shares), _mean(risks))


def alarms(asked: Sequence[Asked], model: str, *, times: int) -> int:
    """How many of so many random halves of a set count as drifted from the other half."""
    rows = signals_of(asked, model)
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    pairs = (at_random(len(rows), chance) for _ in range(times))
    return sum(difference(rows[one], rows[other]).p <= NOTICED for one, other in pairs)


def noticed(
    asked: Sequence[Asked], others: Sequence[Asked], model: str, *, count: int, times: int
) -> tuple[int, str]:
    """How often so many others, drawn at random, count as drifted, and by which signal most."""
    rows, strange = signals_of(asked, model), signals_of(others, model)
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    found = [
        difference(rows, strange[chance.sample(range(len(strange)), count)]) for _ in range(times)
    ]
    names = [SIGNALS[each.feature] for each in found]
    return sum(each.p <= NOTICED for each in found), max(set(names), key=names.count)


def signals_of(asked: Sequence[Asked], model: str) -> NDArray[np.float64]:
    """The signals that a promise keeps of each question, shape (n, d)."""
    shipped = shipped_for(model)
    return np.array([signal_row(each.signals, shipped) for each in asked])


def _arrays(asked: Sequence[Asked]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    probability = np.array([each.probability for each in asked])
    return probability, np.array([not each.correct for each in asked])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0
