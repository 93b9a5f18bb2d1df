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
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.calibration.sources import Asked, LabelledSet
from eval.calibration.variations import swapped
from qa.reader.rows import (
    Layout,
    Pieces,
    Tokenizer,
    around,
    asked_pieces,
    context_pieces,
    pieces_of,
    row_of,
)
from qa_eval import Document
from qa_index.records import Span
from qa_index.splitting.sentences import sentences

HOLDER = 0.4
"""Share of answerable questions read around a sentence with the answer, even if another sentence
shares more with the question."""

NEIGHBOUR = 0.6
"""Share of answerable questions also read in another paragraph of the article."""

SWAPPED = 0.4
"""Share of answerable questions also asked with one name or number swapped."""

TITLED = 0.75
"""Share of texts read under their title."""


class Form(NamedTuple):
    """How the rows of a network are made."""

    layout: Layout
    tokenizer: Tokenizer


class Kind(StrEnum):
    """Why the sentences answer the question or not."""

    ANSWERED = "answered"
    MISSED = "missed"
    """The paragraph answers it in another sentence."""
    NEIGHBOUR = "neighbour"
    """Another paragraph of the article, or another passage that was found, which does not hold the
    answer."""
    SWAPPED = "swapped"
    """One name, number or word of the question is swapped; some are still answered."""
    OWN = "own"
    """The author meant it to have no answer in the paragraph."""


@dataclass(frozen=True, slots=True)
class Example:
    """One question with some sentences."""

    kind: Kind
    group: int
    """Examples of the same question have the same."""
    row: NDArray[np.int32]
    """Word pieces, as ``qa.reader.network`` reads them."""
    begin: int
    """Place in ``row`` of the text's first piece."""
    answer: tuple[int, int]
    """Places in ``row`` of the answer's first and last piece; ``(0, 0)`` if there is no answer or
    its place is unknown."""
    evidence: tuple[int, int]
    """The same of the sentences that answer; ``(0, -1)`` if they are unknown."""

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
        self.words = [words_of(self.text[slice(*sentence)]) for sentence in self.sentences]
        self.all_words = set().union(*self.words)
        self.pieces: Pieces | None = None

    def holders(self, question: Asked) -> list[int]:
        """The sentences that hold an answer."""
        return [
            number
            for number, sentence in enumerate(self.sentences)
            if _holds(self.text[slice(*sentence)], question)
        ]


def examples(
    labelled: LabelledSet,
    form: Form,
    chance: random.Random,
    *,
    share: float = 1.0,
    first_group: int = 0,
) -> Iterator[Example]:
    """Yield every question with sentences that answer it, and some with sentences that do not.

    With a ``share``, only so many of the questions. Groups are numbered from ``first_group`` on.
    """
    return _Maker(labelled, form, chance).make(share, first_group)


class _Maker:
    def __init__(self, labelled: LabelledSet, form: Form, chance: random.Random) -> None:
        self.labelled, self.form, self.chance = labelled, form, chance
        self.paragraphs = {name: _Paragraph(each) for name, each in labelled.documents.items()}
        self.articles = {name: each for each in labelled.articles.values() for name in each}
        held = Counter(word for each in self.paragraphs.values() for word in each.all_words)
        self.idf = {word: math.log(1 + len(self.paragraphs) / n) for word, n in held.items()}
        self.group = 0

    def make(self, share: float, first_group: int) -> Iterator[Example]:
        self.group = first_group
        for question in self.labelled.questions:
            if self.chance.random() >= share:
                continue
            self.group += 1
            if question.about is not None:
                paragraph = self.paragraphs[question.about]
                yield self._example(Kind.OWN, question.text, paragraph)
                continue
            paragraph = self.paragraphs[min(question.gold)]
            yield self._of_gold(question, paragraph)
            if self.chance.random() < NEIGHBOUR:
                other = self._neighbour(question)
                if other is not None and not _holds(other.text, question):
                    yield self._example(Kind.NEIGHBOUR, question.text, other)
            if self.chance.random() < SWAPPED and " " in question.text:
                twisted = swapped(question, self.labelled, self.chance)
                if twisted is not None:
                    self.group += 1
                    holders = paragraph.holders(question)
                    sentence = self.chance.choice(holders) if holders else None
                    yield self._example(Kind.SWAPPED, twisted.text, paragraph, sentence)

    def _of_gold(self, question: Asked, paragraph: _Paragraph) -> Example:
        holders = paragraph.holders(question)
        sentence = None
        if holders and self.chance.random() < HOLDER:
            sentence = self.chance.choice(holders)
        return self._example(Kind.ANSWERED, question.text, paragraph, sentence, question)

    def _example(
        self,
        kind: Kind,
        question: str,
        paragraph: _Paragraph,
        sentence: int | None = None,
        asked: Asked | None = None,
    ) -> Example:
        """Read around a sentence, by default the nearest one."""
        text = self._pieces(paragraph)
        if sentence is None:
            sentence = self._nearest_sentence(question, paragraph)
        read = around(text, paragraph.sentences, sentence)
        context = paragraph.title if self.chance.random() < TITLED else ""
        answers = asked.answers if asked else ()
        place = next(
            filter(None, (_place(paragraph.text, text, read, each) for each in answers)), None
        )
        # A claim has no answer string; its document decides it.
        if kind is Kind.ANSWERED and answers and place is None:
            kind = Kind.MISSED
        held: tuple[int, int] | None = None
        if place is not None:
            first, last = text.offsets[place[0]][0], text.offsets[place[1]][1]
            some = [each for each in paragraph.sentences if each.start < last and each.end > first]
            held = inside(text, Span(some[0].start, some[-1].end), read)
        return example(
            self.form,
            kind,
            self.group,
            question,
            context,
            text,
            read,
            place,
            held,
        )

    def _pieces(self, paragraph: _Paragraph) -> Pieces:
        if paragraph.pieces is None:
            paragraph.pieces = pieces_of(self.form.tokenizer, paragraph.text)
        return paragraph.pieces

    def _nearest_sentence(self, question: str, paragraph: _Paragraph) -> int:
        """The sentence of a paragraph that shares most with a question."""
        asked = words_of(question)
        return int(np.argmax([self._weight(asked & words) for words in paragraph.words]))

    def _neighbour(self, question: Asked) -> _Paragraph | None:
        """One of the three other paragraphs of the article that share most with a question."""
        gold = min(question.gold)
        # If each document is an article, any other document may be the neighbour.
        near = self.articles[gold] if len(self.articles[gold]) > 1 else self.paragraphs
        asked = words_of(question.text)
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
        return math.fsum(self.idf.get(word, 0) for word in words)  # independent of a set's order


