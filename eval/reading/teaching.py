"""Examples that the English network has read, for the multilingual one to learn its logits.

What a larger network says of a text tells more than a label: how near it comes to an answer (Ba and
Caruana 2014, https://arxiv.org/abs/1312.6184). The English network knows what people ask a search
engine. The other network learns that from English examples, and from pages that are written in
several languages line by line: it reads a question and lines of a page in two of them, and learns
what the English network says of both in English.
"""

import heapq
import math
import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from eval.calibration.sources import Asked, load
from qa.reader.network import NETWORK, Reader
from qa.reader.rows import (
    ENGLISH,
    MULTILINGUAL,
    TEXT,
    asked_pieces,
    context_pieces,
    pieces_of,
    row_of,
)
from qa_index.encoding import multilingual
from qa_index.encoding.onnx_engine import open_session
from qa_index.records import Span

from . import outside
from .examples import Example, Kind, example, inside, words_of
from .network import form_of

THREADS = 2

PAGES = "integreat-en"
"""The set of pages in several languages, in English."""

SPACE = "\u2581"
"""What stands for a space in word pieces."""

LINES = 12
"""Most lines of a page that are read as one text."""

OF_THE_PAGE, OF_OTHERS = 2, 3
"""Texts besides the one that answers: of the same page, and of those that share most with the
question."""

NEAR = 8
"""So many pages that share most with a question are drawn from."""

ACROSS = 0.4
"""Share of questions that are asked in another language than the page's."""


class Words(NamedTuple):
    """What the English network reads."""

    question: str
    context: str
    text: str


Sourced = tuple[Example, Words | None]
"""An example, and what it says in English if the English network's logit is to be learnt."""


class Teacher:
    """The English network."""

    def __init__(self) -> None:
        self._tokenizer = form_of(ENGLISH).tokenizer
        words = np.load(NETWORK.with_name(f"{NETWORK.stem}-words.npy"))
        self._reader = Reader(open_session(NETWORK), self._tokenizer, words, ENGLISH)

    def logit(self, words: Words) -> float:
        """Whether a text under its headings answers a question; as much is read as fits."""
        asked = asked_pieces(self._tokenizer, words.question)
        above = context_pieces(self._tokenizer, words.context)
        text = pieces_of(self._tokenizer, words.text).ids[:TEXT]
        return self._reader.outputs(row_of(ENGLISH, asked, above, text))[0]

    def taught(self, sourced: Sequence[Sourced]) -> list[Example]:
        """The examples, with the network's logit where there are English words."""
        words = [said for _, said in sourced]
        with ThreadPoolExecutor(THREADS) as threads:
            logits = threads.map(lambda said: self.logit(said) if said else math.nan, words)
            return [
                replace(each, taught=logit)
                for (each, _), logit in zip(sourced, logits, strict=True)
            ]


def words_of_row(row: NDArray[np.int32]) -> Words:
    """What an English row of the multilingual network says."""
    ends = np.flatnonzero(row == MULTILINGUAL.end)
    parts = [part[1:].tolist() for part in np.split(row, ends)[:-1]]
    said = ["".join(_pieces()[each] for each in part).replace(SPACE, " ").strip() for part in parts]
    return Words(said[0], said[1] if len(said) > 2 else "", said[-1])


@cache
def _pieces() -> Sequence[str]:
    return multilingual.open_packed().pieces()


class Parallel:
    """Pages and questions in several languages, line by line, as ``outside.py`` brings them."""

    def __init__(self, data: Path, chance: random.Random) -> None:
        self.form, self.chance = form_of(MULTILINGUAL), chance
        self.sets = {
            language: load(data / f"integreat-{language}", learnt=True)
            for language in outside.TRANSLATED
        }
        self.asked = {
            language: {_number(each.id): each for each in its.questions}
            for language, its in self.sets.items()
        }
        self.questions = len(self.asked["en"])
        self.words = {
            _number(name): words_of(each.text) for name, each in self.sets["en"].documents.items()
        }

    def make(self, first_group: int) -> Iterator[Sourced]:
        """Every question with some texts, in languages drawn by chance.

        Groups are numbered from ``first_group`` on.
        """
        for group, (number, asked) in enumerate(self.asked["en"].items(), first_group):
            language = self.chance.choice(outside.TRANSLATED)
            across = self.chance.random() < ACROSS
            asked_in = self.chance.choice(outside.TRANSLATED) if across else language
            its = self.asked[language].get(number)
            worded = self.asked[asked_in].get(number)
            if its is None or worded is None:
                continue
            for page, lines in self._texts(asked, its):
                made, in_english = self._example(group, worded.text, its, page, lines)
                yield made, Words(asked.text, *in_english)

    def _texts(self, asked: Asked, its: Asked) -> Iterator[tuple[str, slice]]:
        """A page and lines of it: one that answers, some of its page, and some of near pages."""
        own = _number(its.about or min(its.gold))
        if its.answers:
            text = self.sets[_language(its.id)].documents[min(its.gold)].text
            yield own, self._window(text[: max(0, text.find(its.answers[0]))].count("\n"))
        count = len(self._lines(own))
        for _ in range(OF_THE_PAGE):
            yield own, self._window(self.chance.randrange(count))
        words = words_of(asked.text)
        near = heapq.nlargest(NEAR, self.words, key=lambda page: len(words & self.words[page]))
        others = [page for page in near if page != own]
        for page in self.chance.sample(others, min(OF_OTHERS, len(others))):
            shared = [len(words & words_of(line)) for line in self._lines(page)]
            yield page, self._window(int(np.argmax(shared)))

    def _lines(self, page: str) -> list[str]:
        return self.sets["en"].documents[f"en-{page}"].text.split("\n")

    def _window(self, line: int) -> slice:
        start = max(0, line - self.chance.randrange(LINES // 2))
        return slice(start, start + LINES)

    def _example(
        self, group: int, question: str, its: Asked, page: str, lines: slice
    ) -> tuple[Example, tuple[str, str]]:
        """Lines of a page in the language of ``its``, and its title and them in English."""
        title, text = self._read(_language(its.id), page, lines)
        pieces = pieces_of(self.form.tokenizer, text)
        read = slice(0, min(len(pieces.ids), TEXT))
        kind, held = Kind.NEIGHBOUR if its.answers else Kind.OWN, None
        if its.answers and page == _number(min(its.gold)):
            places = [(text.find(each), len(each)) for each in its.answers if each in text]
            parts = [inside(pieces, Span(start, start + size), read) for start, size in places]
            there = [part for part in parts if part is not None]
            kind = Kind.ANSWERED if there else Kind.MISSED
            held = there[0] if len(there) == 1 else None
        made = example(self.form, kind, group, question, title, pieces, read, None, held)
        return made, self._read("en", page, lines)

    def _read(self, language: str, page: str, lines: slice) -> tuple[str, str]:
        """The title of a page, and lines of it."""
        its = self.sets[language].documents[f"{language}-{page}"]
        return its.title, "\n".join(its.text.split("\n")[lines])


def _language(name: str) -> str:
    return name.partition("-")[0]


def _number(name: str) -> str:
    """The id of a page or a question without its language."""
    return name.partition("-")[2]
