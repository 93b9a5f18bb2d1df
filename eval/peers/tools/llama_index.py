"""LlamaIndex: BM25 and a vector index fused by ``QueryFusionRetriever``, without its LLM."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.llms import MockLLM
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.retrievers.bm25 import BM25Retriever

if TYPE_CHECKING:
    from eval.peers.runner import Ask, Ranking, Task

NAME = "LlamaIndex"
PACKAGES = (
    "llama-index-core",
    "llama-index-retrievers-bm25",
    "llama-index-embeddings-huggingface",
    "bm25s",
    "sentence-transformers",
    "torch",
)
SETTINGS = (
    "BM25Retriever and VectorStoreIndex (in memory) in a QueryFusionRetriever with "
    '`mode="reciprocal_rerank"`, `num_queries=1` (no questions written by a language model); '
    "prompts as `query_instruction` and `text_instruction`"
)
COLD_START = "loads its persisted indexes and the model"


def embedding(task: Task) -> HuggingFaceEmbedding:
    return HuggingFaceEmbedding(
        task.model,
        query_instruction=task.prompt("query"),
        text_instruction=task.prompt("document"),
    )


def build(task: Task) -> None:
    # Nodes, not documents: documents would be cut into chunks.
    nodes = [TextNode(id_=document.id, text=document.whole) for document in task.documents()]
    index = VectorStoreIndex(nodes, embed_model=embedding(task))
    index.storage_context.persist(str(task.store / "vectors"))
    bm25 = BM25Retriever.from_defaults(nodes=nodes, similarity_top_k=task.depth)
    bm25.persist(str(task.store / "bm25"))


def load(task: Task) -> Ask:
    index = load_index_from_storage(
        StorageContext.from_defaults(persist_dir=str(task.store / "vectors")),
        embed_model=embedding(task),
    )
    retriever = QueryFusionRetriever(
        [
            index.as_retriever(similarity_top_k=task.depth),
            BM25Retriever.from_persist_dir(str(task.store / "bm25")),
        ],
        llm=MockLLM(),
        mode="reciprocal_rerank",
        similarity_top_k=task.depth,
        num_queries=1,
    )

    def ask(question: str) -> Ranking:
        return [(hit.node.node_id, hit.score) for hit in retriever.retrieve(question)]

    return ask