def example(
    form: Form,
    kind: Kind,
    group: int,
    question: str,
    context: str,
    text: Pieces,
    read: slice,
    answer: tuple[int, int] | None,
    evidence: tuple[int, int] | None,
) -> Example:
    """The example of a question and the pieces ``read`` of a text.

    ``answer`` and ``evidence`` are numbers of pieces of the text, ``None`` for unknown ones.
    """
    asked = asked_pieces(form.tokenizer, question)
    above = context_pieces(form.tokenizer, context)
    row = row_of(form.layout, asked, above, text.ids[read])
    begin = len(row) - 1 - (read.stop - read.start)

    def placed(part: tuple[int, int]) -> tuple[int, int]:
        first, last = (begin + number - read.start for number in part)
        return first, last

    unknown = (0, -1) if kind is Kind.ANSWERED else (0, 0)
    return Example(
        kind,
        group,
        np.array(row, np.int32),
        begin,
        placed(answer) if answer else (0, 0),
        placed(evidence) if evidence else unknown,
    )


def inside(text: Pieces, part: Span, read: slice) -> tuple[int, int] | None:
    """First and last piece of a part, as far as it is read."""
    some = text.within(part)
    first, last = max(some.start, read.start), min(some.stop, read.stop) - 1
    return (first, last) if first <= last else None


def _place(text: str, pieces: Pieces, read: slice, answer: str) -> tuple[int, int] | None:
    """First and last piece of an answer, if all of it is read."""
    if read.start == read.stop:
        return None
    start = text.find(answer, pieces.offsets[read.start][0])
    if start < 0 or start + len(answer) > pieces.offsets[read.stop - 1][1]:
        return None
    # A piece may begin before the answer.
    first = max(pieces.within(Span(start, start + 1)).start, read.start)
    if first == read.stop or pieces.offsets[first][0] > start:
        first -= 1
    last = pieces.within(Span(start, start + len(answer))).stop - 1
    return (first, max(first, last)) if first >= read.start else None


def _holds(text: str, question: Asked) -> bool:
    return any(answer in text for answer in question.answers)


_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]+")


def words_of(text: str) -> set[str]:
    """Words roughly stemmed, good enough for choosing sentences; pairs of characters in scripts
    without spaces."""
    found = set()
    for word in re.findall(r"\w+", text):
        if _UNSPACED.search(word):
            found |= {word[place : place + 2] for place in range(max(1, len(word) - 1))}
        else:
            found.add(word.casefold()[:6])
    return found


def save(examples: Sequence[Example], path: Path) -> None:
    """Keep examples in a file, so that training can be taken up again without making them."""
    kinds = list(Kind)
    np.savez(
        path,
        kind=np.array([kinds.index(each.kind) for each in examples], np.int8),
        group=np.array([each.group for each in examples], np.int64),
        begin=np.array([each.begin for each in examples], np.int16),
        answer=np.array([each.answer for each in examples], np.int16).reshape(-1, 2),
        evidence=np.array([each.evidence for each in examples], np.int16).reshape(-1, 2),
        lengths=np.array([len(each.row) for each in examples], np.int32),
        pieces=np.concatenate([each.row for each in examples]),
    )


def saved(path: Path) -> list[Example]:
    """The examples of a file that ``save`` wrote."""
    kinds = list(Kind)
    with np.load(path) as kept:
        rows = np.split(kept["pieces"], np.cumsum(kept["lengths"])[:-1])
        return [
            Example(kinds[kind], group, row, begin, tuple(answer), tuple(evidence))
            for kind, group, row, begin, answer, evidence in zip(
                kept["kind"].tolist(),
                kept["group"].tolist(),
                rows,
                kept["begin"].tolist(),
                kept["answer"].tolist(),
                kept["evidence"].tolist(),
                strict=True,
            )
        ]
