"""rank_bm25 as in its README: Okapi over words split at spaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from rank_bm25 import BM25Okapi

if TYPE_CHECKING:
    from peers.runner import Ask, Ranking, Task

NAME = "rank_bm25"
PACKAGES = ("rank-bm25", "numpy")
SETTINGS = 'BM25Okapi over `text.split(" ")`, as in its README: no lower-casing, no stemming'
COLD_START = "no way to save it: reads the documents and counts their words again"


def build(task: Task) -> None:
    # Nothing can be saved, so every start builds it again.
    BM25Okapi([document.whole.split(" ") for document in task.documents()])


def load(task: Task) -> Ask:
    documents = task.documents()
    bm25 = BM25Okapi([document.whole.split(" ") for document in documents])

    def ask(question: str) -> Ranking:
        scores = bm25.get_scores(question.split(" "))
        best = np.argsort(scores)[::-1][: task.depth]
        return [(documents[i].id, scores[i]) for i in best]

    return ask
