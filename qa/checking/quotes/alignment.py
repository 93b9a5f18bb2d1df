"""The part of a text that is nearest to a quote, word by word, and what differs.

The distance is the number of words that are added, left out or changed. Myers' bit-parallel
algorithm (1999) computes it with one step of a few operations on long integers for each word of the
text.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from qa.checking.quotes.records import DifferenceKind, WordChange
from qa.checking.quotes.words import Word


class Aligned(NamedTuple):
    """The words ``words[start:end]`` of a text that are nearest to a quote."""

    distance: int
    start: int
    end: int


def nearest_words(quote: Sequence[str], words: Sequence[str]) -> Aligned:
    """The first run of words with the fewest differences from the quote.

    Of runs that overlap, the longest: a word at the edge is changed rather than added.
    """
    ends = _distances(quote, words, anywhere=True)
    distance = min(ends)
    end = ends.index(distance)
    last = end + distance
    while end < min(last, len(words)) and ends[end + 1] == distance:
        end += 1
    longest = words[max(0, end - len(quote) - distance) : end]
    starts = _distances(quote[::-1], longest[::-1], anywhere=False)
    length = max(each for each, reached in enumerate(starts) if reached == distance)
    return Aligned(distance, end - length, end)


def _distances(quote: Sequence[str], words: Sequence[str], *, anywhere: bool) -> list[int]:
    """For n = 0, 1, ...: the distance of the quote from a run of words that ends before word n.

    The run begins where it fits best, or with ``anywhere`` false at word 0.
    """
    everything = (1 << len(quote)) - 1
    last = 1 << len(quote) - 1
    places: dict[str, int] = {}
    for number, word in enumerate(quote):
        places[word] = places.get(word, 0) | 1 << number
    more, less, distance = everything, 0, len(quote)
    distances = [distance]
    for word in words:
        equal = places.get(word, 0)
        vertical = equal | less
        horizontal = (((equal & more) + more) ^ more) | equal
        up = less | ~(horizontal | more) & everything
        down = more & horizontal
        if up & last:
            distance += 1
        elif down & last:
            distance -= 1
        up = (up << 1 | (not anywhere)) & everything
        down = down << 1 & everything
        more = down | ~(vertical | up) & everything
        less = up & vertical
        distances.append(distance)
    return distances


def changes_between(
    quote: str, written: Sequence[Word], text: str, stands: Sequence[Word]
) -> tuple[WordChange, ...]:
    """The words of a quote beside those of its source, as runs that are the same or differ."""
    matcher = SequenceMatcher(
        None, [word.folded for word in written], [word.folded for word in stands], autojunk=False
    )
    return tuple(
        WordChange(_KINDS[tag], _slice(quote, written[a:b]), _slice(text, stands[c:d]))
        for tag, a, b, c, d in matcher.get_opcodes()
    )


_KINDS = {
    "equal": DifferenceKind.SAME,
    "replace": DifferenceKind.CHANGED,
    "delete": DifferenceKind.ADDED,
    "insert": DifferenceKind.LEFT_OUT,
}


def _slice(text: str, words: Sequence[Word]) -> str:
    return text[words[0].start : words[-1].end] if words else ""
