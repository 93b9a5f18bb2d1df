"""bm25s as in its README: English stop words and stemmer, saved and memory-mapped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import bm25s
import Stemmer

if TYPE_CHECKING:
    from peers.runner import Ask, Ranking, Task

NAME = "bm25s"
PACKAGES = ("bm25s", "PyStemmer", "numpy")
SETTINGS = "Lucene's BM25, English stop words and stemmer, as in its README"
COLD_START = "opens its saved index"


def build(task: Task) -> None:
    documents = task.documents()
    tokens = bm25s.tokenize(
        [document.whole for document in documents],
        stopwords="en",
        stemmer=Stemmer.Stemmer("english"),
        show_progress=False,
    )
    retriever = bm25s.BM25()
    retriever.index(tokens, show_progress=False)
    retriever.save(task.store)
    (task.store / "ids.json").write_text(json.dumps([document.id for document in documents]))


def load(task: Task) -> Ask:
    retriever = bm25s.BM25.load(task.store)
    ids = json.loads((task.store / "ids.json").read_text())
    stemmer = Stemmer.Stemmer("english")
    depth = min(task.depth, len(ids))

    def ask(question: str) -> Ranking:
        tokens = bm25s.tokenize(question, stemmer=stemmer, show_progress=False)
        found, scores = retriever.retrieve(tokens, k=depth, show_progress=False)
        return [(ids[i], score) for i, score in zip(found[0], scores[0], strict=True)]

    return ask
