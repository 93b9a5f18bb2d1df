import json
from dataclasses import replace

import pytest

from qa_eval import FailureKind, QuestionSet, Response, Run, Span, failures, failures_to_dict, run
from tests.eval.builders import TEXT, gold, passage, question, response, sentence, text_of

RESPONSES = {
    "right": response(passage(1), passage(9)),
    "none right": response(passage(9), probability=0.2, answered=False),
    "refused": response(passage(1), probability=0.3, answered=False),
    "second": response(passage(9, 10), passage(1), probability=0.8),
    "missed": response(passage(9), probability=0.7),
    "missed and refused": response(probability=0.1, answered=False),
    "answered": response(passage(4), probability=0.6),
    "answered surely": response(passage(5), probability=0.99),
}
UNANSWERABLE = {"none right", "answered", "answered surely"}


@pytest.fixture(scope="module")
def example() -> Run:
    asked = tuple(
        question(name) if name in UNANSWERABLE else question(name, gold(1)) for name in RESPONSES
    )

    def ask(text: str) -> Response:
        return RESPONSES[text.removeprefix("What says ").removesuffix("?")]

    return run(QuestionSet("set", asked), {"mode": ask}, text_of=text_of)


class TestFailures:
    def test_each_with_its_kind_the_gravest_first(self, example: Run) -> None:
        assert [(failure.question.id, failure.kind) for failure in failures(example, "mode")] == [
            ("answered surely", FailureKind.ANSWERED),
            ("answered", FailureKind.ANSWERED),
            ("missed", FailureKind.NOT_FOUND),
            ("missed and refused", FailureKind.NOT_FOUND),
            ("refused", FailureKind.NOT_ANSWERED),
            ("second", FailureKind.NOT_FIRST),
        ]

    def test_what_came_instead(self, example: Run) -> None:
        found = {failure.question.id: failure for failure in failures(example, "mode")}
        second = found["second"]
        assert (second.rank, second.result.probability) == (2, 0.8)
        start, end = sentence(9)
        assert second.marked == (TEXT[start:end],)
        assert second.first is not None
        assert second.first.start == start
        assert found["missed and refused"].first is None
        assert found["missed and refused"].marked == ()
        assert found["refused"].rank == 1
        assert found["answered"].rank is None

    def test_several_marked_sentences(self, example: Run) -> None:
        [failure] = [f for f in failures(example, "mode") if f.question.id == "second"]
        judged = failure.result.passages[0]
        both = (sentence(9), sentence(10))
        marked = judged._replace(passage=replace(judged.passage, evidence=both))
        result = replace(failure.result, passages=(marked,))
        assert replace(failure, result=result).marked == tuple(TEXT[a:b] for a, b in both)

    def test_without_a_failure(self) -> None:
        asked = QuestionSet("set", (question("q", gold(1)),))
        good = run(asked, {"mode": lambda _: response(passage(1))}, text_of=text_of)
        assert failures(good, "mode") == ()


def test_as_json(example: Run) -> None:
    data = failures_to_dict(failures(example, "mode"))
    assert json.loads(json.dumps(data)) == data
    first, second = data[0], data[-1]
    start, end = sentence(9)
    assert second == {
        "id": "second",
        "question": "What says second?",
        "kind": "not_first",
        "answered": True,
        "probability": 0.8,
        "rank": 2,
        "first": {
            "path": "a.txt",
            "span": {"start": start, "end": sentence(10).end, "unit": "codepoint"},
            "marked": [TEXT[start:end]],
        },
        "gold": [question("second", gold(1)).gold[0].to_dict()],
    }
    assert (first["kind"], first["rank"], first["gold"]) == ("answered", None, [])


def test_a_mark_outside_of_the_quote_is_not_shown(example: Run) -> None:
    failure = failures(example, "mode")[0]
    judged = failure.result.passages[0]
    odd = judged._replace(passage=replace(judged.passage, evidence=(Span(0, 10),)))
    shown = replace(failure, result=replace(failure.result, passages=(odd,)))
    assert shown.marked == (judged.passage.quote,)
