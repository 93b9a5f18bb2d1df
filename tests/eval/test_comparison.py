import json
from dataclasses import replace

import pytest

from qa_eval import (
    MeasureError,
    QuestionSet,
    Run,
    RunError,
    compare,
    diff,
    metrics,
    overview,
    run,
    slices,
)
from qa_eval.comparison import summarise
from tests.eval.builders import (
    example_run,
    gold,
    many_questions,
    passage,
    question,
    response,
    searcher,
    text_of,
)


@pytest.fixture(scope="module")
def both() -> Run:
    return example_run()


class TestMetrics:
    def test_rates_by_hand(self) -> None:
        """Two answerable, one of them answered; four unanswerable, three of them answered."""
        asked = QuestionSet(
            "s",
            (
                question("q1", gold(1)),
                question("q2", gold(2)),
                *(question(f"u{n}") for n in range(4)),
            ),
        )
        answered = {"q1", "u0", "u1", "u2"}

        def name(text: str) -> str:
            return text.removeprefix("What says ").removesuffix("?")

        done = run(
            asked,
            {
                "m": lambda text: response(
                    passage(1),
                    probability=0.9 if name(text) == "q1" else 0.6,
                    answered=name(text) in answered,
                )
            },
            text_of=text_of,
        )
        values = metrics(done, "m")
        assert values["answered_rate"] == 0.5
        assert values["false_answer_rate"] == 0.75
        # q1 above all four, q2 tied with all four.
        assert values["AUROC"] == (4 + 4 * 0.5) / 8
        # Only q1 is right: no error at first, then five ties that are all wrong.
        assert values["AURC"] == pytest.approx(sum(k / (k + 1) for k in range(6)) / 6)
        assert values["ECE"] == pytest.approx((1 * 0.1 + 5 * 0.6) / 6)

    def test_a_set_without_unanswerable_questions_has_no_such_measures(self) -> None:
        done = run(many_questions(10, 0), {"m": searcher(1)}, text_of=text_of)
        assert not metrics(done, "m").keys() & {"AUROC", "false_answer_rate", "ECE", "AURC"}

    def test_a_set_of_unanswerable_questions_alone(self) -> None:
        done = run(many_questions(0, 10), {"m": searcher(1)}, text_of=text_of)
        assert list(metrics(done, "m")) == ["false_answer_rate", "AURC", "ECE"]

    def test_intervals_hold_the_value(self, both: Run) -> None:
        for estimate in summarise(both, "strong").values():
            assert estimate.interval.low <= estimate.value <= estimate.interval.high
        assert summarise(both, "strong")["nDCG@10"].questions == 40
        assert summarise(both, "strong")["AUROC"].questions == 60


class TestCompare:
    def test_a_real_difference_is_found(self, both: Run) -> None:
        found = {test.measure: test for test in compare(both)}
        test = found["nDCG@10"]
        assert (test.first, test.second) == ("weak", "strong")
        assert test.significant
        assert test.interval is not None
        assert 0 < test.interval.low < test.difference < test.interval.high
        assert test.difference == pytest.approx(
            metrics(both, "strong")["nDCG@10"] - metrics(both, "weak")["nDCG@10"]
        )
        assert not found["false_answer_rate"].significant

    @pytest.mark.usefixtures("few_resamples")
    def test_every_p_is_corrected_upwards(self, both: Run) -> None:
        assert all(test.adjusted_p >= test.p for test in compare(both))

    @pytest.mark.usefixtures("few_resamples")
    def test_equal_modes_do_not_differ(self) -> None:
        same = example_run({"a": 0.5, "b": 0.5})
        assert all(test.p == test.adjusted_p == 1 for test in compare(same))

    def test_one_mode_has_nothing_to_compare(self) -> None:
        assert compare(example_run({"a": 0.5})) == ()

    @pytest.mark.usefixtures("few_resamples")
    def test_three_modes_have_three_pairs(self) -> None:
        pairs = {(t.first, t.second) for t in compare(example_run({"a": 0.5, "b": 0.6, "c": 1}))}
        assert pairs == {("a", "b"), ("a", "c"), ("b", "c")}


