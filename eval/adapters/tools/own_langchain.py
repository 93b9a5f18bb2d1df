"""LangChain's own: ``EnsembleRetriever`` over ``BM25Retriever`` and a FAISS vector store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from langchain_classic.retrievers import EnsembleRetriever
from langchain_community.retrievers import BM25Retriever
from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

if TYPE_CHECKING:
    from collections.abc import Callable

    from eval.peers.runner import Task

NAME = "LangChain"
PACKAGES = ("langchain-core", "langchain-classic", "langchain-community", "langchain-huggingface")
SETTINGS = (
    "RecursiveCharacterTextSplitter (1000 characters, overlap 200, add_start_index, as in its "
    "tutorial), BM25Retriever and FAISS in an EnsembleRetriever with equal weights"
)
COLD_START = "not measured"
COUNT = 5


def chunks(task: Task) -> list[Document]:
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=1000, chunk_overlap=200, add_start_index=True
    )
    sources = [
        Document(path.read_bytes().decode(), metadata={"source": path.name})
        for path in sorted(task.corpus.glob("*"))
    ]
    split: list[Document] = splitter.split_documents(sources)
    return split


def build(task: Task) -> None:
    embeddings = HuggingFaceEmbeddings(model_name=task.model)
    FAISS.from_documents(chunks(task), embeddings).save_local(str(task.store))


def load(task: Task) -> Callable[[str], list[tuple[dict[str, Any], float]]]:
    vectors = FAISS.load_local(
        str(task.store),
        HuggingFaceEmbeddings(model_name=task.model),
        allow_dangerous_deserialization=True,  # a pickle, written by build() a moment ago
    )
    retriever = EnsembleRetriever(
        retrievers=[
            BM25Retriever.from_documents(chunks(task), k=COUNT),
            vectors.as_retriever(search_kwargs={"k": COUNT}),
        ],
    )

    def ask(question: str) -> list[tuple[dict[str, Any], float]]:
        # It returns an order but no scores.
        return [
            (
                {
                    "text": each.page_content,
                    "path": each.metadata["source"],
                    "start": each.metadata["start_index"],
                },
                1.0 / rank,
            )
            for rank, each in enumerate(retriever.invoke(question)[:COUNT], start=1)
        ]

    return ask
