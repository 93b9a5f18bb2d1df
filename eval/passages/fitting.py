"""Fits the probability of every passage: logistic regression with a random intercept by question.

The likelihood of a question is the mean, over the values that ``u`` may take, of the likelihood of
its labels. All sets weigh the same, so that ``deviation`` is that between questions of a collection
that was not seen, not only between those of one.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from qa.confidence.relevance import AnythingWeights, RelevanceFit, RelevanceModel, RelevanceWeights
from qa_eval.calibration import fit

from .observing import UNKNOWN, Observed

Floats = NDArray[np.float64]

WHOLE = 100
"""Candidates of a question that all count; of the others, one of ``ONE_IN`` counts for all."""

ONE_IN = 20

PENALTY = 0.02
"""L2 penalty on the weights of standardised signals, relative to the mean loss of a question."""

LOG_DEVIATION = (-1.5, 1.1)
"""Bounds of the logarithm of the deviation. It grows without one if labels can be told without
error."""

STARTS = 8
"""Points from which the likelihood is climbed. It has several maxima: from 0 alone, one was found
whose loss was 16.8 where that of another was 16.1."""

_NODES, _SHARES = np.polynomial.hermite_e.hermegauss(15)
_LOG_SHARES = np.log(_SHARES / _SHARES.sum())

_NAMES = tuple(each.name for each in fields(RelevanceWeights)[1:])
_OF_READING = ("reading", "read_behind")
_FALLING = ("behind", "log_rank", "read_behind")
"""Signals that can only speak against a passage; the others of a passage can only speak for it.
Signals overlap, and a few sets would otherwise be told apart by opposite signs, which holds for no
other set."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The candidates of many questions, one below the other."""

    features: Floats
    """Shape (n, d)."""
    labels: Floats
    """Shape (n,)."""
    counts: Floats
    """Shape (n,): how many candidates each stands for."""
    ends: NDArray[np.int64]
    """Shape (q,): where each question ends."""
    weights: Floats
    """Shape (q,): of each question; their mean is 1."""


def fitted(sets: Mapping[str, Mapping[str, Sequence[Observed]]]) -> RelevanceModel:
    """The model fitted to what was observed of each set, by the way in which it was asked."""

    def of(way: str) -> dict[str, Sequence[Observed]]:
        return {name: ways[way] for name, ways in sets.items() if way in ways}

    return RelevanceModel(
        with_reading=_fit(of("read"), reads=True),
        with_vectors=_fit(of("unread"), reads=False),
        words_alone=_fit(of("bm25"), reads=False),
    )


def _fit(sets: Mapping[str, Sequence[Observed]], *, reads: bool) -> RelevanceFit:
    used = [name for name in _NAMES if name not in _OF_READING]
    own = [*used, *_OF_READING] if reads else used
    blocks = [own, used] if reads else [used]
    signs = [sign for block in blocks for sign in (0, *map(_sign, block))]
    answered = {
        name: [each for each in observed if each.relevant] for name, observed in sets.items()
    }
    found, deviation = maximised(_rows(answered, blocks, reads=reads), signs)
    weights = []
    for block in blocks:
        values, found = found[: len(block) + 1], found[len(block) + 1 :]
        named = dict(zip(block, values[1:].tolist(), strict=True))
        weights.append(
            RelevanceWeights(
                **{
                    "intercept": round(float(values[0]), 4),
                    **{name: round(named.get(name, 0.0), 4) for name in _NAMES},
                }
            )
        )
    read = weights[0] if reads else None
    return RelevanceFit(
        read=read,
        unread=weights[-1],
        deviation=round(deviation, 4),
        anything=_anything(sets),
    )


def _anything(sets: Mapping[str, Sequence[Observed]]) -> AnythingWeights:
    observed = [each for own in sets.values() for each in own if len(each.labels)]
    model = fit(
        [each.signals.most for each in observed],
        [float(each.relevant > 0) for each in observed],
        penalty=PENALTY / 10,
        increasing=True,  # as of the signals of a passage, see ``_FALLING``
    )
    score, share = model.weights.tolist()
    return AnythingWeights(
        ceiling=round(model.ceiling, 4),
        intercept=round(model.intercept, 4),
        score=round(score, 4),
        share=round(share, 4),
    )


