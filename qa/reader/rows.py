"""What the reader is given: a question and a few sentences, as one row of word pieces."""

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
"""Word pieces that are read of each. A sentence or three fit; reading takes as long as they are."""

ROW_TOKENS = QUESTION_TOKENS + CONTEXT_TOKENS + TEXT_TOKENS + 3
"""Of a row at most."""

CLS, SEP = 101, 102
"""Begin a row and end each of its parts, in the vocabulary of the packaged model."""


class Row(NamedTuple):
    """A question and a text as word pieces."""

    pieces: list[int]
    """``[CLS] question [SEP] context text [SEP]``."""
    offsets: list[tuple[int, int]]
    """Where in the text each of its own pieces stands."""

    @property
    def text(self) -> slice:
        """Which of the pieces are the text's."""
        return slice(len(self.pieces) - 1 - len(self.offsets), len(self.pieces) - 1)


def row_of(tokenizer: "Tokenizer", question: str, text: str, context: str = "") -> Row:
    """What is read of each, as one row."""

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
    """Where sentence ``chosen`` stands in ``text`` with the one before and the one after it.

    Each as far as it fits into what is read; ``sentences`` are spans of ``text``, in order.
    """
    first, last = max(chosen - 1, 0), min(chosen + 1, len(sentences) - 1)
    near = range(first, last + 1)
    # One by one: for so few, a batch waits longer for its threads than it takes.
    texts = [without_surrogates(text[slice(*sentences[number])]) for number in near]
    lengths = [len(tokenizer.encode(each, add_special_tokens=False)) for each in texts]
    room = TEXT_TOKENS - lengths[chosen - first]
    begin = end = chosen
    if first < chosen and lengths[0] <= room:
        begin, room = first, room - lengths[0]
    if last > chosen and lengths[-1] <= room:
        end = last
    return Span(sentences[begin].start, sentences[end].end)
