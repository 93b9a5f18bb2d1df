"""The labelled sets: BEIR folders whose queries may be marked unanswerable."""

import json
import random
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval import laboratory
from eval.reading.outside import BROUGHT
from qa_eval import Document, beir_documents


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a set."""

    id: str
    text: str
    gold: frozenset[str]
    """Documents that answer it; empty if none does."""
    about: str | None
    """For an unanswerable question: the document that it is about."""
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Documents with questions about them."""

    name: str
    documents: dict[str, Document]
    """By id."""
    articles: dict[str, tuple[str, ...]]
    """Ids of the documents of each article, in random order, those with questions first."""
    questions: tuple[Asked, ...]


LEARNT = {
    "squad_train": 0.9,
    "squad2_half": 0.5,
    "scifact_train": 0.5,
    **dict.fromkeys(BROUGHT, 1.0),
}
"""Share of a set's articles whose questions the reader is trained on. The confidence is fitted and
judged on the questions of the others."""


IN = "@"
"""``DOCUMENTS@TRANSLATIONS`` names a set whose questions are asked as another set words them."""


def load(folder: Path, *, at_most: int | None = None, learnt: bool = False) -> LabelledSet:
    """Read a set, keeping whole articles until there are ``at_most`` documents.

    Its questions are those that the reader was not trained on; with ``learnt``, those that it was.
    A folder ``a@b`` stands for the documents of ``a``, beside it, and those of its questions that
    ``b`` has too, in the words of ``b``: XQuAD translates questions of SQuAD and keeps their ids.
    Raises ``laboratory.Problem`` if the folder is no such set.
    """
    name, _, asked_in = folder.name.partition(IN)
    documents = {
        document.id: document
        for document in beir_documents(laboratory.beir(folder.with_name(name)))
    }
    questions = [
        question
        for question in _questions(folder.with_name(name))
        if is_learnt(name, question.about or min(question.gold)) is learnt
    ]
    if asked_in:
        worded = {each.id: each.text for each in _questions(folder.with_name(asked_in))}
        questions = [replace(each, text=worded[each.id]) for each in questions if each.id in worded]
    asked_about = {place for question in questions for place in (*question.gold, question.about)}
    articles: dict[str, list[str]] = defaultdict(list)
    for document in documents.values():
        articles[article_of(document.id)].append(document.id)
    names = sorted(articles)
    random.Random(folder.name).shuffle(names)  # noqa: S311 - repeatable, not secret
    names.sort(key=lambda name: asked_about.isdisjoint(articles[name]))
    kept: dict[str, tuple[str, ...]] = {}
    count = 0
    for name in names:
        if at_most is None or count < at_most:
            kept[name] = tuple(articles[name])
            count += len(articles[name])
    there = {document for article in kept.values() for document in article}
    return LabelledSet(
        name=folder.name,
        documents={name: documents[name] for name in sorted(there)},
        articles=kept,
        questions=tuple(q for q in questions if q.gold <= there and q.about in {None, *there}),
    )


def article_of(document: str) -> str:
    """Paragraphs are numbered within their article, as in "1973_oil_crisis#4"."""
    return document.rpartition("#")[0] or document


def is_learnt(name: str, document: str) -> bool:
    """Return True if the reader is trained on questions about a document of the set ``name``."""
    return zlib.crc32(article_of(document).encode()) % 100 < 100 * LEARNT.get(name, 0)


def _questions(folder: Path) -> Iterator[Asked]:
    relevant: dict[str, set[str]] = defaultdict(set)
    for line in (folder / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, document, grade = line.split("\t")
        if int(grade) > 0:
            relevant[question].add(document)
    for line in (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines():
        data: dict[str, Any] = json.loads(line)
        gold = relevant[data["_id"]]
        if "labels" in data:  # a claim of SciFact: a cited abstract need not decide it
            gold = {label.partition(":")[0] for label in data["labels"]}
        about = None if data.get("answerable", True) else data["source_doc"]
        if gold or about:
            yield Asked(
                id=data["_id"],
                text=data["text"],
                gold=frozenset() if about else frozenset(gold),
                about=about,
                answers=tuple(data.get("answers", ())),
            )
