"""``qa calibrate --risk``: what is promised is kept with the index, shown, and checked later."""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qa
import qa_eval
from qa.answering.answerer import Answerer
from qa.confidence import CALIBRATION
from qa.confidence.promise import KEPT_PASSAGES, KEPT_QUESTIONS, PassageSample
from qa.confidence.shipped import FIT_OF_MINILM as SHIPPED
from qa.confidence.signals import Signals
from qa.confidence.store import load, reset, store
from qa.measuring.promising import kept_signals
from qa.status import state_of
from qa_index.building.build import build
from qa_index.collection.local.generations import writing
from qa_index.collection.local.stored import StoredIndex
from tests.support.asked_once import asked_once
from tests.support.hashing_encoder import HashingEncoder
from tests.support.sealing import sealed_whatever
from tests.support.towns import NAMES, TRADES, write_towns

UNANSWERABLE = [
    f"Which {trade}s were sold on planet {number}?" for number, trade in enumerate(TRADES)
]
RISK = 0.2
"""The world's questions show it: of 51 answers 3 are wrong."""


def indexed(folder: Path, *, dimension: int = 64) -> None:
    encoder = HashingEncoder(dimension=dimension)
    build([folder / "towns"], folder / ".qa", encoder=encoder, language="en")


def opened(folder: Path, *, dimension: int = 64) -> Answerer:
    encoder = HashingEncoder(dimension=dimension)
    return Answerer(StoredIndex(folder / ".qa"), lambda: encoder)


def state(folder: Path) -> qa.State:
    return state_of(StoredIndex(folder / ".qa"), deep=False)


def changed(file: Path, lines: list[dict[str, Any]]) -> Path:
    file.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def lines_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module", autouse=True)
