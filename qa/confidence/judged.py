"""How many passages that answer are left out, once somebody has judged a sample of them.

The probabilities of a list come from the collections that they were fitted to. A sample of what is
not listed shows how another collection differs, in two numbers:

    p_i(shift, slope) = any / (1 + exp(-(top + slope * (logit_i - top) + shift)))

``top`` is the highest logit that is not listed. ``shift`` says whether more or fewer passages
answer than in the collections of the fit; ``slope`` how fast they get rarer further down. Both have
a wide prior, and the judgements weigh their values by Bayes' rule. ``any`` is the probability that
anything answers: 1 as soon as one passage of the sample does. The count of the passages that nobody
judged is a mixture of Poisson distributions over the values.

To estimate from a judged sample what a review has not seen is known as an elusion test
(Roitblat 2007, "Search and information retrieval science", Sedona Conference Journal 8); a model
takes the place of a simple random sample here, which would have to be far larger to say anything
about rare passages. docs/decisions/passages.md has how well it holds.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from math import erf, sqrt

import numpy as np
from numpy.typing import NDArray

from qa.confidence.relevance import Counted, Further

Floats = NDArray[np.float64]

FIRST = 0.25
"""Share of a sample that is taken from the top; the rest are spread over the doublings below."""

WIDTH = 3.0
"""Standard deviation of the shift, in those between the questions of the fit."""

SLOPES = 0.6
"""Standard deviation of the logarithm of the slope."""

EDGE = 0.02
"""A probability that anything answers nearer to 0 or 1 is taken for this."""

_POINTS = 41, 17
"""Values of the shift and of the slope that stand for all."""

_REACH = 4.0, 3.0
"""How far they reach at first, in standard deviations of the prior."""

_CLOSER = 2
"""Times that the values are drawn closer to where the judgements put them: many judgements leave so
little room that a single value of the first ones would stand for all of it."""

_SMALL = 400.0
"""Means up to this have the Poisson distribution itself, others a normal one."""


def drawn(count: int, size: int, seed: int) -> NDArray[np.int64]:
    """Places of a sample among ``count`` passages, the likeliest first; shape (min(count, size),).

    A quarter are the first. The others are drawn in equal numbers from the places up to twice as
    far, four times as far and so on, without repetition. ``seed`` decides which.
    """
    if count <= size:
        return np.arange(count)
    first = max(1, int(size * FIRST))
    edges = [first]
    while edges[-1] < count:
        edges.append(min(2 * edges[-1], count))
    parts = sorted(pairwise(edges), key=lambda part: part[1] - part[0])
    chance = np.random.default_rng(seed)
    places = [np.arange(first)]
    left = size - first
    for number, (start, end) in enumerate(parts):  # the smallest first: it may hold too few
        share = min(left // (len(parts) - number), end - start)
        places.append(start + chance.choice(end - start, share, replace=False))
        left -= share
    return np.sort(np.concatenate(places))


@dataclass(frozen=True, slots=True, eq=False)
class JudgedSample:
    """What a sample shows of the passages that are not listed."""

    logits: Floats
    """Shape (n,): of the passages that were judged."""
    answers: NDArray[np.bool_]
    """Shape (n,): whether each of them answers."""
    others: Further
    """All other passages that are not listed, in groups of nearly the same logit."""
    deviation: float
    """That of the fit; see ``Relevance``."""
    answered: float
    """Probability that anything answers, before the judgements."""

    def counted(self, level: float) -> Counted:
        """How many of the others answer, with a central interval that holds ``level``."""
        if not len(self.others.logits):
            return Counted(0.0, 0, 0)
        top = max(float(self.logits.max(initial=-np.inf)), float(self.others.logits.max()))
        signs = np.where(self.answers, -1.0, 1.0)

        def moved(logits: Floats, values: Floats) -> Floats:
            """Shape (values, n)."""
            shifts = WIDTH * self.deviation * values[:, :1]
            return top + np.exp(SLOPES * values[:, 1:]) * (logits - top) + shifts

        values = _values(np.zeros(2), np.array(_REACH))
        for closer in range(_CLOSER + 1):
            weighed = -0.5 * (values**2).sum(axis=1)
            weighed -= np.logaddexp(0.0, signs * moved(self.logits, values)).sum(axis=1)
            shares = np.exp(weighed - weighed.max())
            cell = float(np.prod(np.ptp(values, axis=0) / (np.array(_POINTS) - 1)))
            evidence = float(np.exp(weighed.max()) * shares.sum() * cell / (2 * np.pi))
            shares /= shares.sum()
            if closer < _CLOSER:
                centre = (shares[:, None] * values).sum(axis=0)
                spread = np.sqrt((shares[:, None] * (values - centre) ** 2).sum(axis=0))
                step = np.ptp(values, axis=0) / (np.array(_POINTS) - 1)
                values = _values(centre, 5 * np.maximum(spread, step / 2))
        any_of = min(max(self.answered, EDGE), 1 - EDGE)
        nothing = 0.0 if self.answers.any() else 1 - any_of
        something = any_of * evidence / (any_of * evidence + nothing) if nothing else 1.0
        odds = np.clip(moved(self.others.logits, values), -50, 50)
        means = (self.others.counts / (1 + np.exp(-odds))).sum(axis=1)
        most = round(float(self.others.counts.sum()))

        def reaches(count: int, share: float) -> bool:
            """Whether the probability of at most so many is ``share`` or more."""
            return (
                1 - something + something * float((shares * _at_most(count, means)).sum()) >= share
            )

        low, high = (
            _first(partial(reaches, share=edge), most)
            for edge in ((1 - level) / 2, (1 + level) / 2)
        )
        return Counted(float(something * (shares * means).sum()), low, high)


def _values(centre: Floats, reach: Floats) -> Floats:
    """Pairs of a shift and a slope around their centre, shape (values, 2), in deviations."""
    around = [
        middle + np.linspace(-far, far, points)
        for middle, far, points in zip(centre, reach, _POINTS, strict=True)
    ]
    return np.stack(np.meshgrid(*around, indexing="ij"), axis=-1).reshape(-1, 2)


def _first(holds: Callable[[int], bool], most: int) -> int:
    """The least count that ``holds``, or ``most``; whatever is more than one that does, holds."""
    low = 0
    while low < most:
        middle = (low + most) // 2
        low, most = (low, middle) if holds(middle) else (middle + 1, most)
    return low


def _at_most(count: int, means: Floats) -> Floats:
    """Probability of a Poisson distribution of each mean to give at most ``count``."""
    found = np.empty(len(means))
    small = means <= _SMALL
    if small.any():
        each = means[small]
        logs = np.where(each > 0, np.log(np.maximum(each, 1e-300)), -np.inf)
        upto = np.arange(min(count, int(_SMALL + 12 * sqrt(_SMALL))) + 1)
        factorials = np.concatenate([[0.0], np.cumsum(np.log(np.maximum(upto[1:], 1)))])
        with np.errstate(invalid="ignore"):
            terms = np.exp(np.where(upto == 0, 0.0, upto * logs[:, None]) - factorials)
        found[small] = np.minimum(terms.sum(axis=1) * np.exp(-each), 1.0)
    # Wide enough for a normal distribution, with a half for the step from one count to the next.
    found[~small] = [
        0.5 * (1 + erf((count + 0.5 - mean) / sqrt(2 * mean))) for mean in means[~small].tolist()
    ]
    return found
