"""Our adapter in LlamaIndex. What it returns by default is decided by the answer's status."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import qa
from qa.adapters.llamaindex import GroundedQARetriever

if TYPE_CHECKING:
    from collections.abc import Callable

    from eval.peers.runner import Task

NAME = "LlamaIndex, grounded-qa"
PACKAGES = ("llama-index-core",)
SETTINGS = '`GroundedQARetriever(unanswered="nearest")`'
COLD_START = "not measured"


def build(task: Task) -> None:
    shutil.copytree(task.corpus, task.store / "sources")
    qa.index([task.store / "sources"], into=task.store / ".qa", model="minilm")


def load(task: Task) -> Callable[[str], list[tuple[dict[str, Any], float]]]:
    retriever = GroundedQARetriever(task.store / ".qa", unanswered="nearest")

    def ask(question: str) -> list[tuple[dict[str, Any], float]]:
        return [
            (
                {
                    "text": each.text,
                    "path": Path(each.metadata["source"]["path"]).name,
                    "start": each.metadata["span"]["start"],
                    "answered": each.metadata["answer"]["status"] == "answered",
                },
                each.score or 0.0,
            )
            for each in retriever.retrieve(question)
        ]

    return ask