def _asked_once() -> Iterator[None]:
    with asked_once():
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Towns, an index, and questions: 48 with an answer and 24 without. Tests copy it."""
    folder = tmp_path_factory.mktemp("world")
    questions = write_towns(folder)
    lines = [line for line in lines_of(questions) if line.get("answerable", True)]
    lines += [
        {"id": f"no{number}", "question": text, "answerable": False}
        for number, text in enumerate(UNANSWERABLE)
    ]
    changed(questions, lines)
    indexed(folder)
    qa.calibrate(opened(folder), questions, risk=RISK)
    return folder


@pytest.fixture
def promised(model: Path, tmp_path: Path) -> Path:
    """The world with a promise of ``RISK``."""
    import shutil

    shutil.copytree(model, tmp_path / "world")
    return tmp_path / "world"


@pytest.fixture
def world(promised: Path) -> Path:
    """The world without a promise."""
    reset(promised / ".qa")
    return promised


class TestPromise:
    def test_later_answers_keep_it(self, world: Path) -> None:
        question = f"What do people of {NAMES[0]} live from?"
        before = opened(world).ask(question)
        done = qa.calibrate(opened(world), world / "questions.jsonl", risk=RISK)
        after = opened(world).ask(question)
        assert done.promise is not None
        assert done.stored
        assert after.explanation.threshold == done.threshold != before.explanation.threshold
        assert (before.explanation.promised_risk, after.explanation.promised_risk) == (None, RISK)
        assert after.probability == before.probability  # nothing was fitted
        assert after.citations == before.citations

    def test_it_counts_what_is_answered(self, promised: Path) -> None:
        """The counts are those that ``qa eval`` finds at this threshold."""
        own = load(promised / ".qa")
        assert own is not None
        assert own.promise is not None
        assert own.model == replace(SHIPPED, threshold=own.model.threshold)
        run = qa.evaluate(opened(promised), promised / "questions.jsonl")
        answered = [result for result in run.modes["hybrid"] if result.answered]
        wrong = [result for result in answered if not result.correct]
        assert (own.promise.answered, own.promise.wrong) == (len(answered), len(wrong))
        assert (own.promise.questions, own.promise.unanswerable) == (72, 24)
        assert own.promise.documents == len(NAMES)

    def test_it_is_the_same_whatever_was_in_use(self, promised: Path) -> None:
        first = load(promised / ".qa")
        qa.calibrate(opened(promised), promised / "questions.jsonl", max_false_answers=0.05)
        done = qa.calibrate(opened(promised), promised / "questions.jsonl", risk=RISK)
        assert first is not None
        assert done.promise == first.promise
        assert done.replaced is not None

    @pytest.mark.parametrize(
        ("asked", "covered"),
        [
            ({}, True),
            ({"mode": "bm25"}, False),
            ({"read": False}, False),
            ({"min_confidence": "low"}, False),
            ({"filter": ["towns/B*"]}, False),
            ({"k": 1}, True),
        ],
    )
    def test_only_the_usual_way_of_asking_is_covered(
        self, promised: Path, asked: qa.AskOptions, covered: bool
    ) -> None:
        told = opened(promised).ask("Who painted?", **asked).explanation.promised_risk
        assert (told == RISK) is covered

    def test_what_is_not_shown_changes_nothing(self, promised: Path) -> None:
        raw = (promised / ".qa" / CALIBRATION).read_bytes()
        done = qa.calibrate(
            opened(promised), promised / "questions.jsonl", risk=0.05, confidence_level=0.95
        )
        assert (done.promise, done.threshold, done.stored) == (None, None, False)
        assert done.least_answers == 59
        assert done.enough is not None
        assert done.enough > 72
        assert done.least_risk is not None
        assert (promised / ".qa" / CALIBRATION).read_bytes() == raw

    def test_questions_in_the_same_words_count_once(self, world: Path) -> None:
        """Nobody gets a promise by copying questions."""
        lines = lines_of(world / "questions.jsonl")
        copies = [
            {**line, "id": f"{line['id']} {copy}", "question": f"  {line['question'].upper()} "}
            for line in lines
            for copy in range(9)
        ]
        file = changed(world / "copied.jsonl", [*lines, *copies])
        once = qa.calibrate(opened(world), world / "questions.jsonl", risk=RISK)
        done = qa.calibrate(opened(world), file, risk=RISK)
        assert (done.questions, done.repeated) == (72, 648)
        assert once.promise is not None
        assert done.promise is not None
        assert (done.promise.answered, done.threshold) == (once.promise.answered, once.threshold)

    def test_a_set_without_unanswerable_ones_does_not_open_the_gates(self, world: Path) -> None:
        """Every question of the set is answered, but nothing says that others should be."""
        lines = lines_of(world / "questions.jsonl")
        answerable = [line for line in lines if line.get("answerable", True)]
        file = changed(world / "answerable.jsonl", answerable)
        done = qa.calibrate(opened(world), file, risk=0.4)
        assert done.promise is not None
        assert done.promise.unanswerable == 0
        assert done.threshold is not None
        assert done.threshold >= SHIPPED.threshold
        all_of_them = qa.calibrate(opened(world), world / "questions.jsonl", risk=0.4)
        assert all_of_them.threshold is not None
        assert all_of_them.threshold < SHIPPED.threshold

    def test_few_questions(self, world: Path) -> None:
        file = changed(world / "few.jsonl", lines_of(world / "questions.jsonl")[:5])
        done = qa.calibrate(opened(world), file, risk=0.05)
        assert done.promise is None
        assert not (world / ".qa" / CALIBRATION).exists()

    @pytest.mark.parametrize("risk", [0, 1, -0.5, float("nan"), 1e-12])
    def test_what_cannot_be_promised_is_refused_before_asking(
        self, world: Path, risk: float
    ) -> None:
        def asked(*_: object) -> None:
            raise AssertionError("a question was asked")

        with pytest.raises(qa.InputError, match="risk"):
            qa.calibrate(opened(world), world / "questions.jsonl", risk=risk, on_question=asked)

    def test_a_fit_and_a_promise_exclude_each_other(self, world: Path) -> None:
        for options in ({"force": True}, {"max_false_answers": 0.1}):
            with pytest.raises(qa.InputError, match="neither"):
                qa.calibrate(
                    opened(world),
                    world / "questions.jsonl",
                    risk=RISK,
                    **options,
                )

    def test_a_locked_index_is_left_alone(self, promised: Path) -> None:
        raw = (promised / ".qa" / CALIBRATION).read_bytes()
        with writing(promised / ".qa"), pytest.raises(qa.IndexLocked):
            qa.calibrate(opened(promised), promised / "questions.jsonl", risk=0.3)
        assert (promised / ".qa" / CALIBRATION).read_bytes() == raw


class TestKept:
    def test_every_byte_counts(self, promised: Path) -> None:
        """A changed byte is never read as another promise."""
        path = promised / ".qa" / CALIBRATION
        whole, sound = path.read_bytes(), load(promised / ".qa")
        for place in range(0, len(whole), 41):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with suppress(qa.IndexDamaged, qa.IndexIncompatible):
                assert load(promised / ".qa") == sound

    @pytest.mark.parametrize(
        "change",
        [
            {"risk": 0.0},
            {"risk": float("nan")},
            {"confidence_level": 1.0},
            {"answered": 1000},
            {"wrong": -1},
            {"questions": 0},
        ],
    )
    def test_what_is_no_promise_is_refused(
        self, promised: Path, change: dict[str, Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("qa.confidence.store.sealed", sealed_whatever)
        own = load(promised / ".qa")
        assert own is not None
        assert own.promise is not None
        store(replace(own, promise=replace(own.promise, **change)), promised / ".qa")
        with pytest.raises(qa.IndexDamaged, match="qa calibrate --reset"):
            opened(promised)

    def test_a_calibration_of_before_has_none(self, world: Path) -> None:
        from qa.sealed import sealed, unsealed

        qa.calibrate(opened(world), world / "questions.jsonl", max_false_answers=0.05)
        path = world / ".qa" / CALIBRATION
        data = unsealed(path.read_bytes(), "qa.calibration/4")
        del data["promise"]
        path.write_bytes(sealed("qa.calibration/4", data))
        own = load(world / ".qa")
        assert own is not None
        assert own.promise is None

    def test_no_text_is_kept(self, promised: Path) -> None:
        raw = (promised / ".qa" / CALIBRATION).read_text(encoding="utf-8").casefold()
        assert not any(name.casefold() in raw for name in NAMES)
        assert "planet" not in raw

    def test_so_many_signals_at_most(self) -> None:
        many = {
            str(number): Signals(number / 1000, 0.5, 0.5, 1.0, 100, 1.0) for number in range(1000)
        }
        kept = kept_signals(many, SHIPPED)
        assert len(kept) == KEPT_QUESTIONS
        assert kept[0][1] < 0.01
        assert kept[-1][1] > 0.99


class TestDocumentDrift:
    def test_none_at_first(self, promised: Path) -> None:
        told = state(promised)
        assert told.drift == (0.0, 0.0)
        assert told.doubts_of_promise == ()
        data = told.to_dict()
        assert (data["promise_drift"], data["promise_doubts"]) == ({"new": 0.0, "gone": 0.0}, [])
        assert data["calibration"]["promise"]["risk"] == RISK
        assert "basis" not in data["calibration"]["promise"]

    def test_the_same_texts_under_other_names_are_no_drift(self, promised: Path) -> None:
        for file in (promised / "towns").iterdir():
            file.rename(file.with_name(f"x{file.name}"))
        indexed(promised)
        assert state(promised).drift == (0.0, 0.0)

    @pytest.mark.parametrize(("count", "doubted"), [(1, False), (6, True)])
    def test_new_passages(self, promised: Path, count: int, doubted: bool) -> None:
        for number in range(count):
            text = f"Report {number} on the weather of the year {1900 + number}."
            (promised / "towns" / f"new{number}.txt").write_text(text, encoding="utf-8")
        indexed(promised)
        told = state(promised)
        assert told.drift is not None
        assert told.drift.new == pytest.approx(count / (24 + count), abs=1e-4)
        assert told.drift.gone == 0
        assert bool(told.doubts_of_promise) is doubted
        assert opened(promised).promise is not None  # it is told, and not withdrawn

    def test_agents_are_told(self, promised: Path) -> None:
        from qa.mcp.texts import state_text

        assert "at most 20% are wrong: so it was promised" in state_text(state(promised))
        for name in NAMES[:12]:
            (promised / "towns" / f"{name}.txt").unlink()
        indexed(promised)
        assert "It may not hold: " in state_text(state(promised))

    def test_gone_passages(self, promised: Path) -> None:
        for name in NAMES[:12]:
            (promised / "towns" / f"{name}.txt").unlink()
        indexed(promised)
        told = state(promised)
        assert told.drift == (0.0, 0.5)
        assert "50% of those of before are gone" in told.doubts_of_promise[0]

    def test_another_model(self, promised: Path) -> None:
        indexed(promised, dimension=32)
        told = state(promised)
        assert told.promise is None
        assert "another embedding model" in told.doubts_of_promise[0]
        assert opened(promised, dimension=32).promise is None

    def test_another_version(self, promised: Path) -> None:
        own = load(promised / ".qa")
        assert own is not None
        assert own.promise is not None
        older = replace(own.promise, basis=replace(own.promise.basis, tool="0.0.7"))
        store(replace(own, promise=older), promised / ".qa")
        assert "made with version 0.0.7" in state(promised).doubts_of_promise[0]

    def test_shares_of_a_large_collection_are_estimated(self) -> None:
        """Within four standard errors of the truth."""
        chance = np.random.default_rng(0)
        hashes = chance.integers(0, 2**64 - 1, 40_000, dtype=np.uint64)
        sample = PassageSample.of(hashes[:30_000])
        assert len(sample.hashes) == KEPT_PASSAGES
        drift = sample.drift(hashes[6_000:])
        assert drift.gone == pytest.approx(0.2, abs=0.08)
        assert drift.new == pytest.approx(10_000 / 34_000, abs=0.08)

    @pytest.mark.parametrize("count", [0, 1, KEPT_PASSAGES, KEPT_PASSAGES + 1])
    def test_small_collections_are_exact(self, count: int) -> None:
        hashes = np.arange(count, dtype=np.uint64) * np.uint64(7)
        assert PassageSample.of(hashes).drift(hashes) == (0.0, 0.0)
        assert PassageSample.of(hashes).drift(hashes[:0]).gone == (1.0 if count else 0.0)


class TestQuestionDrift:
    def test_the_same_questions(self, promised: Path) -> None:
        found = qa.compare_questions(opened(promised), promised / "questions.jsonl")
        assert found.p == 1.0
        assert not found.drifted
        assert (found.questions, found.compared_with) == (72, 72)
        assert found.answered_then == found.answered_now == pytest.approx(51 / 72, abs=1e-4)

    def test_a_mixed_third(self, promised: Path) -> None:
        texts = [line["question"] for line in lines_of(promised / "questions.jsonl")][::3]
        assert not qa.compare_questions(opened(promised), texts).drifted

    @pytest.mark.parametrize(
        ("questions", "share"),
        [
            (UNANSWERABLE, 0.125),
            # The promise holds from 2% on, and these are answered at 3%: the network of all
            # languages is less sure that nothing answers than the English one.
            ([f"¿Qué se vende en el planeta {number} este año?" for number in range(25)], 1.0),
        ],
    )
    def test_other_questions(self, promised: Path, questions: list[str], share: float) -> None:
        found = qa.compare_questions(opened(promised), questions)
        assert found.drifted
        assert found.answered_then == pytest.approx(51 / 72, abs=1e-4)
        assert found.answered_now == pytest.approx(share, abs=1e-4)

    def test_files_of_lines_and_of_objects(self, promised: Path) -> None:
        texts = [line["question"] for line in lines_of(promised / "questions.jsonl")]
        plain = promised / "plain.txt"
        plain.write_bytes(b"\xef\xbb\xbf" + "\r\n\r\n".join(texts).encode())
        done: list[tuple[int, int]] = []
        found = qa.compare_questions(
            opened(promised), plain, on_asked=lambda *each: done.append(each)
        )
        assert found == qa.compare_questions(opened(promised), promised / "questions.jsonl")
        assert done[-1] == (72, 72)

    @pytest.mark.parametrize(
        ("raw", "complaint"),
        [
            (b"", "20 or more different questions, not 0"),
            (b"What?\n" * 50, "not 1"),
            (b"\xff\xfe\x00", "is not UTF-8"),
            (b'{"question": 3}\n', r":1: is no JSON object with a text"),
            (b'{"text": "a"}\n', r":1: is no JSON object with a text"),
            (b"What?\n{" + b"[" * 50_000, r":2: is no JSON object"),
        ],
    )
    def test_rubbish(self, promised: Path, raw: bytes, complaint: str) -> None:
        (promised / "asked").write_bytes(raw)
        with pytest.raises(qa.InputError, match=complaint):
            qa.compare_questions(opened(promised), promised / "asked")

    def test_no_file(self, promised: Path) -> None:
        with pytest.raises(qa.InputError, match="No such file"):
            qa.compare_questions(opened(promised), promised / "missing")

    def test_without_a_promise(self, world: Path) -> None:
        with pytest.raises(qa.InputError, match=r"there is no promise.*--risk"):
            qa.compare_questions(opened(world), UNANSWERABLE)


class TestLaterQuestions:
    def run(self, folder: Path, keep: slice) -> qa.Run:
        questions = qa_eval.load_questions(folder / "questions.jsonl")
        some = replace(questions, questions=questions.questions[keep])
        return qa.evaluate(opened(folder), some)

    def test_the_same_say_nothing_new(self, promised: Path) -> None:
        found = qa.check_promise(opened(promised), self.run(promised, slice(None)))
        assert found is not None
        assert (found.left_out, found.answered, found.wrong) == (72, 0, 0)
        assert (found.risk, found.interval, found.verdict) == (RISK, (0.0, 1.0), "open")

    def test_verdicts(self) -> None:
        def verdict(answered: int, wrong: int) -> str:
            low, high = qa_eval.binomial.interval(wrong, answered)
            return qa.PromiseCheck(0.1, 0.9, answered, wrong, (low, high), 0).verdict

        assert verdict(100, 1) == "held"
        assert verdict(20, 2) == "open"
        assert verdict(0, 0) == "open"
        assert verdict(100, 30) == "broken"

    def test_only_new_questions_count(self, promised: Path) -> None:
        lines = lines_of(promised / "questions.jsonl")
        new = [
            {**line, "id": f"new {line['id']}", "question": f"Say: {line['question']}"}
            for line in lines[:20]
        ]
        file = changed(promised / "later.jsonl", [*lines[:30], *new])
        run = qa.evaluate(opened(promised), file)
        found = qa.check_promise(opened(promised), run)
        later = run.modes["hybrid"][30:]
        assert found is not None
        assert found.left_out == 30
        assert found.answered == sum(result.answered for result in later) > 0
        low, high = found.interval
        assert low <= found.wrong / found.answered <= high

    def test_questions_in_the_same_words_count_once(self, promised: Path) -> None:
        """Neither more answers nor a narrower interval come from asking again."""
        lines = lines_of(promised / "questions.jsonl")[:10]
        new = [
            {**line, "id": f"new {line['id']}", "question": f"Say: {line['question']}"}
            for line in lines
        ]
        copies = [
            {**line, "id": f"{number} {copy}", "question": f"  {line['question'].upper()} "}
            for number, line in enumerate([*lines, *new])
            for copy in range(3)
        ]
        once = changed(promised / "once.jsonl", [*lines, *new])
        again = changed(promised / "again.jsonl", [*lines, *new, *copies])
        expected = qa.check_promise(opened(promised), qa.evaluate(opened(promised), once))
        found = qa.check_promise(opened(promised), qa.evaluate(opened(promised), again))
        assert found == expected
        assert found is not None
        assert (found.left_out, found.answered > 0) == (10, True)

    def test_nothing_to_check(self, promised: Path) -> None:
        run = qa.evaluate(opened(promised), promised / "questions.jsonl", modes=["bm25"])
        assert qa.check_promise(opened(promised), run) is None
        reset(promised / ".qa")
        assert qa.check_promise(opened(promised), self.run(promised, slice(0, 2))) is None


class TestCommand:
    @pytest.fixture(autouse=True)
    def _here(self, promised: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(promised)
        monkeypatch.setattr(
            "qa_index.encoding.opening.open_encoder", lambda *names, **how: HashingEncoder()
        )

    def run(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
        from qa.cli import main

        return (main([*arguments]), *capsys.readouterr())

    def test_a_promise(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, err = self.run(capsys, "calibrate", "questions.jsonl", "--risk", "0.2")
        assert code == 0
        told = " ".join(out.split())
        assert "At most 20% of what is answered is wrong, with 90% confidence" in told
        assert "Of the 72 questions, 51 reach it (71%), and 3 of these answers are wrong" in told
        assert "It does not cover" in told
        assert max(map(len, out.splitlines())) <= 80
        assert "calibration.json: written" in err
        code, out, _ = self.run(capsys, "calibrate", "questions.jsonl", "--risk=.3", "--json")
        data = json.loads(out)
        assert (code, data["schema"], data["stored"]) == (0, "qa.promised/1", True)
        assert (data["risk"], data["promise"]["share_answered"]) == (0.3, round(57 / 72, 4))

    def test_no_promise(self, capsys: pytest.CaptureFixture[str], promised: Path) -> None:
        raw = (promised / ".qa" / CALIBRATION).read_bytes()
        options = ("--risk", "0.05", "--confidence-level", "0.95")
        code, out, err = self.run(capsys, "calibrate", "questions.jsonl", *options)
        assert (code, out) == (1, "")
        assert "5% cannot be promised with 95% confidence on 72 questions" in err
        assert "more of this kind would probably do" in err
        assert "can be promised with these" in err
        assert (promised / ".qa" / CALIBRATION).read_bytes() == raw
        code, out, _ = self.run(capsys, "calibrate", "questions.jsonl", "--json", *options)
        assert (code, json.loads(out)["promise"]) == (1, None)

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--reset", "--risk", "0.1"),
            ("questions.jsonl", "--confidence-level", "0.9"),
            ("questions.jsonl", "--risk", "0.1", "--force"),
            ("questions.jsonl", "--risk", "0.1", "--max-false-answers", "0.1"),
            ("questions.jsonl", "--risk", "5"),
            ("questions.jsonl", "--risk", "nan"),
            ("questions.jsonl", "--risk", "0.1", "--confidence-level", "90"),
        ],
    )
    def test_options_that_do_not_go_together(
        self, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
    ) -> None:
        code, out, err = self.run(capsys, "calibrate", *arguments)
        assert (code, out, err.count("\n")) == (2, "", 1)

    def test_status(self, capsys: pytest.CaptureFixture[str], promised: Path) -> None:
        code, out, _ = self.run(capsys, "status")
        assert code == 0
        assert "promise    at most 20% of answers wrong, with 90% confidence" in out
        assert "may not hold" not in out
        for name in NAMES[:12]:
            (promised / "towns" / f"{name}.txt").unlink()
        indexed(promised)
        _, out, _ = self.run(capsys, "status")
        assert "may not hold: 0% of the passages are new since, and 50%" in " ".join(out.split())
        written = next(line for line in out.splitlines() if "may not hold" in line)
        assert len(written) <= 80
        _, out, _ = self.run(capsys, "status", "--json")
        assert json.loads(out)["promise_drift"] == {"new": 0.0, "gone": 0.5}
        assert self.run(capsys, "calibrate", "--reset")[0] == 0
        _, out, _ = self.run(capsys, "status")
        assert "promise" not in out

    def test_questions_of_now(self, capsys: pytest.CaptureFixture[str], promised: Path) -> None:
        _, out, _ = self.run(capsys, "status", "--questions", "questions.jsonl")
        assert "72 questions look like those of the promise (p = 1.000)" in out
        (promised / "now.txt").write_text("\n".join(UNANSWERABLE), encoding="utf-8")
        code, out, _ = self.run(capsys, "status", "--questions", "now.txt")
        assert code == 0
        assert "24 questions are of another kind than those of the promise (p = 0.001)" in " ".join(
            out.split()
        )
        code, out, _ = self.run(capsys, "status", "--questions", "now.txt", "--json")
        data = json.loads(out)
        assert (data["schema"], data["question_drift"]["drifted"]) == ("qa.status/1", True)
        code, _, err = self.run(capsys, "status", "--questions", "missing.txt")
        assert code == 2
        assert "cannot read missing.txt" in err

    def test_kept_questions_can_be_compared(
        self, capsys: pytest.CaptureFixture[str], promised: Path
    ) -> None:
        for line in lines_of(promised / "questions.jsonl")[::3]:
            self.run(capsys, "ask", "--keep", line["question"])
        _, out, _ = self.run(capsys, "again", "--list", "--json")
        (promised / "kept.jsonl").write_text(out, encoding="utf-8")
        _, out, _ = self.run(capsys, "status", "--questions", "kept.jsonl")
        assert "24 questions look like those of the promise" in out

    def test_eval(self, capsys: pytest.CaptureFixture[str]) -> None:
        _, out, _ = self.run(capsys, "eval", "questions.jsonl")
        told = " ".join(out.split())
        assert "Promise of at most 20% wrong: not tested, no other question than" in told
        _, out, _ = self.run(capsys, "eval", "questions.jsonl", "--json")
        data = json.loads(out)["promise"]
        assert (data["left_out"], data["answered"], data["verdict"]) == (72, 0, "open")
        lines = [
            {**line, "question": f"Say: {line['question']}"}
            for line in lines_of(Path("questions.jsonl"))
        ]
        changed(Path("later.jsonl"), lines)
        _, out, _ = self.run(capsys, "eval", "later.jsonl")
        assert re.search(r"at most 20% wrong: \d+ of \d+ answers \(", " ".join(out.split()))

    def test_explain(self, capsys: pytest.CaptureFixture[str]) -> None:
        question = f"What do people of {NAMES[0]} live from?"
        _, out, _ = self.run(capsys, "ask", "--explain", question)
        assert "at most 20% of answers are wrong" in " ".join(out.split())
        _, out, _ = self.run(capsys, "ask", "--json", question)
        assert json.loads(out)["explanation"]["promised_risk"] == RISK
