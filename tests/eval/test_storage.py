import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa_eval import RunError, load_run, overview, run, run_from_dict, run_to_dict, save_run
from qa_eval.records import QuestionSet
from tests.eval.builders import example_run, many_questions, searcher, text_of


@pytest.fixture(scope="module")
def saved() -> str:
    return json.dumps(run_to_dict(example_run()))


class TestRoundTrip:
    @pytest.mark.usefixtures("few_resamples")
    def test_a_run_comes_back_equal(self, tmp_path: Path) -> None:
        before = example_run()
        save_run(before, tmp_path / "deep" / "run.json")
        after = load_run(tmp_path / "deep" / "run.json")
        assert after == before
        assert after.timings == before.timings
        assert overview(after).to_dict() == overview(before).to_dict()

    def test_a_run_repeated_from_its_file_gives_the_same_numbers(self, tmp_path: Path) -> None:
        save_run(example_run(), tmp_path / "run.json")
        loaded = load_run(tmp_path / "run.json")
        again = run(
            QuestionSet(loaded.set_name, loaded.questions),
            {"weak": searcher(0.3), "strong": searcher(0.9)},
            text_of=text_of,
            measures=loaded.measures,
            limit=loaded.limit,
            seed=loaded.seed,
            provenance=loaded.provenance,
        )
        assert again == loaded

    def test_a_sample_repeats_too(self, tmp_path: Path) -> None:
        modes = {"m": searcher(0.8)}
        drawn = [run(many_questions(), modes, text_of=text_of, limit=7, seed=3) for _ in range(2)]
        save_run(drawn[0], tmp_path / "run.json")
        assert load_run(tmp_path / "run.json") == drawn[1]

    def test_timings_do_not_count(self) -> None:
        one = example_run()
        slow = replace(one, timings=replace(one.timings, started="2030-01-01"))
        assert slow == one

    def test_other_results_count(self) -> None:
        assert example_run(seed=1) != example_run(seed=2)

    def test_an_older_file_stays_when_writing_fails(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "run.json"
        save_run(example_run(), path)
        before = path.read_bytes()

        def full(_: int) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("os.fsync", full)
        with pytest.raises(RunError, match="cannot be written: No space left"):
            save_run(example_run(seed=1), path)
        assert path.read_bytes() == before
        assert list(tmp_path.iterdir()) == [path]


def change(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Set the item at ``a/0/b``; ``...`` deletes it."""

    def apply(data: dict[str, Any]) -> None:
        *parents, last = [int(key) if key.isdigit() else key for key in path.split("/")]
        target: Any = data
        for key in parents:
            target = target[key]
        if value is ...:
            del target[last]
        else:
            target[last] = value

    return apply


class TestDamage:
    @pytest.mark.parametrize(
        ("damage", "complaint"),
        [
            (change("schema", "qa.run/9"), 'not a saved run of schema "qa.run/1"'),
            (change("schema", ...), "not a saved run"),
            (change("set/sha256", "0" * 64), "questions do not match the hash"),
            (change("questions/0/question", "Another?"), "questions do not match the hash"),
            (change("questions/0/gold/0/grade", 3), "questions do not match the hash"),
            (change("questions/0/gold", 3), '"gold" must be a list'),
            (change("modes/weak/3", ...), "expected one result for each of 60 questions"),
            (change("modes/weak/3/id", "q0"), 'expected question "q3"'),
            (change("modes/weak/3/probability", 1.5), '"probability" must lie between'),
            (change("modes/weak/3/probability", True), '"probability" must be a number'),
            (change("modes/weak/3/answered", 1), '"answered" must be true or false'),
            (change("modes/weak/3/found", {"other": 1}), 'unknown field "other"'),
            (change("modes/weak/3/found", {"#3": 0}), '"#3" must be a whole number, 1 or more'),
            (change("modes/weak/3/found", {"#3": 17}), "do not follow from its ranks"),
            (change("modes/weak/3/measures/nDCG@10", 0.123), "do not follow from its ranks"),
            (change("modes/weak/3/measures/nDCG@10", ...), "do not follow from its ranks"),
            (change("modes/weak/3/passages/0", ...), "4 passages do not go with"),
            (change("modes/weak/3/passages/0/verdict", "good"), "unsound evidence"),
            (change("modes/weak/3/passages/0/evidence", [[1]]), "unsound evidence"),
            (change("modes/weak/3/passages/0/evidence", [[1, -2]]), "unsound evidence"),
            (change("modes/weak/3/passages/0/evidence_right", []), '"evidence_right" does not'),
            (change("modes/weak/3/passages/0/quote", None), '"quote" is missing'),
            (change("timings/modes/weak", ...), "expected a JSON object"),
            (change("timings/modes/weak/latency_ms/0", ...), "expected 60 latencies"),
            (change("timings/modes/weak/latency_ms/0", "x"), "a latency is a number"),
            (change("measures", ["nonsense"]), "is no retrieval measure"),
        ],
    )
    def test_is_named_in_one_line(
        self, saved: str, damage: Callable[[dict[str, Any]], None], complaint: str
    ) -> None:
        data = json.loads(saved)
        damage(data)
        with pytest.raises(RunError) as caught:
            run_from_dict(data, where="run.json")
        assert complaint in str(caught.value)
        assert str(caught.value).startswith("run.json")
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("part", range(1, 8))
    def test_a_file_cut_short_is_refused(self, tmp_path: Path, saved: str, part: int) -> None:
        path = tmp_path / "run.json"
        path.write_text(saved[: len(saved) * part // 8])
        with pytest.raises(RunError, match=r"run\.json: not JSON"):
            load_run(path)

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(RunError, match=r"none\.json: cannot be read"):
            load_run(tmp_path / "none.json")
