"""The reader's input: a question and a text under its headings, as one row of word pieces."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from qa_index.encoding.text import (
    QUESTION_CHARACTERS_PER_TOKEN,
    bounded_question,
    without_surrogates,
)
from qa_index.records import Span

QUESTION_TOKENS = 48
CONTEXT_TOKENS = 24
TEXT_TOKENS = 144
"""Most word pieces read of each part. Passages of some 100 words are read whole; time grows with
their length."""

ROW_TOKENS = QUESTION_TOKENS + CONTEXT_TOKENS + TEXT_TOKENS + 4
"""Most word pieces in a row."""

BEGIN, END = 0, 2
"""Ids of the tokens that start a row and end its parts, in the vocabulary of XLM-RoBERTa."""


class Tokenizer(Protocol):
    """What is used of a tokenizer."""

    def encode(self, sequence: str, *, add_special_tokens: bool) -> Any:
        """An encoding with ``ids`` and ``offsets``."""
        ...


class Pieces(NamedTuple):
    """A text as word pieces."""

    ids: Sequence[int]
    offsets: Sequence[tuple[int, int]]
    """Start and end of each in the text."""

    def within(self, part: Span) -> slice:
        """The pieces that begin in a part of the text."""
        return slice(*(bisect_left(self.offsets, (place,)) for place in part))

    def taken(self, some: slice) -> "Pieces":
        """Some of them."""
        return Pieces(self.ids[some], self.offsets[some])


def pieces_of(tokenizer: Tokenizer, text: str) -> Pieces:
    """A text as word pieces; a "</s>" in it is split like any other word."""
    encoded = tokenizer.encode(without_surrogates(text), add_special_tokens=False)
    return Pieces(encoded.ids, encoded.offsets)


def asked_pieces(tokenizer: Tokenizer, question: str) -> Sequence[int]:
    """A question's word pieces; one more than ``QUESTION_TOKENS`` if it is longer than these."""
    asked = bounded_question(question, QUESTION_TOKENS + 1)
    return pieces_of(tokenizer, asked).ids[: QUESTION_TOKENS + 1]


def context_pieces(tokenizer: Tokenizer, context: str) -> Sequence[int]:
    """The last word pieces of title and headings: the nearest heading says most."""
    cut = context[-CONTEXT_TOKENS * QUESTION_CHARACTERS_PER_TOKEN :]
    return pieces_of(tokenizer, cut).ids[-CONTEXT_TOKENS:]


def row_of(question: Sequence[int], context: Sequence[int], text: Sequence[int]) -> list[int]:
    """``<s> question </s> context </s> text </s>``; without a context, its end is left out too.

    The question is truncated; a text must not have more than ``TEXT_TOKENS``.
    """
    above = (*context, END) if context else ()
    return [BEGIN, *question[:QUESTION_TOKENS], END, *above, *text, END]


def around(text: Pieces, sentences: Sequence[Span], chosen: int) -> slice:
    """The pieces of sentence ``chosen`` and of as many around it as ``TEXT_TOKENS`` allow.

    ``sentences`` are spans of the text, in order. Sentences are added whole, in turn behind and
    before; a side ends with the first that does not fit.
    """
    pieces = [text.within(each) for each in sentences]
    begin, end = pieces[chosen].start, pieces[chosen].stop
    after, before = iter(pieces[chosen + 1 :]), reversed(pieces[:chosen])
    sides = [after, before]
    while sides:
        for side in tuple(sides):
            some = next(side, None)
            if some is None or max(end, some.stop) - min(begin, some.start) > TEXT_TOKENS:
                sides.remove(side)
            else:
                begin, end = min(begin, some.start), max(end, some.stop)
    return slice(begin, min(end, begin + TEXT_TOKENS))
