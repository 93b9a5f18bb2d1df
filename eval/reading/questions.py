"""Training examples from the project's own questions about real documents.

A question is read with the passage that answers it and with others that share its words: the first
30 by BM25, and those beside the answer. Passages are those of an index: split, under their titles
and headings.
"""

import json
import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qa.reader.rows import (
    MULTILINGUAL,
    Pieces,
    Tokenizer,
    around,
    asked_pieces,
    context_pieces,
    pieces_of,
)
from qa_index import formats
from qa_index.formats import UnreadableSource
from qa_index.records import Span, context_of, heading_path
from qa_index.splitting.passages import split

from .examples import Example, Kind, example, inside, words_of

FOUND = 30
"""Passages by BM25 that others are drawn from."""
NEAREST, FARTHER, BESIDE = 3, 1, 1
"""How many are read of the first eight, of the other found ones, and of those beside the answer."""

HELD = 0.6
"""Least share of an answer that must be read for the row to count as answered."""

UNTITLED = 0.1
"""Share of passages read without title and headings."""


class Passage:
    """A passage of a document, with what is read of it."""

    def __init__(self, path: str, span: Span, text: str, sentences: list[Span], context: str):
        self.path, self.span, self.text, self.sentences = path, span, text, sentences
        self.context = context
        self.words = [words_of(text[slice(*each)]) for each in sentences]
        self.counts = Counter(word for words in self.words for word in words)
        self.counts.update(words_of(context))
        self.pieces: Pieces | None = None


class Collection:
    """The passages of a folder of documents, ranked by BM25 (k1 1.2, b 0.75)."""

    def __init__(self, folder: Path) -> None:
        self.texts: dict[str, str] = {}
        self.passages = list(self._split(folder))
        self._postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, each in enumerate(self.passages):
            for word, count in each.counts.items():
                self._postings[word].append((number, count))
        lengths = np.array([each.counts.total() for each in self.passages])
        self._norm = 1.2 * (0.25 + 0.75 * lengths / lengths.mean())
        self.idf = {
            word: math.log1p((len(lengths) - len(found) + 0.5) / (len(found) + 0.5))
            for word, found in self._postings.items()
        }

    def _split(self, folder: Path) -> Iterator[Passage]:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            path = file.relative_to(folder).as_posix()
            try:
                parsed = formats.parse(file.read_bytes(), name=file.name)
            except UnreadableSource:
                continue
            self.texts[path] = parsed.text
            for each in split(parsed):
                yield Passage(
                    path,
                    Span(each.start, each.end),
                    parsed.text[each.start : each.end],
                    [Span(start - each.start, end - each.start) for start, end in each.sentences],
                    context_of(parsed.title, heading_path(parsed.headings, each.heading)),
                )

    def found(self, question: str) -> list[int]:
        """Passages for a question, best first."""
        scores: NDArray[np.float64] = np.zeros(len(self.passages))
        for word in sorted(words_of(question)):
            for number, count in self._postings.get(word, ()):
                scores[number] += self.idf[word] * 2.2 * count / (count + self._norm[number])
        return [int(each) for each in np.argsort(-scores, kind="stable")[:FOUND]]

    def nearest_sentence(self, question: str, passage: Passage) -> int:
        """The sentence of a passage that shares most with a question."""
        asked = words_of(question)
        shared = [math.fsum(self.idf[word] for word in asked & words) for words in passage.words]
        return int(np.argmax(shared))


