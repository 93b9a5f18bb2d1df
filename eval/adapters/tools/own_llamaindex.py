"""LlamaIndex's own: BM25 and a vector index fused by ``QueryFusionRetriever``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.llms import MockLLM
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.retrievers.bm25 import BM25Retriever

if TYPE_CHECKING:
    from collections.abc import Callable

    from eval.peers.runner import Task

NAME = "LlamaIndex"
PACKAGES = (
    "llama-index-core",
    "llama-index-retrievers-bm25",
    "llama-index-embeddings-huggingface",
)
SETTINGS = (
    "SentenceSplitter (256 tokens, all that the model reads; overlap 20), BM25Retriever and "
    'VectorStoreIndex in a QueryFusionRetriever with `mode="reciprocal_rerank"`, `num_queries=1`'
)
COLD_START = "not measured"
COUNT = 5


def build(task: Task) -> None:
    sources = [
        Document(text=path.read_bytes().decode(), metadata={"file_name": path.name})
        for path in sorted(task.corpus.glob("*"))
    ]
    nodes = SentenceSplitter(chunk_size=256, chunk_overlap=20).get_nodes_from_documents(sources)
    index = VectorStoreIndex(nodes, embed_model=HuggingFaceEmbedding(task.model))
    index.storage_context.persist(str(task.store / "vectors"))
    bm25 = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=COUNT)
    bm25.persist(str(task.store / "bm25"))


def load(task: Task) -> Callable[[str], list[tuple[dict[str, Any], float]]]:
    index = load_index_from_storage(
        StorageContext.from_defaults(persist_dir=str(task.store / "vectors")),
        embed_model=HuggingFaceEmbedding(task.model),
    )
    retriever = QueryFusionRetriever(
        [
            index.as_retriever(similarity_top_k=COUNT),
            BM25Retriever.from_persist_dir(str(task.store / "bm25")),
        ],
        llm=MockLLM(),
        mode="reciprocal_rerank",
        similarity_top_k=COUNT,
        num_queries=1,
    )

    def ask(question: str) -> list[tuple[dict[str, Any], float]]:
        return [
            (
                {
                    "text": hit.node.text,
                    "path": hit.node.metadata["file_name"],
                    "start": hit.node.start_char_idx,
                },
                hit.score,
            )
            for hit in retriever.retrieve(question)
        ]

    return ask
