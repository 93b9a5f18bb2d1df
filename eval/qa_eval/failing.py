"""The questions of a run that went wrong, and what came instead of what is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from qa_eval.records import Question, Retrieved
from qa_eval.runs import Result, Run


class FailureKind(StrEnum):
    """What went wrong, the gravest first."""

    ANSWERED = "answered"
    """It was answered, though no source answers it."""
    NOT_FOUND = "not_found"
    """Nothing that answers it was retrieved."""
    NOT_ANSWERED = "not_answered"
    """Something that answers it was retrieved, but it was not answered."""
    NOT_FIRST = "not_first"
    """It was answered, but something that does not answer it came first."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A question that went wrong in one mode."""

    kind: FailureKind
    question: Question
    result: Result

    @property
    def rank(self) -> int | None:
        """Rank of the first passage that answers it; ``None`` if there is none."""
        return min(self.result.found.values(), default=None)

    @property
    def first(self) -> Retrieved | None:
        """The passage that came first."""
        return self.result.passages[0].passage if self.result.passages else None

    @property
    def marked(self) -> tuple[str, ...]:
        """The marked sentences of ``first``; all of it where none is marked."""
        if self.first is None:
            return ()
        start, end = self.first.start, self.first.end
        inside = [span for span in self.first.evidence if start <= span.start <= span.end <= end]
        return tuple(self.first.quote[a - start : b - start] for a, b in inside) or (
            self.first.quote,
        )

    def to_dict(self) -> dict[str, Any]:
        """The failure as JSON types."""
        first = self.first
        return {
            "id": self.question.id,
            "question": self.question.text,
            "kind": str(self.kind),
            "answered": self.result.answered,
            "probability": self.result.probability,
            "rank": self.rank,
            "first": None
            if first is None
            else {
                "path": first.path,
                "span": {"start": first.start, "end": first.end, "unit": "codepoint"},
                "marked": list(self.marked),
            },
            "gold": [gold.to_dict() for gold in self.question.gold],
        }


def failures(run: Run, mode: str) -> tuple[Failure, ...]:
    """What went wrong in a mode: by kind, the gravest first, then by how sure the answer was."""
    found = [
        Failure(kind, question, result)
        for question, result in zip(run.questions, run.modes[mode], strict=True)
        if (kind := _kind(question, result)) is not None
    ]
    order = list(FailureKind)
    return tuple(sorted(found, key=lambda f: (order.index(f.kind), -f.result.probability)))


def failures_to_dict(found: Sequence[Failure]) -> list[dict[str, Any]]:
    """Failures as JSON types."""
    return [failure.to_dict() for failure in found]


def _kind(question: Question, result: Result) -> FailureKind | None:
    if not question.answerable:
        return FailureKind.ANSWERED if result.answered else None
    if not result.found:
        return FailureKind.NOT_FOUND
    if not result.answered:
        return FailureKind.NOT_ANSWERED
    return FailureKind.NOT_FIRST if min(result.found.values()) > 1 else None
