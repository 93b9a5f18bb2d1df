"""Renders every passage that answers, the likeliest first, and how many are missed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from qa import Reason
from qa.rendering.answers import render_listed, render_question
from qa.rendering.characters import counted
from qa.rendering.column import note
from qa.rendering.terminal import Terminal
from qa.rendering.view import passage_view, percent

if TYPE_CHECKING:
    from qa import MissedEstimate, PassageList

_NOTHING = {
    Reason.EMPTY_INDEX: "The index holds no text; add documents with `qa index PATH`.",
    Reason.FILTERED_OUT: "The filter leaves nothing to search; `qa status --documents` shows what "
    "it sees.",
    Reason.NO_MATCH: "Nothing matches the question; ask in other words, or add documents.",
    Reason.BELOW_THRESHOLD: "Ask in other words, add documents, or list less likely ones with a "
    "lower `--least`.",
}

NONE_MISSED = 0.5
"""Expected number below which it is likelier that none is missed than that one is."""

MAY_BE_LOW = "On some collections unlike those it was fitted to, this estimate was far too low."
"""Of CACM, with a fit to others, 0.2 were estimated where 11.1 were missed."""

CORRECTED = "To correct it, judge a sample of the others: `--sample FILE.json`."


def render_passages(
    found: "PassageList",
    terminal: Terminal,
    *,
    here: Path,
    headed: bool = False,
    full: bool = False,
    explain: bool = False,
) -> Iterator[str]:
    """Lines of a list. Paths are relative to ``here``, an absolute folder.

    ``headed`` shows the question above, ``full`` whole passages, ``explain`` the scores.
    """
    if headed:
        yield render_question(found.question, terminal)
        yield ""
    yield terminal.bold(_headline(found))
    for written, read in found.corrections:
        yield from note(f'"{written}" is in no document; read as "{read}"', terminal)
    if found.reason is not None:
        yield from note(_NOTHING[found.reason], terminal, dim=True)
    if explain:
        told = (
            f"{counted(found.searched, 'passage')} searched, {found.candidates:,} scored, "
            f"{found.read:,} read."
        )
        yield from note(told, terminal)
    if found.passages:
        yield ""
    views = [
        replace(
            passage_view(each.citation, here=here, question=found.question),
            sure=percent(each.probability),
        )
        for each in found.passages
    ]
    yield from render_listed(views, terminal, full=full, explain=explain)
    if found.searched:
        yield ""
        yield from note(f"{missed_in_words(found.missed)}{_hint(found)}", terminal)


def _hint(found: "PassageList") -> str:
    return "" if found.sample else f" {CORRECTED}"


def missed_in_words(missed: "MissedEstimate") -> str:
    """The estimate in words, as "About 3 more are probably missed (0 to 8).", and how it fails."""
    return f"{estimate_in_words(missed)} {MAY_BE_LOW}"


def estimate_in_words(missed: "MissedEstimate") -> str:
    """The estimate alone, without how it fails."""
    span = f"({missed.low:,} to {missed.high:,})"
    about = round(missed.expected)
    if missed.high == 0:
        return "Probably none is missed."
    if missed.expected < NONE_MISSED:
        return f"Probably none is missed {span}."
    if about <= 1:
        return f"About 1 more is probably missed {span}."
    return f"About {about:,} more are probably missed {span}."


def _headline(found: "PassageList") -> str:
    least = percent(found.least)
    count = len(found.passages)
    if not count:
        return f"No passage answers with {least} or more."
    answers = "answers" if count == 1 else "answer"
    return f"{counted(count, 'passage')} {answers} with {least} or more, the likeliest first:"
