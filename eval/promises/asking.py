"""Asks labelled questions of public sets and of collections, and keeps what was observed."""

import json
import random
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import qa
from eval import laboratory
from eval.calibration.asking import HELD_OUT
from eval.calibration.observing import signals_in
from eval.calibration.sources import load
from eval.calibration.variations import Kind, Labelled, Variation, variations
from qa.answering.answerer import Answerer
from qa.confidence.signals import Signals
from qa.measuring.collections import index_collection
from qa.measuring.evaluation import question_set_of, resolve_questions
from qa.measuring.responses import Responder
from qa_eval.matching import judge
from qa_eval.runs import KEPT
from qa_index.encoding.opening import open_encoder

MIXTURE = {
    Kind.ANSWERABLE: 180,
    Kind.OWN: 60,
    Kind.SWAPPED: 40,
    Kind.REMOVED: 30,
    Kind.OTHER_DOMAIN: 30,
}
"""Most questions of each kind that are asked of a public set: about two in five have no answer."""

FOREIGN = "xquad"
"""What the names of the sets hold that no English questions are asked of."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, as it was answered."""

    set_name: str
    kind: str
    document: str
    """That it is about; empty if that is not known."""
    probability: float
    """Of the shipped fit."""
    correct: bool
    """Whether the first passage answers it."""
    signals: Signals


def ask_public(name: str, data: Path, kept: Path, *, model: str, most: int) -> list[Asked]:
    """What was observed on a public set in BEIR layout, of at most ``most`` documents."""
    file = kept / model / f"{name}.jsonl"
    if file.exists():
        return read(file)
    labelled = load(data / name, at_most=most)
    others = {} if FOREIGN in name else _others(name, data)
    size = int(len(labelled.documents) * 0.8)
    (variation,) = variations(labelled, (size,), others, at_most=max(MIXTURE.values()))
    return _kept(_observed(variation, model, MIXTURE), file)


def ask_collection(questions: Path, folder: Path, kept: Path, *, model: str) -> list[Asked]:
    """What was observed on a folder of documents and a file of questions about them.

    The questions name the documents as they are seen from ``folder``, where the index lies.
    """
    file = kept / model / f"{questions.stem}.jsonl"
    if file.exists():
        return read(file)
    index = folder / f".qa-{model}"
    qa.index([folder], into=index, model=model)
    with qa.open(index) as session:
        return _kept(_of_files(questions, session.pinned()), file)


def _of_files(questions: Path, answerer: Answerer) -> Iterator[Asked]:
    responder = Responder(answerer, KEPT, by_document=False)
    unseen = frozenset(HELD_OUT.read_text(encoding="utf-8").split())
    for question in resolve_questions(answerer, question_set_of(questions)).questions:
        if questions.parent == HELD_OUT.parent and question.id not in unseen:
            continue  # the reader learnt from it
        finding, assessment = answerer.find_and_assess(question.text, KEPT)
        first = responder.response_to(finding, assessment, qa.Mode.HYBRID).retrieved[:1]
        yield Asked(
            questions.stem,
            Kind.ANSWERABLE if question.answerable else Kind.OWN,
            question.gold[0].path if question.gold else "",
            assessment.probability,
            bool(judge(question, first).found),
            assessment.signals,
        )


def _observed(variation: Variation, model: str, mixture: Mapping[Kind, int]) -> Iterator[Asked]:
    encoder = open_encoder(model, offline=True)
    index = index_collection(variation.documents, encoder=encoder, whole=True)
    answerer = Answerer(index, lambda: encoder)
    left = dict(mixture)
    for question in variation.questions:
        if not left.get(question.kind):
            continue
        left[question.kind] -= 1
        finding, assessment = answerer.find_and_assess(question.text, KEPT)
        paths = [index.passage(row).document.path for row in finding.rows[:1].tolist()]
        yield Asked(
            variation.set_name,
            question.kind,
            min(question.gold, default=""),
            assessment.probability,
            bool(paths) and paths[0] in question.gold,
            assessment.signals,
        )


def _others(name: str, data: Path) -> dict[str, list[str]]:
    """Questions of the other English sets."""
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    found = {}
    for other in sorted(data.iterdir()):
        if other.is_dir() and other.name != name and FOREIGN not in other.name:
            texts = [each.text for each in load(other, at_most=500).questions if each.gold]
            found[other.name] = chance.sample(texts, min(1000, len(texts)))
    return {each: texts for each, texts in found.items() if len(texts) >= 30}


def _kept(found: Iterable[Asked], file: Path) -> list[Asked]:
    started = time.perf_counter()
    seen = list(found)
    keep(seen, file)
    took = time.perf_counter() - started
    print(f"{file.stem}: {len(seen)} in {took:.0f} s", file=sys.stderr, flush=True)
    return seen


def keep(seen: Iterable[Asked], file: Path) -> None:
    """Write what was observed to a file of JSON Lines."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(laboratory.as_json_lines(map(asdict, seen)), encoding="utf-8")


def read(file: Path) -> list[Asked]:
    """What was observed, from a file that ``keep`` wrote."""
    with file.open(encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    return [
        Asked(
            **{
                **line,
                "probability": laboratory.number(line["probability"]),
                "signals": signals_in(line["signals"]),
            }
        )
        for line in found
    ]


def ask_strangers(
    name: str, strangers: str, data: Path, kept: Path, *, model: str, most: int
) -> list[Asked]:
    """A public set asked questions of another: nothing answers them, or so it is taken."""
    file = kept / model / f"{name}+{strangers}.jsonl"
    if file.exists():
        return read(file)
    labelled = load(data / name, at_most=most)
    size = int(len(labelled.documents) * 0.8)
    (variation,) = variations(labelled, (size,), {}, at_most=1)
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    texts = sorted(each.text for each in load(data / strangers).questions if each.gold)
    questions = tuple(
        Labelled(Kind.OTHER_DOMAIN, text, frozenset(), ()) for text in chance.sample(texts, 60)
    )
    strange = replace(variation, questions=questions)
    return _kept(_observed(strange, model, {Kind.OTHER_DOMAIN: len(questions)}), file)
