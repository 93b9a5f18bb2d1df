"""Questions put in another language than their documents'."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from qa_eval import QuestionSet

from .catalogue import QUESTIONS, Group


class Translation(NamedTuple):
    """A question in another language."""

    language: str
    question: str


def translations(group: Group) -> Mapping[str, Sequence[Translation]]:
    """The translations of each question, by its id."""
    file = QUESTIONS / "translations" / f"{group}.jsonl"
    found = defaultdict(list)
    for line in file.read_text(encoding="utf-8").splitlines():
        each = json.loads(line)
        found[each["id"]].append(Translation(each["language"], each["question"]))
    return dict(found)


def translated(questions: QuestionSet, group: Group) -> QuestionSet:
    """Those of the questions that have translations, asked in each of those languages.

    An id is ``ID@LANGUAGE``.
    """
    other = translations(group)
    found = (
        replace(each, id=f"{each.id}@{language}", text=question)
        for each in questions.questions
        for language, question in other.get(each.id, ())
    )
    return replace(questions, questions=tuple(found))
