"""What a follow-up needs of the answer before it."""

from typing import Any

import pytest

from qa import CarriedOver, InputError, Turn, saved_turn
from qa.turns import MOST_QUESTIONS

ANSWER: dict[str, Any] = {
    "schema": "qa.answer/1",
    "question": "Who wrote it?",
    "citations": [{"id": "0a1b2c3d4e5f6071"}, {"id": "1a1b2c3d4e5f6071"}],
}


def test_an_answer_in_json() -> None:
    ids = ("0a1b2c3d4e5f6071", "1a1b2c3d4e5f6071")
    assert Turn.from_dict(ANSWER) == Turn(("Who wrote it?",), ids)
    after = CarriedOver(("What is it?",), ("it",), ("a.txt",)).to_dict()
    followed = Turn.from_dict({**ANSWER, "after": after})
    assert followed == Turn(("What is it?", "Who wrote it?"), ids)
    assert Turn.from_dict({**ANSWER, "after": None}) == Turn.from_dict(ANSWER)


def test_only_the_latest_questions_count() -> None:
    before = tuple(f"question {number}" for number in range(50))
    turn = Turn.of("the last", before, ())
    assert turn.questions == (*before[-MOST_QUESTIONS + 1 :], "the last")


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": "qa.answer/2"},
        {"question": 7},
        {"question": None},
        {"citations": None},
        {"citations": [{}]},
        {"citations": [{"id": 5}]},
        {"citations": ["0a1b2c3d4e5f6071"]},
        {"after": "who?"},
        {"after": {"questions": [None]}},
        {"after": {"questions": 3}},
    ],
)
def test_anything_else_is_refused(changed: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"^it(s| is)"):
        Turn.from_dict({**ANSWER, **changed})


@pytest.mark.parametrize("text", ["", "{", "null", "[]", "3", '{"schema": "qa.answer/1"}'])
def test_rubbish_is_named_with_the_remedy(text: str) -> None:
    with pytest.raises(InputError, match=r"^a\.json.*save an answer with `qa ask --json`"):
        saved_turn(text, "a.json")


def test_of_several_answers_the_last_is_followed_up() -> None:
    lines = (
        '{"schema": "qa.answer/1", "question": "first", "citations": []}\n'
        '{"schema": "qa.answer/1", "question": "second", "citations": []}\n'
    )
    assert saved_turn(lines, "a.json").questions == ("second",)