def _sign(name: str) -> int:
    if name == "first":
        return 0
    return -1 if name in _FALLING else 1


def _rows(
    sets: Mapping[str, Sequence[Observed]], blocks: Sequence[Sequence[str]], *, reads: bool
) -> Rows:
    features, labels, counts, ends, weights = [], [], [], [], []
    total = sum(map(len, sets.values()))
    for observed in sets.values():
        for each in observed:
            n = len(each.labels)
            chosen = np.flatnonzero((np.arange(n) < WHOLE) | (np.arange(n) % ONE_IN == 0))
            chosen = np.union1d(chosen, np.flatnonzero(each.labels == 1))
            chosen = chosen[each.labels[chosen] != UNKNOWN]
            sampled = (chosen >= WHOLE) & (each.labels[chosen] == 0)
            matrix = each.signals.matrix()[chosen]
            was_read = each.signals.was_read[chosen]
            parts = []
            for block, rows in zip(blocks, (was_read, ~was_read), strict=False):
                columns = matrix[:, [_NAMES.index(name) for name in block]]
                whole = np.column_stack([np.ones(len(columns)), columns])
                parts.append(np.where(rows[:, None], whole, 0.0) if reads else whole)
            features.append(np.hstack(parts))
            labels.append(each.labels[chosen])
            counts.append(np.where(sampled, float(ONE_IN), 1.0))
            ends.append(len(chosen))
            weights.append(total / (len(sets) * len(observed)))
    return Rows(
        np.vstack(features),
        np.concatenate(labels),
        np.concatenate(counts),
        np.cumsum(ends),
        np.array(weights),
    )


def maximised(rows: Rows, signs: Sequence[int]) -> tuple[Floats, float]:
    """Weights, shape (d,), and deviation of the greatest penalised likelihood.

    Weights have these signs, or any where it is 0.
    """
    from scipy.optimize import minimize

    # Columns of a block are 0 outside it, so they are scaled and not centred.
    spread = np.sqrt(np.mean(rows.features**2, axis=0))
    spread = np.where(spread > 0, spread, 1.0)
    features = rows.features / spread
    starts = np.r_[0, rows.ends[:-1]]
    questions = len(rows.ends)
    owner = np.repeat(np.arange(questions), np.diff(rows.ends, prepend=0))

    def loss(at: Floats) -> tuple[float, Floats]:
        shifts = np.exp(at[-1]) * _NODES
        logits = (features @ at[:-1])[:, None] + shifts
        logs = rows.labels[:, None] * logits - np.logaddexp(0, logits)
        own = np.add.reduceat(rows.counts[:, None] * logs, starts, axis=0) + _LOG_SHARES
        most = own.max(axis=1, keepdims=True)
        total = most[:, 0] + np.log(np.exp(own - most).sum(axis=1))
        posterior = np.exp(own - total[:, None])
        residual = rows.labels[:, None] - 1 / (1 + np.exp(-logits))
        residual *= posterior[owner] * (rows.counts * rows.weights[owner])[:, None]
        told = np.array([*(features.T @ residual.sum(axis=1)), (residual * shifts).sum()])
        bent = PENALTY * np.array([*at[:-1], 0.0])
        value = -float(rows.weights @ total) / questions + float(bent @ at) / 2
        return value, bent - told / questions

    bounds = [(0.0 if sign > 0 else None, 0.0 if sign < 0 else None) for sign in signs]
    chance = np.random.default_rng(0)
    points = [np.zeros(len(bounds) + 1)]
    points += [chance.normal(0, 0.5, len(bounds) + 1) for _ in range(STARTS - 1)]
    climbed = [
        minimize(
            loss,
            point,
            jac=True,
            method="L-BFGS-B",
            bounds=[*bounds, LOG_DEVIATION],
            options={"maxiter": 2000},
        )
        for point in points
    ]
    found = min(climbed, key=lambda each: float(each.fun)).x
    return found[:-1] / spread, float(np.exp(found[-1]))


def counted(observed: Sequence[Observed]) -> Counter[bool]:
    """How many questions have a passage that answers, and how many have none."""
    return Counter(each.relevant > 0 for each in observed)
