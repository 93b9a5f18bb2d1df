"""What the adapters share, and what is said where a framework is missing."""

import importlib
import pickle
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import qa
from qa.adapters.passages import OpenIndex, Unanswered, checked, passages, unanswered_of
from tests.support.adapters import NAME, QUESTION, UNRELATED
from tests.support.processes import child_environment

EXTRAS = {
    "langchain": "langchain_core",
    "llamaindex": "llama_index",
    "haystack": "haystack",
    "llm": "llm",
}


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_missing_framework_names_its_extra(extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.split(".")[0] == EXTRAS[extra]:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, EXTRAS[extra], None)
    monkeypatch.delitem(sys.modules, f"qa.adapters.{extra}", raising=False)
    with pytest.raises(ImportError) as caught:
        importlib.import_module(f"qa.adapters.{extra}")
    wanted = f"{EXTRAS[extra]} is missing; install it with: pip install 'grounded-qa[{extra}]'"
    assert str(caught.value) == wanted


def loaded_by(statement: str) -> set[str]:
    """Top-level names of what a statement imports, in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; {statement}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        env=child_environment(),
    )
    return {name.split(".")[0] for name in done.stdout.split()}


def test_importing_costs_nothing() -> None:
    heavy = {"numpy", "faiss", "onnxruntime", "torch", "transformers", *EXTRAS.values()}
    assert not loaded_by("import qa.adapters.passages") & heavy


def test_the_plugin_costs_llm_nothing() -> None:
    """llm imports its plugins for each command."""
    pytest.importorskip("llm", reason="needs grounded-qa[llm]")
    added = loaded_by("import llm, qa.adapters.llm") - loaded_by("import llm")
    assert "qa" in added
    assert not added & {"numpy", "faiss", "onnxruntime", "tokenizers", "ir_measures"}


def test_a_folder_is_opened_when_it_is_needed_and_released(seeds_indexed: Path) -> None:
    index = OpenIndex(seeds_indexed / ".qa")
    session = index.session()
    assert index.session() is session
    index.close()
    assert session.closed
    index.close()
    assert passages(index.ask(QUESTION, {}), Unanswered.EMPTY)
    assert index.session() is not session
    index.close()


def test_a_session_that_is_given_stays_open(seeds_indexed: Path) -> None:
    with qa.open(seeds_indexed / ".qa") as session:
        index = OpenIndex(session)
        assert index.session() is session
        index.close()
        assert not session.closed
        assert index.name == str(seeds_indexed / ".qa")


def test_the_nearest_index_is_found(here: Path) -> None:
    index = OpenIndex()
    assert index.name is None
    assert index.session().folder == here / ".qa"
    index.close()


def test_a_copy_opens_the_folder_again(seeds_indexed: Path) -> None:
    for index in (OpenIndex(seeds_indexed / ".qa"), OpenIndex(qa.open(seeds_indexed / ".qa"))):
        copy = pickle.loads(pickle.dumps(index))
        assert copy.session() is not index.session()
        assert copy.ask(QUESTION, {"k": 1}) == index.ask(QUESTION, {"k": 1})
        copy.close()
        index.session().close()


def test_threads_share_one_session(seeds_indexed: Path) -> None:
    index = OpenIndex(seeds_indexed / ".qa")
    ready, sessions = threading.Barrier(8), []

    def open_it() -> None:
        ready.wait()
        sessions.append(index.session())

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sessions) == 8
    assert len({id(session) for session in sessions}) == 1
    index.close()


def test_new_generations_are_followed(tmp_path: Path, seeds_indexed: Path) -> None:
    shutil.copytree(seeds_indexed, tmp_path / "own")
    folder = tmp_path / "own"
    question = "Who keeps the lighthouse of Saltfleet?"
    index = OpenIndex(folder / ".qa")
    assert not passages(index.ask(question, {}), Unanswered.EMPTY)
    (folder / "seeds" / "note.txt").write_text("Marta Oduya keeps the lighthouse of Saltfleet.")
    qa.index(into=folder / ".qa")
    (first, *_) = passages(index.ask(question, {}), Unanswered.EMPTY)
    assert first.quote == "Marta Oduya keeps the lighthouse of Saltfleet."
    assert first.metadata["answer"]["index"]["generation"] == 2
    index.close()


def test_without_an_answer_nothing_or_the_nearest(seeds_indexed: Path) -> None:
    with qa.open(seeds_indexed / ".qa") as session:
        answer = session.ask(UNRELATED, k=2)
        assert passages(answer, Unanswered.EMPTY) == []
        nearest = passages(answer, Unanswered.NEAREST)
        assert [each.quote for each in nearest] == [each.quote for each in answer.citations]
        assert {each.metadata["answer"]["status"] for each in nearest} == {"no_answer"}
        answered = session.ask(QUESTION, k=2)
    for unanswered in Unanswered:
        found = passages(answered, unanswered)
        assert NAME in found[0].quote
        assert found[0].metadata["answer"]["status"] == "answered"


def test_passages_share_nothing_that_a_framework_may_change(seeds_indexed: Path) -> None:
    with qa.open(seeds_indexed / ".qa") as session:
        first, second = passages(session.ask(QUESTION, k=2), Unanswered.EMPTY)
    first.metadata["answer"]["status"] = "changed"
    assert second.metadata["answer"]["status"] == "answered"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda: checked({"top_k": 3}), "there is no option top_k; there are k, mode, "),
        (lambda: unanswered_of("all"), "unanswered must be one of empty, nearest, not 'all'"),
        (lambda: OpenIndex(3), "index must be a path or a session, not 3"),  # type: ignore[arg-type]
        (lambda: OpenIndex("none/.qa").session(), "none/.qa"),
    ],
)
def test_what_is_wrong_is_said(wrong: "object", told: str) -> None:
    assert callable(wrong)
    with pytest.raises(qa.QAError) as caught:
        wrong()
    assert told in str(caught.value)


def test_every_passage_with_its_probability(seeds_indexed: Path) -> None:
    index = OpenIndex(seeds_indexed / ".qa")
    expected = index.session().ask_all(QUESTION, least=0.1)
    found = index.ask(QUESTION, {"least": 0.1, "k": 1, "min_confidence": "high"})
    returned = passages(found, Unanswered.EMPTY)
    assert [each.id for each in returned] == [each.id for each in expected.citations]
    assert [each.score for each in returned] == [each.probability for each in expected.passages]
    assert returned[0].metadata["probability"] == returned[0].score
    assert returned[0].metadata["answer"]["missed"] == expected.to_dict()["missed"]
    assert isinstance(index.ask(QUESTION, {"least": None}), qa.Answer)
    index.close()
