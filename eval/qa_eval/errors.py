"""Errors of the evaluation.

    EvaluationError
    ├── QuestionSetError   a question set, or a label in it, that cannot be used
    ├── MeasureError       an unknown measure, or one that this set does not have
    ├── RunError           a saved run that is damaged, or two runs that cannot be compared
    ├── GateError          a gate that cannot be understood
    ├── LabelError         a label that is not a place in the passage shown
    └── CalibrationError   labelled answers that a calibration cannot be fitted to

Each message is one line that names the thing and the remedy.
"""

from collections.abc import Sequence
from typing import Self


class EvaluationError(Exception):
    """Base of every error of this package that a caller is expected to handle."""


class QuestionSetError(EvaluationError):
    """A question set, or a label in it, that cannot be used."""

    def __init__(self, message: str, problems: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (message,)
        """Every problem found, one line each; the message is about the first."""

    @classmethod
    def of(cls, problems: Sequence[str]) -> Self:
        """One error for all ``problems``, at least one: the first in full, the rest counted."""
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return cls(problems[0] + more, problems)


class MeasureError(EvaluationError):
    """An unknown measure, or one that this set of questions does not have."""


class RunError(EvaluationError):
    """A saved run that is damaged, or two runs that cannot be compared."""


class GateError(EvaluationError):
    """A gate that cannot be understood."""


class LabelError(EvaluationError):
    """A label that is not a place in the passage shown."""


class CalibrationError(EvaluationError):
    """Labelled answers that a calibration cannot be fitted to."""
