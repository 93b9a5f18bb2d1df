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


class Layout(NamedTuple):
    """How a network expects its rows. Limits are in word pieces."""

    question: int
    context: int
    text: int
    begin: int
    """Id of the token that starts a row."""
    end: int
    """Id of the token that ends its parts."""
    ends_context: bool
    """Whether the context is a part of its own."""
    neighbours: int
    """How many sentences are read before and after the best one, as they fit."""

    @property
    def row(self) -> int:
        """Most word pieces in a row."""
        return self.question + self.context + self.text + 3 + self.ends_context


ENGLISH = Layout(40, 12, 84, 101, 102, ends_context=False, neighbours=1)
"""One to three sentences, in the vocabulary of all-MiniLM-L6-v2."""

MULTILINGUAL = Layout(48, 24, 144, 0, 2, ends_context=True, neighbours=100)
"""Passages of some 100 words as a whole, in the vocabulary of XLM-RoBERTa."""


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


def asked_pieces(tokenizer: Tokenizer, question: str, limit: int) -> Sequence[int]:
    """A question's word pieces; one more than ``limit`` if it is longer than these."""
    asked = bounded_question(question, limit + 1)
    return pieces_of(tokenizer, asked).ids[: limit + 1]


def context_pieces(tokenizer: Tokenizer, context: str, limit: int) -> Sequence[int]:
    """The last word pieces of title and headings: the nearest heading says most."""
    cut = context[-limit * QUESTION_CHARACTERS_PER_TOKEN :]
    return pieces_of(tokenizer, cut).ids[-limit:]


def row_of(
    layout: Layout, question: Sequence[int], context: Sequence[int], text: Sequence[int]
) -> list[int]:
    """``<s> question </s> context </s> text </s>``; without a context, its end is left out too.

    The question is truncated; the others must not be longer than the limits.
    """
    above = (*context, layout.end) if context and layout.ends_context else context
    asked = question[: layout.question]
    return [layout.begin, *asked, layout.end, *above, *text, layout.end]


def around(layout: Layout, text: Pieces, sentences: Sequence[Span], chosen: int) -> slice:
    """The pieces of sentence ``chosen`` and of as many around it as the limits allow.

    ``sentences`` are spans of the text, in order. Sentences are added whole, in turn behind and
    before; a side ends with the first that does not fit.
    """
    pieces = [text.within(each) for each in sentences]
    begin, end = pieces[chosen].start, pieces[chosen].stop
    first, last = max(chosen - layout.neighbours, 0), chosen + 1 + layout.neighbours
    sides = [iter(pieces[chosen + 1 : last]), reversed(pieces[first:chosen])]
    while sides:
        for side in tuple(sides):
            some = next(side, None)
            if some is None or max(end, some.stop) - min(begin, some.start) > layout.text:
                sides.remove(side)
            else:
                begin, end = min(begin, some.start), max(end, some.stop)
    return slice(begin, min(end, begin + layout.text))
