"""Failures on a terminal: each question with what came first and what is right."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qa_eval.failing import Failure, FailureKind
from qa_eval.records import Gold
from qa_eval.report.changes import outcome
from qa_eval.report.text import one_line

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_TOLD = {
    FailureKind.ANSWERED: "answered, but unanswerable",
    FailureKind.NOT_FOUND: "not found",
    FailureKind.NOT_ANSWERED: "found, but not answered",
    FailureKind.NOT_FIRST: "not first",
}
_QUOTE = 300
"""Characters of a quote: three or four lines."""
_LABEL = 7
"""Columns of ``first`` and ``right`` with the blanks behind them."""


def print_failures(
    found: Sequence[Failure], console: "Console", *, mode: str, questions: int, count: int | None
) -> None:
    """At most ``count`` failures of a mode that asked so many questions; ``None`` for all."""
    from rich.text import Text

    if not found:
        console.print(f"None of the {questions:,} questions failed in {mode}.")
        return
    kinds = Counter(failure.kind for failure in found)
    told = ", ".join(f"{kinds[kind]:,} {_TOLD[kind]}" for kind in FailureKind if kinds[kind])
    console.print(Text(f"{len(found):,} of {questions:,} questions failed in {mode}: {told}"))
    shown = found[:count]
    width = len(str(len(shown)))
    for number, failure in enumerate(shown, 1):
        console.print()
        for line in _lines(failure, number, width):
            console.print(line)
    if len(shown) < len(found):
        console.print()
        console.print(f"... and {len(found) - len(shown):,} more; --verbose lists all")


def _lines(failure: Failure, number: int, width: int) -> Iterator["RenderableType"]:
    from rich.padding import Padding
    from rich.text import Text

    question, result = failure.question, failure.result
    margin = width + 2

    def indented(text: str, by: int, style: str = "") -> Padding:
        return Padding(Text(text, style=style), (0, 0, 0, margin + by))

    name = f"{one_line(question.text, 300)}  [{one_line(question.id, 60)}]"
    yield _hanging(f"{number:>{width}}  ", Text(name, style="bold"))
    yield indented(f"{outcome(question, result)}; probability {result.probability:.2f}", 0)
    if failure.first is None:
        yield indented("nothing was retrieved", 0)
    else:
        place = f"{failure.first.path}:{failure.first.start}-{failure.first.end}"
        yield indented(f"{'first':<{_LABEL}}{one_line(place, 200)}", 0, "cyan")
        yield indented(one_line(" … ".join(failure.marked), _QUOTE), _LABEL)
    for gold in question.gold[:1]:
        others = len(question.gold) - 1
        more = f" and {others} more" if others else ""
        yield indented(f"{'right':<{_LABEL}}{one_line(_place(gold), 200)}{more}", 0, "cyan")
        if gold.quote:
            yield indented(one_line(gold.quote, _QUOTE), _LABEL)


def _hanging(label: str, text: "RenderableType") -> "RenderableType":
    """A text that wraps beside its label."""
    from rich.table import Table

    grid = Table.grid()
    grid.add_column(width=len(label))
    grid.add_column()
    grid.add_row(label, text)
    return grid


def _place(gold: Gold) -> str:
    return gold.path if gold.is_document else f"{gold.path}:{gold.start}-{gold.end}"
