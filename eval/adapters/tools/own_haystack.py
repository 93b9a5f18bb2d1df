"""Haystack's own: BM25 and embedding retrievers over one store, joined by reciprocal rank."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.components.writers import DocumentWriter
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from eval.peers.runner import Task

NAME = "Haystack"
PACKAGES = ("haystack-ai", "sentence-transformers-haystack")
SETTINGS = (
    "DocumentSplitter (200 words, its default), InMemoryBM25Retriever and "
    "InMemoryEmbeddingRetriever, joined by DocumentJoiner with "
    '`join_mode="reciprocal_rank_fusion"`'
)
COLD_START = "not measured"
COUNT = 5


def build(task: Task) -> None:
    store = InMemoryDocumentStore()
    pipeline = Pipeline()
    pipeline.add_component("splitter", DocumentSplitter())
    pipeline.add_component(
        "embedder", SentenceTransformersDocumentEmbedder(model=task.model, progress_bar=False)
    )
    pipeline.add_component("writer", DocumentWriter(store))
    pipeline.connect("splitter", "embedder")
    pipeline.connect("embedder", "writer")
    sources = [
        Document(content=path.read_bytes().decode(), meta={"file_name": path.name})
        for path in sorted(task.corpus.glob("*"))
    ]
    pipeline.run({"splitter": {"documents": sources}})
    store.save_to_disk(str(task.store / "store.json"))


def load(task: Task) -> Callable[[str], list[tuple[dict[str, Any], float]]]:
    store = InMemoryDocumentStore.load_from_disk(str(task.store / "store.json"))
    pipeline = Pipeline()
    pipeline.add_component(
        "embedder", SentenceTransformersTextEmbedder(model=task.model, progress_bar=False)
    )
    pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store, top_k=COUNT))
    pipeline.add_component("bm25", InMemoryBM25Retriever(store, top_k=COUNT))
    pipeline.add_component(
        "joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=COUNT)
    )
    pipeline.connect("embedder.embedding", "vectors.query_embedding")
    pipeline.connect("vectors", "joiner")
    pipeline.connect("bm25", "joiner")

    def ask(question: str) -> list[tuple[dict[str, Any], float]]:
        output = pipeline.run({"embedder": {"text": question}, "bm25": {"query": question}})
        return [
            (
                {
                    "text": each.content,
                    "path": each.meta["file_name"],
                    "start": each.meta["split_idx_start"],
                },
                each.score,
            )
            for each in output["joiner"]["documents"]
        ]

    return ask
