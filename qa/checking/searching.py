"""Looks for a quote in the text of another extraction of its source, or of a changed source.

It may be broken into lines and hyphenated in another way, and it may occur more than once.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, islice, takewhile
from typing import NamedTuple

from qa.places import UnitRange, units_at
from qa_index.records import Span, Unit

_IGNORED = re.compile(
    r"(?<=[^\W\d_])[-\u2010\u2011]\s*(?=[^\W\d_])"  # a hyphen in a word, perhaps at the line's end
    r"|[\s\u00ad]+"
)
"""What two extractions of the same words may differ in. Signs of numbers are not among it."""

REACH = 80
"""Characters of the text before and after a quote that are compared."""

_MOST = 1_000
"""Most occurrences that are compared."""


class Around(NamedTuple):
    """The text directly before and after a quote when it was cited."""

    before: str = ""
    after: str = ""

    @staticmethod
    def of(text: str, span: Span) -> "Around":
        """As much of it as is compared."""
        start = max(0, span.start - REACH)
        return Around(text[start : span.start], text[span.end : span.end + REACH])


def exact(text: str, quote: str) -> Iterator[Span]:
    """Where ``quote`` occurs in ``text``."""
    at = text.find(quote) if quote else -1
    while at >= 0:
        yield Span(at, at + len(quote))
        at = text.find(quote, at + 1)


def loose(text: str, quote: str) -> Iterator[Span]:
    """Where ``quote`` occurs in ``text``, whatever the white space and hyphens inside words."""
    words = [Span(*match) for match in _words(text)]
    joined = "".join(text[slice(*word)] for word in words)
    starts = list(accumulate((word.end - word.start for word in words), initial=0))
    for start, end in exact(joined, _joined(quote)):
        first, last = (bisect_right(starts, at) - 1 for at in (start, end - 1))
        yield Span(
            words[first].start + start - starts[first], words[last].start + end - starts[last]
        )


def alike(left: str, right: str) -> bool:
    """Whether two texts differ at most in white space and hyphens inside words."""
    return _joined(left) == _joined(right)


def nearest(
    found: Iterator[Span],
    text: str,
    units: Sequence[Unit],
    *,
    place: int,
    unit: UnitRange | None,
    around: Around,
) -> Span | None:
    """The occurrence that fits best: by the text around it, then its page, then its place."""

    def fit(span: Span) -> tuple[int, int, int]:
        here = Around.of(text, span)
        before = _shared(_joined(here.before)[::-1], _joined(around.before)[::-1])
        after = _shared(_joined(here.after), _joined(around.after))
        there = UnitRange.of(units_at(units, *span))
        apart = abs(there.first.number - unit.first.number) if there and unit else 0
        return -before - after, apart, abs(span.start - place)

    return min(islice(found, _MOST), key=fit, default=None)


def _words(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each run of characters that is compared."""
    start = 0
    for match in _IGNORED.finditer(text):
        if start < match.start():
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)


def _shared(left: str, right: str) -> int:
    """Length of the beginning that two texts share."""
    pairs = zip(left, right, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _joined(text: str) -> str:
    return _IGNORED.sub("", text)
