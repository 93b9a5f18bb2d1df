"""Renders what was packed, and whether a pack is as it was made."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from qa.rendering.characters import counted, visible
from qa.rendering.column import note
from qa.rendering.reports import render_verification
from qa.rendering.terminal import Terminal

if TYPE_CHECKING:
    from qa import Pack, PackChecked, QuoteInPack

LISTED = 20
"""Most quotes and problems that are named."""


def render_pack(pack: "Pack", terminal: Terminal) -> Iterator[str]:
    """What was packed, and the hash to write down."""
    what = f"{_what(pack)} from {counted(len(pack.sources), 'source')}"
    yield from note(f"packed {what} into {pack.path}", terminal)
    yield from note(f"SHA-256 {pack.sha256}", terminal)
    if pack.signature is not None:
        yield from note(f"signed: {pack.signature}", terminal)


def render_lacking(pack: "Pack") -> Iterator[str]:
    """What is not as it was, or not in the pack, in a line for each quote."""
    told = [
        f"question {each.answer}, quote {each.citation}: "
        + "; ".join(
            []
            if each.stands and not each.source_changed
            else [each.detail] + ([f"lacks {each.lacking}"] if each.lacking else [])
        )
        for each in pack.quotes
        if each.lacking or each.source_changed or not each.stands
    ]
    yield from told[:LISTED]
    if (more := len(told) - LISTED) > 0:
        yield f"... and {more:,} more; the pack names all"


def render_pack_check(checked: "PackChecked", terminal: Terminal) -> Iterator[str]:
    """Whether it is intact, then whether the sources are as they were, then who signed it."""
    if checked.intact and checked.pack is not None:
        yield from _told(f"The pack is intact: {_what(checked.pack)}.", terminal, terminal.good)
    else:
        yield terminal.bad("The pack is not intact.")
        for problem in checked.problems[:LISTED]:
            yield f"  {visible(problem)}"
        if (more := len(checked.problems) - LISTED) > 0:
            yield f"  ... and {more:,} more; --json lists all"
    if checked.intact and not checked.page_compared:
        told = "Its page is of another version; whether it shows what the parts hold is not known."
        yield from _told(told, terminal, terminal.doubtful)
    yield from _sources(checked, terminal)
    if checked.enclosed:
        lost = sum(not each.stands for each in checked.enclosed)
        said = f"The {_those(checked)} stand in the sources that the pack holds."
        if lost:
            of = counted(len(checked.enclosed), "quote")
            said = f"{lost:,} of {of} {_do(lost)} not stand in the sources that the pack holds."
        yield from _told(said, terminal, terminal.bad if lost else terminal.good)
        yield from _exceptions([each for each in checked.enclosed if not each.stands], terminal)
    yield from _pictures(checked, terminal)
    yield from _signature(checked, terminal)


def _sources(checked: "PackChecked", terminal: Terminal) -> Iterator[str]:
    here, quotes = checked.here, checked.quotes
    lost = sum(not each.stands for each in here)
    if lost:
        told = f"{lost:,} of {counted(len(quotes), 'quote')} {_do(lost)} not stand in the sources."
        yield from _told(told, terminal, terminal.bad)
    elif here and all(each.as_it_was for each in here):
        told = f"The sources are as they were, and the {_those(checked)} stand in them."
        yield from _told(told, terminal, terminal.good)
    elif here:
        told = f"The {_those(checked)} stand in the sources, which are not all as they were."
        yield from _told(told, terminal, terminal.doubtful)
    elif quotes:
        told = "The sources are not here; the quotes were not looked up in them."
        yield from _told(told, terminal, terminal.doubtful)
    if checked.not_read:
        told = f"{counted(checked.not_read, 'quote')} could not be read: the answers were altered."
        yield from _told(told, terminal, terminal.bad)
    if checked.not_looked_up:
        left = f"{checked.not_looked_up:,} of the quotes and certificates"
        told = f"Not looked up, as that took too long: {left}."
        yield from _told(told, terminal, terminal.bad)
    if here and (away := len(quotes) - len(here)):
        told = f"{counted(away, 'quote')} could not be looked up: the sources are not here."
        yield from _told(told, terminal, terminal.doubtful)
    for certificate in checked.certificates_here:
        told = f"No answer to: {certificate.certificate.question}"
        if certificate.holds:
            yield from _told(f"The certificate holds. {told}", terminal, terminal.good)
        else:
            yield from _told(f"The certificate does not hold. {told}", terminal, terminal.bad)
    if unchecked := len(checked.certificates) - len(checked.certificates_here):
        told = f"{counted(unchecked, 'certificate')} could not be checked: the files are not here."
        yield from _told(told, terminal, terminal.doubtful)
    yield from _exceptions([each for each in here if not each.as_it_was], terminal)


def _those(checked: "PackChecked") -> str:
    """The quotes that were looked up."""
    if checked.not_looked_up:
        return "quotes that were looked up"
    return "other quotes" if checked.not_read else "quotes"


def _pictures(checked: "PackChecked", terminal: Terminal) -> Iterator[str]:
    from qa import PictureVerdict

    found = checked.pictures
    verdicts = Counter(each.verdict for each in found)
    lost = verdicts[PictureVerdict.DIFFERS]
    shown = verdicts[PictureVerdict.SAME] + verdicts[PictureVerdict.CLOSE]
    if lost:
        told = f"{lost:,} of {counted(len(found), 'picture')} {_do(lost)} not show the page."
        yield from _told(told, terminal, terminal.bad)
        for each in [one for one in found if one.verdict is PictureVerdict.DIFFERS][:LISTED]:
            yield from note(f"  {each.part}, page {each.page}: {each.detail}", terminal)
    elif shown:
        told = f"{counted(shown, 'picture')} {'shows its page' if shown == 1 else 'show pages'}"
        if close := verdicts[PictureVerdict.CLOSE]:
            told += f", {close:,} but for small differences, as another renderer draws"
        told = f"{told}: drawn again from the sources."
        yield from _told(told, terminal, terminal.doubtful if close else terminal.good)
    for verdict, told in (
        (PictureVerdict.NOT_COMPARABLE, "could not be compared"),
        (PictureVerdict.NOT_DRAWN, "could only be checked by hash"),
    ):
        if verdicts[verdict]:
            reasons = {each.detail for each in found if each.verdict is verdict}
            why = f" ({reasons.pop()})" if len(reasons) == 1 else ""
            told = f"{counted(verdicts[verdict], 'picture')} {told}{why}."
            yield from _told(told, terminal, terminal.doubtful)


def _exceptions(quotes: "list[QuoteInPack]", terminal: Terminal) -> Iterator[str]:
    for each in quotes[:LISTED]:
        yield render_verification(each.verification, terminal)
        if each.context_differs:
            yield f"  {terminal.bad('the text around it')} is another one in the source"
    if (more := len(quotes) - LISTED) > 0:
        yield f"... and {more:,} more; --json lists all"


def _signature(checked: "PackChecked", terminal: Terminal) -> Iterator[str]:
    signature = checked.signature
    if signature is None:
        told = "Its signature was not checked; --signers names who may sign."
        yield from note(told if checked.signed else "Not signed.", terminal)
    elif signature.valid:
        told = f"Signed by {signature.identity} ({signature.detail})."
        yield from _told(told, terminal, terminal.good)
    else:
        yield from _told(
            f"The signature does not hold: {signature.detail}.", terminal, terminal.bad
        )


def _told(text: str, terminal: Terminal, style: Callable[[str], str]) -> Iterator[str]:
    """A verdict in its colour."""
    yield from map(style, note(text, terminal))


def _what(pack: "Pack") -> str:
    return f"{counted(len(pack.answers), 'question')}, {counted(len(pack.quotes), 'quote')}"


def _do(number: int) -> str:
    return "does" if number == 1 else "do"
