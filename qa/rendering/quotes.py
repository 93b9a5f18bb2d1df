"""A quote that was looked up, on a terminal: the verdict, the place, and what differs."""

from collections.abc import Iterator, Sequence

from qa import DifferenceKind, QuoteCheck, QuoteVerdict, WordChange
from qa.rendering.characters import visible
from qa.rendering.column import indent, note, quoted
from qa.rendering.terminal import Terminal

VERDICTS = {
    QuoteVerdict.EXACT: "exact",
    QuoteVerdict.TYPOGRAPHY: "exact but for typography",
    QuoteVerdict.DRIFTED: "drifted",
    QuoteVerdict.ELSEWHERE: "elsewhere",
    QuoteVerdict.ABSENT: "nowhere",
}
"""What a person reads."""

_STYLES = {
    QuoteVerdict.EXACT: Terminal.good,
    QuoteVerdict.TYPOGRAPHY: Terminal.good,
    QuoteVerdict.DRIFTED: Terminal.doubtful,
}

_ROWS = 6
"""Rows of a quote that are shown."""

_KEPT = 6
"""Words that are shown on either side of a difference."""


def render_quote(check: QuoteCheck, terminal: Terminal) -> Iterator[str]:
    """The verdict in a line, then what stands in the source where that is something else."""
    first, *rest = note(f"{VERDICTS[check.verdict]}: {check.detail}", terminal)
    yield styled(check.verdict, terminal) + first[len(VERDICTS[check.verdict]) :]
    yield from rest
    for place in check.places[1:]:
        yield from note(f"also at {place.location}", terminal, left=indent(terminal), dim=True)
    if check.further:
        most = "" if check.counted_all else "at least "
        more = f"and at {most}{check.further:,} more"
        yield from note(more, terminal, left=indent(terminal), dim=True)
    if check.changes:
        yield from render_changes(check.changes, terminal)
    elif check.places and check.verdict is not QuoteVerdict.EXACT:
        yield from quoted(check.places[0].quote, terminal, most=_ROWS)


def styled(verdict: QuoteVerdict, terminal: Terminal) -> str:
    """The verdict in its colour."""
    return _STYLES.get(verdict, Terminal.bad)(terminal, VERDICTS[verdict])


def render_changes(changes: Sequence[WordChange], terminal: Terminal) -> Iterator[str]:
    """The quote with what differs: ``[-only in the quote-]`` and ``{+only in the source+}``."""
    left = indent(terminal)
    yield from note(in_one_line(changes), terminal, left=f"{left}  ")


def in_one_line(changes: Sequence[WordChange]) -> str:
    """The same as one text; equal words that are far from any difference are left out."""
    parts: list[str] = []
    for number, change in enumerate(changes):
        if change.kind is DifferenceKind.SAME:
            last = number + 1 == len(changes)
            parts.append(_shortened(change.written, start=bool(number), end=not last))
            continue
        if change.written:
            parts.append(f"[-{_bounded(change.written)}-]")
        if change.stands:
            parts.append(f"{{+{_bounded(change.stands)}+}}")
    return visible(" ".join(" ".join(parts).split()))


def _shortened(text: str, *, start: bool, end: bool) -> str:
    """The words next to the differences before and after."""
    words = text.split()
    kept = _KEPT * (start + end)
    if len(words) <= kept + 1:
        return text
    first = words[:_KEPT] if start else []
    last = words[-_KEPT:] if end else []
    return " ".join([*first, "\u2026", *last])


def _bounded(text: str) -> str:
    words = text.split()
    if len(words) <= 4 * _KEPT:
        return text
    between = len(words) - 2 * _KEPT
    return " ".join([*words[:_KEPT], f"\u2026 {between} words \u2026", *words[-_KEPT:]])
