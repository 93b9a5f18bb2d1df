"""Questions put in another language than their documents'."""

import json
from dataclasses import replace

from qa_eval import QuestionSet

from .catalogue import QUESTIONS, Group


def translations(group: Group) -> dict[str, str]:
    """The translations of questions, by their ids."""
    file = QUESTIONS / "translations" / f"{group}.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    return {each["id"]: each["question"] for each in map(json.loads, lines)}


def translated(questions: QuestionSet, group: Group) -> QuestionSet:
    """Those of the questions that have a translation, asked in that other language."""
    other = translations(group)
    there = (each for each in questions.questions if each.id in other)
    return replace(questions, questions=tuple(replace(each, text=other[each.id]) for each in there))