def questions_of(file: Path) -> list[dict[str, Any]]:
    """The questions of a file."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]


class Maker:
    """Makes the examples of one collection."""

    def __init__(self, collection: Collection, tokenizer: Tokenizer, chance: random.Random) -> None:
        self.its, self.tokenizer, self.chance = collection, tokenizer, chance
        self.by_path: Mapping[str, list[int]] = defaultdict(list)
        for number, each in enumerate(collection.passages):
            self.by_path[each.path].append(number)

    def make(self, questions: Sequence[Mapping[str, Any]], first_group: int) -> Iterator[Example]:
        """The examples of each question, with groups from ``first_group`` on."""
        for group, question in enumerate(questions, first_group):
            text = question["question"]
            gold = self.gold(question)
            if question["answerable"] and not gold:
                continue
            touched = {number for number, _ in gold}
            found = [each for each in self.its.found(text) if each not in touched]
            if gold:
                best = self.chance.choice(gold)
                yield from self._of_gold(text, group, *best)
                beside = self._beside(best[0], touched)
            else:
                beside = []
            kind = Kind.NEIGHBOUR if gold else Kind.OWN
            others = [
                *self._some(found[:8], NEAREST),
                *self._some(found[8:], FARTHER if gold else 1),
                *self._some(beside, BESIDE),
            ]
            for number in dict.fromkeys(others):
                yield self.read(text, group, kind, number)

    def gold(self, question: Mapping[str, Any]) -> list[tuple[int, Span]]:
        """Passages that hold most of a gold quote, with its place in them."""
        found: dict[int, Span] = {}
        for each in question["gold"]:
            start = self.its.texts.get(each["path"], "").find(each["quote"])
            if start < 0:
                continue
            end = start + len(each["quote"])
            overlaps = {
                number: min(end, its.span.end) - max(start, its.span.start)
                for number in self.by_path[each["path"]]
                for its in [self.its.passages[number]]
            }
            best = max(overlaps, key=overlaps.__getitem__, default=None)
            if best is None or overlaps[best] <= 0:
                continue
            its = self.its.passages[best]
            found[best] = Span(
                max(start, its.span.start) - its.span.start, min(end, its.span.end) - its.span.start
            )
        return sorted(found.items())

    def _beside(self, number: int, touched: set[int]) -> list[int]:
        path = self.its.passages[number].path
        near = [
            each for each in range(number - 2, number + 3) if 0 <= each < len(self.its.passages)
        ]
        return [
            each for each in near if each not in touched and self.its.passages[each].path == path
        ]

    def _some(self, among: Sequence[int], count: int) -> list[int]:
        return self.chance.sample(among, min(count, len(among)))

    def _of_gold(self, question: str, group: int, number: int, place: Span) -> Iterator[Example]:
        its = self.its.passages[number]
        near = self.its.nearest_sentence(question, its)
        row = self.read(question, group, Kind.ANSWERED, number, near, place)
        yield row
        if row.kind is Kind.MISSED:  # read where the answer is
            middle = (place.start + place.end) // 2
            holder = max(
                (place for place, each in enumerate(its.sentences) if each.start <= middle),
                default=0,
            )
            yield self.read(question, group, Kind.ANSWERED, number, holder, place)

    def read(
        self,
        question: str,
        group: int,
        kind: Kind,
        number: int,
        sentence: int | None = None,
        gold: Span | None = None,
    ) -> Example:
        """The example of a question and a passage, read around a sentence."""
        its = self.its.passages[number]
        if its.pieces is None:
            its.pieces = pieces_of(self.tokenizer, its.text)
        if sentence is None:
            sentence = self.its.nearest_sentence(question, its)
        some = around(MULTILINGUAL, its.pieces, its.sentences, sentence)
        held = None
        if gold is not None:
            part = its.pieces.within(gold)
            held = inside(its.pieces, gold, some)
            seen = held[1] + 1 - held[0] if held else 0
            if seen < HELD * (part.stop - part.start):
                kind, held = Kind.MISSED, None
        context = "" if self.chance.random() < UNTITLED else its.context
        return example(
            kind,
            group,
            asked_pieces(self.tokenizer, question, MULTILINGUAL.question),
            context_pieces(self.tokenizer, context, MULTILINGUAL.context),
            its.pieces,
            some,
            None,
            held,
        )
