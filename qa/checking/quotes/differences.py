"""What the differences between a quote and its source are."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from qa.checking.quotes.finding import Fitting
from qa.checking.quotes.lookalikes import unmasked
from qa.checking.quotes.negation import is_negation
from qa.checking.quotes.numerals import numbers_in
from qa.checking.quotes.pattern import Literal, Pattern
from qa.checking.quotes.records import Concern, DifferenceKind, Typography, WordChange
from qa.checking.quotes.words import DASH, QUOTE_MARK, Word, words_of

_MANY = 5
"""Words that are left out without an ellipsis so that it is a concern."""


def typography_of(quote: str, pattern: Pattern, text: str, fitting: Fitting) -> list[Typography]:
    """In what a quote differs from a part of ``text`` that it fits, in the order of the enum."""
    found = set(_of_items(quote, pattern, text, fitting))
    if len(pattern.pieces) > 1 or pattern.trimmed:
        found.add(Typography.ELLIPSIS)
    if pattern.marked:
        found.add(Typography.QUOTATION_MARKS)
    after = text[fitting.span.end : fitting.span.end + 1]
    if pattern.end_mark and after != pattern.end_mark:
        found.add(Typography.END)
    if not found:  # nothing but what stands between the words
        found.add(Typography.WHITE_SPACE)
    return [each for each in Typography if each in found]


def _of_items(quote: str, pattern: Pattern, text: str, fitting: Fitting) -> Iterator[Typography]:
    before: tuple[Word, Word] | None = None
    for piece, taken in zip(pattern.pieces, fitting.match.pieces, strict=True):
        before = None
        for item, places in zip(piece, taken, strict=True):
            if not isinstance(item, Literal):
                yield Typography.BRACKETS
                before = None
                continue
            pair = item.word, fitting.words[places.start]
            written, stands = (
                source[word.start : word.end]
                for source, word in zip((quote, text), pair, strict=True)
            )
            if written != stands:
                yield _of_word(item.word, written, stands)
            if before is not None:
                gaps = quote[before[0].end : pair[0].start], text[before[1].end : pair[1].start]
                hyphen = before[0].folded == DASH and not min(gaps, key=len)
                yield from _of_gap(*gaps, hyphen=hyphen)
            before = pair


def _of_word(word: Word, written: str, stands: str) -> Typography:
    if word.folded == QUOTE_MARK:
        return Typography.QUOTATION_MARKS
    if word.folded == DASH:
        return Typography.DASHES
    if any(character in "-\u2010\u00ad\n\r" for character in written + stands):
        return Typography.HYPHENATION
    without = [each.translate(_APOSTROPHES) for each in (written, stands)]
    if without[0] == without[1]:
        return Typography.QUOTATION_MARKS
    same = without[0][1:] == without[1][1:]
    return Typography.FIRST_LETTER if same else Typography.LETTER_FORMS


_APOSTROPHES = str.maketrans(dict.fromkeys("'\u2019\u02bc\uff07"))


def _of_gap(written: str, stands: str, *, hyphen: bool) -> Iterator[Typography]:
    """``hyphen``: whether a dash is before it, and white space only in one of the texts."""
    if written == stands:
        return
    if hyphen and "\n" in written + stands:
        yield Typography.HYPHENATION
        return
    marks = [each.strip() for each in (written, stands)]
    if marks[0] == marks[1] or not any(character in "*_`[]" for character in "".join(marks)):
        yield Typography.WHITE_SPACE
    else:
        yield Typography.MARKUP


def concerns_of(changes: Sequence[WordChange]) -> list[Concern]:
    """What makes changes serious, in the order of the enum."""
    found: set[Concern] = set()
    written = [word for each in _differing(changes) for word in words_of(each.written)]
    stands = [word for each in _differing(changes) for word in words_of(each.stands)]
    if Counter(numbers_in(written)) != Counter(numbers_in(stands)) or _signs_differ(changes):
        found.add(Concern.NUMBER)
    if _negations(written) != _negations(stands):
        found.add(Concern.NEGATION)
    if {unmasked(word.folded) for word in written if unmasked(word.folded) != word.folded} & {
        word.folded for word in stands
    }:
        found.add(Concern.LOOKALIKE)
    for each in changes:
        if each.kind is DifferenceKind.LEFT_OUT:
            left_out = [word for word in words_of(each.stands) if word.is_word]
            if len(left_out) >= _MANY:
                found.add(Concern.JOINED)
    return [each for each in Concern if each in found]


def _differing(changes: Sequence[WordChange]) -> Iterator[WordChange]:
    return (each for each in changes if each.kind is not DifferenceKind.SAME)


def _negations(words: Sequence[Word]) -> int:
    return sum(is_negation(word.folded) for word in words)


def _signs_differ(changes: Sequence[WordChange]) -> bool:
    """Whether a dash before a number is missing or added."""
    for change, following in pairwise(changes):
        ends = [words_of(text)[-1:] for text in (change.written, change.stands)]
        dashes = [bool(end) and end[0].folded == DASH for end in ends]
        if change.kind is not DifferenceKind.SAME and dashes[0] != dashes[1]:
            begins = words_of(following.written)[:1]
            if begins and begins[0].folded[0].isdigit():
                return True
    return False