class TestSlices:
    def test_tags_in_order_with_their_own_measures(self, both: Run) -> None:
        parts = {part.tag: part for part in slices(both, "weak")}
        assert list(parts) == ["even", "none", "odd", "tagged"]
        assert parts["even"].questions == 20
        assert list(parts["none"].metrics) == ["false_answer_rate", "AURC", "ECE"]
        halves = (parts["even"].metrics["nDCG@10"] + parts["odd"].metrics["nDCG@10"]) / 2
        assert halves == pytest.approx(metrics(both, "weak")["nDCG@10"])


class TestDiff:
    def test_largest_changes_first_with_both_results(self) -> None:
        before, after = example_run({"m": 0.3}), example_run({"m": 0.9})
        changes = diff(before, after)
        sizes = [abs(change.difference) for change in changes]
        assert sizes == sorted(sizes, reverse=True)
        assert all(sizes)
        first = changes[0]
        assert first.before.question_id == first.after.question_id == first.question.id
        assert first.difference == pytest.approx(
            first.after.measures["nDCG@10"] - first.before.measures["nDCG@10"]
        )

    def test_a_false_answer_that_came_is_a_change_for_the_worse(self) -> None:
        asked = many_questions(1, 1)

        def saying(answered: bool) -> Run:
            said = response(passage(0), answered=answered)
            return run(asked, {"m": lambda _: said}, text_of=text_of)

        quiet, loud = saying(False), saying(True)
        (change,) = diff(quiet, loud)
        assert (change.question.id, change.difference) == ("u0", -1.0)

    def test_modes_of_one_run(self, both: Run) -> None:
        assert diff(both, both, mode="weak") == ()
        assert diff(both, both, mode="strong", before_mode="weak")

    def test_several_modes_need_a_name(self, both: Run) -> None:
        with pytest.raises(RunError, match="several modes; name one of weak, strong"):
            diff(both, both)
        with pytest.raises(RunError, match='no mode "best" of weak, strong'):
            diff(both, both, mode="best")

    def test_an_unknown_measure(self, both: Run) -> None:
        with pytest.raises(MeasureError, match='"AP" was not measured in both runs'):
            diff(both, both, mode="weak", measure="AP")

    def test_runs_of_other_questions_are_refused(self, both: Run) -> None:
        other = replace(both, set_sha256="0" * 64)
        with pytest.raises(RunError, match="runs of different questions or labels"):
            diff(both, other, mode="weak")

    def test_the_order_of_the_questions_does_not_matter(self) -> None:
        questions = many_questions()
        backwards = replace(questions, questions=questions.questions[::-1])
        one, other = (
            run(each, {"m": searcher(0.5)}, text_of=text_of) for each in (questions, backwards)
        )
        assert diff(one, other) == ()


class TestOverview:
    @pytest.mark.usefixtures("few_resamples")
    def test_json(self, both: Run) -> None:
        data = overview(both).to_dict()
        assert data["schema"] == "qa.eval/1"
        assert data["questions"] == 60
        assert data["modes"]["weak"]["metrics"] == metrics(both, "weak")
        assert set(data["modes"]["weak"]["latency_ms"]) == {"p50", "p95"}

    @pytest.mark.usefixtures("few_resamples")
    @pytest.mark.parametrize("kinds", [(0, 1), (1, 0), (1, 1), (2, 1), (1, 2)])
    def test_few_questions_give_numbers_that_json_has(self, kinds: tuple[int, int]) -> None:
        modes = {"none": searcher(0.0), "all": searcher(1.0)}
        small = run(many_questions(*kinds), modes, text_of=text_of, provenance={})
        json.dumps(overview(small).to_dict(), allow_nan=False)
