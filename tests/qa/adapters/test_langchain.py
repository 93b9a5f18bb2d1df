"""The LangChain retriever, in chains of langchain-core."""

import inspect
import pickle
import warnings
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="needs grounded-qa[langchain]")

from langchain_core.documents import Document
from langchain_core.language_models import ParrotFakeChatModel
from langchain_core.load import dumps, loads
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import ConfigurableField, RunnablePassthrough

import qa
from qa.adapters.langchain import GroundedQARetriever
from qa.adapters.passages import known_options
from tests.support.adapters import (
    NAME,
    QUESTION,
    UNRELATED,
    Shown,
    check,
    check_loop_goes_on,
    check_verified,
)


def shown(documents: list[Document]) -> Shown:
    for each in documents:
        assert each.id == each.metadata["id"]
    return [(each.page_content, each.metadata, None) for each in documents]


def formatted(documents: list[Document]) -> str:
    return "\n\n".join(each.page_content for each in documents)


def test_documents_are_quotes_with_their_citations(here: Path) -> None:
    with GroundedQARetriever(index=".qa", k=3) as retriever:
        documents = retriever.invoke(QUESTION)
    check(shown(documents), here, QUESTION, k=3)
    check_verified([each.metadata for each in documents], here)


def test_a_chain_hands_the_quotes_to_its_model(here: Path) -> None:
    with GroundedQARetriever(k=2) as retriever:
        prompt = ChatPromptTemplate.from_template("{passages}\n\n{question}")
        asked = {"passages": retriever | formatted, "question": RunnablePassthrough()}
        chain = asked | prompt | ParrotFakeChatModel() | StrOutputParser()
        quotes = [each.page_content for each in retriever.invoke(QUESTION)]
        assert chain.invoke(QUESTION) == "\n\n".join([*quotes, QUESTION])
        assert chain.invoke(UNRELATED) == f"\n\n{UNRELATED}"
        first, second = chain.batch([QUESTION, UNRELATED])
        assert (NAME in first, second) == (True, f"\n\n{UNRELATED}")


def test_the_nearest_passages_on_request(here: Path) -> None:
    with GroundedQARetriever(unanswered="nearest", k=2) as retriever:
        check(shown(retriever.invoke(UNRELATED)), here, UNRELATED, k=2)


@pytest.mark.parametrize(
    "options",
    [
        {"k": 1},
        {"mode": "bm25", "min_confidence": "low"},
        {"mode": qa.Mode.DENSE, "read": False, "min_confidence": "low"},
        {"filter": "*000_*"},
        {"filter": qa.Filter(paths="*000_*", types="text", languages="en")},
        {"filter": ["*000_*", "*003_*"], "within": ["seeds"]},
    ],
)
def test_options_of_the_retriever_or_of_one_call(here: Path, options: dict[str, Any]) -> None:
    with GroundedQARetriever(**options) as made, GroundedQARetriever() as plain:
        check(shown(made.invoke(QUESTION)), here, QUESTION, **options)
        assert plain.invoke(QUESTION, **options) == made.invoke(QUESTION)
        assert plain.bind(**options).invoke(QUESTION) == made.invoke(QUESTION)


def test_a_higher_confidence_can_be_asked_for(here: Path) -> None:
    likely = "Why is it urgent for Mexico to find new answers on energy security?"  # 0.6
    with GroundedQARetriever(min_confidence="high") as retriever:
        assert retriever.invoke(likely) == []
        assert retriever.invoke(likely, min_confidence="medium")


def test_the_fields_are_the_options_with_their_defaults() -> None:
    of_ask = inspect.signature(qa.Answerer.ask).parameters
    assert {"after", *known_options()} == {"least", *qa.AskOptions.__annotations__}
    for name in set(known_options()) - {"least"}:
        assert GroundedQARetriever.model_fields[name].default == of_ask[name].default, name


def test_asynchronous_calls_leave_the_loop_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GroundedQARetriever() as retriever:
        found: list[Document] = []

        async def ask() -> None:
            found.extend(await retriever.ainvoke(QUESTION, k=2))

        check_loop_goes_on(ask, monkeypatch)
        check(shown(found), here, QUESTION, k=2)


def test_copies_of_a_configurable_retriever_share_the_session(here: Path) -> None:
    with GroundedQARetriever() as retriever:
        chain = retriever.configurable_fields(k=ConfigurableField(id="k"))
        config: Any = {"configurable": {"k": 2}}
        copy, _ = chain.prepare(config)
        assert isinstance(copy, GroundedQARetriever)
        assert copy is not retriever
        assert copy.index.session() is retriever.index.session()
        check(shown(chain.invoke(QUESTION, config)), here, QUESTION, k=2)


def test_it_is_pickled_as_its_folder(here: Path) -> None:
    with GroundedQARetriever(index=here / ".qa", k=2) as retriever:
        copy = pickle.loads(pickle.dumps(retriever))
        assert copy.index.session() is not retriever.index.session()
        assert copy.invoke(QUESTION) == retriever.invoke(QUESTION)
        copy.close()


def test_langchain_writes_and_reads_it(here: Path) -> None:
    with qa.open() as session:
        options: dict[str, Any] = {"filter": ["*.txt"], "mode": qa.Mode.BM25, "k": 2}
        retriever = GroundedQARetriever(index=session, unanswered="nearest", **options)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "The function `loads` is in beta")
            copy = loads(
                dumps(retriever),
                allowed_objects=[GroundedQARetriever],
                valid_namespaces=["qa"],
            )
        assert copy.invoke(UNRELATED) == retriever.invoke(UNRELATED) != []
        copy.close()


@pytest.mark.parametrize(
    ("wrong", "kind", "told"),
    [
        ({"top_k": 3}, ValueError, "Extra inputs are not permitted"),
        ({"unanswered": "all"}, ValueError, "Input should be 'empty' or 'nearest'"),
        ({"index": 3}, qa.InputError, "index must be a path or a session"),
        ({"index": "none"}, qa.IndexMissing, "none"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_made(
    here: Path, wrong: dict[str, Any], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        GroundedQARetriever(**wrong)


def test_what_is_wrong_is_said_when_it_is_asked(here: Path) -> None:
    with GroundedQARetriever() as retriever:
        with pytest.raises(qa.InputError, match="k must be a whole number"):
            retriever.invoke(QUESTION, k=0)
        with pytest.raises(qa.InputError, match="there is no option top_k"):
            retriever.invoke(QUESTION, top_k=2)
        with pytest.raises(qa.EmptyQuestion):
            retriever.invoke(" ")
