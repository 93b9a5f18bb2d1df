"""LangChain: ``EnsembleRetriever`` over ``BM25Retriever`` and a FAISS vector store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document as Page
from langchain_huggingface import HuggingFaceEmbeddings

if TYPE_CHECKING:
    from eval.peers.runner import Ask, Ranking, Task

NAME = "LangChain"
PACKAGES = (
    "langchain-classic",
    "langchain-community",
    "langchain-huggingface",
    "rank-bm25",
    "faiss-cpu",
    "sentence-transformers",
    "torch",
)
SETTINGS = (
    "BM25Retriever (rank_bm25 over `text.split()`, its default) and FAISS in an EnsembleRetriever "
    "with equal weights (reciprocal rank fusion, c=60); prompts as `encode_kwargs` and "
    "`query_encode_kwargs`"
)
COLD_START = "opens the saved FAISS index and the model; BM25Retriever cannot be saved: built again"


def pages(task: Task) -> list[Page]:
    return [Page(page_content=d.whole, metadata={"id": d.id}) for d in task.documents()]


def embeddings(task: Task) -> HuggingFaceEmbeddings:
    return HuggingFaceEmbeddings(
        model_name=task.model,
        encode_kwargs={"prompt": task.prompt("document")},
        query_encode_kwargs={"prompt": task.prompt("query")},
    )


def build(task: Task) -> None:
    documents = pages(task)
    FAISS.from_documents(documents, embeddings(task)).save_local(str(task.store))
    BM25Retriever.from_documents(documents)


def load(task: Task) -> Ask:
    vectors = FAISS.load_local(
        str(task.store),
        embeddings(task),
        allow_dangerous_deserialization=True,  # a pickle, written by build() a moment ago
    )
    retriever = EnsembleRetriever(
        retrievers=[
            BM25Retriever.from_documents(pages(task), k=task.depth),
            vectors.as_retriever(search_kwargs={"k": task.depth}),
        ],
        id_key="id",
    )

    def ask(question: str) -> Ranking:
        # It returns an order but no scores.
        found = retriever.invoke(question)
        return [(page.metadata["id"], 1.0 / rank) for rank, page in enumerate(found, start=1)]

    return ask
