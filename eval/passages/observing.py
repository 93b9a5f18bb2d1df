"""Asks the questions of a set, and records the signals of all candidates with their labels."""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from eval.calibration.sources import LabelledSet
from qa.answering.answerer import Answerer
from qa.answering.depth import Deep, deep
from qa.answering.evidence import evidence
from qa.answering.finding import Finding
from qa.answering.listing import clipped_logit
from qa.confidence.relevance import PassageSignals
from qa.reader.network import model_weight, reading
from qa_index.search.query import Mode

Floats = NDArray[np.float64]
_Any = TypeVar("_Any")

UNKNOWN = -1
"""Label of a passage that is not judged but holds the words of the answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """One question asked in one way of a collection of ``passages``."""

    passages: int
    relevant: int
    """Number of passages that are labelled as relevant, found or not."""
    signals: PassageSignals
    labels: Floats
    """Shape (n,), for the candidates: 1, 0 or ``UNKNOWN``."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a set, or one that the set does not answer."""

    text: str
    gold: frozenset[str]
    answers: tuple[str, ...] = ()


def questions_of(
    labelled: LabelledSet, others: Sequence[str], *, at_most: int, unanswerable: int
) -> list[Question]:
    """A sample of a set's questions, its own unanswerable ones among them, and of ``others``."""
    chance = random.Random(labelled.name)  # noqa: S311 - repeatable, not secret
    own = [each for each in labelled.questions if each.gold]
    none = [each for each in labelled.questions if not each.gold]
    chosen = [*_some(own, at_most, chance), *_some(none, unanswerable, chance)]
    asked = [Question(each.text, each.gold, each.answers) for each in chosen]
    return [*asked, *(Question(each, frozenset()) for each in _some(others, unanswerable, chance))]


def _some(all_of: Sequence[_Any], count: int, chance: random.Random) -> list[_Any]:
    return chance.sample(list(all_of), min(count, len(all_of)))


def observe(
    answerer: Answerer, questions: Iterable[Question], *, read: int, mode: Mode = Mode.HYBRID
) -> Iterator[Observed]:
    """Ask each question; of its candidates the first ``read`` are read."""
    index = answerer.index
    paths = [document.path for document in index.documents()]
    for question in questions:
        finding, assessment = answerer.find_and_assess(question.text, 1, mode=mode, read=read > 0)
        found = deep(index, finding.query, mode=mode, among=None)
        named = [paths[place.document] for place in index.places(found.rows)]
        seen = finding.query.vector is not None
        signals = PassageSignals(
            score=found.score,
            share=found.share,
            reading=_read(answerer, question.text, finding, found, read),
            first=clipped_logit(assessment.probability),
            model_weight=model_weight(finding.query.trust) if seen else 0.0,
        )
        labels = np.array([float(name in question.gold) for name in named])
        for number, row in enumerate(found.rows.tolist()):
            if not labels[number] and _holds(index.passage(row).text, question.answers):
                labels[number] = UNKNOWN
        relevant = sum(path in question.gold for path in paths)
        yield Observed(index.passage_count, relevant, signals, labels)


def _read(answerer: Answerer, question: str, finding: Finding, found: Deep, count: int) -> Floats:
    read = np.full(len(found.places), np.nan)
    some = found.places[:count]
    if not some:
        return read
    known = dict(zip(finding.rows.tolist(), finding.logits, strict=False))
    marked = evidence(found.ranking.candidates(some), finding.query)
    for number, (row, each) in enumerate(zip(found.rows[:count].tolist(), marked, strict=True)):
        if row in known:
            read[number] = known[row]
            continue
        told = reading(question, answerer.index.passage(row), each.sentences[0])
        if told is not None:
            read[number] = told.logit
    return read


def _holds(text: str, answers: Sequence[str]) -> bool:
    plain = f" {_plain(text)} "
    return any(f" {answer} " in plain for answer in map(_plain, answers) if len(answer) > 2)


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


_SCALARS = ("first", "model_weight")
_COLUMNS = tuple(each.name for each in fields(PassageSignals) if each.name not in _SCALARS)


def keep(observed: Sequence[Observed], file: Path) -> None:
    """Write what was observed to a file, whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.stem}.new.npz")
    arrays = {
        name: np.concatenate([getattr(each.signals, name) for each in observed])
        for name in _COLUMNS
    }
    arrays |= {
        name: np.array([getattr(each.signals, name) for each in observed]) for name in _SCALARS
    }
    np.savez_compressed(
        new,
        **arrays,  # type: ignore[arg-type]
        labels=np.concatenate([each.labels for each in observed]),
        counts=np.array([len(each.labels) for each in observed]),
        passages=np.array([each.passages for each in observed]),
        relevant=np.array([each.relevant for each in observed]),
    )
    new.replace(file)


def kept(file: Path) -> list[Observed]:
    """What ``keep`` wrote."""
    with np.load(file) as stored:
        data = {name: stored[name] for name in stored.files}
    ends = np.cumsum(data["counts"])
    found = []
    for number, (end, count) in enumerate(zip(ends.tolist(), data["counts"].tolist(), strict=True)):
        part = slice(end - count, end)
        signals = PassageSignals(
            score=data["score"][part],
            share=data["share"][part],
            reading=data["reading"][part],
            first=float(data["first"][number]),
            model_weight=float(data["model_weight"][number]),
        )
        found.append(
            Observed(
                int(data["passages"][number]),
                int(data["relevant"][number]),
                signals,
                data["labels"][part],
            )
        )
    return found
