"""Asks the questions of a variation and records the signals of each answer."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from qa.answering.answerer import Answerer
from qa.answering.finding import Finding
from qa.confidence.model import FIRST, Assessment, Signals
from qa.measuring.collections import index_collection
from qa_index.encoding import Encoder
from qa_index.search.query import Mode

from .variations import Kind, Labelled, Variation


class Way(StrEnum):
    """How a question is asked."""

    READ = "read"
    """As usual. Languages that the reader does not know are not read."""
    UNREAD = "unread"
    BM25 = "bm25"


@dataclass(frozen=True, slots=True)
class Observation:
    """One question asked in one way."""

    set_name: str
    variation: str
    kind: Kind
    way: Way
    signals: Signals
    correct: bool
    """True if a document that answers it is among the first."""


def observe(variation: Variation, encoder: Encoder) -> Iterator[Observation]:
    """Index the documents, whole, and ask every question in every way."""
    index = index_collection(variation.documents, encoder=encoder, whole=True)
    ask = Answerer(index, lambda: encoder).find_and_assess
    ways: dict[Way, Callable[[str, int], tuple[Finding, Assessment]]] = {
        Way.READ: ask,
        Way.UNREAD: partial(ask, read=False),
        Way.BM25: partial(ask, mode=Mode.BM25),
    }
    for question in variation.questions:
        for way, find_and_assess in ways.items():
            finding, assessment = find_and_assess(question.text, FIRST)
            passages = [index.passage(row) for row in finding.rows[:FIRST].tolist()]
            if question.kind is Kind.REMOVED and _still_there(
                question, " ".join(passage.text for passage in passages)
            ):
                continue
            yield Observation(
                variation.set_name,
                variation.name,
                question.kind,
                way,
                assessment.signals,
                any(passage.document.path in question.gold for passage in passages),
            )


def _still_there(question: Labelled, shown: str) -> bool:
    """Return True if another passage shown contains the removed document's answer."""
    plain, asked = _plain(shown), _plain(question.text)
    answers = [answer for answer in map(_plain, question.answers) if len(answer) > 2]
    return any(f" {answer} " in f" {plain} " and answer not in asked for answer in answers)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
