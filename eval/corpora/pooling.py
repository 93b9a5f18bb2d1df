"""Pools the passages that several ways of searching find, for somebody to judge, and keeps what was
judged.

Who writes a question knows the place that it was written from, and seldom all others that answer
it. So what several searches put first is read against the question by somebody who is not told who
found it, and where (pooling, chapter 2 of Voorhees and Harman, *TREC: Experiment and Evaluation in
Information Retrieval*, 2005).
"""

import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import qa
from qa_eval.gold import located
from qa_eval.records import Gold
from qa_index.records import context_of

from .catalogue import Collection
from .translations import Translation


class Way(NamedTuple):
    """A way of searching."""

    mode: str
    read: bool


WAYS = (Way("hybrid", True), Way("hybrid", False), Way("bm25", False), Way("dense", False))

ONLY_PART = "1"
"""The part of places that answer the same."""


def pool(
    collection: Collection,
    session: qa.Session,
    depth: int,
    other: Mapping[str, Sequence[Translation]],
) -> Iterator[dict[str, Any]]:
    """Each question of a collection with the first ``depth`` passages of each way of searching.

    A question is also asked in the other languages that it was put in, if passages are read. The
    order of the passages says nothing.
    """
    for line in collection.questions.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        asked = [(question["question"], way) for way in WAYS]
        foreign = [each.question for each in other.get(question["id"], ())]
        asked += [(text, way) for text in foreign for way in WAYS if way.read]
        found = {
            (each.source.path, each.span.start): {
                "path": each.source.path,
                "context": context_of(each.source.title, each.heading_path),
                "text": each.quote,
            }
            for text, way in asked
            for each in session.ask(text, k=depth, mode=way.mode, read=way.read).citations
        }
        passages = [found[key] for key in sorted(found)]
        random.Random(question["id"]).shuffle(passages)
        yield {
            "collection": collection.name,
            "id": question["id"],
            "question": question["question"],
            "gold": [each["quote"] for each in question["gold"]],
            "passages": passages,
        }


def add(file: Path, judged: Iterable[Mapping[str, Any]], texts: Mapping[str, str]) -> int:
    """Add places that were judged to answer to the questions of a file; return how many were added.

    Each has an ``id``, a ``path`` and a ``quote``. A place that overlaps one that is there is left
    out. ``texts`` are those of the documents, by path. Raises ``ValueError`` for a place that is
    not in the text or is there twice, for an unknown question, and for one that needs several
    places.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    questions = {each["id"]: each for each in map(json.loads, lines)}
    added = 0
    for each in judged:
        question = questions.get(each["id"])
        if question is None:
            raise ValueError(f"{file.name} has no question {each['id']}")
        if len(question["gold"]) > 1 and any("part" not in gold for gold in question["gold"]):
            raise ValueError(f"{each['id']} needs several places; add to it by hand")
        place = {"path": each["path"], "quote": each["quote"]}
        try:
            start, end = _place(place, texts)
            there = [
                _place(gold, texts) for gold in question["gold"] if gold["path"] == each["path"]
            ]
        except LookupError as error:
            raise ValueError(f"{each['id']}: {error.args[0]}") from None
        if any(start < last and first < end for first, last in there):
            continue
        question["answerable"] = True
        question["gold"].append(place)
        if len(question["gold"]) > 1:
            for gold in question["gold"]:
                gold.setdefault("part", ONLY_PART)
        added += 1
    told = (json.dumps(each, ensure_ascii=False) + "\n" for each in questions.values())
    file.write_text("".join(told), encoding="utf-8")
    return added


def _place(gold: Mapping[str, Any], texts: Mapping[str, str]) -> tuple[int, int]:
    path, quote = gold["path"], gold["quote"]
    start = located(Gold(path, quote, gold.get("start")), texts.get(path)).start or 0
    return start, start + len(quote)
