"""The sample of a list: its passages one by one, and what the judgements tell."""

from collections.abc import Iterator

from qa import ReviewedPassage, ReviewEstimate
from qa.rendering.characters import counted
from qa.rendering.column import indent, note, quoted
from qa.rendering.passages import estimate_in_words
from qa.rendering.terminal import Terminal

MOST_ROWS = 12
"""Rows of a passage that are shown at first."""


def render_to_judge(
    passage: ReviewedPassage, terminal: Terminal, *, number: int, count: int, full: bool = False
) -> Iterator[str]:
    """A passage of the sample, ``number`` of ``count``; nothing tells how likely it answers."""
    [first, *rest] = note(f"{number} of {count}  {passage.location}", terminal)
    yield terminal.bold(first)
    yield from rest
    if passage.heading_path:
        trail = " › ".join(passage.heading_path)
        yield from note(trail, terminal, left=indent(terminal), dim=True)
    most = None if full else MOST_ROWS
    yield from quoted(passage.quote, terminal, passage.evidence, most=most)


def render_estimate(found: ReviewEstimate, terminal: Terminal) -> Iterator[str]:
    """How many of the sample answer, and how many passages that do are still missing."""
    answering = len(found.answering)
    verb = "answers" if answering == 1 else "answer"
    told = f"{counted(found.judged, 'passage')} judged, {answering or 'none'} of which {verb}."
    open_ones = found.sampled - found.judged
    if open_ones:
        told += f" {counted(open_ones, 'other')} of the sample not judged yet."
    yield from note(told, terminal)
    yield from note(estimate_in_words(found.missed), terminal)
