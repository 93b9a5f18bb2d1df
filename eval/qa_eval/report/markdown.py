"""Reports in Markdown."""

import re
from collections.abc import Sequence

from qa_eval.comparison import Change
from qa_eval.overviews import Overview
from qa_eval.report.changes import outcome, side
from qa_eval.report.numbers import signed
from qa_eval.report.tables import Table, about, tables
from qa_eval.report.text import one_line, visible

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&])")


def to_markdown(view: Overview) -> str:
    """The overview as a page of GitHub-flavoured Markdown."""
    blocks = ["# Evaluation", _escaped(about(view))]
    for table in tables(view):
        blocks += [f"## {_escaped(table.title)}", _table(table)]
    return "\n\n".join(blocks) + "\n"


def changes_to_markdown(changes: Sequence[Change], *, count: int = 20) -> str:
    """The questions that changed most, with both answers side by side."""
    blocks = ["# Questions that changed most"]
    for change in changes[:count]:
        table = Table(
            title="",
            head=(
                f"before: {outcome(change.question, change.before)}",
                f"after: {outcome(change.question, change.after)} ({signed(change.difference)})",
            ),
            rows=((side(change.before), side(change.after)),),
        )
        blocks += [f"## {_escaped(one_line(change.question.text, 200))}", _table(table)]
    if not changes:
        blocks.append("No question changed.")
    return "\n\n".join(blocks) + "\n"


def _table(table: Table) -> str:
    lines = [_row(table.head), "|" + "|".join([" --- ", *[" ---: "] * (len(table.head) - 1)]) + "|"]
    return "\n".join([*lines, *(_row(row) for row in table.rows)])


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_escaped(cell).replace("\n", "<br>") for cell in cells) + " |"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", visible(text))
