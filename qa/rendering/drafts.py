"""A checked draft on a terminal: problems first, then what lacks support, then the rest."""

from collections.abc import Iterator

from qa import ClaimCheck, DraftCheck, Quotation, QuotationVerdict
from qa.rendering.characters import counted, visible
from qa.rendering.column import clipped, indent, note, quoted
from qa.rendering.quotes import render_changes
from qa.rendering.terminal import Terminal

TOLD = {
    QuotationVerdict.EXACT: "exact",
    QuotationVerdict.TYPOGRAPHY: "exact but for typography",
    QuotationVerdict.DRIFTED: "drifted",
    QuotationVerdict.MISPLACED: "misplaced",
    QuotationVerdict.NOWHERE: "nowhere",
}
"""What a person reads."""

_STYLES = {
    QuotationVerdict.EXACT: Terminal.good,
    QuotationVerdict.TYPOGRAPHY: Terminal.good,
    QuotationVerdict.DRIFTED: Terminal.doubtful,
}

_ROWS = 3
"""Rows of a quotation that are shown."""

_UNSUPPORTED = 10
"""Sentences without support that are shown, unless all are asked for."""


def render_check(check: DraftCheck, terminal: Terminal, *, full: bool = False) -> Iterator[str]:
    """The problems and the sentences without support; with ``full`` all of them."""
    yield from _summary(check, terminal)
    for each in check.quotations:
        if full or each.verdict.is_problem:
            yield ""
            yield from _quotation(each, check, terminal)
    if check.claims is None:
        return
    unsupported = check.unsupported
    shown = unsupported if full else unsupported[:_UNSUPPORTED]
    if shown:
        yield ""
        yield terminal.bold("No support found for:")
    for claim in shown:
        yield from _claim(claim, check, terminal)
    if len(shown) < len(unsupported):
        more = f"and {len(unsupported) - len(shown):,} more; --full shows them"
        yield from note(more, terminal, left=indent(terminal), dim=True)
    supported = [each for each in check.claims if each.supported]
    if full and supported:
        yield ""
        yield terminal.bold("Best support:")
        for claim in supported:
            yield from _claim(claim, check, terminal)


def _summary(check: DraftCheck, terminal: Terminal) -> Iterator[str]:
    counts = check.counts()
    told = ", ".join(f"{count:,} {TOLD[verdict]}" for verdict, count in counts.items() if count)
    style = terminal.good if check.sound else terminal.bad
    first, *rest = note(
        f"{counted(len(check.quotations), 'quotation')}{f': {told}' if told else ''}", terminal
    )
    yield terminal.bold(style(first))
    yield from rest
    if check.claims is not None:
        supported = len(check.claims) - len(check.unsupported)
        yield from note(
            f"{counted(len(check.claims), 'sentence')}: {supported:,} with support of "
            f"{check.threshold:.0%} or more, {len(check.unsupported):,} without",
            terminal,
        )
    left_out = (
        (check.scare_quotes, "quotation", "of one or two words left out"),
        (check.unclosed, "quotation mark", "without an end"),
        (check.not_checked, "part", "beyond the limits, not checked"),
    )
    for count, what, why in left_out:
        if count:
            yield from note(f"{counted(count, what)} {why}", terminal, dim=True)


def _quotation(each: Quotation, check: DraftCheck, terminal: Terminal) -> Iterator[str]:
    style = _STYLES.get(each.verdict, Terminal.bad)
    head = f"{TOLD[each.verdict]}  {each.place.location(check.path)}"
    first, *rest = note(head, terminal)
    told = TOLD[each.verdict]
    yield style(terminal, told) + first[len(told) :]
    yield from rest
    left = indent(terminal)
    if each.check.changes and each.verdict is QuotationVerdict.DRIFTED:
        yield from render_changes(each.check.changes, terminal)
    else:
        yield from quoted(each.text, terminal, most=_ROWS)
    yield from note(each.detail, terminal, left=left)
    if each.attributions and each.verdict.is_problem:
        named = "; ".join(map(str, each.attributions))
        yield from note(f"the draft names {named}", terminal, left=left, dim=True)


def _claim(claim: ClaimCheck, check: DraftCheck, terminal: Terminal) -> Iterator[str]:
    left = indent(terminal)
    place = claim.place.location(check.path)
    yield from note(f"{place}  {claim.text}", terminal)
    if claim.supported and claim.quote is not None and claim.citation is not None:
        yield from quoted(claim.quote, terminal, most=_ROWS)
        told = f"{claim.probability:.0%}  {claim.citation.location}"
        yield from note(told, terminal, left=left, dim=True)
    elif claim.lacking and claim.citation is not None:
        lacking = ", ".join(claim.lacking)
        told = f"{lacking} is not in the nearest passage, {claim.citation.location}"
        yield clipped(f"{left}{visible(told)}", terminal.width, terminal)
