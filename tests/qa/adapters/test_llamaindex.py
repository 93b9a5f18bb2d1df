"""The LlamaIndex retriever, in query engines of llama-index-core."""

import pickle
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("llama_index.core", reason="needs grounded-qa[llamaindex]")

from llama_index.core import Settings
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine
from llama_index.core.retrievers import QueryFusionRetriever
from llama_index.core.schema import MetadataMode, NodeWithScore

import qa
from qa.adapters.llamaindex import GroundedQARetriever
from tests.support.adapters import (
    NAME,
    QUESTION,
    UNRELATED,
    Shown,
    check,
    check_loop_goes_on,
    check_verified,
)


def shown(nodes: list[NodeWithScore]) -> Shown:
    for each in nodes:
        span = each.metadata["span"]
        assert each.node_id == each.metadata["id"]
        assert (each.node.start_char_idx, each.node.end_char_idx) == (span["start"], span["end"])
        for mode in (MetadataMode.LLM, MetadataMode.EMBED):
            assert each.node.get_content(mode) == each.text
    return [(each.text, each.metadata, each.score) for each in nodes]


def test_nodes_are_quotes_with_their_citations(here: Path) -> None:
    with GroundedQARetriever(".qa", k=3) as retriever:
        nodes = retriever.retrieve(QUESTION)
    check(shown(nodes), here, QUESTION, k=3)
    check_verified([each.metadata for each in nodes], here)


def test_an_engine_hands_the_quotes_to_its_model(here: Path) -> None:
    with GroundedQARetriever(k=2) as retriever:
        engine = RetrieverQueryEngine.from_args(retriever, llm=MockLLM())  # repeats its prompt
        response = engine.query(QUESTION)
        quotes = [each.text for each in retriever.retrieve(QUESTION)]
        assert "\n\n".join(quotes) in str(response)
        check(shown(response.source_nodes), here, QUESTION, k=2)
        assert str(engine.query(UNRELATED)) == "Empty Response"


def test_an_engine_that_asks_no_model(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settings, "_llm", MockLLM())  # LlamaIndex wants one all the same
    with GroundedQARetriever() as retriever:
        engine = RetrieverQueryEngine.from_args(retriever, response_mode="no_text")
        assert NAME in engine.query(QUESTION).source_nodes[0].text
        assert engine.query(UNRELATED).source_nodes == []


def test_it_can_be_fused_with_others(here: Path) -> None:
    with GroundedQARetriever(k=3) as words, GroundedQARetriever(k=3, mode="dense") as vectors:
        fused = QueryFusionRetriever(
            [words, vectors],
            llm=MockLLM(),
            num_queries=1,
            mode="reciprocal_rerank",
            use_async=False,
        )
        ids = [each.node_id for each in fused.retrieve(QUESTION)]
        assert ids[0] == words.retrieve(QUESTION)[0].node_id
        assert len(ids) == len(set(ids))


def test_the_nearest_passages_on_request(here: Path) -> None:
    with GroundedQARetriever(unanswered="nearest", k=2) as retriever:
        check(shown(retriever.retrieve(UNRELATED)), here, UNRELATED, k=2)


@pytest.mark.parametrize(
    "options",
    [
        {"k": 1},
        {"mode": "bm25", "min_confidence": "low"},
        {"read": False},
        {"filter": "*000_*", "k": 2},
    ],
)
def test_options_are_those_of_asking(here: Path, options: dict[str, Any]) -> None:
    with GroundedQARetriever(**options) as retriever:
        check(shown(retriever.retrieve(QUESTION)), here, QUESTION, **options)


def test_asynchronous_calls_leave_the_loop_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with GroundedQARetriever(k=2) as retriever:
        found: list[NodeWithScore] = []

        async def ask() -> None:
            found.extend(await retriever.aretrieve(QUESTION))

        check_loop_goes_on(ask, monkeypatch)
        check(shown(found), here, QUESTION, k=2)


def test_it_is_pickled_as_its_folder(here: Path) -> None:
    with GroundedQARetriever(here / ".qa", k=2) as retriever:
        copy = pickle.loads(pickle.dumps(retriever))
        assert shown(copy.retrieve(QUESTION)) == shown(retriever.retrieve(QUESTION))
        copy.close()


@pytest.mark.parametrize(
    ("wrong", "kind", "told"),
    [
        ({"similarity_top_k": 3}, qa.InputError, "there is no option similarity_top_k"),
        ({"unanswered": "all"}, qa.InputError, "unanswered must be one of"),
        ({"index": "none"}, qa.IndexMissing, "none"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_made(
    here: Path, wrong: dict[str, Any], kind: type[Exception], told: str
) -> None:
    with pytest.raises(kind, match=told):
        GroundedQARetriever(**wrong)
