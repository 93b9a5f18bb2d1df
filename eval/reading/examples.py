"""Training examples of the reader: a question and a few sentences that answer it, or do not.

Sentences are chosen as for a real answer: around the one that shares most with the question, in the
paragraph that answers it or in the most similar one of the article that does not.
"""

import heapq
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eval.calibration.sources import Asked, LabelledSet
from eval.calibration.variations import swapped
from qa.reader.rows import Row, around, row_of
from qa_eval import Document
from qa_index.records import Span
from qa_index.splitting.sentences import sentences

if TYPE_CHECKING:
    from tokenizers import Tokenizer

HOLDER = 0.4
"""Share of answerable questions read around a sentence with the answer, even if another sentence
shares more with the question."""

NEIGHBOUR = 0.45
"""Share of answerable questions also read in another paragraph of the article."""

SWAPPED = 0.5
"""Share of answerable questions also asked with one name or number swapped."""


TITLED = 0.75
"""Share of texts read under their title."""


class Kind(StrEnum):
    """Why the sentences answer the question or not."""

    ANSWERED = "answered"
    MISSED = "missed"
    """The paragraph answers it in another sentence."""
    NEIGHBOUR = "neighbour"
    """Another paragraph of the article, which does not hold the answer."""
    SWAPPED = "swapped"
    """One name, number or word of the question is swapped; some are still answered."""
    OWN = "own"
    """The author meant it to have no answer in the paragraph."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question with some sentences."""

    kind: Kind
    row: NDArray[np.int64]
    """Word pieces, as ``qa.reader.network`` reads them."""
    answer: tuple[int, int]
    """Places in ``row`` of the answer's first and last piece; ``(0, 0)`` if there is no answer or
    its place is unknown."""

    @property
    def answered(self) -> bool:
        """Whether the sentences answer the question."""
        return self.kind is Kind.ANSWERED

    @property
    def placed(self) -> bool:
        """Whether the place of the answer in the sentences is known."""
        return self.answered and self.answer[0] > 0


class _Paragraph:
    """A document, cut into sentences, with the words of each."""

    def __init__(self, document: Document) -> None:
        self.title, self.text = document.title, document.text
        self.sentences = sentences(self.text, 0, len(self.text)) or [Span(0, len(self.text))]
        self.words = [_words(self.text[slice(*sentence)]) for sentence in self.sentences]
        self.all_words = set().union(*self.words)

    def holders(self, question: Asked) -> list[int]:
        """The sentences that hold an answer."""
        return [
            number
            for number, sentence in enumerate(self.sentences)
            if _holds(self.text[slice(*sentence)], question)
        ]


def examples(
    labelled: LabelledSet, tokenizer: "Tokenizer", chance: random.Random
) -> Iterator[Example]:
    """Yield every question with sentences that answer it, and some with sentences that do not."""
    return _Maker(labelled, tokenizer, chance).make()


class _Maker:
    def __init__(
        self, labelled: LabelledSet, tokenizer: "Tokenizer", chance: random.Random
    ) -> None:
        self.labelled, self.tokenizer, self.chance = labelled, tokenizer, chance
        self.paragraphs = {name: _Paragraph(each) for name, each in labelled.documents.items()}
        self.articles = {name: each for each in labelled.articles.values() for name in each}
        held = Counter(word for each in self.paragraphs.values() for word in each.all_words)
        self.idf = {word: math.log(1 + len(self.paragraphs) / n) for word, n in held.items()}

    def make(self) -> Iterator[Example]:
        for question in self.labelled.questions:
            if question.about is not None:
                paragraph = self.paragraphs[question.about]
                text = self._text(paragraph, self._nearest_sentence(question.text, paragraph))
                yield self._example(Kind.OWN, question.text, paragraph, text)
                continue
            paragraph = self.paragraphs[min(question.gold)]
            yield self._of_gold(question, paragraph)
            if self.chance.random() < NEIGHBOUR:
                other = self._neighbour(question)
                if other is not None and not _holds(other.text, question):
                    text = self._text(other, self._nearest_sentence(question.text, other))
                    yield self._example(Kind.NEIGHBOUR, question.text, other, text)
            if self.chance.random() < SWAPPED:
                twisted = swapped(question, self.labelled, self.chance)
                if twisted is not None:
                    nearest = self._nearest_sentence(twisted.text, paragraph)
                    sentence = self.chance.choice(paragraph.holders(question) or [nearest])
                    text = self._text(paragraph, sentence)
                    yield self._example(Kind.SWAPPED, twisted.text, paragraph, text)

    def _of_gold(self, question: Asked, paragraph: _Paragraph) -> Example:
        sentence = self._nearest_sentence(question.text, paragraph)
        holders = paragraph.holders(question)
        if holders and self.chance.random() < HOLDER:
            sentence = self.chance.choice(holders)
        text = self._text(paragraph, sentence)
        # A claim has no answer string; its document decides it.
        answered = not question.answers or _holds(text, question)
        kind = Kind.ANSWERED if answered else Kind.MISSED
        return self._example(kind, question.text, paragraph, text, question.answers)

    def _example(
        self,
        kind: Kind,
        question: str,
        paragraph: _Paragraph,
        text: str,
        answers: Sequence[str] = (),
    ) -> Example:
        context = paragraph.title if self.chance.random() < TITLED else ""
        row = row_of(self.tokenizer, question, text, context)
        return Example(kind, np.array(row.pieces), _place(row, text, answers))

    def _text(self, paragraph: _Paragraph, sentence: int) -> str:
        span = around(self.tokenizer, paragraph.text, paragraph.sentences, sentence)
        return paragraph.text[slice(*span)]

    def _nearest_sentence(self, question: str, paragraph: _Paragraph) -> int:
        """The sentence of a paragraph that shares most with a question."""
        asked = _words(question)
        return int(np.argmax([self._weight(asked & words) for words in paragraph.words]))

    def _neighbour(self, question: Asked) -> _Paragraph | None:
        """One of the three other paragraphs of the article that share most with a question."""
        gold = min(question.gold)
        # If each document is an article, any other document may be the neighbour.
        near = self.articles[gold] if len(self.articles[gold]) > 1 else self.paragraphs
        asked = _words(question.text)
        shared = {
            name: self._weight(asked & self.paragraphs[name].all_words)
            for name in near
            if name not in question.gold
        }
        best = heapq.nlargest(3, shared, key=shared.__getitem__)
        if not best:
            return None
        return self.paragraphs[self.chance.choice([best[0], *best])]

    def _weight(self, words: set[str]) -> float:
        return math.fsum(self.idf[word] for word in words)  # independent of the order of a set


def _place(row: Row, text: str, answers: Sequence[str]) -> tuple[int, int]:
    """Places in a row of the first answer that its text contains."""
    answer = next((each for each in answers if each in text), None)
    if answer is None:
        return (0, 0)
    start = text.index(answer)
    places = [
        row.text.start + number
        for number, (first, last) in enumerate(row.offsets)
        if first < start + len(answer) and last > start
    ]
    return (places[0], places[-1]) if places else (0, 0)


def _holds(text: str, question: Asked) -> bool:
    return any(answer in text for answer in question.answers)


def _words(text: str) -> set[str]:
    """Words roughly stemmed, good enough for choosing sentences."""
    return {word.casefold()[:6] for word in re.findall(r"\w+", text)}
