"""Which of several places of a quote is meant, by the text around it."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from qa.checking.quotes.differences import typography_of
from qa.checking.quotes.finding import MOST_PLACES, Found, fits, fitting, words_in, written
from qa.checking.quotes.narrowing import documents_holding, sound_words
from qa.checking.quotes.pattern import Pattern
from qa.checking.quotes.records import Typography
from qa.checking.searching import Around
from qa_index.collection.protocol import Collection
from qa_index.records import Span

_AGREES = 12
"""Letters and digits next to a quote that agree if it is the place: two or three words. Two
conversions of a text often differ further away, by a page head or a note."""

_SAYS = 4
"""Letters and digits on one side that say something: fewer agree by chance."""

_FAR = 2_000
"""Characters on one side that are looked through for these: white space can be wide."""
_STEP = 200

_NEAR = 1_500
"""Characters on one side that are near: some lines of a page with columns."""
_NEAR_WORDS = 4
_NEAR_SHARE = 0.75
"""Of so many words around a quote, the share that has to be near. Not fitted."""
_WORD = re.compile(r"\w{3,}")

FULL = 4
"""Agreement of a place where all of the text around it is as it is told, on both sides."""


class Placed(NamedTuple):
    """A place of a quote."""

    found: Found
    exact: bool
    """Whether it stands there character by character."""
    agreement: int
    """How far the text around it agrees, 0 to ``FULL``: for each side 1, and 2 if all of it."""
    parts: tuple[Span, ...] = ()
    """Of the quote, if something else stands between them."""


def places_of(
    index: Collection, quote: str, pattern: Pattern, around: Around, among: set[int]
) -> list[Placed]:
    """The places of a quote in some documents, at most ``MOST_PLACES`` exact and as many others.

    Places in another typography are sought unless an exact one is surely meant.
    """
    quote = quote.strip()
    holders = documents_holding(index, sound_words(quote))
    documents = sorted(among if holders is None else among & holders)
    found = written(index, quote, documents, listed=MOST_PLACES).first
    placed = _placed(index, found, around, exact=True)
    sure = told(around)
    if placed and max(each.agreement for each in placed) >= sure:
        return placed
    holders = documents_holding(index, [word.folded for word in pattern.literals()[1:-1]])
    documents = sorted(among if holders is None else among & holders)
    known = set(found)
    others = fitting(index, pattern, documents, listed=MOST_PLACES).occurrences.first
    loose = [each for each in others if not any(map(each.overlaps, known))]
    return placed + _placed(index, loose, around, exact=False)


def told(around: Around) -> int:
    """The agreement of a place where all of the text around it is as it is told."""
    return 2 * sum(bool(letters_of(side)) for side in around)


def typography_at(
    index: Collection, quote: str, pattern: Pattern, found: Found
) -> tuple[Typography, ...]:
    """In what a quote differs from what stands at a place that fits it."""
    text = index.text_of(index.document(found.document))
    known = frozenset(word.folded for word in pattern.words)
    for fit in fits(text, words_in(text, found.span, known), pattern):
        return tuple(typography_of(quote, pattern, text, fit))
    return ()


def _placed(
    index: Collection, found: Sequence[Found], around: Around, *, exact: bool
) -> list[Placed]:
    texts: dict[int, str] = {}
    placed = []
    for each in found:
        if each.document not in texts:
            texts.clear()  # they come document by document
            texts[each.document] = index.text_of(index.document(each.document))
        placed.append(Placed(each, exact, agreement(texts[each.document], each.span, around)))
    return placed


def agreement(text: str, span: Span, around: Around) -> int:
    """How far the text around a place agrees with what is told of it: see ``Placed``."""
    before, after = letters_of(around.before)[::-1], letters_of(around.after)
    return _side(_letters(text, span.start, -len(before)), before) + _side(
        _letters(text, span.end, len(after)), after
    )


def is_near(text: str, span: Span, around: Around) -> bool:
    """Whether most words of the text around a quote stand near a place, in any order.

    Where a page has columns, the line before is not the text before.
    """
    # The first and the last word may be cut.
    sides = _WORD.findall(around.before)[1:], _WORD.findall(around.after)[:-1]
    given = {word.casefold() for side in sides for word in side}
    there = f"{text[max(0, span.start - _NEAR) : span.start]} {text[span.end : span.end + _NEAR]}"
    here = {word.casefold() for word in _WORD.findall(there)}
    return len(given) >= _NEAR_WORDS and len(given & here) >= _NEAR_SHARE * len(given)


def _letters(text: str, at: int, number: int) -> str:
    """About so many letters and digits of a text from ``at`` on, backwards if it is negative."""
    found = ""
    step = _STEP if number > 0 else -_STEP
    for start in range(at, at + _FAR * step // _STEP, step):
        if not 0 <= start <= len(text) or len(found) >= abs(number):
            break
        if number > 0:
            found += letters_of(text[start : start + step])
        else:
            found += letters_of(text[max(0, start + step) : start])[::-1]
    return found


def _side(here: str, given: str) -> int:
    """Agreement of the letters on one side, those next to the quote first."""
    shared = next(
        (at for at, pair in enumerate(zip(here, given, strict=False)) if pair[0] != pair[1]),
        min(len(here), len(given)),
    )
    if not given or not shared:
        return 0
    # Where the document begins or ends, there is no more to compare.
    if shared == len(given) >= _SAYS or (shared == len(here) and shared >= _AGREES):
        return 2
    return 1 if shared == len(given) or shared >= _AGREES else 0


def letters_of(text: str) -> str:
    """The letters and digits of a text, without what conversions change."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(filter(str.isalnum, folded))
