import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from qa_eval import (
    GateError,
    GateResult,
    Limit,
    Response,
    Run,
    RunError,
    fail_under,
    junit_xml,
    max_drop,
    metrics,
    parse_limit,
    run,
)
from tests.eval.builders import example_run, many_questions, searcher, text_of


class TestParse:
    @pytest.mark.parametrize(
        ("text", "limit"),
        [
            ("nDCG@10=0.80", Limit("nDCG@10", 0.8)),
            (" AUROC = 1 ", Limit("AUROC", 1.0)),
            ("R(rel=2)@10=0.5", Limit("R(rel=2)@10", 0.5)),
        ],
    )
    def test_measure_and_number(self, text: str, limit: Limit) -> None:
        assert parse_limit(text) == limit

    @pytest.mark.parametrize("text", ["nDCG@10", "=0.8", "nDCG@10=", "x=high", "x=nan", "x=-1"])
    def test_anything_else(self, text: str) -> None:
        with pytest.raises(GateError, match="write a measure and a number"):
            parse_limit(text)


class TestFailUnder:
    def test_at_the_limit_passes(self) -> None:
        done = example_run({"m": 0.5})
        value = metrics(done, "m")["nDCG@10"]
        results = fail_under(done, "m", [Limit("nDCG@10", value), Limit("nDCG@10", value + 0.001)])
        assert [result.passed for result in results] == [True, False]
        assert results[0].value == value
        assert "below the limit" in results[1].message

    def test_where_lower_is_better_the_limit_is_a_ceiling(self) -> None:
        done = example_run({"m": 0.5})
        value = metrics(done, "m")["false_answer_rate"]
        results = fail_under(
            done,
            "m",
            [Limit("false_answer_rate", value + 0.01), Limit("false_answer_rate", value - 0.01)],
        )
        assert [result.passed for result in results] == [True, False]

    def test_an_unknown_measure_names_the_known(self) -> None:
        with pytest.raises(GateError, match=r'no measure "F1" to gate on; it has nDCG@10, '):
            fail_under(example_run({"m": 1}), "m", [Limit("F1", 0.5)])


class TestMaxDrop:
    LIMITS = (Limit("nDCG@10", 0.01),)

    def drop(self, now: Run, then: Run) -> GateResult:
        (result,) = max_drop(now, then, "m", self.LIMITS)
        return result

    def test_a_seeded_fault_in_retrieval_is_caught(self) -> None:
        """A search that loses its first result for a third of the questions."""
        healthy = searcher(0.9)

        def faulty(text: str) -> Response:
            found = healthy(text)
            lost = sum(map(ord, text)) % 3 == 0
            return replace(found, retrieved=found.retrieved[1:]) if lost else found

        then, now = (
            run(many_questions(), {"m": ask}, text_of=text_of) for ask in (healthy, faulty)
        )
        caught = self.drop(now, then)
        assert not caught.passed
        assert caught.p is not None
        assert caught.p < 0.01
        assert "worse by more than 0.01, and significantly" in caught.message
        assert self.drop(then, now).passed

    def test_a_drop_that_chance_explains_passes(self) -> None:
        healthy = searcher(0.9)

        def unlucky(text: str) -> Response:
            found = healthy(text)
            return replace(found, retrieved=()) if text == "What says q7?" else found

        then, now = (
            run(many_questions(), {"m": ask}, text_of=text_of) for ask in (healthy, unlucky)
        )
        result = self.drop(now, then)
        assert result.baseline is not None
        assert result.baseline - result.value > 0.01
        assert result.passed
        assert "but not significantly" in result.message

    def test_a_significant_drop_within_the_limit_passes(self) -> None:
        then, now = example_run({"m": 0.9}), example_run({"m": 0.3})
        (result,) = max_drop(now, then, "m", [Limit("nDCG@10", 0.9)])
        assert result.passed
        assert "worse by no more than 0.9" in result.message

    def test_the_same_run_passes_with_no_drop_allowed(self) -> None:
        same = example_run({"m": 0.7})
        (result,) = max_drop(same, same, "m", [Limit("nDCG@10", 0)])
        assert result.passed

    def test_more_false_answers_are_a_drop(self) -> None:
        quiet = searcher(1)

        def loud(text: str) -> Response:
            return replace(quiet(text), answered=True)

        then, now = (run(many_questions(), {"m": ask}, text_of=text_of) for ask in (quiet, loud))
        limits = [Limit("false_answer_rate", 0.05)]
        assert not max_drop(now, then, "m", limits)[0].passed
        assert max_drop(then, now, "m", limits)[0].passed

    def test_the_baseline_may_have_another_mode_alone(self) -> None:
        now, then = example_run({"m": 0.5}), example_run({"old": 0.5})
        assert self.drop(now, then).passed

    def test_other_questions_cannot_be_a_baseline(self) -> None:
        now = example_run({"m": 0.5})
        with pytest.raises(RunError, match="different questions"):
            self.drop(now, replace(now, set_sha256="0" * 64))


class TestJUnit:
    def test_failures_are_counted_and_told(self) -> None:
        done = example_run({"m": 0.5})
        results = fail_under(done, "m", [Limit("nDCG@10", 0.99), Limit("nDCG@10", 0.01)])
        root = ET.fromstring(junit_xml(results))
        suite = root.find("testsuite")
        assert suite is not None
        assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
        failed, passed = suite.findall("testcase")
        assert failed.get("name") == "fail-under nDCG@10=0.99"
        failure = failed.find("failure")
        assert failure is not None
        assert "below the limit of 0.99" in str(failure.get("message"))
        assert passed.find("failure") is None

    def test_hostile_names_are_still_xml(self) -> None:
        result = GateResult('a"<&\x00\x1b', 'm\ud800">', "x", 0.0, None, None, False, "\x0b]]>")
        root = ET.fromstring(junit_xml([result]))
        case = root.find("testsuite/testcase")
        assert case is not None
        assert case.get("name") == 'a"<&\\x00\\x1b'
