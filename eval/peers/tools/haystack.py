"""Haystack: BM25 and embedding retrievers over one store, joined by reciprocal rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

from haystack import Document as Page
from haystack import Pipeline
from haystack.components.joiners import DocumentJoiner
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
    from eval.peers.runner import Ask, Ranking, Task

NAME = "Haystack"
PACKAGES = (
    "haystack-ai",
    "sentence-transformers-haystack",
    "sentence-transformers",
    "torch",
)
SETTINGS = (
    "InMemoryBM25Retriever (BM25L, its default) and InMemoryEmbeddingRetriever in a pipeline, "
    'joined by DocumentJoiner with `join_mode="reciprocal_rank_fusion"`; prompts as `prefix`'
)
COLD_START = "loads the saved document store (counting its words again) and the model"


def build(task: Task) -> None:
    store = InMemoryDocumentStore()
    pipeline = Pipeline()
    pipeline.add_component(
        "embedder",
        SentenceTransformersDocumentEmbedder(
            model=task.model, prefix=task.prompt("document"), progress_bar=False
        ),
    )
    pipeline.add_component("writer", DocumentWriter(store))
    pipeline.connect("embedder", "writer")
    pages = [Page(id=document.id, content=document.whole) for document in task.documents()]
    pipeline.run({"embedder": {"documents": pages}})
    store.save_to_disk(str(task.store / "store.json"))


def load(task: Task) -> Ask:
    store = InMemoryDocumentStore.load_from_disk(str(task.store / "store.json"))
    pipeline = Pipeline()
    pipeline.add_component(
        "embedder",
        SentenceTransformersTextEmbedder(
            model=task.model, prefix=task.prompt("query"), progress_bar=False
        ),
    )
    pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store, top_k=task.depth))
    pipeline.add_component("bm25", InMemoryBM25Retriever(store, top_k=task.depth))
    pipeline.add_component(
        "joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=task.depth)
    )
    pipeline.connect("embedder.embedding", "vectors.query_embedding")
    pipeline.connect("vectors", "joiner")
    pipeline.connect("bm25", "joiner")

    def ask(question: str) -> Ranking:
        output = pipeline.run({"embedder": {"text": question}, "bm25": {"query": question}})
        return [(page.id, page.score) for page in output["joiner"]["documents"]]

    return ask
