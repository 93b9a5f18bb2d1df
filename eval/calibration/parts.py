"""A few files of a collection as a small collection of its own.

Most questions of the whole have no answer there, though it is about the same. Without such parts,
a model that is fitted to hundreds of passages and more trusts a collection of thirty too much.
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_eval import Question

from .variations import Kind

SIZE = 50_000
"""Bytes of a part; fewer than a third of its collection, and in several files."""

MOST = 30
"""Questions of a kind that are asked of a part."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some files of a collection, and what to ask of them."""

    files: tuple[Path, ...]
    answerable: tuple[Question, ...]
    unanswerable: tuple[tuple[Kind, str], ...]


def part_of(folder: Path, questions: Iterable[Question]) -> Part | None:
    """The part of the collection in ``folder``; ``None`` if it is too small to be cut."""
    chance = random.Random(folder.name)  # noqa: S311 - repeatable, not secret
    files = sorted(each for each in folder.rglob("*") if each.is_file() and not _hidden(each))
    total = sum(each.stat().st_size for each in files)
    asked_about = {gold.path for question in questions for gold in question.gold}
    chance.shuffle(files)
    chosen: list[Path] = []
    left = min(SIZE, total // 3)
    for file in sorted(files, key=lambda each: _name(each, folder) not in asked_about):
        if file.stat().st_size <= left:
            chosen.append(file)
            left -= file.stat().st_size
    there = {_name(each, folder) for each in chosen}
    answerable = [q for q in questions if q.gold and {gold.path for gold in q.gold} <= there]
    if len(chosen) < 2 or not answerable:
        return None
    removed = [
        (Kind.REMOVED, q.text)
        for q in questions
        if q.gold and there.isdisjoint(gold.path for gold in q.gold)
    ]
    own = [(Kind.OWN, q.text) for q in questions if not q.gold]

    def some(few: Sequence[tuple[Kind, str]]) -> list[tuple[Kind, str]]:
        return chance.sample(few, min(MOST, len(few)))

    chosen_questions = chance.sample(answerable, min(MOST, len(answerable)))
    return Part(tuple(chosen), tuple(chosen_questions), (*some(removed), *some(own)))


def _hidden(file: Path) -> bool:
    return any(part.startswith(".") for part in file.parts)


def _name(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()
