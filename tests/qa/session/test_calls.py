"""Calls that find the index themselves: verify, excerpt, the last answer, the calibration."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import qa
from qa.confidence import CALIBRATION
from qa.confidence.shipped import FIT_OF_MINILM
from qa.confidence.store import OwnCalibration, load, store
from qa_index.building.build import build
from tests.support.hashing_encoder import HashingEncoder

FERRY = "The ferry to Elba leaves at nine. It takes an hour. Dogs travel for free."
ENCODER = HashingEncoder()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with an index of ``notes``, and a cache of its own."""
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("qa_index.encoding.opening.open_encoder", lambda *_, **__: ENCODER)
    folder = tmp_path / "here"
    (folder / "notes").mkdir(parents=True)
    (folder / "notes/ferry.txt").write_text(FERRY)
    build([folder / "notes"], folder / ".qa", encoder=ENCODER)
    monkeypatch.chdir(folder)
    return folder


def answer() -> qa.Answer:
    with qa.open() as session:
        return session.ask("When does the ferry to Elba leave?", k=1)


def saved() -> str:
    return json.dumps(answer().to_dict())


class TestVerify:
    def test_it_finds_the_index_and_says_where_paths_start(self, world: Path) -> None:
        text = saved()
        (world / "deeper").mkdir()
        found = qa.verify(text)
        assert found.verified
        assert found.stands
        assert (found.root, found.index) == (world, world / ".qa")
        assert [each.verdict for each in found.citations] == [qa.Verdict.VERIFIED]

    def test_several_answers_are_one_per_line(self, world: Path) -> None:
        text = saved()
        assert len(qa.verify(f"{text}\n{text}\n").citations) == 2

    def test_a_quote_that_moved_stands_but_is_not_verified(self, world: Path) -> None:
        text = saved()
        (world / "notes/ferry.txt").write_text(f"News. {FERRY}")
        found = qa.verify(text)
        assert (found.verified, found.stands) == (False, True)
        assert found.to_dict()["citations"][0]["verdict"] == "moved"

    def test_without_an_index_paths_start_from_the_working_folder(
        self, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = saved()
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        found = qa.verify(text)
        assert (found.root, found.index) == (elsewhere, None)
        assert [each.verdict for each in found.citations] == [qa.Verdict.MISSING]
        assert qa.verify(text, index=world / ".qa").verified

    def test_a_named_index_must_be_there(self, world: Path, tmp_path: Path) -> None:
        with pytest.raises(qa.IndexMissing):
            qa.verify(saved(), index=tmp_path / "none")

    def test_other_texts_are_refused_by_their_name(self, world: Path) -> None:
        with pytest.raises(qa.InputError, match=r"^draft\.txt: line 1 is not JSON"):
            qa.verify("The ferry leaves at nine.", name="draft.txt")
        with pytest.raises(qa.InputError, match="answers must be a str"):
            qa.verify(b"{}")  # type: ignore[arg-type]


class TestExcerpt:
    def test_a_passage_of_the_nearest_index(self, world: Path) -> None:
        citation = answer().citations[0]
        found = qa.excerpt(citation.id, sentences=0)
        assert (found.quote, found.warnings) == (citation.quote, ())
        (world / "notes/ferry.txt").write_text("Other.")
        assert "changed" in qa.excerpt("notes/ferry.txt:1").warnings[0]

    def test_then_of_the_index_that_was_kept_last(self, world: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.txt"
        other.write_text("The baker opens at six. Bread is sold out by noon.")
        with qa.open_indexed([other]).session as session:
            citation = session.ask("When does the baker open?", k=1).citations[0]
        assert qa.excerpt(citation.id).quote == citation.quote
        with pytest.raises(qa.UnknownCitation):
            qa.excerpt(citation.id, index=".qa")
        with pytest.raises(qa.UnknownCitation):
            qa.excerpt("0" * 16)


def test_the_last_answer_is_kept_for_this_user(world: Path) -> None:
    with pytest.raises(qa.InputError, match="no last answer is kept"):
        qa.last_answer()
    given = answer()
    qa.keep_answer(given, ".qa")
    last = qa.last_answer()
    assert (last.folder, last.question) == (world / ".qa", given.question)
    assert last.citation(1).id == given.citations[0].id
    assert last.turn == given.turn
    carried = qa.CarriedOver(("What is it?",), ("it",), ())
    qa.keep_answer(replace(given, after=carried), ".qa")
    assert qa.last_answer().turn.questions == ("What is it?", given.question)
    qa.keep_answer(given, ".qa")
    with pytest.raises(qa.InputError, match="no passage 2, it has 1"):
        last.citation(2)


def test_a_calibration_is_removed(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not qa.reset_calibration()
    (world / ".qa" / CALIBRATION).write_text("damaged")
    assert qa.reset_calibration(world / ".qa")
    assert not (world / ".qa" / CALIBRATION).exists()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(qa.IndexMissing):
        qa.reset_calibration()


def test_a_copy_has_the_calibration_of_its_source(world: Path, tmp_path: Path) -> None:
    """Also where the copy replaces an index that had another one."""
    first, second = world / ".qa", tmp_path / "copy"
    own = OwnCalibration(FIT_OF_MINILM, "0" * 64, "some questions", 20, 5, "2026-11-28T20:00:00Z")
    store(own, first)
    assert qa.copy(first, second).calibration
    assert load(second) == own
    qa.reset_calibration(first)
    assert not qa.copy(first, second, replace=True).calibration
    assert load(second) is None


def test_a_damaged_calibration_is_found_before_anything_is_replaced(
    world: Path, tmp_path: Path
) -> None:
    first, second = world / ".qa", tmp_path / "copy"
    qa.copy(first, second)
    (first / CALIBRATION).write_text("damaged")
    with pytest.raises(qa.IndexDamaged, match="qa calibrate --reset"):
        qa.copy(first, second, replace=True)
    with qa.open(second) as session:
        assert session.state().generation == 1


def test_the_state_of_the_live_generation(world: Path) -> None:
    with qa.open() as session:
        state = session.state(deep=True, documents=True)
        assert (state.generation, state.counts.documents, state.checked) == (1, 1, True)
        assert [source.path for source in state.sources or ()] == ["notes/ferry.txt"]
        (world / "notes/baker.txt").write_text("The baker opens at six.")
        assert session.state().condition.new == ("notes/baker.txt",)
        build((), world / ".qa", encoder=ENCODER)
        assert session.state().counts.documents == 2


def test_surroundings_of_a_citation(world: Path) -> None:
    text = " ".join(f"The {number} ferry goes to Elba and back again." for number in range(90))
    (world / "notes/ferry.txt").write_text(text)
    build((), world / ".qa", encoder=ENCODER)
    with qa.open() as session:
        answerer = session.pinned()
        citation = session.ask("Where does the 50 ferry go?", k=1).citations[0]
        around = answerer.surroundings(citation.id, sentences=1)
        assert text.count(around.before + citation.quote + around.after) == 1
        assert around.before
        assert answerer.surroundings("0" * 16, sentences=1) == ("", "")


def test_an_interrupted_build_says_what_is_kept(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("qa_index.building.build.build", interrupted)
    with pytest.raises(KeyboardInterrupt, match=r"^the index is as it was before$"):
        qa.index(["notes"])
    with pytest.raises(KeyboardInterrupt, match=r"^there is no index yet$"):
        qa.index(["notes"], into=tmp_path / "new")
