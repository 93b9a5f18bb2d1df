import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from qa_eval import (
    MeasureError,
    QuestionSet,
    QuestionSetError,
    Response,
    Verdict,
    metrics,
    overview,
    run,
)
from qa_eval.runner import sample
from qa_eval.runs import KEPT, Timing
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


class TestRun:
    def test_a_result_by_hand(self) -> None:
        asked = QuestionSet("s", (question("q1", gold(5), gold(7)),))
        cited = (passage(1), passage(5), passage(4, 6), *(passage(n) for n in range(20, 24)))
        done = run(asked, {"m": lambda _: response(*cited, probability=0.4)}, text_of=text_of)
        (result,) = done.modes["m"]
        assert result.found == {"#5": 2}
        assert result.measures["R@10"] == 0.5
        assert result.measures["evidence_precision"] == 0
        assert result.retrieved == 7
        assert len(result.passages) == KEPT
        assert [judged.verdict for judged in result.passages[:3]] == [
            Verdict.OTHER,
            Verdict.FOUND,
            Verdict.REPEATED,
        ]
        assert result.passages[1].evidence == (True,)
        assert not result.correct  # another passage is first

    def test_a_question_without_results_counts_as_zero(self) -> None:
        asked = QuestionSet("s", (question("q1", gold(5)), question("q2", gold(6))))

        def ask(text: str) -> Response:
            return response(passage(5)) if "q1" in text else response(probability=0, answered=False)

        done = run(asked, {"m": ask}, text_of=text_of)
        assert metrics(done, "m")["nDCG@10"] == 0.5
        assert metrics(done, "m")["evidence_precision"] == 0.5

    @pytest.mark.parametrize("threads", [2, 7])
    def test_threads_change_nothing_but_timings(self, threads: int) -> None:
        alone, together = example_run(), example_run(threads=threads)
        assert together == alone
        assert together.timings.threads == threads

    def test_several_threads_ask_at_a_time(self) -> None:
        meeting = threading.Barrier(4, timeout=10)

        def ask(_: str) -> Response:
            meeting.wait()
            return response(passage(1))

        run(many_questions(8, 0), {"m": ask}, text_of=text_of, threads=4)

    @pytest.mark.usefixtures("few_resamples")
    def test_order_of_questions_changes_no_number(self) -> None:
        questions = many_questions()
        shuffled = replace(questions, questions=questions.questions[::-1])
        modes = {"weak": searcher(0.3), "strong": searcher(0.9)}
        views = [
            overview(run(each, modes, text_of=text_of)).to_dict() for each in (questions, shuffled)
        ]
        for view in views:
            for mode in view["modes"].values():
                del mode["latency_ms"]
        assert views[0] == views[1]

    def test_progress_counts_every_question_of_every_mode(self) -> None:
        seen: list[tuple[str, int, int]] = []
        run(
            many_questions(3, 1),
            {"a": searcher(1), "b": searcher(1)},
            text_of=text_of,
            progress=lambda *told: seen.append(told),
        )
        assert seen == [(mode, done, 4) for mode in "ab" for done in range(1, 5)]

    @pytest.mark.parametrize("threads", [1, 3])
    def test_an_error_names_the_question_and_stops(self, threads: int) -> None:
        asked: list[str] = []

        def ask(text: str) -> Response:
            asked.append(text)
            if "q3" in text:
                raise OSError("the index is gone")
            time.sleep(0.05)  # so that the others are not done before the error is noticed
            return response()

        with pytest.raises(OSError, match="the index is gone") as caught:
            run(many_questions(), {"m": ask}, text_of=text_of, threads=threads)
        assert "while asking question" in caught.value.__notes__[0]
        assert '"q3"' in caught.value.__notes__[0]
        assert len(asked) < 20

    def test_wrong_labels_and_measures_are_found_before_anything_is_asked(self) -> None:
        def ask(_: str) -> Response:
            raise AssertionError("asked")

        with pytest.raises(MeasureError):
            run(many_questions(), {"m": ask}, text_of=text_of, measures=["nonsense"])
        with pytest.raises(QuestionSetError, match="another index"):
            run(many_questions(), {"m": ask}, text_of=lambda _: None)

    @pytest.mark.parametrize("probability", [-0.1, 1.1, float("nan")])
    def test_a_probability_is_one(self, probability: float) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            response(probability=probability)


class TestSample:
    def test_keeps_the_order_and_the_number(self) -> None:
        drawn = [q.id for q in sample(many_questions(), 10, 0).questions]
        every = [q.id for q in many_questions().questions]
        assert len(drawn) == 10
        assert drawn == [name for name in every if name in drawn]

    def test_depends_on_the_seed_and_not_on_the_order(self) -> None:
        questions = many_questions()
        backwards = replace(questions, questions=questions.questions[::-1])
        chosen = {q.id for q in sample(questions, 10, 0).questions}
        assert {q.id for q in sample(backwards, 10, 0).questions} == chosen
        assert {q.id for q in sample(questions, 10, 1).questions} != chosen

    def test_a_larger_sample_holds_the_smaller(self) -> None:
        small, large = (
            {q.id for q in sample(many_questions(), limit, 0).questions} for limit in (10, 20)
        )
        assert small < large

    def test_no_limit_and_a_large_one_take_all(self) -> None:
        assert sample(many_questions(), None, 0) == sample(many_questions(), 999, 0)

    def test_a_limit_of_nothing_is_refused(self) -> None:
        with pytest.raises(QuestionSetError, match="a limit of 0"):
            sample(many_questions(), 0, 0)


@pytest.mark.parametrize("count", [1, 2, 19, 20, 21, 100])
@pytest.mark.parametrize("percent", [50, 95])
def test_percentiles_equal_numpy(count: int, percent: float) -> None:
    latencies = np.random.default_rng(count).random(count)
    expected = np.percentile(latencies, percent, method="inverted_cdf")
    assert Timing(1.0, tuple(latencies)).percentile(percent) == expected
