"""A run: the results of every mode for every question, their measures, and their provenance.

Two runs are equal if they asked the same questions and got the same results; timings do not count.
``save_run`` and ``load_run`` use JSON of schema ``qa.run/1``.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from qa_eval.errors import RunError
from qa_eval.matching import Verdict
from qa_eval.records import Question, Retrieved

SCHEMA = "qa.run/1"

KEPT = 5
"""Passages kept with their text per question; of the others only ranks of gold are kept. More would
make a run of 6,000 questions larger than 50 MB, and nobody reads them."""


class Judged(NamedTuple):
    """A retrieved passage with its verdict."""

    passage: Retrieved
    verdict: Verdict
    evidence: tuple[bool, ...]
    """For each evidence span, whether it is right."""


@dataclass(frozen=True, slots=True)
class Result:
    """Result of one mode for one question."""

    question_id: str
    answered: bool
    probability: float
    retrieved: int
    """Number of retrieved passages."""
    found: dict[str, int]
    """Rank of each gold part that was found, from 1."""
    measures: dict[str, float]
    """Values of this question; empty if it is unanswerable."""
    passages: tuple[Judged, ...]
    """The first ``KEPT``."""

    @property
    def correct(self) -> bool:
        """Whether the first rank has gold, which is what the probability predicts."""
        return 1 in self.found.values()


@dataclass(frozen=True, slots=True)
class Timing:
    """Latencies of one mode."""

    wall_s: float
    latency_ms: tuple[float, ...]
    """Of each question, in the order of the run's questions."""

    def percentile(self, percent: float) -> float:
        """Percentile of the latency, in milliseconds (nearest rank)."""
        ordered = sorted(self.latency_ms)
        return ordered[max(0, -(-int(len(ordered) * percent) // 100) - 1)]


@dataclass(frozen=True, slots=True)
class Timings:
    """Start and duration of a run."""

    started: str
    """ISO 8601, UTC."""
    threads: int
    modes: dict[str, Timing]


@dataclass(frozen=True, slots=True)
class Run:
    """Questions and the results of each mode, in the order of the questions."""

    set_name: str
    set_sha256: str
    """Of the questions that were asked, with resolved gold."""
    questions: tuple[Question, ...]
    measures: tuple[str, ...]
    """Retrieval measures, by the names of ``ir_measures``."""
    modes: dict[str, tuple[Result, ...]]
    limit: int | None
    seed: int
    provenance: dict[str, Any]
    """What is needed to repeat it: command, hashes of index and model. JSON types."""
    timings: Timings = field(compare=False)

    def _repr_html_(self) -> str:
        """What notebooks show."""
        import qa_eval  # reports stand above: they are reached by name, when a run is shown

        return qa_eval.run_to_html(self)

    def mode(self, name: str | None = None) -> str:
        """``name`` if the run has it; without a name, the only mode. ``RunError`` otherwise."""
        if name is None and len(self.modes) == 1:
            return next(iter(self.modes))
        if name not in self.modes:
            what = "several modes; name one" if name is None else f'no mode "{name}"'
            raise RunError(f"the run has {what} of {', '.join(self.modes)}")
        return name
