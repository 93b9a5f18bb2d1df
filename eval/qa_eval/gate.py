"""Gates for continuous integration: a run passes or names the measures that fail."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa_eval.comparison import SIGNIFICANT, Column, columns, same_questions
from qa_eval.errors import GateError
from qa_eval.measures import LOWER_IS_BETTER
from qa_eval.runs import Run
from qa_eval.statistics import holm, paired_test


class Limit(NamedTuple):
    """``nDCG@10=0.80`` as typed."""

    measure: str
    value: float


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate, met or not."""

    name: str
    """The gate as it would be typed, e.g. ``fail-under nDCG@10=0.8``."""
    mode: str
    measure: str
    value: float
    baseline: float | None
    """Value of the baseline run; ``None`` for a gate without one."""
    p: float | None
    """p of the difference to the baseline, adjusted by Holm over the gates of one call."""
    passed: bool
    message: str
    """One sentence that says why."""


def parse_limit(text: str) -> Limit:
    """Parse ``MEASURE=NUMBER``; ``GateError`` for anything else."""
    measure, sign, number = text.rpartition("=")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if not sign or not measure.strip() or not math.isfinite(value) or value < 0:
        raise GateError(f'"{text}" is no gate; write a measure and a number, e.g. nDCG@10=0.80')
    return Limit(measure.strip(), value)


def fail_under(run: Run, mode: str, limits: Sequence[Limit]) -> tuple[GateResult, ...]:
    """Compare the measures of a mode with fixed limits.

    Where lower is better (ECE, AURC, false_answer_rate), the limit is an upper bound.
    """
    found = columns(run, mode)
    results: list[GateResult] = []
    for measure, limit in limits:
        _known(measure, found)
        value = found[measure].value
        ceiling = measure in LOWER_IS_BETTER
        passed = value <= limit if ceiling else value >= limit
        side = "above" if value > limit else "below" if value < limit else "at"
        results.append(
            GateResult(
                name=f"fail-under {measure}={limit:g}",
                mode=mode,
                measure=measure,
                value=value,
                baseline=None,
                p=None,
                passed=passed,
                message=f"{measure} of {mode} is {value:.4f}, {side} the limit of {limit:g}",
            )
        )
    return tuple(results)


def max_drop(
    run: Run,
    baseline: Run,
    mode: str,
    limits: Sequence[Limit],
    *,
    baseline_mode: str | None = None,
) -> tuple[GateResult, ...]:
    """Compare the measures of a mode with those of an earlier run of the same questions.

    A gate fails if the measure got worse by more than its limit *and* the paired randomisation
    test, adjusted by Holm over ``limits``, finds the difference significant at 5%, so that a drop
    within chance does not fail a build. By default the baseline's mode is the one of the same name,
    or its only one. Raises ``RunError`` if the runs cannot be compared.
    """
    same_questions(run, baseline)
    if baseline_mode is None and mode in baseline.modes:
        baseline_mode = mode
    now = columns(run, mode)
    then = columns(baseline, baseline.mode(baseline_mode))
    for measure, _ in limits:
        _known(measure, now)
        _known(measure, then)
    adjusted = holm(
        [
            paired_test(then[name].values, now[name].values, now[name].statistic, seed=run.seed)
            for name, _ in limits
        ]
    )
    results: list[GateResult] = []
    for (measure, limit), p in zip(limits, adjusted, strict=True):
        value, earlier = now[measure].value, then[measure].value
        drop = value - earlier if measure in LOWER_IS_BETTER else earlier - value
        # Rounding depends on the order of the numbers.
        too_far = drop > limit + 1e-12
        significant = p < SIGNIFICANT
        results.append(
            GateResult(
                name=f"max-drop {measure}={limit:g}",
                mode=mode,
                measure=measure,
                value=value,
                baseline=earlier,
                p=p,
                passed=not (too_far and significant),
                message=(
                    f"{measure} of {mode} went from {earlier:.4f} to {value:.4f} (p {p:.4f}): "
                    + _reason(drop, limit, too_far=too_far, significant=significant)
                ),
            )
        )
    return tuple(results)


def _known(measure: str, found: dict[str, Column]) -> None:
    if measure not in found:
        raise GateError(f'the run has no measure "{measure}" to gate on; it has {", ".join(found)}')


def _reason(drop: float, limit: float, *, too_far: bool, significant: bool) -> str:
    if drop <= 0:
        return "not worse"
    if not too_far:
        return f"worse by no more than {limit:g}"
    return f"worse by more than {limit:g}, " + (
        "and significantly" if significant else "but not significantly"
    )
