"""Everything that reports show of a run, computed once."""

from dataclasses import dataclass
from typing import Any

from qa_eval.comparison import Comparison, Estimate, Slice, compare, slices, summarise
from qa_eval.runs import Run

SCHEMA = "qa.eval/1"


@dataclass(frozen=True, slots=True)
class Overview:
    """A run with its estimates, tests and slices."""

    run: Run
    estimates: dict[str, dict[str, Estimate]]
    """By mode and measure."""
    comparisons: tuple[Comparison, ...]
    slices: dict[str, tuple[Slice, ...]]
    """By mode; the same tags in the same order."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Names of the measures in display order; every mode has the same."""
        return tuple(next(iter(self.estimates.values()), {}))

    @property
    def answerable(self) -> int:
        """Questions that have an answer."""
        return sum(question.answerable for question in self.run.questions)

    def to_dict(self) -> dict[str, Any]:
        """The overview as JSON types, schema ``qa.eval/1``."""
        modes: dict[str, Any] = {}
        for mode, estimates in self.estimates.items():
            timing = self.run.timings.modes[mode]
            modes[mode] = {
                "metrics": {name: estimate.value for name, estimate in estimates.items()},
                "intervals": {name: list(item.interval) for name, item in estimates.items()},
                "latency_ms": {"p50": timing.percentile(50), "p95": timing.percentile(95)},
                "tags": {
                    slice_.tag: {"questions": slice_.questions, "metrics": slice_.metrics}
                    for slice_ in self.slices[mode]
                },
            }
        return {
            "schema": SCHEMA,
            "questions": len(self.run.questions),
            "modes": modes,
            "comparisons": [
                {
                    "measure": test.measure,
                    "modes": [test.first, test.second],
                    "difference": test.difference,
                    "p": test.p,
                    "adjusted_p": test.adjusted_p,
                }
                for test in self.comparisons
            ],
        }


def overview(run: Run) -> Overview:
    """Estimate, compare and slice. Takes some seconds for thousands of questions."""
    return Overview(
        run=run,
        estimates={mode: summarise(run, mode) for mode in run.modes},
        comparisons=compare(run),
        slices={mode: slices(run, mode) for mode in run.modes},
    )
