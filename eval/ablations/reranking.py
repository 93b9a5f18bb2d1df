"""What reranking by the reader contributes."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from qa.answering.answerer import Answerer
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import Encoder

from .asking import DEPTH, MEASURE, Asked, Judge

FIRST = "Success@1"


def compare(index: StoredIndex, asked: Sequence[Asked], encoder: Encoder) -> dict[str, float]:
    """Measures without and with reranking, and the mean number of passages read.

    Documents must be whole. Empty without questions.
    """
    if not asked:
        return {}
    judge, answerer = Judge(index), Answerer(index, lambda: encoder)
    figures: dict[str, float] = {}
    for name, read in (("not read", False), ("read", True)):
        found = {
            each.question.id: answerer.find_and_assess(each.question.text, DEPTH, read=read)[0]
            for each in asked
        }
        rows = {question: finding.rows.tolist() for question, finding in found.items()}
        for measure in (FIRST, MEASURE):
            figures[f"{name}: {measure}"] = judge.measure(asked, _of(rows), measure=measure)
        if read:
            counts = [len(finding.logits) for finding in found.values()]
            figures["passages read, mean"] = float(np.mean(counts))
    return figures


def _of(rows: Mapping[str, list[int]]) -> Callable[[Asked], list[int]]:
    return lambda each: rows[each.question.id]
