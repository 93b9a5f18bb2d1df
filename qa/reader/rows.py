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

QUESTION_TOKENS = 40
CONTEXT_TOKENS = 12
TEXT_TOKENS = 84
"""Most word pieces read of each part. One to three sentences fit; time grows with their length."""

ROW_TOKENS = QUESTION_TOKENS + CONTEXT_TOKENS + TEXT_TOKENS + 3
"""Most word pieces in a row."""

CLS, SEP = 101, 102
"""Ids of the tokens that start a row and end its parts, in the packaged model's vocabulary."""


class Row(NamedTuple):
    """A question and a text as word pieces."""

    pieces: list[int]
    """``[CLS] question [SEP] context text [SEP]``."""
    offsets: list[tuple[int, int]]
    """Start and end in the text of each of its pieces."""

    @property
    def text(self) -> slice:
        """The pieces that belong to the text."""
        return slice(len(self.pieces) - 1 - len(self.offsets), len(self.pieces) - 1)


def row_of(tokenizer: "Tokenizer", question: str, text: str, context: str = "") -> Row:
    """The row of a question and a text, each truncated to its limit."""

    def pieces(part: str, limit: int) -> list[int]:
        return tokenizer.encode(bounded_question(part, limit), add_special_tokens=False).ids[:limit]

    cut = without_surrogates(text[: TEXT_TOKENS * QUESTION_CHARACTERS_PER_TOKEN])
    encoded = tokenizer.encode(cut, add_special_tokens=False)
    return Row(
        [
            *(CLS, *pieces(question, QUESTION_TOKENS), SEP),
            *(*pieces(context, CONTEXT_TOKENS), *encoded.ids[:TEXT_TOKENS], SEP),
        ],
        encoded.offsets[:TEXT_TOKENS],
    )


def around(tokenizer: "Tokenizer", text: str, sentences: Sequence[Span], chosen: int) -> Span:
    """The span in ``text`` of sentence ``chosen`` with the one before and the one after it.

    A neighbour is included if it fits into ``TEXT_TOKENS``; ``sentences`` are spans of ``text``, in
    order.
    """
    first, last = max(chosen - 1, 0), min(chosen + 1, len(sentences) - 1)
    near = range(first, last + 1)
    # One by one: for so few, starting a batch's threads takes longer than the work.
    texts = [without_surrogates(text[slice(*sentences[number])]) for number in near]
    lengths = [len(tokenizer.encode(each, add_special_tokens=False)) for each in texts]
    room = TEXT_TOKENS - lengths[chosen - first]
    begin = end = chosen
    if first < chosen and lengths[0] <= room:
        begin, room = first, room - lengths[0]
    if last > chosen and lengths[-1] <= room:
        end = last
    return Span(sentences[begin].start, sentences[end].end)
