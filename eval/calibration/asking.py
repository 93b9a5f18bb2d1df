"""Asks the questions of many sets, several sets at a time, and keeps what was observed."""

import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import qa
from eval.corpora.catalogue import QUESTIONS, Collection, Group, Half
from qa.measuring.evaluation import question_set_of
from qa_eval import QuestionSet
from qa_index.building.build import build
from qa_index.encoding.cache import cache_folder
from qa_index.encoding.opening import open_encoder

from .observing import Observation, keep, kept, observe, observe_collection
from .parts import Part, part_of
from .remembering import RememberingEncoder
from .sources import LabelledSet, load
from .variations import Kind, variations

OTHERS = 1000
"""Questions of a public set that are asked of the other sets, at most."""

OTHERS_OF_COLLECTIONS = 5
"""Questions of other collections in the same language that are asked of a collection."""

HELD_OUT = QUESTIONS / Group.TRAINING / "held-out.txt"
"""Ids of the training questions that the reader did not learn from, one a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Where the sets are and how they are asked."""

    data: Path
    """Folder of the public sets, in BEIR layout."""
    documents: Path
    """Folder of the collections' documents."""
    model: str
    """Name of the embedding model."""
    sizes: tuple[int, ...]
    """Documents in a variation of a public set."""
    most_documents: int
    """Of a public set."""
    most_questions: int
    """Of a kind in a variation."""
    foreign: str
    """What the names of the sets hold that no English questions are asked of."""
    kept: Path
    """Folder of what was observed: a set that is there is not asked again."""


def asked(
    names: Sequence[str], collections: Sequence[Collection], how: Asking, *, processes: int
) -> list[Observation]:
    """What was observed on the public sets of these names and on the collections."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = [
            *(pool.submit(_public, each, names, how) for each in names),
            *(pool.submit(_collection, each, collections, how) for each in collections),
        ]
        return [observation for each in found for observation in each.result()]


def _public(name: str, names: Sequence[str], how: Asking) -> list[Observation]:
    file = how.kept / how.model / f"{name}.jsonl"
    if file.exists():
        return kept(file)
    labelled = load(how.data / name, at_most=how.most_documents)
    others = {} if how.foreign in name else _others(name, names, how)
    encoder = _encoder(name, how)
    seen: list[Observation] = []
    started = time.perf_counter()
    for variation in variations(labelled, how.sizes, others, at_most=how.most_questions):
        seen += observe(variation, encoder)
    encoder.save()
    return _told(name, seen, file, started)


def _others(name: str, names: Sequence[str], how: Asking) -> dict[str, list[str]]:
    """Questions of the other sets that are in the same language."""
    chance = random.Random(0)  # noqa: S311 - repeatable, not secret
    found: dict[str, list[str]] = {}
    for other in names:
        if other != name and how.foreign not in other:
            there: LabelledSet = load(how.data / other, at_most=how.most_documents)
            texts = [question.text for question in there.questions if question.gold]
            found[other] = chance.sample(texts, min(OTHERS, len(texts)))
    return found


def _collection(
    collection: Collection, collections: Sequence[Collection], how: Asking
) -> list[Observation]:
    file = how.kept / how.model / f"{collection.name}.jsonl"
    if file.exists():
        return kept(file)
    started = time.perf_counter()
    chance = random.Random(collection.name)  # noqa: S311 - repeatable, not secret
    others = [
        question.text
        for each in collections
        if each.language == collection.language and each is not collection
        for question in _questions(each).questions
    ]
    folder = how.documents / collection.name
    questions = _questions(collection)
    own = [(Kind.OWN, each.text) for each in questions.questions if not each.answerable]
    few = chance.sample(others, min(OTHERS_OF_COLLECTIONS, len(others)))
    whole = Part(
        (folder,),
        tuple(each for each in questions.questions if each.answerable),
        (*own, *((Kind.OTHER_DOMAIN, text) for text in few)),
    )
    seen = _observed(collection, collection.name, whole, questions, how)
    part = part_of(folder, questions.questions) if collection.half is not Half.JUDGING else None
    if part is not None:
        seen += _observed(collection, f"{collection.name}/part", part, questions, how)
    return _told(collection.name, seen, file, started)


def _observed(
    collection: Collection, name: str, part: Part, questions: QuestionSet, how: Asking
) -> list[Observation]:
    # Gold names documents as they are seen from their folder, which is where the index lies.
    index = how.documents / collection.name / f".qa-{how.model}{'-part' if '/' in name else ''}"
    build(list(part.files), index, encoder=open_encoder(how.model, offline=True), jobs=1)
    asked_of_it = replace(questions, questions=part.answerable)
    with qa.open(index) as session:
        answerer = session.pinned()
        return list(observe_collection(collection, name, asked_of_it, answerer, part.unanswerable))


def _questions(collection: Collection) -> QuestionSet:
    """The questions of a collection that the reader did not learn from."""
    questions = question_set_of(collection.questions)
    if collection.half is not None:
        return questions
    unseen = frozenset(HELD_OUT.read_text(encoding="utf-8").split())
    kept = tuple(each for each in questions.questions if each.id in unseen)
    return replace(questions, questions=kept)


def _encoder(name: str, how: Asking) -> RememberingEncoder:
    return RememberingEncoder(
        open_encoder(how.model, offline=True),
        cache_folder() / "calibration" / how.model / f"{name}.npz",
    )


def _told(name: str, seen: list[Observation], file: Path, started: float) -> list[Observation]:
    keep(seen, file)
    took = time.perf_counter() - started
    print(f"{name}: {len(seen)} in {took:.0f} s", file=sys.stderr, flush=True)
    return seen
