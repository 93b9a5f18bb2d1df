"""A quote as a pattern: pieces that ellipses join, with the changes that brackets mark."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from qa.checking.quotes.negation import is_negation, negates
from qa.checking.quotes.words import ELLIPSIS, QUOTE_MARK, Word, words_of

MOST_BETWEEN = 500
"""Words and marks that an ellipsis may leave out: about a page."""

_MOST_REPLACED = 5
"""Words and marks of the source that one pair of brackets may stand for."""

_MOST_ANCHORS = 64
"""Words of a piece among which the rarest is sought."""

_LONGEST_ENDING = 4
"""Letters of an ending that brackets may have replaced, as in ``develop[ed]``."""

_MOST_BRACKETED = 8
"""Words and marks in a pair of brackets that are taken as an editor's."""

_CLOSING = {"[": "]", "(": ")"}
_SENTENCE_ENDS = frozenset(".!?\u2026\u3002\uff01\uff1f")


class Literal(NamedTuple):
    """A word or mark that must be there."""

    word: Word


class Altered(NamedTuple):
    """A word of which a part is in brackets: ``[T]he``, ``develop[ed]``."""

    before: str
    inside: str
    after: str

    def fits(self, folded: str) -> bool:
        """Whether a word of the source can have been changed to this one."""
        same = self.before + self.inside + self.after
        if folded.casefold() == same.casefold():
            return True
        if self.after or not folded.startswith(self.before):  # a prefix such as "un" negates
            return False
        ending = folded[len(self.before) :]
        if len(ending) > min(_LONGEST_ENDING, len(self.before)):
            return False
        return not ending or ending.isalpha()


class Inserted(NamedTuple):
    """Words in brackets, which stand for a few words of the source or for none."""

    words: tuple[Word, ...]


Item = Literal | Altered | Inserted


class Match(NamedTuple):
    """Where a pattern fits: for each piece and item the words of the source that it takes."""

    pieces: tuple[tuple[range, ...], ...]

    @property
    def first(self) -> int:
        """Number of the first word."""
        return min(taken.start for taken in self.pieces[0])

    @property
    def end(self) -> int:
        """Number of the word behind the last one."""
        return max(taken.stop for taken in self.pieces[-1])

    def between(self) -> Iterator[range]:
        """The words that each ellipsis leaves out."""
        for before, after in pairwise(self.pieces):
            yield range(max(each.stop for each in before), min(each.start for each in after))


@dataclass(frozen=True, slots=True)
class Pattern:
    """A quote, read as its author may have meant it."""

    words: tuple[Word, ...]
    """All of the quote."""
    pieces: tuple[tuple[Item, ...], ...]
    """None of them is empty."""
    trimmed: bool
    """Whether an ellipsis at the beginning or end was left out."""
    marked: bool
    """Whether quotation marks around it were left out."""
    end_mark: str
    """A full stop or comma at the end, which may belong to the sentence around the quote."""

    least: int
    """Words and marks of a source that it fits, at least."""

    def literals(self) -> list[Word]:
        """The words and marks that must be in the source."""
        return [item.word for piece in self.pieces for item in piece if isinstance(item, Literal)]


def pattern_of(quote: str, known: frozenset[str] = frozenset()) -> Pattern | None:
    """The pattern of a quote; ``None`` if it holds no word. ``known``: see ``words_of``."""
    words = words_of(quote, known)
    pieces = [_stripped(piece) for piece in _pieces(words)]
    pieces = [piece for piece in pieces if _words_in(piece)]
    if not pieces:
        return None
    last = pieces[-1][-1]
    end_mark = ""
    if isinstance(last, Literal) and last.word.folded in ".," and len(pieces[-1]) > 1:
        end_mark = last.word.folded
        pieces[-1] = _stripped(pieces[-1][:-1])
    return Pattern(
        words=tuple(words),
        pieces=tuple(map(tuple, pieces)),
        trimmed=ELLIPSIS in {words[0].folded, words[-1].folded} or _bracketed_edge(words),
        marked=QUOTE_MARK in {words[0].folded, words[-1].folded},
        end_mark=end_mark,
        least=sum(not isinstance(item, Inserted) for piece in pieces for item in piece),
    )


def _bracketed_edge(words: Sequence[Word]) -> bool:
    folded = [word.folded for word in words]
    return ELLIPSIS in (folded[1:2] + folded[-2:-1]) and (folded[0] in "[(" or folded[-1] in "])")


def _words_in(piece: Sequence[Item]) -> bool:
    return any(isinstance(item, Literal) and item.word.is_word for item in piece) or any(
        isinstance(item, Altered) for item in piece
    )


def _stripped(piece: list[Item]) -> list[Item]:
    """Without quotation marks around it; one of a pair may belong to words inside."""

    def is_mark(item: Item) -> bool:
        return isinstance(item, Literal) and item.word.folded == QUOTE_MARK

    marks = sum(map(is_mark, piece))
    while piece and is_mark(piece[0]) and (marks % 2 or is_mark(piece[-1])):
        piece, marks = piece[1:], marks - 1
    while piece and is_mark(piece[-1]) and (marks % 2 or not piece[:-1]):
        piece, marks = piece[:-1], marks - 1
    return piece


