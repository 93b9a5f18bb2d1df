"""txtai: one ``Embeddings`` database with ``hybrid=True``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txtai import Embeddings

if TYPE_CHECKING:
    from eval.peers.runner import Ask, Ranking, Task

NAME = "txtai"
PACKAGES = ("txtai", "faiss-cpu", "transformers", "torch")
SETTINGS = (
    "`Embeddings(hybrid=True, content=True)`: normalised BM25 and FAISS, weights 0.5 "
    "and 0.5; it reads the prompts in the model's folder"
)
COLD_START = "loads its saved database and the model"


def build(task: Task) -> None:
    embeddings = Embeddings(path=task.model, hybrid=True, content=True)
    embeddings.index((document.id, document.whole, None) for document in task.documents())
    embeddings.save(str(task.store))


def load(task: Task) -> Ask:
    embeddings = Embeddings()
    embeddings.load(str(task.store))

    def ask(question: str) -> Ranking:
        return [(hit["id"], hit["score"]) for hit in embeddings.search(question, task.depth)]

    return ask
