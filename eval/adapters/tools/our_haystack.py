"""Our adapter in Haystack. What it returns by default is decided by the answer's status."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from haystack import Pipeline

import qa
from qa.adapters.haystack import GroundedQARetriever

if TYPE_CHECKING:
    from collections.abc import Callable

    from eval.peers.runner import Task

NAME = "Haystack, grounded-qa"
PACKAGES = ("haystack-ai",)
SETTINGS = '`GroundedQARetriever(unanswered="nearest")` in a pipeline'
COLD_START = "not measured"


def build(task: Task) -> None:
    shutil.copytree(task.corpus, task.store / "sources")
    qa.index([task.store / "sources"], into=task.store / ".qa", model="minilm")


def load(task: Task) -> Callable[[str], list[tuple[dict[str, Any], float]]]:
    pipeline = Pipeline()
    retriever = GroundedQARetriever(task.store / ".qa", unanswered="nearest")
    pipeline.add_component("retriever", retriever)

    def ask(question: str) -> list[tuple[dict[str, Any], float]]:
        return [
            (
                {
                    "text": each.content,
                    "path": Path(each.meta["source"]["path"]).name,
                    "start": each.meta["span"]["start"],
                    "answered": each.meta["answer"]["status"] == "answered",
                },
                each.score or 0.0,
            )
            for each in pipeline.run({"retriever": {"query": question}})["retriever"]["documents"]
        ]

    return ask
