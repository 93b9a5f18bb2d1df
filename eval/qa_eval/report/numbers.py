"""Number formats of reports."""

from qa_eval.comparison import Estimate
from qa_eval.measures import LOWER_IS_BETTER

LABELS = {
    "evidence_precision": "evidence precision",
    "citation_recall": "citation recall",
    "citation_precision": "citation precision",
    "mark_recall": "mark recall",
    "mark_precision": "mark precision",
    "mark_f1": "mark F1",
    "answered_rate": "answered rate",
    "false_answer_rate": "false-answer rate",
}
"""Display names of measures, if other than their name."""


def label(measure: str) -> str:
    """The measure's display name, with an arrow down if lower is better."""
    arrow = " ↓" if measure in LOWER_IS_BETTER else ""
    return LABELS.get(measure, measure) + arrow


def interval(estimate: Estimate) -> str:
    """``0.712–0.801``."""
    return f"{estimate.interval.low:.3f}–{estimate.interval.high:.3f}"


def signed(difference: float) -> str:
    """``+0.120``, ``−0.031``."""
    return f"{difference:+.3f}".replace("-", "−")


def p_value(p: float) -> str:
    """``0.031``, ``<0.001``."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def milliseconds(value: float) -> str:
    """``0.84 ms``, ``12 ms``, ``3.1 s``."""
    if value >= 1000:
        return f"{value / 1000:.1f} s"
    return f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms"
