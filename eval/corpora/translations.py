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
    """Those of the questions that have translations, asked in the first of the languages."""
    other = translations(group)
    there = (each for each in questions.questions if each.id in other)
    asked = (replace(each, text=other[each.id][0].question) for each in there)
    return replace(questions, questions=tuple(asked))
