"""``qa calibrate``: the probability is fitted to the user's questions, stored, and checked."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import qa
import qa_eval
from qa.answering.answerer import Answerer
from qa.confidence import CALIBRATION
from qa.confidence.model import Calibration
from qa.confidence.shipped import FIT_OF_MINILM as SHIPPED
from qa.confidence.signals import Signals
from qa.confidence.store import load, reset, store
from qa_eval.runs import KEPT
from qa_index.building.build import build
from qa_index.collection.local import disk
from qa_index.collection.local.generations import writing
from qa_index.collection.local.stored import StoredIndex
from tests.support.asked_once import asked_once
from tests.support.hashing_encoder import HashingEncoder
from tests.support.sealing import sealed_whatever
from tests.support.towns import NAMES, TRADES, write_towns

UNANSWERABLE = [f"Which {trade}s were sold on planet {number}?" for number, trade in
                enumerate(TRADES)]  # fmt: skip


def opened(folder: Path, *, dimension: int = 64) -> Answerer:
    encoder = HashingEncoder(dimension=dimension)
    return Answerer(StoredIndex(folder / ".qa"), lambda: encoder)


def indexed(folder: Path, *, dimension: int = 64) -> None:
    encoder = HashingEncoder(dimension=dimension)
    build([folder / "towns"], folder / ".qa", encoder=encoder, language="en")


@pytest.fixture(scope="module", autouse=True)
def _asked_once() -> Iterator[None]:
    with asked_once():
        yield


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """Towns, an index of them, and ``questions.jsonl``: 18 answerable names, 24 unanswerable."""
    questions = write_towns(tmp_path)
    lines = [json.loads(line) for line in questions.read_text(encoding="utf-8").splitlines()]
    lines = [line for line in lines if line.get("answerable", True)] + [
        {"id": f"no{number}", "question": text, "answerable": False}
        for number, text in enumerate(UNANSWERABLE)
    ]
    questions.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    indexed(tmp_path)
    return tmp_path


def everything_is_worse(monkeypatch: pytest.MonkeyPatch) -> None:
    parameters = replace(qa_eval.calibration.PARAMETERS, least_loss=-1.0)
    monkeypatch.setattr("qa_eval.calibration.PARAMETERS", parameters)


class TestCalibrate:
    def test_later_answers_are_given_with_it(self, world: Path) -> None:
        question = f"What do people of {NAMES[0]} live from?"
        before = opened(world).ask(question)
        done = qa.calibrate(opened(world), world / "questions.jsonl", max_false_answers=0.05)
        after = opened(world).ask(question)
        assert after.probability != before.probability
        assert after.explanation.threshold == done.fit.threshold != before.explanation.threshold
        assert after.citations == before.citations
        kept = load(world / ".qa")
        assert kept == done.own
        assert (kept.answerable, kept.unanswerable) == (48, 24)

    def test_probabilities_are_those_of_the_fit(self, world: Path) -> None:
        fit = qa.calibrate(opened(world), world / "questions.jsonl").fit
        uncalibrated = opened(world)
        reset(world / ".qa")
        _, assessment = opened(world).find_and_assess(UNANSWERABLE[0], KEPT)
        shipped = assessment.signals
        expected = fit.rescaling.predict(SHIPPED.logit(shipped), SHIPPED.ceiling(shipped))
        found = uncalibrated.ask(UNANSWERABLE[0]).probability
        assert found == pytest.approx(float(expected), abs=1e-4)

    def test_calibrating_again_starts_from_the_shipped_model(self, world: Path) -> None:
        first = qa.calibrate(opened(world), world / "questions.jsonl").fit
        second = qa.calibrate(opened(world), world / "questions.jsonl").fit
        assert (second.slope, second.intercept) == (first.slope, first.intercept)
        assert second.before != first.before  # the calibration that was in use

    def test_it_is_closer_on_questions_it_was_not_fitted_to(self, world: Path) -> None:
        fit = qa.calibrate(opened(world), world / "questions.jsonl").fit
        assert fit.after.ece < fit.before.ece

    def test_what_is_worse_is_not_kept(self, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        everything_is_worse(monkeypatch)
        done = qa.calibrate(opened(world), world / "questions.jsonl")
        assert (done.stored, done.fit.worse) == (False, True)
        assert opened(world).confidence == SHIPPED
        forced = qa.calibrate(opened(world), world / "questions.jsonl", force=True)
        assert forced.stored
        assert opened(world).confidence == forced.own.model

    @pytest.mark.parametrize(
        ("keep", "complaint"),
        [
            (lambda question: question.answerable, "unanswerable questions, and the set has 0"),
            (lambda question: not question.answerable, "answerable questions, and the set has 0"),
        ],
    )
    def test_few_questions_change_nothing(
        self, world: Path, keep: Callable[[qa_eval.Question], bool], complaint: str
    ) -> None:
        all_of_them = qa_eval.load_questions(world / "questions.jsonl")
        some = replace(all_of_them, questions=tuple(filter(keep, all_of_them.questions)))
        with pytest.raises(qa.InputError, match=complaint):
            qa.calibrate(opened(world), some)
        assert not (world / ".qa" / CALIBRATION).exists()

    @pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
    def test_a_share_out_of_range(self, world: Path, share: float) -> None:
        with pytest.raises(qa.InputError, match="share of false answers"):
            qa.calibrate(opened(world), world / "questions.jsonl", max_false_answers=share)


class TestKept:
    @pytest.fixture
    def calibrated(self, world: Path) -> Path:
        qa.calibrate(opened(world), world / "questions.jsonl", max_false_answers=0.05)
        return world

    def test_it_survives_new_generations(self, calibrated: Path) -> None:
        (calibrated / "towns" / "new.txt").write_text("A new town by the sea.", encoding="utf-8")
        before = opened(calibrated)
        indexed(calibrated)
        after = opened(calibrated)
        assert after.index.generation > before.index.generation
        assert after.confidence == before.confidence != SHIPPED

    def test_another_embedding_model_is_told_of(
        self, calibrated: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        indexed(calibrated, dimension=32)
        with caplog.at_level(logging.WARNING, "qa"):
            assert opened(calibrated, dimension=32).confidence == SHIPPED
        assert "another embedding model and is ignored; run `qa calibrate`" in caplog.text

    def test_every_byte_counts(self, calibrated: Path) -> None:
        """A changed byte is never read as another calibration."""
        path = calibrated / ".qa" / CALIBRATION
        whole, sound = path.read_bytes(), load(calibrated / ".qa")
        for place in range(0, len(whole), 7):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with suppress(qa.IndexDamaged, qa.IndexIncompatible):
                assert load(calibrated / ".qa") == sound
        path.write_bytes(whole[:40])
        with pytest.raises(qa.IndexDamaged, match=r"calibration\.json is damaged"):
            opened(calibrated)

    @pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"\xff\xfe", b"[" * 100_000])
    def test_what_is_no_calibration_is_refused(self, calibrated: Path, raw: bytes) -> None:
        (calibrated / ".qa" / CALIBRATION).write_bytes(raw)
        with pytest.raises(qa.IndexDamaged, match="qa calibrate --reset"):
            opened(calibrated)

    def test_another_format_is_refused(self, calibrated: Path) -> None:
        path = calibrated / ".qa" / CALIBRATION
        path.write_bytes(path.read_bytes().replace(b"qa.calibration/4", b"qa.calibration/9"))
        with pytest.raises(qa.IndexIncompatible, match=r"qa\.calibration/9"):
            opened(calibrated)

    @pytest.mark.parametrize("number", [float("nan"), float("inf")])
    def test_numbers_are_finite(
        self, calibrated: Path, number: float, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("qa.confidence.store.sealed", sealed_whatever)
        own = load(calibrated / ".qa")
        assert own is not None
        broken = replace(own.model.with_vectors, similarity=number)
        store(replace(own, model=replace(own.model, with_vectors=broken)), calibrated / ".qa")
        with pytest.raises(qa.IndexDamaged):
            opened(calibrated)

    def test_a_locked_index_is_left_alone(self, calibrated: Path) -> None:
        with writing(calibrated / ".qa"), pytest.raises(qa.IndexLocked):
            reset(calibrated / ".qa")
        assert opened(calibrated).confidence != SHIPPED

    def test_a_full_disk_leaves_the_old_one(self, calibrated: Path) -> None:
        own = load(calibrated / ".qa")
        assert own is not None

        def fail(when: str, step: str, path: Path) -> None:
            if (when, step) == ("before", "write") and path.name.startswith(CALIBRATION):
                raise OSError(28, "No space left on device", str(path))

        disk.watch(fail)
        try:
            with pytest.raises(qa.IndexNotWritable, match="No space left"):
                store(replace(own, questions="other"), calibrated / ".qa")
        finally:
            disk.watch(None)
        assert load(calibrated / ".qa") == own


class TestModel:
    SIGNALS = Signals(0.6, 0.5, 0.7, 12.0, 300, 1.0)

    @pytest.mark.parametrize(
        ("trust", "reading", "calibration"),
        [
            (1.0, 2.0, SHIPPED.with_reading),
            (1.0, None, SHIPPED.with_vectors),
            (0.0, 2.0, SHIPPED.reading_alone),
            (0.0, None, SHIPPED.words_alone),
        ],
    )
    def test_what_was_seen_decides_what_counts(
        self, trust: float, reading: float | None, calibration: Calibration
    ) -> None:
        signals = replace(self.SIGNALS, trust=trust, reading=reading)
        assert SHIPPED.logit(signals) == pytest.approx(calibration.logit(signals))
        assert SHIPPED.ceiling(signals) == pytest.approx(calibration.ceiling)

    @pytest.mark.parametrize("trust", [0.0, 0.8, 1.0])
    @pytest.mark.parametrize("reading", [None, -3.0, 4.0])
    def test_rescaling_is_what_was_fitted(self, trust: float, reading: float | None) -> None:
        """This holds for any mixture of the calibrations."""
        signals = replace(self.SIGNALS, trust=trust, reading=reading)
        fitted = qa_eval.calibration.Rescaling(raised=0.6, intercept=-0.4, slope=1.7)
        assert SHIPPED.rescaled(fitted, threshold=0.3).probability(signals) == pytest.approx(
            fitted.predict(SHIPPED.logit(signals), SHIPPED.ceiling(signals)), abs=1e-4
        )

    @pytest.mark.parametrize("ceiling", [0.0, 1.0])
    def test_a_ceiling_lies_between_0_and_1(self, world: Path, ceiling: float) -> None:
        own = qa.calibrate(opened(world), world / "questions.jsonl").own
        broken = replace(own.model.words_alone, ceiling=ceiling)
        store(replace(own, model=replace(own.model, words_alone=broken)), world / ".qa")
        with pytest.raises(qa.IndexDamaged):
            opened(world)

    @pytest.mark.parametrize("extreme", [-1e9, 1e9])
    def test_extreme_signals_have_a_probability(self, extreme: float) -> None:
        signals = replace(self.SIGNALS, matched_idf=extreme)
        assert 0 <= SHIPPED.probability(signals) <= 1

    def test_bands_are_in_order_whatever_the_threshold(self) -> None:
        for threshold in (0.01, 0.3, 0.9):
            model = replace(SHIPPED, threshold=threshold)
            bands = [model.band(number / 1000) for number in range(1001)]
            order = list(qa.Confidence)
            assert [order.index(band) for band in bands] == sorted(map(order.index, bands))


def test_the_command(
    world: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from qa.cli import main

    monkeypatch.chdir(world)
    monkeypatch.setattr(
        "qa_index.encoding.opening.open_encoder", lambda *names, **how: HashingEncoder()
    )

    def run(*arguments: str) -> tuple[int, str, str]:
        return (main(["calibrate", *arguments]), *capsys.readouterr())

    def status() -> dict[str, Any]:
        assert main(["status", "--json"]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    code, out, err = run("questions.jsonl", "--max-false-answers", "0.05")
    assert code == 0
    assert all(word in out for word in ("Risk and coverage", "Reliability", "before", "after"))
    assert max(map(len, out.splitlines())) <= 80
    assert "calibration.json: written" in err
    kept = status()["calibration"]
    assert (kept["schema"], kept["questions"]) == ("qa.calibration/4", "questions.jsonl")
    assert "held out, the probability is better than the one that the tool comes with" in " ".join(
        out.split()
    )
    code, out, _ = run("questions.jsonl", "--json")
    told = json.loads(out)
    assert (code, told["schema"]) == (0, "qa.calibrated/1")
    assert (told["stored"], told["worse"]) == (True, False)
    assert told["after"]["brier"] < told["unfitted"]["brier"]
    assert run("--reset") == (0, "", "qa: back to the shipped confidence\n")
    assert run("--reset") == (0, "", "qa: there was no calibration\n")
    assert status()["calibration"] is None
    assert run()[0] == run("questions.jsonl", "--reset")[0] == run("--reset", "--force")[0] == 2
    everything_is_worse(monkeypatch)
    code, _, err = run("questions.jsonl")
    assert code == 1
    assert "not kept: on questions held out, the probability is worse" in err
    assert "--force" in err
    assert status()["calibration"] is None
    assert run("questions.jsonl", "--force")[0] == 0
    assert status()["calibration"] is not None
