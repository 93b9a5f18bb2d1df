"""Questions are kept whole, or nothing is changed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

import qa
from qa.keeping import questions
from qa.keeping.questions import FILE, KeptQuestion, KeptQuote
from qa_index.collection.local import disk
from qa_index.collection.local.generations import writing
from qa_index.errors import IndexDamaged, IndexIncompatible, IndexLocked, IndexNotWritable

QUOTE = KeptQuote("0123456789abcdef", "docs/\udce9.txt", "docs/\udce9.txt:1", "Ünï \x1b[31m 中")
KEPT = KeptQuestion("Who?", {"k": 3, "filter": None}, True, (QUOTE,), "2026-01-01T00:00:00+00:00")


def test_what_is_kept_is_read_again(tmp_path: Path) -> None:
    qa.keep_questions([KEPT], tmp_path)
    assert qa.kept_questions(tmp_path) == (KEPT,)


def test_a_folder_without_questions_has_none(tmp_path: Path) -> None:
    assert qa.kept_questions(tmp_path) == ()


def test_the_same_question_is_kept_once(tmp_path: Path) -> None:
    qa.keep_questions([KEPT, replace(KEPT, question="Where?")], tmp_path)
    qa.keep_questions([replace(KEPT, answered=False, quotes=())], tmp_path)
    assert [(each.question, each.answered) for each in qa.kept_questions(tmp_path)] == [
        ("Who?", False),
        ("Where?", True),
    ]


def test_asked_in_another_way_it_is_another_question(tmp_path: Path) -> None:
    qa.keep_questions([KEPT, replace(KEPT, options={"k": 4})], tmp_path)
    assert len(qa.kept_questions(tmp_path)) == 2


def test_a_question_is_forgotten_by_its_number(tmp_path: Path) -> None:
    qa.keep_questions([KEPT, replace(KEPT, question="Where?")], tmp_path)
    qa.forget_questions([1], tmp_path)
    assert [each.question for each in qa.kept_questions(tmp_path)] == ["Where?"]
    with pytest.raises(qa.InputError, match=r"no kept question 2, there are 1"):
        qa.forget_questions([2], tmp_path)


def test_more_than_can_be_kept_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST", 1)
    with pytest.raises(qa.InputError, match="1 can be"):
        qa.keep_questions([KEPT, replace(KEPT, question="Where?")], tmp_path)
    assert qa.kept_questions(tmp_path) == ()


@pytest.mark.parametrize("cut", [0, 1, 40, -2])
def test_a_damaged_file_is_noticed(tmp_path: Path, cut: int) -> None:
    qa.keep_questions([KEPT], tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(IndexDamaged, match="remove it to begin anew"):
        qa.kept_questions(tmp_path)


def test_a_changed_word_is_noticed(tmp_path: Path) -> None:
    qa.keep_questions([KEPT], tmp_path)
    path = tmp_path / FILE
    path.write_text(path.read_text().replace("Who?", "Why?"))
    with pytest.raises(IndexDamaged):
        qa.kept_questions(tmp_path)


def test_a_newer_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(json.dumps({"schema": "qa.questions/9", "checksum": ""}))
    with pytest.raises(IndexIncompatible, match=r"qa\.questions/9"):
        qa.kept_questions(tmp_path)


def test_while_another_process_writes_nothing_is_changed(tmp_path: Path) -> None:
    with writing(tmp_path), pytest.raises(IndexLocked):
        qa.keep_questions([KEPT], tmp_path)


def test_a_full_disk_leaves_what_was_kept(tmp_path: Path) -> None:
    qa.keep_questions([KEPT], tmp_path)

    def full(when: str, step: str, path: Path) -> None:
        if when == "before" and step == "write" and path.name.startswith(FILE):
            raise OSError(28, "No space left on device", str(path))

    disk.watch(full)
    try:
        with pytest.raises(IndexNotWritable, match="No space left"):
            qa.keep_questions([replace(KEPT, question="Where?")], tmp_path)
    finally:
        disk.watch(None)
    assert qa.kept_questions(tmp_path) == (KEPT,)
