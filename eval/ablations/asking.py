"""Asks questions of an index and measures what a ranking of its rows is worth."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_eval.matching import judge
from qa_eval.measures import retrieval_measures
from qa_eval.records import Place, Question, Retrieved
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import Encoder
from qa_index.encoding.profile import fertility_range
from qa_index.search.query import Query
from qa_index.search.wording import wording

MEASURE = "nDCG@10"
DEPTH = 10
"""Ranks that the measure looks at."""

Ranked = Iterable[int]
"""Rows of the index, best first."""


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A question with what an encoder says of it, which no variant changes."""

    question: Question
    vector: NDArray[np.float32]
    trust: float

    def query(self, index: StoredIndex, *, trust: float | None = None) -> Query:
        """What an index makes of it; ``trust`` in place of the question's own."""
        question = wording(index, self.question.text).question
        trust = self.trust if trust is None else trust
        return Query.of(index, question, self.vector, trust=trust)


def encoded(questions: Iterable[Question], encoder: Encoder) -> list[Asked]:
    """The questions, each encoded once."""
    return [
        Asked(
            question,
            encoder.encode_question(question.text),
            fertility_range(encoder.description.sha256).trust(encoder.fertility(question.text)),
        )
        for question in questions
    ]


class Judge:
    """Measures rankings of an index's rows. Ranks count documents, each at its first passage, or
    passages, where gold is places."""

    def __init__(self, index: StoredIndex) -> None:
        self._index = index
        self._passages = index.passages.all()
        self._duplicates = index.duplicates.all()
        self._paths = [document.path for document in index.documents()]

    def measure(
        self,
        asked: Sequence[Asked],
        rows_of: Callable[[Asked], Ranked],
        *,
        measure: str = MEASURE,
    ) -> float:
        """Mean of a measure over the questions."""
        found = {
            each.question.id: judge(each.question, self._retrieved(rows_of(each))).found
            for each in asked
        }
        values = retrieval_measures([each.question for each in asked], found, [measure])
        return float(np.mean([value[measure] for value in values.values()]))

    def _retrieved(self, rows: Ranked) -> tuple[Retrieved, ...]:
        """The passages of the first ``DEPTH`` documents."""
        retrieved: list[Retrieved] = []
        documents: set[str] = set()
        for row in rows:
            duplicates = self._index.duplicates_of(row) if self._duplicates[row] != row else []
            path, start, end = self._place(row)
            retrieved.append(
                Retrieved(path, start, end, also_in=tuple(map(self._place, duplicates)))
            )
            documents.add(path)
            if len(documents) == DEPTH:
                break
        return tuple(retrieved)

    def _place(self, row: int) -> Place:
        record = self._passages[row]
        return Place(self._paths[int(record["document"])], int(record["start"]), int(record["end"]))
