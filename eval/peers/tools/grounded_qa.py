"""This project, through its library: a folder of text files, indexed and asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import qa

if TYPE_CHECKING:
    from peers.runner import Ask, Ranking, Task

NAME = "grounded-qa"
PACKAGES = ("onnxruntime", "tokenizers", "faiss-cpu", "numpy")
SETTINGS = (
    "`qa.index`, then `ask(question, k=100)`: whole documents go in as files, passages come back, "
    "with evidence and hashes; a document ranks where its first passage does, so fewer than 100 "
    "documents are listed"
)
COLD_START = "opens its index and the exported model"


def build(task: Task) -> None:
    sources = task.store / "documents"
    sources.mkdir()
    ids = {}
    for number, document in enumerate(task.documents()):
        name = f"{number:07}.txt"
        ids[name] = document.id
        content = f"{document.title}\n\n{document.text}" if document.title else document.text
        (sources / name).write_text(content, encoding="utf-8", newline="")
    (task.store / "ids.json").write_text(json.dumps(ids))
    qa.index([sources], into=task.store / "index", model=task.model, offline=True)


def load(task: Task) -> Ask:
    ids = json.loads((task.store / "ids.json").read_text())
    answerer = qa.open(task.store / "index", offline=True)

    def ask(question: str) -> Ranking:
        ranking: dict[str, float] = {}
        for citation in answerer.ask(question, k=task.depth).citations:
            # A passage that stands in several documents speaks for each of them.
            for path in (citation.source.path, *(place.path for place in citation.also_in)):
                ranking.setdefault(ids[path.rpartition("/")[2]], citation.scores.fused)
        return list(ranking.items())

    return ask
