"""Renders what has changed in the answers to kept questions."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qa import QuoteChangeKind
from qa.rendering.characters import counted, visible
from qa.rendering.column import indent, quoted
from qa.rendering.terminal import Terminal

if TYPE_CHECKING:
    from qa import AskedAgain, KeptQuestion, QuoteChange

_TOLD = {
    QuoteChangeKind.NEW: "answers now",
    QuoteChangeKind.CHANGED: "has another wording",
    QuoteChangeKind.GONE: "is gone from its source",
    QuoteChangeKind.OUTRANKED: "is no longer the first",
}
_ROWS = 3
"""Most rows of a quote."""
_CONTEXT = 8
"""Words shown on either side of a difference."""


def render_kept(kept: Sequence["KeptQuestion"], terminal: Terminal) -> Iterator[str]:
    """The kept questions with their numbers."""
    for number, each in enumerate(kept, 1):
        told = counted(len(each.quotes), "passage") if each.answered else "no answer"
        line = f"{terminal.bold(f'{number:>3}')}  {visible(each.question)}"
        yield f"{line}  {terminal.dim(f'{told}, {each.kept[:10]}')}"


def render_again(asked: "AskedAgain", number: int, terminal: Terminal) -> Iterator[str]:
    """One question, and what has changed in its answer, if anything has."""
    if not asked.changed:
        return
    yield f"{terminal.bold(str(number))}  {visible(asked.kept.question)}"
    left = indent(terminal)
    if asked.status_changed:
        if asked.answer.answered:
            yield left + terminal.good("answered now, and was not before")
        else:
            yield left + terminal.bad("no longer answered")
    for change in asked.changes:
        yield from _change(change, terminal)
    yield ""


def _change(change: "QuoteChange", terminal: Terminal) -> Iterator[str]:
    left = indent(terminal)
    place = change.before if change.kind is not QuoteChangeKind.NEW else change.now
    if place is None:
        return
    style = terminal.good if change.kind is QuoteChangeKind.NEW else terminal.doubtful
    style = terminal.bad if change.kind is QuoteChangeKind.GONE else style
    yield f"{left}{terminal.accent(visible(place.location))}  {style(_TOLD[change.kind])}"
    if change.kind is QuoteChangeKind.CHANGED:
        yield from quoted(_marked(change, terminal), terminal)
    elif change.kind is QuoteChangeKind.OUTRANKED and change.now is not None:
        yield f"{left}{terminal.dim('first now:')} {visible(change.now.location)}"
    else:
        yield from quoted(" ".join(place.quote.split()), terminal, most=_ROWS)


def _marked(change: "QuoteChange", terminal: Terminal) -> str:
    """The differences with the words around them: ``[-before-] {+now+}`` as in wdiff."""
    runs = change.wording()
    told = []
    for place, run in enumerate(runs):
        if run.side == "before":
            told.append(f"[-{run.text}-]")
        elif run.side == "now":
            told.append(f"{{+{run.text}+}}")
        else:
            told.append(_around(run.text, place > 0, place < len(runs) - 1, terminal))
    return " ".join(filter(None, told))


def _around(text: str, after: bool, before: bool, terminal: Terminal) -> str:
    """As much of a run of equal words as shows where the differences beside it are."""
    words = text.split()
    if len(words) <= 2 * _CONTEXT:
        return text
    first = words[:_CONTEXT] if after else []
    last = words[-_CONTEXT:] if before else []
    return " ".join([*first, terminal.marks.ellipsis, *last])
