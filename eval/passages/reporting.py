"""How well the list and the estimate of what it misses hold on questions with known labels."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.answering.listing import LEVEL, grouped, likeliest, read_from
from qa.confidence.judged import JudgedSample, drawn
from qa.confidence.relevance import Relevance, RelevanceModel

from .observing import Observed

Floats = NDArray[np.float64]

EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0001)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was listed for a question, and what was not."""

    relevant: int
    listed: int
    right: int
    """Listed and relevant."""
    read: int
    expected: float
    """Sum of the probabilities of what is listed."""
    missed: int
    """Relevant and not listed; those that were no candidates, too."""
    told: float
    """The expected number missed."""
    low: int
    high: int
    naive_low: int
    naive_high: int
    """The same interval for probabilities that are independent of one another."""

    @property
    def covered(self) -> bool:
        """Whether the interval holds the number missed."""
        return self.low <= self.missed <= self.high

    @property
    def naively_covered(self) -> bool:
        """The same of the naive interval."""
        return self.naive_low <= self.missed <= self.naive_high


def relevance_of(each: Observed, model: RelevanceModel, *, least: float) -> Relevance:
    """The relevance of a question's candidates, with no more read than the limit asks for."""
    signals = each.signals
    none = replace(signals, reading=np.full(len(signals.score), np.nan))
    unread = model.relevance(none, reads=False)
    if not signals.was_read.any():
        return unread
    seen = np.where(unread.probabilities >= read_from(least), signals.reading, np.nan)
    return model.relevance(replace(signals, reading=seen), reads=True)


def outcomes(observed: Sequence[Observed], model: RelevanceModel, *, least: float) -> list[Outcome]:
    """The outcome of each question."""
    found = []
    for each in observed:
        relevance = relevance_of(each, model, least=least)
        probabilities = relevance.probabilities
        listed = probabilities >= least
        right = int((each.labels[listed] == 1).sum())
        counted = relevance.taken(~listed).counted(LEVEL)
        naive = Relevance(_logits(probabilities[~listed]), 0.0).counted(LEVEL)
        found.append(
            Outcome(
                relevant=each.relevant,
                listed=int(listed.sum()),
                right=right,
                read=int((probabilities >= read_from(least)).sum()),
                expected=float(probabilities[listed].sum()),
                missed=each.relevant - right,
                told=counted.expected,
                low=counted.low,
                high=counted.high,
                naive_low=naive.low,
                naive_high=naive.high,
            )
        )
    return found


def _logits(probabilities: Floats) -> Floats:
    bounded = np.clip(probabilities, 1e-9, 1 - 1e-9)
    found: Floats = np.log(bounded) - np.log1p(-bounded)
    return found


def measured(results: Sequence[Outcome]) -> dict[str, Any]:
    """Means over questions; recall only over those with something to find."""

    def mean(name: str) -> float:
        return round(float(np.mean([getattr(each, name) for each in results])), 2)

    relevant = sum(each.relevant for each in results)
    found = [each.right / each.relevant for each in results if each.relevant]
    listed = sum(each.listed for each in results)
    return {
        "questions": len(results),
        "relevant": mean("relevant"),
        "listed": mean("listed"),
        "precision": round(sum(each.right for each in results) / max(listed, 1), 3),
        "said": round(sum(each.expected for each in results) / max(listed, 1), 3),
        "recall": round(float(np.mean(found)), 3) if found else None,
        "recall, all passages": round(sum(each.right for each in results) / max(relevant, 1), 3),
        "missed": mean("missed"),
        "estimated": mean("told"),
        "low": mean("low"),
        "high": mean("high"),
        "covered": round(float(np.mean([each.covered for each in results])), 3),
        "covered if independent": round(
            float(np.mean([each.naively_covered for each in results])), 3
        ),
        "above": round(float(np.mean([each.missed > each.high for each in results])), 3),
        "below": round(float(np.mean([each.missed < each.low for each in results])), 3),
    }


def after_judging(
    observed: Sequence[Observed], model: RelevanceModel, *, least: float, size: int, draws: int
) -> dict[str, Any]:
    """The estimate before and after a sample of ``size`` passages is judged as they are labelled.

    Every question is sampled ``draws`` times. Counted are the passages that are missed, those that
    the sample finds among them.
    """
    rows = []
    for number, each in enumerate(observed):
        relevance = relevance_of(each, model, least=least)
        probabilities = relevance.probabilities
        listed = probabilities >= least
        before = relevance.taken(~listed).counted(LEVEL)
        order = likeliest(probabilities, ~listed)
        logits, answers = relevance.logits[order], each.labels[order] == 1
        missed = each.relevant - int((each.labels[listed] == 1).sum())
        for draw in range(draws):
            taken = drawn(len(order), size, number * draws + draw)
            rest = np.delete(logits, taken)
            judged = JudgedSample(
                logits[taken],
                answers[taken],
                grouped(rest, None),
                relevance.deviation,
                relevance.answered,
            ).counted(LEVEL)
            seen = int(answers[taken].sum())
            rows.append(
                (
                    missed,
                    before.expected,
                    before.low <= missed <= before.high,
                    seen,
                    seen + judged.expected,
                    seen + judged.low,
                    seen + judged.high,
                )
            )
    missing, told, held, seen_all, estimated, low, high = np.array(rows, dtype=np.float64).T
    covered = (low <= missing) & (missing <= high)
    return {
        "questions": len(observed),
        "judged": size,
        "missed": round(float(missing.mean()), 1),
        "estimated before": round(float(told.mean()), 1),
        "error before": round(float(np.abs(told - missing).mean()), 1),
        "covered before": round(float(held.mean()), 3),
        "found": round(float(seen_all.mean()), 1),
        "estimated": round(float(estimated.mean()), 1),
        "error": round(float(np.abs(estimated - missing).mean()), 1),
        "low": round(float(low.mean()), 1),
        "high": round(float(high.mean()), 1),
        "covered": round(float(covered.mean()), 3),
        "above": round(float((missing > high).mean()), 3),
    }


def reliability(
    observed: Sequence[Observed], model: RelevanceModel, *, least: float
) -> list[dict[str, float]]:
    """By band of the probability: passages, the mean told, and the share that is relevant."""
    told, labels = [], []
    for each in observed:
        known = each.labels >= 0
        told.append(relevance_of(each, model, least=least).probabilities[known])
        labels.append(each.labels[known])
    probability, truth = np.concatenate(told), np.concatenate(labels)
    return [
        {
            "from": low,
            "passages": int(within.sum()),
            "said": round(float(probability[within].mean()), 4),
            "relevant": round(float(truth[within].mean()), 4),
        }
        for low, high in pairwise(EDGES)
        if (within := (probability >= low) & (probability < high)).any()
    ]


def table(rows: dict[str, dict[str, Any]]) -> str:
    """The measures of each set as Markdown."""
    names = list(next(iter(rows.values())))
    lines = [f"| set | {' | '.join(names)} |", "|---|" + "--:|" * len(names)]
    lines += [
        f"| {name} | {' | '.join(str(row[each]) for each in names)} |" for name, row in rows.items()
    ]
    return "\n".join(lines) + "\n"
