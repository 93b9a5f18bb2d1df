"""The follow-up questions, and how they are measured."""

import json
from collections import Counter
from pathlib import Path

import pytest

import qa
import qa_eval
from eval.corpora.catalogue import Half
from eval.followups.__main__ import (
    BEFORE,
    BETWEEN,
    SECOND,
    SEEDS,
    SETS,
    TWO,
    WAYS,
    Followed,
    asked,
    half_of,
    table,
    told,
)

KINDS = {"pronoun", "ellipsis", "shift", "unanswerable"}
FILES = sorted(each for each in SETS.glob("*.jsonl") if each.name not in {BEFORE, BETWEEN})


@pytest.fixture(scope="module")
def before() -> dict[str, str]:
    return told(BEFORE, "before")


def test_every_follow_up_has_a_question_before_it(before: dict[str, str]) -> None:
    questions = [each for file in FILES for each in qa_eval.load_questions(file).questions]
    assert {each.id for each in questions} == before.keys()
    assert len(questions) == len(before)
    kinds = Counter(kind for each in questions for kind in each.tags)
    assert kinds.keys() == KINDS
    readme = (SETS / "README.md").read_text(encoding="utf-8")
    for kind, count in kinds.items():
        assert any(
            line.startswith(f"| `{kind}` |") and line.endswith(f"| {count} |")
            for line in readme.splitlines()
        )
    assert all(("unanswerable" in each.tags) is not each.answerable for each in questions)
    assert told(BETWEEN, "between").keys() < before.keys()
    halves = Counter(half_of(each.id) for each in questions)
    assert halves[Half.CHOOSING] == halves[Half.JUDGING]


def test_the_seeds_are_asked_in_each_way(tmp_path: Path, before: dict[str, str]) -> None:
    qa.index([SEEDS], into=tmp_path / ".qa", offline=True)
    with qa.open(tmp_path / ".qa") as session:
        answerer = session.pinned()
        names = {Path(each.path).name: each.path for each in answerer.index.documents()}
        text = (SETS / "seeds.jsonl").read_text(encoding="utf-8")
        for name, path in names.items():
            text = text.replace(f'"path": "{name}"', f'"path": {json.dumps(path)}')
        (tmp_path / "seeds.jsonl").write_text(text, encoding="utf-8")
        questions = qa_eval.load_questions(tmp_path / "seeds.jsonl")
        assert not qa.check_labels(questions, session)
        some = [each for each in questions.questions if each.id in {"seeds-f09", "seeds-f17"}]
        between = {"seeds-f17": "and who is Valkov?"}
        results = asked(answerer, some, before, between)
        found = {(each.question, each.way): each for each in results}
    assert len(found) == 2 * len(WAYS) + 2
    assert {way for question, way in found if question == "seeds-f17"} == {*WAYS, TWO, SECOND}
    by_itself, _, after = (found["seeds-f09", way] for way in WAYS)
    # Found, but the reader is in doubt: "from" whom is in the question before.
    assert (by_itself.first, after.first, after.answered) == (False, True, False)
    assert not found["seeds-f17", "after"].answered


def test_the_table_counts() -> None:
    def row(number: int, kind: str, way: str, *, first: bool, answered: bool) -> Followed:
        return Followed(f"x-f{number:02d}", kind, way, first, first, answered, 0.5)

    results = [
        row(number, kind, way, first=way == "after" and kind != "unanswerable", answered=True)
        for way in WAYS
        for number, kind in ((1, "pronoun"), (2, "shift"), (3, "unanswerable"))
    ]
    lines = table(results).splitlines()
    assert "| choosing | pronoun | after | 1 | 1 | 1 | 1 | 0 |" in lines
    assert "| choosing | pronoun | by itself | 1 | 0 | 0 | 0 | 1 |" in lines
    assert "| choosing | unanswerable | after | 1 | – | – | – | 1 |" in lines
    assert "| judging | shift | after | 1 | 1 | 1 | 1 | 0 |" in lines
    assert any(line.startswith("- judging, shift: first right +1.00") for line in lines)
