"""The verdict on a quotation: what the sources hold, and where the draft says that it is from."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from qa.checking.quotes.records import QuoteCheck, QuotePlace, QuoteVerdict
from qa.drafts.quotations import Quoted
from qa.drafts.records import Attribution, QuotationVerdict

LookUp = Callable[[str | None], QuoteCheck]
"""Looks a quotation up, in a source of some name or in all."""

_VERDICTS = {
    QuoteVerdict.EXACT: QuotationVerdict.EXACT,
    QuoteVerdict.TYPOGRAPHY: QuotationVerdict.TYPOGRAPHY,
    QuoteVerdict.DRIFTED: QuotationVerdict.DRIFTED,
    QuoteVerdict.ELSEWHERE: QuotationVerdict.MISPLACED,
    QuoteVerdict.ABSENT: QuotationVerdict.NOWHERE,
}


class Judged(NamedTuple):
    """The verdict, a line of explanation, and the quote as it was looked up."""

    verdict: QuotationVerdict
    detail: str
    check: QuoteCheck


def judged(quoted: Quoted, look_up: LookUp) -> Judged:
    """The verdict on a quotation of a draft.

    If several sources are named, it may be from any of them.
    """
    named = [each for each in quoted.attributions if each.indexed]
    checks = [(each, look_up(each.source)) for each in named]
    for attribution, check in checks:
        if check.stands and _is_there(attribution, check):
            return Judged(_VERDICTS[check.verdict], check.detail, check)
    for attribution, check in checks:
        if check.stands:
            told = f"{check.detail}, not at {_told(attribution)}"
            return Judged(QuotationVerdict.MISPLACED, told, check)
    if checks:
        _, check = max(checks, key=lambda pair: _ORDER[pair[1].verdict])
    else:
        check = look_up(None)
    detail = check.detail
    missing = [each.source for each in quoted.attributions if not each.indexed]
    if missing and not named:
        detail += f"; {', '.join(missing)}, which the draft names, is not indexed"
    return Judged(_VERDICTS[check.verdict], detail, check)


_ORDER = {
    QuoteVerdict.EXACT: 4,
    QuoteVerdict.TYPOGRAPHY: 3,
    QuoteVerdict.ELSEWHERE: 2,
    QuoteVerdict.DRIFTED: 1,
    QuoteVerdict.ABSENT: 0,
}


def _told(attribution: Attribution) -> str:
    if attribution.line is not None:
        return f"line {attribution.line}"
    pages = attribution.pages
    return f"page {pages[0]}" if len(pages) == 1 else f"pages {pages[0]}-{pages[-1]}"


def _is_there(attribution: Attribution, check: QuoteCheck) -> bool:
    """Whether a quote stands on the page or line that the draft gives."""
    if check.further:  # only the first places are known
        return True
    if attribution.line is not None:
        line = attribution.line
        placed = [place.lines for place in check.places if place.lines]
        return not placed or any(lines.start <= line <= lines.end for lines in placed)
    if not attribution.pages:
        return True
    units = [place for place in check.places if place.unit]
    return not units or any(_on_page(place, attribution.pages) for place in units)


def _on_page(place: QuotePlace, pages: Sequence[str]) -> bool:
    unit = place.unit
    if unit is None:
        return True
    numbers = set(map(str, range(unit.first.number, unit.last.number + 1)))
    labels = {label.casefold() for label in (unit.first.label, unit.last.label) if label}
    return any(page in numbers or page.casefold() in labels for page in pages)
