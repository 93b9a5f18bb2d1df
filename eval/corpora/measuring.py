"""Asks the questions of the ruler and counts what a person would notice."""

from collections.abc import Sequence
from dataclasses import dataclass

import qa_eval
from qa_eval.measures import OF_TEXT
from qa_eval.runs import Result

SURE = 0.7
"""Probability from which an answer is said to be likely."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one question of a collection."""

    collection: str
    question: str
    answerable: bool
    answered: bool
    probability: float
    first: bool
    """Whether the first passage holds gold."""
    in_three: bool
    in_thirty: bool
    marked: bool
    """Whether a marked sentence of the first passage overlaps gold."""
    values: dict[str, float]
    """nDCG@10, and the shares of characters."""
    tags: Sequence[str] = ()

    @property
    def wrong(self) -> bool:
        """Whether it was answered, and the first passage does not answer it."""
        return self.answered and not self.first


NDCG, THIRTY = "nDCG@10", "R@30"
MEASURES = (NDCG, "Success@1", "Success@3", THIRTY)


def asked(collection: str, run: qa_eval.Run, mode: str) -> list[Asked]:
    """The results of a run, question by question."""
    questions = {question.id: question for question in run.questions}
    return [_asked(collection, questions[each.question_id], each) for each in run.modes[mode]]


def _asked(collection: str, question: qa_eval.Question, result: Result) -> Asked:
    measures = result.measures
    return Asked(
        collection=collection,
        question=question.id,
        answerable=question.answerable,
        answered=result.answered,
        probability=result.probability,
        first=measures.get("Success@1", 0) > 0,
        in_three=measures.get("Success@3", 0) > 0,
        in_thirty=measures.get(THIRTY, 0) > 0,
        marked=measures.get("evidence_precision", 0) > 0,
        values={name: measures[name] for name in (NDCG, *OF_TEXT) if name in measures},
        tags=question.tags,
    )
