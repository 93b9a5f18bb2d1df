"""Training examples from the project's own questions about real documents.

A question is read with the passage that answers it and with others that mislead: some of the first
30 that the search finds without reading, and those beside the answer. Passages are those of an
index, and each is read around the sentence that the search would mark.
"""

import json
import math
import random
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import qa
from qa.reader.rows import Pieces, around, pieces_of
from qa_index.collection.records import StoredPassage
from qa_index.records import Span, context_of

from .examples import Example, Form, Kind, example, inside, words_of

FOUND = 30
"""Passages found by the search that others are drawn from."""
NEAREST, FARTHER, BESIDE = 4, 2, 1
"""How many are read of the first eight, of the other found ones, and of those beside the answer."""

HELD = 0.6
"""Least share of an answer that must be read for the row to count as answered."""

UNTITLED = 0.1
"""Share of passages read without title and headings."""


class Passage:
    """A passage of a document, with what is read of it."""

    def __init__(self, its: StoredPassage) -> None:
        self.path, self.span, self.text = its.document.path, Span(its.start, its.end), its.text
        self.sentences = [Span(start - its.start, end - its.start) for start, end in its.sentences]
        self.context = context_of(its.document.title, its.heading_path)
        self.words = [words_of(self.text[slice(*each)]) for each in self.sentences]
        self.pieces: Pieces | None = None


class Collection:
    """The passages of a folder of documents, as they are indexed and found."""

    def __init__(self, folder: Path) -> None:
        # Gold names documents as they are seen from their folder, which is where the index lies.
        index = folder / ".qa-default"
        qa.index([folder], into=index)
        self._session = qa.open(index)
        its = self._session.pinned().index
        self.passages = [Passage(its.passage(row)) for row in range(its.counts.passages)]
        self.by_path: Mapping[str, list[int]] = defaultdict(list)
        self._numbers: dict[tuple[str, int], int] = {}
        self._found: dict[str, dict[int, int]] = {}
        for number, each in enumerate(self.passages):
            self.by_path[each.path].append(number)
            self._numbers[each.path, each.span.start] = number
        self.texts = {each.path: its.text_of(each) for each in its.documents()}
        held = Counter(word for each in self.passages for word in set().union(*each.words))
        self.idf = {word: math.log1p(len(self.passages) / count) for word, count in held.items()}

    def found(self, question: str) -> dict[int, int]:
        """Passages for a question, best first, with the sentence of each that would be read."""
        if question in self._found:  # each is drawn from several times
            return self._found[question]
        found: dict[int, int] = {}
        for each in self._session.ask(question, k=FOUND, read=False).citations:
            number = self._numbers[each.source.path, each.span.start]
            sentences = [span.start for span in self.passages[number].sentences]
            place = each.evidence[0].start - each.span.start if each.evidence else 0
            found[number] = max(bisect_right(sentences, place) - 1, 0)
        self._found[question] = found
        return found

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

    def __init__(self, collection: Collection, form: Form, chance: random.Random) -> None:
        self.its, self.form, self.chance = collection, form, chance

    def make(self, questions: Sequence[Mapping[str, Any]], first_group: int) -> Iterator[Example]:
        """The examples of each question, with groups from ``first_group`` on."""
        for group, question in enumerate(questions, first_group):
            text = question["question"]
            gold = self.gold(question)
            if question["answerable"] and not gold:
                continue
            touched = {number for number, _ in gold}
            ranked = self.its.found(text)
            same = {self.its.passages[number].text for number in touched}
            found = [each for each in ranked if self.its.passages[each].text not in same]
            if gold:
                number, place = self.chance.choice(gold)
                yield from self._of_gold(text, group, number, place, ranked.get(number))
                beside = self._beside(number, touched)
            else:
                beside = []
            kind = Kind.NEIGHBOUR if gold else Kind.OWN
            others = [
                *self._some(found[:8], NEAREST),
                *self._some(found[8:], FARTHER if gold else 1),
                *self._some(beside, BESIDE),
            ]
            for number in dict.fromkeys(others):
                yield self.read(text, group, kind, number, ranked.get(number))

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
                for number in self.its.by_path[each["path"]]
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

    def _of_gold(
        self, question: str, group: int, number: int, place: Span, sentence: int | None
    ) -> Iterator[Example]:
        its = self.its.passages[number]
        row = self.read(question, group, Kind.ANSWERED, number, sentence, place)
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
            its.pieces = pieces_of(self.form.tokenizer, its.text)
        if sentence is None:
            sentence = self.its.nearest_sentence(question, its)
        some = around(its.pieces, its.sentences, sentence)
        held = None
        if gold is not None:
            part = its.pieces.within(gold)
            held = inside(its.pieces, gold, some)
            seen = held[1] + 1 - held[0] if held else 0
            if seen < HELD * (part.stop - part.start):
                kind, held = Kind.MISSED, None
        context = "" if self.chance.random() < UNTITLED else its.context
        return example(
            self.form,
            kind,
            group,
            question,
            context,
            its.pieces,
            some,
            None,
            held,
        )
