"""Runs, gates, reports, labels and sets as calls of the library."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa
from qa_index.building.build import build
from tests.support.hashing_encoder import HashingEncoder
from tests.support.towns import write_towns

ENCODER = HashingEncoder()


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("QA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("qa_index.encoding.opening.open_encoder", lambda *_, **__: ENCODER)
    write_towns(tmp_path)
    build([tmp_path / "towns"], tmp_path / ".qa", encoder=ENCODER, language="en")
    return tmp_path


@pytest.fixture
def session(world: Path) -> Iterator[qa.Session]:
    with qa.open(world / ".qa") as opened:
        yield opened


@pytest.fixture
def run(session: qa.Session, world: Path) -> qa.Run:
    return qa.evaluate(session, world / "questions.jsonl", modes=["bm25"])


class TestRuns:
    def test_a_saved_run_is_loaded_repeated_and_compared(
        self, session: qa.Session, run: qa.Run, world: Path
    ) -> None:
        qa.save_run(run, world / "run.json")
        loaded = qa.load_run(world / "run.json")
        assert loaded == run
        assert qa.repeat(session, loaded).modes == run.modes
        assert qa.diff(loaded, run) == ()

    def test_errors_are_those_of_the_library(self, run: qa.Run, world: Path) -> None:
        with pytest.raises(qa.InputError, match=r"none\.json"):
            qa.load_run(world / "none.json")
        with pytest.raises(qa.InputError):
            qa.save_run(run, world)
        with pytest.raises(qa.InputError, match="P@77"):
            qa.diff(run, run, measure="P@77")


class TestGates:
    def test_limits_are_parsed_and_judged(self, run: qa.Run) -> None:
        [passed] = qa.Gates.parse(["Success@1=0.0"]).results(run)
        [failed] = qa.Gates.parse(["Success@1=1.01"]).results(run)
        assert (passed.passed, failed.passed) == (True, False)

    def test_a_baseline_must_hold_the_same_questions(
        self, session: qa.Session, run: qa.Run, world: Path
    ) -> None:
        qa.save_run(run, world / "run.json")
        gates = qa.Gates.parse((), ["RR@10=0.1"], world / "run.json")
        questions = qa.SetLocation(qa.SetFormat.QUESTIONS, (str(world / "questions.jsonl"),)).load()
        gates.check_baseline(qa.resolve_questions(session, questions), ["bm25"])
        assert [result.passed for result in gates.results(run)] == [True]
        few = qa.resolve_questions(session, questions, limit=2)
        assert len(few.questions) == 2
        with pytest.raises(qa.InputError, match="run of other questions"):
            gates.check_baseline(few, ["bm25"])
        with pytest.raises(qa.InputError, match="no mode dense"):
            gates.check_baseline(qa.resolve_questions(session, questions), ["dense"])

    @pytest.mark.parametrize("limit", ["RR@10", "RR@10=much", "nonsense=1"])
    def test_others_are_refused(self, limit: str) -> None:
        with pytest.raises(qa.InputError):
            qa.Gates.parse([limit])
        with pytest.raises(qa.InputError, match="go together"):
            qa.Gates.parse((), ["RR@10=0.1"])


class TestReports:
    def test_a_suffix_decides(self, run: qa.Run, world: Path) -> None:
        view = qa.overview(run)
        qa.write_report(world / "report.HTML", view)
        qa.write_report(world / "report.md", view)
        assert (world / "report.HTML").read_text(encoding="utf-8").startswith("<!doctype html>")
        assert "Success@1" in (world / "report.md").read_text(encoding="utf-8")
        with pytest.raises(qa.InputError, match=r"a report is a file in \.html or \.md"):
            qa.write_report(world / "report.txt", view)
        (world / "folder.md").mkdir()
        with pytest.raises(qa.InputError, match="cannot be written"):
            qa.write_report(world / "folder.md", view)

    def test_differences_are_markdown(self, run: qa.Run, world: Path) -> None:
        qa.write_report(world / "diff.md", qa.diff(run, run))
        assert (world / "diff.md").read_text(encoding="utf-8")
        with pytest.raises(qa.InputError, match=r"name a \.md file"):
            qa.write_report(world / "diff.html", qa.diff(run, run))

    def test_gates_are_junit(self, run: qa.Run, world: Path) -> None:
        qa.write_junit(world / "gates.xml", qa.Gates.parse(["Success@1=0.0"]).results(run))
        assert "<testcase" in (world / "gates.xml").read_text(encoding="utf-8")


class TestLabel:
    def test_passages_of_files_without_an_index(self, tmp_path: Path) -> None:
        (tmp_path / "ferry.txt").write_text("The ferry leaves at nine. It takes an hour.")
        typed, shown = iter(["When?", "1", "", ":q"]), list[str]()
        done = qa.label(
            tmp_path / "ferry.txt",
            tmp_path / "set.jsonl",
            into=tmp_path / ".qa",
            read=lambda _: next(typed),
            write=shown.append,
        )
        assert done == (1, 1)
        assert any("ferry.txt" in text for text in shown)
        line = json.loads((tmp_path / "set.jsonl").read_text())
        assert line["gold"][0]["quote"] == "The ferry leaves at nine."

    def test_passages_of_a_session(self, session: qa.Session, tmp_path: Path) -> None:
        assert qa.label(
            session, tmp_path / "set.jsonl", read=lambda _: ":q", write=lambda _: None
        ) == (0, 0)

    def test_an_interrupt_says_where_the_questions_are(
        self, session: qa.Session, tmp_path: Path
    ) -> None:
        def interrupted(_: str) -> str:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt, match=r"what was written is in .*set\.jsonl"):
            qa.label(session, tmp_path / "set.jsonl", read=interrupted, write=lambda _: None)

    def test_another_file_is_not_continued(self, session: qa.Session, tmp_path: Path) -> None:
        (tmp_path / "set.jsonl").write_text("no questions")
        with pytest.raises(qa.QuestionSetError):
            qa.label(session, tmp_path / "set.jsonl")


def test_a_set_that_comes_with_its_documents(world: Path) -> None:
    paragraph = {
        "context": "The ferry to Elba leaves at nine.",
        "qas": [
            {
                "id": "q",
                "question": "When does it leave?",
                "answers": [{"text": "at nine", "answer_start": 25}],
            }
        ],
    }
    data = {"data": [{"title": "Ferry", "paragraphs": [paragraph]}]}
    (world / "squad.json").write_text(json.dumps(data))
    location = qa.SetLocation(qa.SetFormat.SQUAD, (str(world / "squad.json"),))
    questions = location.load()
    assert qa.check_labels(questions, location) == ()
    answerer = qa.open_corpus(qa.Corpus(location))
    assert answerer.ask("When does it leave?").citations[0].quote == paragraph["context"]
    run = qa.evaluate(answerer, questions, collection=qa.Corpus(location).to_dict())
    assert qa.Corpus.from_dict(run.provenance["collection"] or {}) == qa.Corpus(location)
