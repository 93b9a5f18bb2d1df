"""The Haystack component, in pipelines of haystack-ai."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("haystack", reason="needs grounded-qa[haystack]")

from haystack import Document, Pipeline
from haystack.components.builders import PromptBuilder
from haystack.components.retrievers import MultiRetriever

import qa
from qa.adapters.haystack import GroundedQARetriever
from tests.support.adapters import (
    NAME,
    QUESTION,
    UNRELATED,
    Shown,
    check,
    check_loop_goes_on,
    check_verified,
)

TEMPLATE = "{% for each in documents %}{{ each.content }} ({{ each.meta.location }}){% endfor %}"


def shown(documents: list[Document]) -> Shown:
    for each in documents:
        assert each.id == each.meta["id"]
    return [(each.content, each.meta, each.score) for each in documents]


def with_prompt(retriever: GroundedQARetriever) -> Pipeline:
    pipeline = Pipeline()
    pipeline.add_component("retriever", retriever)
    pipeline.add_component("prompt", PromptBuilder(TEMPLATE, required_variables="*"))
    pipeline.connect("retriever.documents", "prompt.documents")
    return pipeline


def test_documents_are_quotes_with_their_citations(here: Path) -> None:
    retriever = GroundedQARetriever(".qa", k=3)
    found = retriever.run(QUESTION)
    retriever.close()
    check(shown(found["documents"]), here, QUESTION, k=3)
    assert found["answer"] == found["documents"][0].meta["answer"]
    check_verified([each.meta for each in found["documents"]], here)


def test_a_pipeline_hands_the_quotes_to_its_prompt(here: Path) -> None:
    pipeline = with_prompt(GroundedQARetriever(k=1))
    found = pipeline.run({"retriever": {"query": QUESTION}}, include_outputs_from={"retriever"})
    (document,) = found["retriever"]["documents"]
    assert NAME in document.content
    wanted = f"{document.content} ({document.meta['location']})"
    assert found["prompt"]["prompt"] == wanted
    unanswered = pipeline.run({"retriever": {"query": UNRELATED}})
    assert unanswered["prompt"]["prompt"] == ""
    assert unanswered["retriever"]["answer"]["status"] == "no_answer"
    pipeline.close()


def test_a_pipeline_is_written_and_loaded(here: Path) -> None:
    pipeline = with_prompt(
        GroundedQARetriever(Path(".qa"), k=2, mode=qa.Mode.BM25, filter=[Path("seeds/*002_*")])
    )
    copy = Pipeline.loads(pipeline.dumps(), allowed_modules=["qa.adapters.haystack"])
    assert copy.to_dict() == pipeline.to_dict()
    question = {"retriever": {"query": QUESTION}}
    assert copy.run(question)["prompt"] == pipeline.run(question)["prompt"]
    pipeline.close()
    copy.close()


def test_loading_opens_nothing(tmp_path: Path) -> None:
    written = GroundedQARetriever(tmp_path / "none").to_dict()
    retriever = GroundedQARetriever.from_dict(written)
    assert retriever.to_dict() == written
    with pytest.raises(qa.IndexMissing):
        retriever.warm_up()


def test_a_session_is_written_as_its_folder(here: Path) -> None:
    with qa.open() as session:
        written = GroundedQARetriever(session).to_dict()
    assert written["init_parameters"]["index"] == str(here / ".qa")


def test_closing_releases_and_a_run_opens_again(here: Path) -> None:
    retriever = GroundedQARetriever()
    retriever.warm_up()
    session = retriever.index.session()
    retriever.warm_up()
    assert retriever.index.session() is session
    retriever.close()
    assert session.closed
    assert retriever.run(QUESTION)["documents"]
    retriever.close()


@pytest.mark.filterwarnings("ignore:'MultiRetriever' is an experimental component")
def test_it_is_a_text_retriever_among_others(here: Path) -> None:
    own = GroundedQARetriever()
    both = MultiRetriever(
        retrievers={"all": own, "words": GroundedQARetriever(mode="bm25")}, top_k=2
    )
    found = both.run(QUESTION)["documents"]
    assert len(found) == 2
    assert found[0].id == own.run(QUESTION)["documents"][0].id
    (one,) = both.run(
        QUESTION,
        top_k=1,
        filters={
            "field": "meta.source.path",
            "operator": "==",
            "value": "seeds/000_f2ddbda4481125c7.txt",
        },
    )["documents"]
    assert one.meta["source"]["path"] == "seeds/000_f2ddbda4481125c7.txt"
    both.close()


def test_a_run_may_ask_for_fewer_or_none(here: Path) -> None:
    retriever = GroundedQARetriever(k=3)
    for top_k in (2, 1, 0):
        found = retriever.run(QUESTION, top_k=top_k)
        assert len(found["documents"]) == top_k
        assert found["answer"]["status"] == "answered"
    with pytest.raises(qa.InputError, match="k must be a whole number"):
        retriever.run(QUESTION, top_k=-1)
    retriever.close()


@pytest.mark.parametrize(
    "filters",
    [
        {"field": "meta.source.title", "operator": "==", "value": "x"},
        {"field": "meta.source.path", "operator": "!=", "value": "x"},
        {"field": "meta.source.path", "operator": "in", "value": "seeds"},
        {"field": "meta.source.path", "operator": "==", "value": ["seeds"]},
        {"operator": "AND", "conditions": []},
    ],
)
def test_other_filters_are_refused(here: Path, filters: dict[str, Any]) -> None:
    retriever = GroundedQARetriever()
    with pytest.raises(qa.InputError, match=r"filters must compare meta\.source\.path"):
        retriever.run(QUESTION, filters=filters)


def test_filters_select_sources(here: Path) -> None:
    paths = [f"seeds/{name}.txt" for name in ("000_f2ddbda4481125c7", "002_52c727dd3fe4205e")]
    retriever = GroundedQARetriever(unanswered="nearest", k=20, within="seeds/none.txt")
    filters = {"field": "meta.source.path", "operator": "in", "value": paths}
    found = retriever.run(QUESTION, filters=filters)["documents"]
    assert {each.meta["source"]["path"] for each in found} == set(paths)
    retriever.close()


def test_the_nearest_passages_on_request(here: Path) -> None:
    retriever = GroundedQARetriever(unanswered="nearest", k=2)
    check(shown(retriever.run(UNRELATED)["documents"]), here, UNRELATED, k=2)
    retriever.close()


def test_asynchronous_runs_leave_the_loop_alone(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = with_prompt(GroundedQARetriever(k=2))
    found: list[Document] = []

    async def ask() -> None:
        done = await pipeline.run_async(
            {"retriever": {"query": QUESTION}}, include_outputs_from={"retriever"}
        )
        found.extend(done["retriever"]["documents"])

    check_loop_goes_on(ask, monkeypatch)
    check(shown(found), here, QUESTION, k=2)
    pipeline.close()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"top_k": 3}, "there is no option top_k"),
        ({"unanswered": "all"}, "unanswered must be one of"),
        ({"index": 3}, "index must be a path or a session"),
    ],
)
def test_what_is_wrong_is_said_when_it_is_made(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(qa.InputError, match=told):
        GroundedQARetriever(**wrong)
