"""Asks labelled questions in every way and records the signals of each answer."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from eval import laboratory
from eval.corpora.catalogue import Collection, Half
from qa.answering.answerer import Answerer
from qa.confidence.signals import Signals
from qa.measuring.collections import index_collection
from qa.measuring.evaluation import resolve_questions
from qa.measuring.responses import Responder
from qa_eval import QuestionSet
from qa_eval.matching import judge
from qa_eval.runs import KEPT
from qa_index.encoding import Encoder
from qa_index.search.query import Mode

from .variations import Kind, Labelled, Variation

FIRST = 3
"""Passages that are looked at for the answer to a question whose document was removed."""


class Way(StrEnum):
    """How a question is asked."""

    READ = "read"
    """As usual. Languages that the reader does not know are not read."""
    UNREAD = "unread"
    BM25 = "bm25"


class Role(StrEnum):
    """What a set is for."""

    PUBLIC = "public"
    """Fitted to: paragraphs of a public set."""
    REAL = "real"
    """Fitted to: a collection of documents."""
    JUDGED = "judged"
    """A collection that is only measured."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One question asked in one way."""

    role: Role
    set_name: str
    variation: str
    kind: Kind
    way: Way
    signals: Signals
    correct: bool
    """True if the first passage answers it."""


def observe(variation: Variation, encoder: Encoder) -> Iterator[Observation]:
    """Index the documents, whole, and ask every question in every way."""
    index = index_collection(variation.documents, encoder=encoder, whole=True)
    ways = _ways(Answerer(index, lambda: encoder))
    for question in variation.questions:
        for way, find_and_assess in ways.items():
            finding, assessment = find_and_assess(question.text, FIRST)
            passages = [index.passage(row) for row in finding.rows[:FIRST].tolist()]
            if question.kind is Kind.REMOVED and _still_there(
                question, " ".join(passage.text for passage in passages[:FIRST])
            ):
                continue
            yield Observation(
                Role.PUBLIC,
                variation.set_name,
                variation.name,
                question.kind,
                way,
                assessment.signals,
                bool(passages) and passages[0].document.path in question.gold,
            )


def observe_collection(
    collection: Collection,
    variation: str,
    questions: QuestionSet,
    answerer: Answerer,
    others: Iterable[tuple[Kind, str]],
) -> Iterator[Observation]:
    """Ask a collection, or part of it, questions that it answers, and others, in every way."""
    role = Role.JUDGED if collection.half is Half.JUDGING else Role.REAL
    observed = partial(Observation, role, collection.name, variation)
    ways = _ways(answerer)
    responder = Responder(answerer, KEPT, by_document=False)
    own = resolve_questions(answerer, questions).questions
    for question in own:
        for way, find_and_assess in ways.items():
            finding, assessment = find_and_assess(question.text, KEPT)
            mode = Mode.BM25 if way is Way.BM25 else Mode.HYBRID
            first = responder.response_to(finding, assessment, mode).retrieved[:1]
            correct = bool(judge(question, first).found)
            yield observed(Kind.ANSWERABLE, way, assessment.signals, correct)
    for kind, text in others:
        for way, find_and_assess in ways.items():
            yield observed(kind, way, find_and_assess(text, KEPT)[1].signals, False)


def _ways(answerer: Answerer) -> dict[Way, Any]:
    ask = answerer.find_and_assess
    return {
        Way.READ: ask,
        Way.UNREAD: partial(ask, read=False),
        Way.BM25: partial(ask, mode=Mode.BM25),
    }


def keep(observations: Sequence[Observation], file: Path) -> None:
    """Write observations to a file of JSON Lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(laboratory.as_json_lines(map(asdict, observations)), encoding="utf-8")


def kept(file: Path) -> list[Observation]:
    """The observations of a file that ``keep`` wrote."""
    with file.open(encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return [
        Observation(
            Role(line["role"]),
            line["set_name"],
            line["variation"],
            Kind(line["kind"]),
            Way(line["way"]),
            signals_in(line["signals"]),
            line["correct"],
        )
        for line in found
    ]


def signals_in(data: dict[str, Any]) -> Signals:
    """The signals of an observation that was kept.

    Null is NaN, or ``None`` for a signal that may be missing: of that, NaN is not kept.
    """
    never_missing = {each.name for each in fields(Signals) if each.type is float}
    values: dict[str, Any] = {
        name: laboratory.number(value) if name in never_missing else value
        for name, value in data.items()
    }
    return Signals(**values)


def _still_there(question: Labelled, shown: str) -> bool:
    """Return True if another passage shown contains the removed document's answer."""
    plain, asked = _plain(shown), _plain(question.text)
    answers = [answer for answer in map(_plain, question.answers) if len(answer) > 2]
    return any(f" {answer} " in f" {plain} " and answer not in asked for answer in answers)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()
