"""Where text may be cut: never inside a grapheme cluster (UAX #29).

Every function looks only at the characters around one place, so a line of 100 MB costs no more than
a short one.
"""

import re

import regex

from qa_index.records import Span

_SPACE = re.compile(r"\s*+")
_CLUSTER = regex.compile(r"\X")
# Between two characters of no special class, or two whole Hangul syllables, there is always a
# boundary (rule GB999).
_PLAIN = r"[\p{GCB=XX}\p{GCB=LV}\p{GCB=LVT}]"
_SURELY_APART = regex.compile(rf"(?r)(?<={_PLAIN})(?={_PLAIN})")
LONGEST_CLUSTER = 64
"""Characters: twice the marks that the Stream-Safe Text Format (UAX #15) allows."""
_FIRST_MARK = "\u0300"
"""Characters below this one never join the next, except CR and LF."""


def joined(text: str, position: int) -> bool:
    """Return True if the two characters around ``position`` belong to one cluster."""
    if text[position - 1] < _FIRST_MARK > text[position]:
        return text[position - 1 : position + 1] == "\r\n"
    pair = _CLUSTER.match(text, position - 1, position + 1)
    return bool(pair.end() > position)


def trim(text: str, start: int, end: int) -> Span:
    """``start:end`` without surrounding white space; empty if there is nothing else.

    A space with a combining mark is part of a cluster and is kept.
    """
    first = _SPACE.match(text, start, end).end()  # type: ignore[union-attr]  # always matches
    if first == end:
        return Span(end, end)
    if first > start and joined(text, first):
        first -= 1
    last = end
    while text[last - 1].isspace():
        last -= 1
    if last < end and joined(text, last):
        last += 1
    return Span(first, last)


def last_boundary(text: str, start: int, end: int) -> int:
    """The last cluster boundary in ``start + 1 .. end``; ``start`` must be a boundary.

    If the first cluster extends beyond ``end``, the end of that cluster. A cluster longer than
    ``LONGEST_CLUSTER`` is not a visible character and is cut at ``end``.
    """
    if end >= len(text):
        return len(text)
    apart = _SURELY_APART.search(text, (start + end) // 2 + 1, end + 1)
    if apart is not None:
        return int(apart.start())
    found = start
    stop = min(len(text), end + LONGEST_CLUSTER)
    for cluster in _CLUSTER.finditer(text, start, stop):
        if cluster.end() > end:
            if found > start:
                return found
            seen_whole = cluster.end() < stop or stop == len(text)
            return int(cluster.end()) if seen_whole else end
        found = int(cluster.end())
    return found
