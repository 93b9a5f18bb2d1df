"""Any invalid argument raises an ``InputError`` that names it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qa
from qa.answering.answerer import Answerer
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from tests.support.hashing_encoder import HashingEncoder


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("notes")
    (folder / "ferry.txt").write_text("The ferry to Elba leaves at nine.")
    build([folder / "ferry.txt"], folder / ".qa", encoder=HashingEncoder())
    return Answerer(StoredIndex(folder / ".qa"), HashingEncoder)


@pytest.mark.parametrize("k", [2.5, "3", True, None, 0, 101, -1, [1], float("nan")])
def test_a_number_of_passages_is_a_whole_one(answerer: Answerer, k: Any) -> None:
    with pytest.raises(qa.InputError, match=r"^k must be a whole number from 1 to 100, not "):
        answerer.ask("When does the ferry leave?", k=k)


def test_any_kind_of_whole_number_will_do(answerer: Answerer) -> None:
    assert answerer.ask("When does the ferry leave?", k=np.int64(3)).citations  # type: ignore[arg-type]


@pytest.mark.parametrize("question", [None, b"x", 7, ["When?"], Path("x")])
def test_a_question_is_text(answerer: Answerer, question: Any) -> None:
    with pytest.raises(qa.InputError, match=r"^the question must be a str, not "):
        answerer.ask(question)


@pytest.mark.parametrize(
    "options",
    [
        {"mode": None},
        {"mode": 7},
        {"mode": ["bm25"]},
        {"mode": "BM25"},
        {"min_confidence": 0.5},
        {"min_confidence": None},
        {"filter": 7},
        {"filter": b"*.txt"},
    ],
)
def test_other_options(answerer: Answerer, options: dict[str, Any]) -> None:
    with pytest.raises(qa.InputError) as caught:
        answerer.ask("When does the ferry leave?", **options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"limit": 2.5}, "limit must be a whole number, 1 or more, not 2.5"),
        ({"limit": 0}, "limit must be a whole number, 1 or more, not 0"),
        ({"limit": "3"}, "limit must be a whole number, 1 or more, not '3'"),
        ({"seed": -1}, "seed must be a whole number, 0 or more, not -1"),
        ({"seed": "x"}, "seed must be a whole number, 0 or more, not 'x'"),
        ({"threads": True}, "threads must be a whole number, 1 or more, not True"),
        ({"threads": 0}, "threads must be a whole number, 1 or more, not 0"),
        ({"modes": "bm25"}, "modes must be a list of names, not 'bm25'"),
        ({"measures": "RR@10"}, "measures must be a list of names, not 'RR@10'"),
    ],
)
def test_of_an_evaluation(
    answerer: Answerer, tmp_path: Path, options: dict[str, Any], told: str
) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "1", "question": "Why?", "answerable": false}\n')
    with pytest.raises(qa.InputError) as caught:
        qa.evaluate(answerer, questions, **options)
    assert str(caught.value) == told


@pytest.mark.parametrize("questions", [None, 7, b"x"])
def test_a_question_set_is_a_file_or_a_set(answerer: Answerer, questions: Any) -> None:
    with pytest.raises(qa.InputError, match="questions must be a path or a QuestionSet, not "):
        qa.evaluate(answerer, questions)
    with pytest.raises(qa.InputError, match="questions must be a path or a QuestionSet, not "):
        qa.calibrate(answerer, questions)


@pytest.mark.parametrize("share", ["0.1", 1.0, -0.1, float("nan"), True])
def test_of_a_calibration(answerer: Answerer, tmp_path: Path, share: Any) -> None:
    with pytest.raises(qa.InputError, match="share of false answers"):
        qa.calibrate(answerer, tmp_path / "q.jsonl", max_false_answers=share)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: qa.index(None), "each of paths must be a path, not None"),  # type: ignore[arg-type]
        (lambda: qa.index([7]), "each of paths must be a path, not 7"),  # type: ignore[list-item]
        (lambda: qa.index(7), "each of paths must be a path, not 7"),  # type: ignore[arg-type]
        (lambda: qa.index(["a"], into=None), "into must be a path, not None"),  # type: ignore[arg-type]
        (lambda: qa.index(["a"], model=7), "model must be a str, not 7"),  # type: ignore[arg-type]
        (lambda: qa.open(7), "folder must be a path, not 7"),  # type: ignore[arg-type]
    ],
)
def test_of_an_index(call: Any, told: str) -> None:
    with pytest.raises(qa.InputError) as caught:
        call()
    assert str(caught.value) == told
