"""``qa label``: writing a set that the other commands can use, in a real process."""

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from qa.measuring.passages import candidates_of_files, candidates_of_index
from qa_eval import Candidate, Span
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.errors import NothingToIndex
from tests.support.command import run_command
from tests.support.hashing_encoder import HashingEncoder

MENU = "Home\nAbout\nContact\nLog in\n\n"
FERRY = "The ferry to Elba leaves at nine. It takes an hour. Dogs travel for free.\n"
BAKER = "The baker opens at six. Bread is sold out by noon.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes/ferry.txt").write_text(FERRY)
    (tmp_path / "notes/baker.txt").write_text(BAKER)
    return tmp_path


def written(folder: Path) -> list[dict[str, object]]:
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_questions_are_written_and_hold_in_an_index(folder: Path) -> None:
    """One question labelled by sentence, one by words, one unanswerable; then the next passage."""
    typed = "First?\n1\nname, core\nSecond?\nat\n\n?Third?\n\n\nFourth?\n1-2\n\n\n"
    result = run_command("label", "notes", folder=folder, stdin=typed)
    assert result.returncode == 0
    assert result.stderr == "qa: questions.jsonl: 4 questions, 4 of them new\n"
    assert "All passages are done." in result.stdout
    first, second, third, fourth = written(folder)
    texts = {"notes/ferry.txt": FERRY, "notes/baker.txt": BAKER}
    for question in (first, second, fourth):
        [gold] = cast(list[dict[str, Any]], question["gold"])
        assert texts[gold["path"]][gold["start"] : gold["end"]] == gold["quote"]
    assert first["tags"] == ["name", "core"]
    assert second["gold"][0]["quote"] == "at"  # type: ignore[index]
    assert (third["question"], third["answerable"]) == ("Third?", False)
    assert {q["gold"][0]["path"] for q in (first, fourth)} == texts.keys()  # type: ignore[index]
    build([folder / "notes"], folder / ".qa", encoder=HashingEncoder())
    checked = run_command("eval", "questions.jsonl", "--check", folder=folder)
    assert checked.stdout == "every label stands in its source: 3 in 4 questions\n"


def test_a_later_call_goes_on_where_this_one_stopped(folder: Path) -> None:
    first = run_command("label", "notes", folder=folder, stdin="One?\n1\n\n\n:q\n")
    shown = re.findall(r"^(notes/\S+)  \((\d) to go\)$", first.stdout, re.M)
    assert [left for _, left in shown] == ["2", "1"]
    again = run_command("label", "notes", folder=folder, stdin="Two?\n1\n\n")
    assert re.findall(r"^(notes/\S+)  \((\d) to go\)$", again.stdout, re.M) == shown[1:]
    assert again.stderr == "qa: questions.jsonl: 2 questions, 1 of them new\n"
    assert [question["id"] for question in written(folder)] == ["q0001", "q0002"]


def test_without_sources_the_passages_of_the_index(folder: Path) -> None:
    build([folder / "notes"], folder / ".qa", encoder=HashingEncoder())
    result = run_command("label", "--to", "set.jsonl", folder=folder, stdin="One?\n1\n\n:q\n")
    assert result.returncode == 0
    assert json.loads((folder / "set.jsonl").read_text())["gold"][0]["path"].startswith("notes/")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ([], 3, "no index"),
        (["nowhere"], 2, "nowhere: no such file or folder"),
        (["notes", "--to", "bad.jsonl"], 2, "bad.jsonl:1: not JSON"),
    ],
)
def test_a_fault_is_one_line(folder: Path, arguments: list[str], code: int, told: str) -> None:
    (folder / "bad.jsonl").write_text("{")
    result = run_command("label", *arguments, folder=folder, stdin="")
    assert (result.returncode, result.stdout) == (code, "")
    assert re.fullmatch(r"qa: [^\n]*\n", result.stderr)
    assert told in result.stderr


def test_it_fits_the_terminal_and_tells_lines(folder: Path) -> None:
    (folder / "notes/baker.txt").write_text("\n\n" + BAKER)
    result = run_command(
        "label", "notes/baker.txt", folder=folder, stdin=":q\n", changes={"COLUMNS": "30"}
    )
    assert "notes/baker.txt:3  (1 to go)\n" in result.stdout
    assert (
        "   1  The baker opens at six.\n   2  Bread is sold out by\n      noon.\n" in result.stdout
    )
    assert max(map(len, result.stdout.splitlines()[:-1])) <= 30


class TestCandidates:
    def test_files_and_their_index_give_the_same_passages(self, folder: Path) -> None:
        build([folder / "notes"], folder / ".qa", encoder=HashingEncoder())
        index = StoredIndex(folder / ".qa")
        found = candidates_of_files([folder / "notes"], folder / ".qa")
        assert found == list(candidates_of_index(index))
        assert found[1] == Candidate(
            "notes/ferry.txt",
            0,
            FERRY.strip(),
            (Span(0, 33), Span(34, 51), Span(52, 73)),
            location="notes/ferry.txt:1",
        )

    def test_menus_are_left_out(self, folder: Path) -> None:
        page = MENU + " ".join([FERRY.strip()] * 3) + "\n\n" + MENU
        (folder / "notes/page.txt").write_text(page)
        build([folder / "notes"], folder / ".qa", encoder=HashingEncoder())
        index = StoredIndex(folder / ".qa")
        for found in (
            candidates_of_files([folder / "notes"], folder / ".qa"),
            list(candidates_of_index(index)),
        ):
            assert not any("Log in" in candidate.text for candidate in found)
            assert any(candidate.path == "notes/page.txt" for candidate in found)

    def test_nothing_to_label(self, folder: Path) -> None:
        (folder / "empty.txt").write_text(" \n")
        with pytest.raises(NothingToIndex, match="no text in"):
            candidates_of_files([folder / "empty.txt"], folder / ".qa")
