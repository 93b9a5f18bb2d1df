"""The reader's input: a question and a text under its headings, as one row of word pieces."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_index.encoding.text import (
    QUESTION_CHARACTERS_PER_TOKEN,
    bounded_question,
    without_surrogates,
)
from qa_index.records import Span

QUESTION, CONTEXT, TEXT = 48, 24, 144
"""Most word pieces of the parts of a row: passages of some 100 words are read as a whole."""

ROW = QUESTION + CONTEXT + TEXT + 4
"""Most word pieces of a row."""


class Layout(NamedTuple):
    """The tokens between the parts of a network's rows."""

    begin: int
    """Id of the token that starts a row."""
    end: int
    """Id of the token that ends its parts."""
    segments: bool
    """Whether the network is told which pieces come after the question."""


ENGLISH = Layout(101, 102, segments=True)
"""In the vocabulary of BERT, uncased, as all-MiniLM-L6-v2 has it."""

MULTILINGUAL = Layout(0, 2, segments=False)
"""In the vocabulary of XLM-RoBERTa."""


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
    """A question's word pieces; ``QUESTION + 1`` if it is longer than is read."""
    asked = bounded_question(question, QUESTION + 1)
    return pieces_of(tokenizer, asked).ids[: QUESTION + 1]


def context_pieces(tokenizer: Tokenizer, context: str) -> Sequence[int]:
    """The last word pieces of title and headings: the nearest heading says most."""
    cut = context[-CONTEXT * QUESTION_CHARACTERS_PER_TOKEN :]
    return pieces_of(tokenizer, cut).ids[-CONTEXT:]


def row_of(
    layout: Layout, question: Sequence[int], context: Sequence[int], text: Sequence[int]
) -> list[int]:
    """``<s> question </s> context </s> text </s>``; without a context, its end is left out too.

    The question is truncated; the others must not be longer than the limits.
    """
    above = (*context, layout.end) if context else ()
    asked = question[:QUESTION]
    return [layout.begin, *asked, layout.end, *above, *text, layout.end]


def segments_of(layout: Layout, row: Sequence[int]) -> NDArray[np.float32]:
    """1 for each piece of a row that comes after the question and its end, 0 for the others.

    float32 of shape (n, 1).
    """
    after = np.zeros((len(row), 1), dtype=np.float32)
    after[list(row).index(layout.end) + 1 :] = 1
    return after


def around(text: Pieces, sentences: Sequence[Span], chosen: int) -> slice:
    """The pieces of sentence ``chosen`` and of as many around it as fit.

    ``sentences`` are spans of the text, in order. Sentences are added whole, in turn behind and
    before; a side ends with the first that does not fit.
    """
    pieces = [text.within(each) for each in sentences]
    begin, end = pieces[chosen].start, pieces[chosen].stop
    sides = [iter(pieces[chosen + 1 :]), reversed(pieces[:chosen])]
    while sides:
        for side in tuple(sides):
            some = next(side, None)
            if some is None or max(end, some.stop) - min(begin, some.start) > TEXT:
                sides.remove(side)
            else:
                begin, end = min(begin, some.start), max(end, some.stop)
    return slice(begin, min(end, begin + TEXT))