def _pieces(words: Sequence[Word]) -> list[list[Item]]:
    pieces: list[list[Item]] = [[]]
    place = 0
    while place < len(words):
        word = words[place]
        close = _closing(words, place)
        inside = words[place + 1 : close] if close else ()
        if word.folded == ELLIPSIS or (close and [each.folded for each in inside] == [ELLIPSIS]):
            pieces.append([])
            place = (close or place) + 1
            continue
        if word.folded == "[" and close:
            place = _bracket(words, place, close, pieces[-1])
            continue
        pieces[-1].append(Literal(word))
        place += 1
    return pieces


def _closing(words: Sequence[Word], place: int) -> int | None:
    """Number of the bracket that closes the one at ``place``; ``None`` for another word."""
    closing = _CLOSING.get(words[place].folded)
    if closing is None:
        return None
    for number in range(place + 1, min(place + 2 + _MOST_BRACKETED, len(words))):
        if words[number].folded == closing:
            return number
    return None


def _bracket(words: Sequence[Word], place: int, close: int, piece: list[Item]) -> int:
    """Adds what the brackets from ``place`` to ``close`` mean; returns where to go on."""
    inside = words[place + 1 : close]
    before = words[place - 1] if place else None
    after = words[close + 1] if close + 1 < len(words) else None
    joined_before = bool(
        before and before.is_word and before.end == words[place].start and piece
    ) and isinstance(piece[-1], Literal)
    joined_after = bool(after and after.is_word and after.start == words[close].end)
    if len(inside) <= 1 and (joined_before or joined_after):
        if joined_before:
            piece.pop()
        piece.append(
            Altered(
                before.folded if before and joined_before else "",
                inside[0].folded if inside else "",
                after.folded if after and joined_after else "",
            )
        )
        return close + 1 + joined_after
    serious = any(is_negation(each.folded) or any(map(str.isdigit, each.folded)) for each in inside)
    if serious or not inside:
        piece += map(Literal, words[place : close + 1])
    else:
        piece.append(Inserted(tuple(inside)))
    return close + 1


def matches(pattern: Pattern, words: Sequence[Word]) -> Iterator[Match]:
    """Where the pattern fits in the words of a source, in order; matches do not overlap."""
    if len(words) < pattern.least:
        return
    places: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        places.setdefault(word.folded.casefold(), []).append(number)
    end = 0
    for taken in _piece_matches(pattern.pieces[0], words, places):
        if taken[0].start < end:
            continue
        found = [taken]
        for piece in pattern.pieces[1:]:
            after = max(each.stop for each in found[-1])
            following = next(_piece_matches(piece, words, places, after, MOST_BETWEEN), None)
            if following is None:
                break
            found.append(following)
        else:
            match = Match(tuple(found))
            end = match.end
            yield match


def _piece_matches(
    piece: Sequence[Item],
    words: Sequence[Word],
    places: dict[str, list[int]],
    start: int = 0,
    reach: int | None = None,
) -> Iterator[tuple[range, ...]]:
    """Where a piece fits from word ``start`` on, at most ``reach`` words later."""
    last = len(words) if reach is None else start + reach
    fixed = next(
        (number for number, item in enumerate(piece) if isinstance(item, Inserted)), len(piece)
    )
    anchors = [
        (len(held), number, held)
        for number, item in enumerate(piece[: min(fixed, _MOST_ANCHORS)])
        if isinstance(item, Literal)
        for held in [places.get(item.word.folded.casefold(), [])]
    ]
    if anchors:
        _, offset, held = min(anchors, key=lambda anchor: anchor[:2])
        starts: Iterator[int] = (place - offset for place in held)
    else:
        starts = iter(range(start, min(last, len(words)) + 1))
    for at in starts:
        if start <= at <= last:
            taken = _fit(piece, words, at)
            if taken is not None:
                yield taken


def _fit(piece: Sequence[Item], words: Sequence[Word], start: int) -> tuple[range, ...] | None:
    """The words that each item takes if the piece begins at word ``start``."""
    steps: list[dict[int, int]] = []
    ends = {start: start}
    for number, item in enumerate(piece):
        following: dict[int, int] = {}
        for end in ends:
            for then in _taken(item, words, end, first=not number):
                following.setdefault(then, end)
        if not following:
            return None
        steps.append(following)
        ends = following
    place = min(ends)
    taken: list[range] = []
    for step in reversed(steps):
        taken.append(range(step[place], place))
        place = step[place]
    return tuple(reversed(taken))


def _taken(item: Item, words: Sequence[Word], at: int, *, first: bool) -> Iterator[int]:
    """Where the words that an item can take from ``at`` on end."""
    if isinstance(item, Inserted):
        for end in range(at, min(at + _MOST_REPLACED, len(words)) + 1):
            replaced = words[at:end]
            numbers = any(any(map(str.isdigit, each.folded)) for each in replaced)
            if numbers or negates(list(replaced)):
                return
            yield end
    elif at < len(words):
        there = words[at].folded
        if isinstance(item, Altered):
            if item.fits(there):
                yield at + 1
        elif there == item.word.folded or (first and _same_but_first(there, item.word.folded)):
            yield at + 1


def _same_but_first(left: str, right: str) -> bool:
    return left[1:] == right[1:] and left[:1].casefold() == right[:1].casefold()


def hidden_negation(match: Match, words: Sequence[Word]) -> bool:
    """Whether an ellipsis leaves out a negation of the sentence that goes on after it."""
    for left_out in match.between():
        gap = [words[number] for number in left_out]
        if not any(each.folded in _SENTENCE_ENDS for each in gap) and negates(gap):
            return True
    return False
