"""This project, through its library: each document one passage, as the other tools take it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import qa_eval
from qa.answering.answerer import Answerer
from qa.measuring.collections import index_collection
from qa.measuring.responses import Responder
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding.opening import open_encoder
from qa_index.search.query import Mode

if TYPE_CHECKING:
    from eval.peers.runner import Ask, Ranking, Task

NAME = "grounded-qa"
PACKAGES = ("onnxruntime", "tokenizers", "faiss-cpu", "numpy")
SETTINGS = (
    "documents whole, as `qa eval --beir FOLDER --whole` takes them; a question's answer is quoted "
    "and marked for the first five, as `ask` does, and the ranking goes on to 100 documents"
)
COLD_START = "opens its index and the packaged model"


def build(task: Task) -> None:
    documents = (qa_eval.Document(*document) for document in task.documents())
    encoder = open_encoder(task.model, offline=True)
    index = index_collection(documents, encoder=encoder, whole=True)
    shutil.move(index.folder, task.store / "index")


def load(task: Task) -> Ask:
    index = StoredIndex(task.store / "index")
    answerer = Answerer(index, lambda: open_encoder(task.model, offline=True))
    responder = Responder(answerer, task.depth, by_document=True)

    def ask(question: str) -> Ranking:
        ranking: dict[str, float] = {}
        for passage in responder.respond(question, Mode.HYBRID).retrieved:
            # A passage that occurs in several documents counts for all of them.
            for path in (passage.path, *(place.path for place in passage.also_in)):
                ranking.setdefault(path, passage.score)
        return list(ranking.items())

    return ask
