"""Finds quotations by their marks in a paragraph, in the conventions of many languages."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from qa_index.records import Span
from qa_index.terms.analyzer import UNSPACED_SCRIPTS

_CLOSERS = {
    '"': '"',
    "\u201c": "\u201d",
    "\u201d": "\u201d",  # Swedish and Finnish
    "\u201e": "\u201c\u201d",
    "\u201f": "\u201d",
    "\u00ab": "\u00bb",
    "\u00bb": "\u00ab\u00bb",  # German books; Finnish
    "\u2039": "\u203a",
    "\u203a": "\u2039",
    "\u2018": "\u2019",
    "\u201a": "\u2018\u2019",
    "'": "'",
    "\u300c": "\u300d",
    "\u300e": "\u300f",
    "\uff62": "\uff63",
    "\u301d": "\u301e\u301f",
    "\uff02": "\uff02",
    "``": "''",
}
"""What closes a quotation, by what opens it."""
_SINGLE = frozenset("'\u2018\u2019\u201a")
"""Marks that are apostrophes too."""
_ALWAYS_OPEN = frozenset("\u201e\u201a\u300c\u300e\uff62\u301d") | {"``"}
_MARK = re.compile("``|''|[" + re.escape("".join(each for each in _CLOSERS if len(each) == 1))
                   + "\u2019\u300d\u300f\uff63\u301e\u301f]")  # fmt: skip
_BEFORE_OPENING = frozenset("([{\u2014\u2013-/|>*_~:=\u3001\u3002\uff0c\uff1a")

_UNSPACED = re.compile(f"[{UNSPACED_SCRIPTS}]")

_MOST_OPEN = 16
"""Quotations in quotations; more are a mistake in the text."""


class Marked(NamedTuple):
    """A quotation with its marks, ``text[outer.start:outer.end]``."""

    outer: Span
    inner: Span
    """Without them."""


class Scanned(NamedTuple):
    """The quotations of a paragraph."""

    quotations: list[Marked]
    """Those that are in no other, in order."""
    unclosed: list[int]
    """Where marks open that do not close."""


class _Open(NamedTuple):
    mark: str
    start: int


def scan(text: str, start: int, end: int, hidden: str | None = None) -> Scanned:
    """The quotations in a paragraph, ``text[start:end]``.

    ``hidden`` is the same text with white space where marks do not count, as in code.
    """
    seen = text if hidden is None else hidden
    found: list[Marked] = []
    stack: list[_Open] = []
    unclosed: list[int] = []
    for match in _MARK.finditer(seen, start, end):
        mark, at = match.group(), match.start()
        level = _closed(seen, mark, at, match.end(), stack, start, end)
        if level is not None:
            unclosed += [each.start for each in stack[level + 1 :] if each.mark not in _SINGLE]
            opened = stack[level]
            del stack[level:]
            inner = Span(opened.start + len(opened.mark), at)
            found.append(Marked(Span(opened.start, match.end()), inner))
        elif _opens(seen, mark, at, match.end(), start, end) and len(stack) < _MOST_OPEN:
            again = [number for number, each in enumerate(stack) if each.mark == mark == '"']
            if again:  # the one before was never closed
                unclosed += [each.start for each in stack[again[0] :] if each.mark not in _SINGLE]
                del stack[again[0] :]
            stack.append(_Open(mark, at))
    unclosed += [each.start for each in stack if each.mark not in _SINGLE]
    return Scanned(_outermost(found), sorted(unclosed))


def _closed(
    text: str, mark: str, at: int, after: int, stack: Sequence[_Open], start: int, end: int
) -> int | None:
    """Number of the open quotation that a mark closes; ``None`` if it closes none."""
    before = text[at - 1] if at > start else " "
    following = text[after] if after < end else " "
    for level in range(len(stack) - 1, -1, -1):
        opened = stack[level]
        if mark not in _CLOSERS[opened.mark] and mark != _CLOSERS[opened.mark]:
            continue
        if mark in _SINGLE and (following.isalnum() or before.isspace()):
            return None
        if mark == '"' and before.isspace() and following.isalnum():
            return None
        if at > opened.start + len(opened.mark):
            return level
    return None


def _opens(text: str, mark: str, at: int, after: int, start: int, end: int) -> bool:
    if mark not in _CLOSERS:
        return False
    if mark in _ALWAYS_OPEN:
        return True
    before = text[at - 1] if at > start else " "
    following = text[after] if after < end else " "
    free = before.isspace() or before in _BEFORE_OPENING or before in _CLOSERS
    free = free or _UNSPACED.match(before) is not None
    if mark in "\u00ab\u201c":  # French puts a space after it
        return free or not before.isalnum()
    if mark in _SINGLE:
        return free and following.isalnum()
    return free and not following.isspace()


def _outermost(found: Sequence[Marked]) -> list[Marked]:
    kept: list[Marked] = []
    for each in sorted(found, key=lambda marked: (marked.outer.start, -marked.outer.end)):
        if not kept or each.outer.start >= kept[-1].outer.end:
            kept.append(each)
    return kept
