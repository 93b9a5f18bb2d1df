"""Answers and citations in notebooks: HTML without scripts, in the colours of the page around it.

Everything is shown by elements and inline styles that need no style sheet, since notebooks keep
those of other cells. No path is absolute if it can be relative, as notebooks are passed on.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from qa import QAError, Span
from qa.rendering.agreement import ValueGroupView
from qa.rendering.markup import Markup, element
from qa.rendering.view import READ_WITH, PassageView, passage_view, view_of

if TYPE_CHECKING:
    from qa import Answer, Citation

MOST_PASSAGES = 20
"""Passages of an answer that are shown; the rest are counted."""

MOST_BYTES = 1_000_000
"""Largest picture of a page."""

_DOTS_PER_INCH = (100, 50)
"""Tried in turn until the picture is small enough."""

_BOX = "max-width:60em;line-height:1.5;text-align:left"
_PASSAGE = "margin:.4em 0;border-left:3px solid rgba(128,128,128,.5);padding-left:.7em"
_QUOTE = "white-space:pre-wrap;margin:.3em 0"
_SUMMARY = "cursor:pointer"
_DIM = "opacity:.7"
_WARNS = "color:#b58900"
_EVIDENCE = "background:rgba(255,190,0,.25);color:inherit"
_ANSWER = "background:rgba(255,190,0,.25);color:inherit;font-weight:bold;text-decoration:underline"
_PICTURE = "max-width:100%;height:auto;margin-top:.4em;border:1px solid rgba(128,128,128,.5)"

_NO_FORMULAS = "tex2jax_ignore mathjax_ignore"


def answer_html(answer: "Answer") -> str:
    """An answer: how sure it is, and its passages, of which the first is open."""
    view = view_of(answer, here=_here())
    sure = f"{view.likelihood} ({view.percent})"
    told = [element("div", element("span", view.question, style=_DIM))]
    if view.answered:
        told.append(element("div", element("strong", sure)))
    else:
        why = (
            f" An answer here is {view.likelihood.lower()} ({view.percent}); "
            f"{view.needed} is needed."
        )
        told.append(element("div", element("strong", "No answer."), why))
        if view.passages:
            told.append(element("div", "Nearest passages, not an answer:"))
    if view.after:
        asked = ", ".join(f'"{each}"' for each in view.after)
        told.append(_note(f"{READ_WITH[len(view.after) > 1]} {asked}"))
    for written, read in view.corrections:
        told.append(_note(f'"{written}" is in no document; read as "{read}"'))
    told += map(_values, view.values)
    shown = view.passages[:MOST_PASSAGES]
    told += [_passage(each, opened=view.answered and each is shown[0]) for each in shown]
    if more := len(view.passages) - len(shown):
        told.append(_note(f"{more:,} more passages"))
    told += [_note(f"warning: {warning}") for warning in answer.warnings]
    return _box(*told)


def citation_html(citation: "Citation") -> str:
    """A citation, with a picture of its page if the source has pages."""
    view = passage_view(citation, here=_here())
    return _box(_passage(view, opened=True), *_picture(citation))


def _here() -> Path:
    """The working folder; the root folder if it is gone."""
    try:
        return Path.cwd()
    except OSError:
        return Path("/")


def _box(*children: str) -> str:
    return str(element("div", *children, style=_BOX, class_=_NO_FORMULAS))


def _note(told: str) -> Markup:
    return element("div", element("small", told), style=_DIM)


def _values(group: ValueGroupView) -> Markup:
    """A value that several passages may give, with the sentences that it stands in."""
    summary = element("summary", f"{group.held}: ", element("strong", group.value), style=_SUMMARY)
    members = []
    for each in group.members:
        quote = [
            each.quote[: each.value.start],
            element("mark", each.quote[slice(*each.value)], style=_ANSWER),
            each.quote[each.value.end :],
        ]
        dated = element("small", f" {each.dated}", style=_DIM)
        members.append(element("div", element("strong", f"{each.rank} "), *quote, dated))
    return element("details", summary, *members, style=_PASSAGE)


def _passage(view: PassageView, *, opened: bool) -> Markup:
    best = " ".join(view.quote[slice(*view.best)].split())
    heading: list[str] = [element("strong", f"{view.rank} "), element("code", view.place)]
    heading += [element("small", f" {mark}", style=_WARNS) for mark in _marks(view)]
    if not opened:
        heading += [element("br"), best]
    trail = " › ".join(view.trail)
    body = [element("div", element("small", trail), style=_DIM)] if trail else []
    body.append(element("div", *_marked(view.quote, view.evidence, view.answer), style=_QUOTE))
    for each in view.continues:
        if not each.in_quote:
            body.append(_note(f"{each.relation} {each.text}"))
    if view.also_in:
        more = f" (+{view.also_more})" if view.also_more else ""
        body.append(_note(f"also in: {', '.join(view.also_in)}{more}"))
    how = {"open": ""} if opened else {}
    summary = element("summary", *heading, style=_SUMMARY)
    return element("details", summary, *body, style=_PASSAGE, **how)


def _marks(view: PassageView) -> Iterator[str]:
    if view.recognised:
        yield "recognised on a picture"
    if view.changed:
        yield "changed since it was indexed"


def _marked(quote: str, evidence: Sequence[Span], answer: Span | None) -> Iterator[str]:
    """The quote in pieces, of which the evidence and the answering words are marked."""
    ends = {0, len(quote), *(end for span in evidence for end in span), *(answer or ())}
    places = sorted(end for end in ends if 0 <= end <= len(quote))
    for start, end in pairwise(places):
        piece = quote[start:end]
        if answer is not None and answer.start <= start < answer.end:
            yield element("mark", piece, style=_ANSWER)
        elif any(span.start <= start < span.end for span in evidence):
            yield element("mark", piece, style=_EVIDENCE)
        else:
            yield piece


def _picture(citation: "Citation") -> Iterator[Markup]:
    """The first page of the citation, closed; nothing if the source has no pages to draw."""
    if citation.page is None:
        return
    try:
        page, picture = _small_enough(citation)
    except QAError as error:
        yield _note(f"no picture of the page: {error}")
        return
    if page is None:
        return
    if picture is None:
        yield _note(f"the picture of page {page} is too large to be shown")
        return
    image = element(
        "img",
        style=_PICTURE,
        loading="lazy",
        alt=f"page {page} with the passage marked",
        src=f"data:image/png;base64,{b64encode(picture).decode()}",
    )
    yield element("details", element("summary", f"page {page}", style=_SUMMARY), image)


def _small_enough(citation: "Citation") -> tuple[int | None, bytes | None]:
    """Number and picture of the first page; ``None`` for the picture if it is too large."""
    page = None
    for resolution in _DOTS_PER_INCH:
        pictures = citation.pictures(dots_per_inch=resolution)
        page = min(pictures, default=None)
        if page is None or len(pictures[page]) <= MOST_BYTES:
            return page, None if page is None else pictures[page]
    return page, None
