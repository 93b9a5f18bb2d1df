"""Links to text of a page: the id before it, or a text fragment."""

import re
from bisect import bisect_right
from urllib.parse import quote

from qa_index.formats.html.composing import Composition
from qa_index.records import BlockKind, Fragment, Span

_LONGEST_WHOLE = 120
"""Characters of a quote that is linked as a whole; of longer ones, the first and last words."""
_WORDS = 5
_MOST_WORDS = 20


class Fragments:
    """Makes links to the text of one composed page."""

    def __init__(self, composed: Composition, text: str) -> None:
        self._text = text
        self._blocks = composed.blocks
        self._block_starts = [block.start for block in composed.blocks]
        self._headings = composed.headings
        self._heading_starts = [heading.start for heading in composed.headings]
        self._added = composed.added
        self._added_starts = [each.start for each in composed.added]
        self._ids = [
            mark for mark in composed.marks if not mark.is_page and not self._is_debris(mark.offset)
        ]
        self._id_starts = [mark.offset for mark in self._ids]

    def of(self, span: Span) -> Fragment | None:
        """The id that the text has or that precedes it in its section, or a text fragment."""
        name = self.id_before(span.start)
        if name:
            return Fragment("#" + quote(name, safe="!$&'()*+,;=:@/?-._~"))
        directive = self._directive(span)
        return Fragment("#:~:text=" + directive) if directive else None

    def id_before(self, position: int) -> str:
        """The last id at or before a position and in the same section; empty for none."""
        at = bisect_right(self._id_starts, position) - 1
        if at < 0:
            return ""
        section = bisect_right(self._heading_starts, position) - 1
        if section >= 0:
            first = self._heading_starts[section]
        else:  # an element around the whole page is no place in it
            first = self._block_starts[self._block_at(position)]
        found = self._ids[at]
        return found.name if found.offset >= first else ""

    def _is_debris(self, position: int) -> bool:
        at = self._block_at(position)
        return at >= 0 and self._blocks[at].kind is BlockKind.DEBRIS

    def _block_at(self, position: int) -> int:
        return max(bisect_right(self._block_starts, position) - 1, 0)

    def _directive(self, span: Span) -> str:
        runs = self._runs(span)
        if not runs:
            return ""
        first, last = runs[0], runs[-1]
        if len(runs) == 1 and first.end - first.start <= _LONGEST_WHOLE:
            terms = [self._text[first.start : first.end]]
            start = first
        else:
            start = self._first_words(first, _WORDS)
            end = self._last_words(last, _WORDS)
            if start.end > end.start:
                terms = [self._text[first.start : first.end]]
                start = first
            else:
                terms = [self._text[start.start : start.end], self._text[end.start : end.end]]
        told = ",".join(map(_encoded, terms))
        prefix = self._prefix(start)
        return f"{_encoded(prefix)}-,{told}" if prefix else told

    def _prefix(self, start: Span) -> str:
        """Words before, as many as tell this place from earlier ones."""
        words = self._text[start.start : start.end]
        if self._is_first(words, start.start):
            return ""
        block = self._blocks[self._block_at(start.start)]
        runs = self._runs(Span(block.start, start.start))
        if not runs or self._text[runs[-1].end : start.start].strip():
            return ""
        for count in (3, _MOST_WORDS):
            before = self._last_words(runs[-1], count)
            if self._is_first(self._text[before.start : start.end], before.start):
                break
        return self._text[before.start : before.end]

    def _is_first(self, words: str, position: int) -> bool:
        """Whether the page has these words nowhere before; browsers look for the first place."""
        pattern = r"\s+".join(map(re.escape, words.split()))
        found = re.compile(pattern, re.IGNORECASE).search(self._text, 0, position + len(words))
        return found is None or found.start() >= position

    def _runs(self, span: Span) -> list[Span]:
        """The parts of the text that the page has in one piece: without markers and line ends."""
        cuts = []
        at = self._block_at(span.start)
        while at < len(self._blocks) and self._blocks[at].start < span.end:
            block = self._blocks[at]
            cuts.append((max(block.start, span.start), min(block.end, span.end)))
            at += 1
        runs = []
        for start, end in cuts:
            at = max(bisect_right(self._added_starts, start) - 1, 0)
            while at < len(self._added) and self._added[at].start < end:
                added = self._added[at]
                if added.end > start:
                    runs += self._lines(start, added.start)
                    start = added.end
                at += 1
            runs += self._lines(start, end)
        return runs

    def _lines(self, start: int, end: int) -> list[Span]:
        return [
            Span(start + each.start(), start + each.end())
            for each in re.finditer(r"[^\s](?:[^\t\n]*[^\s])?", self._text[start:end])
        ]

    def _first_words(self, run: Span, count: int) -> Span:
        words = list(re.finditer(r"\S+", self._text[run.start : run.end][:1000]))[:count]
        return Span(run.start, run.start + words[-1].end())

    def _last_words(self, run: Span, count: int) -> Span:
        first = max(run.start, run.end - 1000)
        words = list(re.finditer(r"\S+", self._text[first : run.end]))[-count:]
        return Span(first + words[0].start(), run.end)


def _encoded(term: str) -> str:
    """A term of a text fragment; a hyphen, comma or ampersand has a meaning in it."""
    return quote(" ".join(term.split()), safe="").replace("-", "%2D")
