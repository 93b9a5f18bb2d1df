"""The reader's input: a question and a few sentences, as one row of word pieces."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from qa_index.encoding.text import (
    QUESTION_CHARACTERS_PER_TOKEN,
    bounded_question,
    without_surrogates,
)
from qa_index.records import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

QUESTION_TOKENS = 48
CONTEXT_TOKENS = 24
TEXT_TOKENS = 96
"""Most word pieces read of each part. One to three sentences fit; time grows with their length."""

PASSAGE_TOKENS = 224
"""Most word pieces of a text that is read whole. Nearly all passages fit."""

ROW_TOKENS = QUESTION_TOKENS + CONTEXT_TOKENS + PASSAGE_TOKENS + 4
"""Most word pieces in a row."""

BEGIN, END = 0, 2
"""Ids of the tokens that start a row and end its parts, in the vocabulary of XLM-RoBERTa."""


class Row(NamedTuple):
    """A question and a text as word pieces."""

    pieces: list[int]
    """``<s> question </s> context </s> text </s>``; without a context, it and its end are left
    out."""
    offsets: list[tuple[int, int]]
    """Start and end in the text of each of its pieces."""

    @property
    def text(self) -> slice:
        """The pieces that belong to the text."""
        return slice(len(self.pieces) - 1 - len(self.offsets), len(self.pieces) - 1)


def row_of(
    tokenizer: "Tokenizer", question: str, text: str, context: str = "", limit: int = TEXT_TOKENS
) -> Row:
    """The row of a question and a text, each truncated; the text to ``limit`` pieces."""

    def pieces(part: str, most: int) -> list[int]:
        return tokenizer.encode(bounded_question(part, most), add_special_tokens=False).ids[:most]

    cut = without_surrogates(text[: limit * QUESTION_CHARACTERS_PER_TOKEN])
    encoded = tokenizer.encode(cut, add_special_tokens=False)
    above = pieces(context, CONTEXT_TOKENS)
    return Row(
        [
            *(BEGIN, *pieces(question, QUESTION_TOKENS), END),
            *((*above, END) if above else ()),
            *(*encoded.ids[:limit], END),
        ],
        encoded.offsets[:limit],
    )


def around(
    tokenizer: "Tokenizer",
    text: str,
    sentences: Sequence[Span],
    chosen: int,
    limit: int = TEXT_TOKENS,
) -> Span:
    """The span in ``text`` of sentence ``chosen`` with the one before and the one after it.

    A neighbour is included if it fits into ``limit``; ``sentences`` are spans of ``text``, in
    order.
    """
    first, last = max(chosen - 1, 0), min(chosen + 1, len(sentences) - 1)
    near = range(first, last + 1)
    # One by one: for so few, starting a batch's threads takes longer than the work.
    texts = [without_surrogates(text[slice(*sentences[number])]) for number in near]
    lengths = [len(tokenizer.encode(each, add_special_tokens=False)) for each in texts]
    room = limit - lengths[chosen - first]
    begin = end = chosen
    if first < chosen and lengths[0] <= room:
        begin, room = first, room - lengths[0]
    if last > chosen and lengths[-1] <= room:
        end = last
    return Span(sentences[begin].start, sentences[end].end)
