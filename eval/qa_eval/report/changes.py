"""Describes the result of a question in words."""

from qa_eval.records import Question
from qa_eval.report.text import one_line
from qa_eval.runs import Result

_QUOTE = 300
"""Most characters of a quote where two results are side by side."""


def outcome(question: Question, result: Result) -> str:
    """The result in words, such as ``gold at rank 2`` or ``not found``."""
    if not question.answerable:
        return "answered, but unanswerable" if result.answered else "rightly not answered"
    ranks = ", ".join(str(rank) for rank in sorted(result.found.values()))
    missing = len(question.parts) - len(result.found)
    if not ranks:
        said = "not found"
    elif missing:
        said = f"gold at rank {ranks}; {missing} of {len(question.parts)} not found"
    else:
        said = f"gold at rank {ranks}"
    return said if result.answered else f"{said}, not answered"


def side(result: Result) -> str:
    """The first passage of a result with its place, for two columns."""
    if not result.passages:
        return "nothing retrieved"
    passage, verdict, _ = result.passages[0]
    place = f"{one_line(passage.path, 80)}:{passage.start}-{passage.end}"
    return f"{verdict}: {place}\n{one_line(passage.quote, _QUOTE)}"
