"""Reports on a terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa_eval.comparison import Change
from qa_eval.gate import GateResult
from qa_eval.overviews import Overview
from qa_eval.report.changes import outcome, side
from qa_eval.report.numbers import signed
from qa_eval.report.tables import about, tables
from qa_eval.report.text import one_line, visible

if TYPE_CHECKING:
    from rich.console import Console


def print_overview(view: Overview, console: "Console") -> None:
    """Measures with intervals, significant differences, and slices."""
    from rich.table import Table
    from rich.text import Text

    console.print(Text(visible(about(view))))
    for table in tables(view):
        drawn = Table(title=table.title, title_justify="left", title_style="bold")
        for number, name in enumerate(table.head):
            drawn.add_column(Text(visible(name)), justify="left" if number == 0 else "right")
        for row in table.rows:
            drawn.add_row(*(Text(visible(cell)) for cell in row))
        console.print(drawn)


def print_changes(changes: Sequence[Change], console: "Console", *, count: int = 10) -> None:
    """The questions that changed most, with both answers side by side."""
    from rich.table import Table
    from rich.text import Text

    if not changes:
        console.print("No question changed.")
        return
    for change in changes[:count]:
        drawn = Table(
            title=Text(
                f"{one_line(change.question.text, 200)}  [{one_line(change.question.id, 80)}]"
            ),
            title_justify="left",
            expand=True,
        )
        drawn.add_column(Text(f"before: {outcome(change.question, change.before)}"), ratio=1)
        drawn.add_column(
            Text(f"after: {outcome(change.question, change.after)} ({signed(change.difference)})"),
            ratio=1,
        )
        drawn.add_row(Text(side(change.before)), Text(side(change.after)))
        console.print(drawn)
    console.print(f"{min(count, len(changes))} of {len(changes)} changed questions shown.")


def print_gates(results: Sequence[GateResult], console: "Console") -> None:
    """One line per gate."""
    from rich.text import Text

    for result in results:
        verdict = ("passed", "green") if result.passed else ("FAILED", "bold red")
        console.print(Text.assemble(verdict, f"  {visible(result.message)}"))
