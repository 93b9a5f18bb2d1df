"""Annotations that were looked up, on a terminal: how each was found, and where."""

from collections.abc import Iterator

from qa import AnnotationVerdict, FoundTarget
from qa.rendering.column import indent, note
from qa.rendering.quotes import render_changes
from qa.rendering.terminal import Terminal

VERDICTS = {
    AnnotationVerdict.SAME: "same file",
    AnnotationVerdict.RENAMED: "renamed",
    AnnotationVerdict.NAMED: "same name",
    AnnotationVerdict.CONVERTED: "converted",
    AnnotationVerdict.AMBIGUOUS: "ambiguous",
    AnnotationVerdict.CHANGED: "changed",
    AnnotationVerdict.ABSENT: "nowhere",
    AnnotationVerdict.NOT_CHECKED: "not checked",
}
"""What a person reads."""

_DOUBTFUL = {AnnotationVerdict.AMBIGUOUS, AnnotationVerdict.CHANGED}


def render_target(found: FoundTarget, terminal: Terminal) -> Iterator[str]:
    """The verdict and the annotated source, where its text stands now, and what differs."""
    verdict = VERDICTS[found.verdict]
    first, *rest = note(f"{verdict}: {found.target.location}", terminal)
    style = Terminal.good if found.stands else Terminal.bad
    if found.verdict in _DOUBTFUL:
        style = Terminal.doubtful
    yield style(terminal, verdict) + first[len(verdict) :]
    yield from rest
    left = indent(terminal)
    yield from note(found.detail, terminal, left=left)
    for place in found.others:
        yield from note(f"also at {place.location}", terminal, left=left, dim=True)
    if found.further:
        yield from note(f"and at {found.further:,} more", terminal, left=left, dim=True)
    if found.changes and not found.stands:
        yield from render_changes(found.changes, terminal)
