"""Summaries of a run: overall, by tag, between modes, and against another run."""

from collections.abc import Callable
from itertools import combinations
from typing import NamedTuple

import numpy as np

from qa_eval.answerability import aurc, auroc, expected_calibration_error
from qa_eval.errors import MeasureError, RunError
from qa_eval.measures import (
    ANSWERED_RATE,
    AURC,
    AUROC,
    ECE,
    FALSE_ANSWER_RATE,
    OF_TEXT,
)
from qa_eval.records import Question
from qa_eval.runs import Result, Run
from qa_eval.statistics import Array, Interval, Statistic, bootstrap, holm, mean, paired_test

SIGNIFICANT = 0.05


class Column(NamedTuple):
    """One measure of one mode, question by question."""

    values: Array
    """Shape (n,) for means; (n, 2), probability and event, for statistics of the whole set."""
    statistic: Statistic

    @property
    def value(self) -> float:
        """The measure of the set."""
        return self.statistic(self.values)


class Estimate(NamedTuple):
    """A measure with its 95% bootstrap interval."""

    value: float
    interval: Interval
    questions: int


class Comparison(NamedTuple):
    """One measure of two modes of a run."""

    measure: str
    first: str
    second: str
    difference: float
    """Second less first."""
    interval: Interval | None
    """Of the difference, 95%; only means have one."""
    p: float
    adjusted_p: float
    """Adjusted by Holm's method over every test of the comparison."""

    @property
    def significant(self) -> bool:
        """Whether the difference is significant at 5% after adjustment."""
        return self.adjusted_p < SIGNIFICANT


class Slice(NamedTuple):
    """The questions with a tag."""

    tag: str
    questions: int
    metrics: dict[str, float]


class Change(NamedTuple):
    """One question in two runs."""

    question: Question
    before: Result
    after: Result
    difference: float
    """Of the measure, after less before. For unanswerable questions: 1 if a false answer
    disappeared, -1 if one appeared."""


def columns(run: Run, mode: str, *, tag: str | None = None) -> dict[str, Column]:
    """Every measure the run has, in the order it is shown; ``tag`` takes one slice."""
    results = by_id(run, mode)
    # By id, so that runs with questions in another order pair up and resample alike.
    pairs = [
        (question, results[question.id])
        for question in sorted(run.questions, key=lambda question: question.id)
        if tag is None or tag in question.tags
    ]
    answerable = [result for question, result in pairs if question.answerable]
    unanswerable = [result for question, result in pairs if not question.answerable]
    found: dict[str, Column] = {}
    for name in (*run.measures, *OF_TEXT):
        values = [result.measures[name] for result in answerable if name in result.measures]
        if values:
            found[name] = Column(np.array(values), mean)
    if unanswerable:
        if answerable:
            found[ANSWERED_RATE] = _rate(answerable)
        found[FALSE_ANSWER_RATE] = _rate(unanswerable)
        probability = [result.probability for _, result in pairs]
        correct = np.array([probability, [result.correct for _, result in pairs]], float).T
        if answerable:
            labels = [question.answerable for question, _ in pairs]
            found[AUROC] = Column(np.array([probability, labels], float).T, _auroc)
        found[AURC] = Column(correct, _aurc)
        found[ECE] = Column(correct, _ece)
    return found


def metrics(run: Run, mode: str, *, tag: str | None = None) -> dict[str, float]:
    """Value by measure."""
    return {name: column.value for name, column in columns(run, mode, tag=tag).items()}


def summarise(run: Run, mode: str) -> dict[str, Estimate]:
    """Value and interval by measure; the same run gives the same intervals."""
    return {
        name: Estimate(
            column.value,
            bootstrap(column.values, column.statistic, seed=run.seed),
            len(column.values),
        )
        for name, column in columns(run, mode).items()
    }


def slices(run: Run, mode: str) -> tuple[Slice, ...]:
    """Measures by tag, tags in alphabetical order."""
    tags = sorted({tag for question in run.questions for tag in question.tags})
    return tuple(
        Slice(
            tag,
            sum(tag in question.tags for question in run.questions),
            metrics(run, mode, tag=tag),
        )
        for tag in tags
    )


def compare(run: Run) -> tuple[Comparison, ...]:
    """Every measure of every pair of modes, tested; empty for a single mode."""
    by_mode = {mode: columns(run, mode) for mode in run.modes}
    tests: list[tuple[str, str, str, Column, Column]] = [
        (measure, first, second, by_mode[first][measure], by_mode[second][measure])
        for measure in next(iter(by_mode.values()), {})
        for first, second in combinations(run.modes, 2)
    ]
    p_values = [paired_test(a.values, b.values, a.statistic, seed=run.seed) for *_, a, b in tests]
    return tuple(
        Comparison(
            measure,
            first,
            second,
            b.value - a.value,
            bootstrap(b.values - a.values, seed=run.seed) if a.statistic is mean else None,
            p,
            adjusted,
        )
        for (measure, first, second, a, b), p, adjusted in zip(
            tests, p_values, holm(p_values), strict=True
        )
    )


def diff(
    before: Run,
    after: Run,
    *,
    measure: str | None = None,
    mode: str | None = None,
    before_mode: str | None = None,
) -> tuple[Change, ...]:
    """The questions whose result changed, the largest change first, then in order of the set.

    ``measure`` is one of the runs' retrieval measures, the first unless given. ``mode`` is needed
    for runs of several; ``before_mode`` if it had another name there. An unanswerable question has
    changed if it was answered in one run alone. Raises ``RunError`` for runs of different questions
    and ``MeasureError`` for a measure that they do not have.
    """
    same_questions(before, after)
    mode = after.mode(mode)
    earlier = by_id(before, before.mode(before_mode or (mode if mode in before.modes else None)))
    later = by_id(after, mode)
    measure = measure or after.measures[0]
    if measure not in before.measures or measure not in after.measures:
        raise MeasureError(f'"{measure}" was not measured in both runs')
    changes = [
        Change(question, old, new, _difference(question, old, new, measure))
        for question in after.questions
        for old, new in [(earlier[question.id], later[question.id])]
    ]
    changed = [change for change in changes if change.difference != 0]
    return tuple(sorted(changed, key=lambda change: -abs(change.difference)))


def same_questions(first: Run, second: Run) -> None:
    """Refuse to compare runs of different questions or labels with ``RunError``."""
    if first.set_sha256 != second.set_sha256:
        raise RunError(
            f'runs of different questions or labels cannot be compared: "{first.set_name}" '
            f"({first.set_sha256[:12]}, {len(first.questions)} questions) and "
            f'"{second.set_name}" ({second.set_sha256[:12]}, {len(second.questions)} questions)'
        )


def by_id(run: Run, mode: str) -> dict[str, Result]:
    """Results of one mode by question."""
    return {result.question_id: result for result in run.modes[mode]}


def _difference(question: Question, before: Result, after: Result, measure: str) -> float:
    if question.answerable:
        return after.measures[measure] - before.measures[measure]
    return float(before.answered) - float(after.answered)


def _rate(results: list[Result]) -> Column:
    return Column(np.array([result.answered for result in results], float), mean)


def _over_pairs(function: Callable[[Array, Array], float]) -> Statistic:
    def statistic(values: Array) -> float:
        return function(values[:, 0], values[:, 1])

    return statistic


_auroc = _over_pairs(auroc)
_aurc = _over_pairs(aurc)
_ece = _over_pairs(expected_calibration_error)
