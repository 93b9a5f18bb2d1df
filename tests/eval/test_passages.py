"""The fit of every passage, on questions whose labels are drawn from a known model."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import eval.passages.__main__ as passages
from eval.passages.fitting import STARTS, Rows, fitted, maximised
from eval.passages.observing import UNKNOWN, Observed, Question, keep, kept, observe
from eval.passages.reporting import after_judging, measured, outcomes, reliability, table
from qa.answering.answerer import Answerer
from qa.confidence.relevance import (
    AnythingWeights,
    PassageSignals,
    RelevanceFit,
    RelevanceModel,
    RelevanceWeights,
)
from qa.measuring.collections import index_collection
from qa_eval import Document
from qa_index.search.query import Mode
from tests.support.hashing_encoder import HashingEncoder

WEIGHTS = RelevanceWeights(-3.0, 0.5, -0.4, -0.2, 1.0, 0.0)
TRUE = RelevanceFit(None, WEIGHTS, 1.2, AnythingWeights(1.0, 9.0, 0.0, 0.0))
MODEL = RelevanceModel(TRUE, TRUE, TRUE)


def drawn(count: int, seed: int) -> list[Observed]:
    """Questions of 150 candidates each, labelled by the true model."""
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        n = 150
        signals = PassageSignals(
            score=np.sort(chance.normal(0.0, 2.0, n))[::-1],
            share=chance.uniform(0, 1, n),
            reading=np.full(n, np.nan),
            first=float(chance.normal()),
            model_weight=1.0,
        )
        relevance = MODEL.relevance(signals, reads=False)
        logits = relevance.logits + relevance.deviation * chance.normal()
        labels = (chance.random(n) < 1 / (1 + np.exp(-logits))).astype(float)
        found.append(Observed(n, int(labels.sum()), signals, labels))
    return found


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """What is drawn from the model has one maximum."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("eval.passages.fitting.STARTS", 1)
        yield


@pytest.fixture(scope="module")
def fit() -> RelevanceModel:
    return fitted({"a": dict.fromkeys(("read", "unread", "bm25"), drawn(120, 0))})


def test_the_model_is_found_again(fit: RelevanceModel) -> None:
    asked = drawn(20, 1)
    true, found = (
        np.concatenate([m.relevance(e.signals, reads=False).probabilities for e in asked])
        for m in (MODEL, fit)
    )
    assert np.abs(true - found).mean() < 0.02
    assert fit.with_vectors.deviation == pytest.approx(1.2, rel=0.2)


def test_the_highest_of_several_maxima_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    points: list[Any] = []

    def climbed(_: object, point: Any, **__: object) -> SimpleNamespace:
        points.append(point)
        number = len(points)
        return SimpleNamespace(fun=abs(number - 3.0), x=np.full(len(point), float(number)))

    monkeypatch.setattr("scipy.optimize.minimize", climbed)
    monkeypatch.setattr("eval.passages.fitting.STARTS", STARTS)
    rows = Rows(np.ones((2, 1)), np.array([0.0, 1.0]), np.ones(2), np.array([2]), np.ones(1))
    weights, deviation = maximised(rows, [0])
    assert weights.tolist() == [3.0]
    assert deviation == pytest.approx(np.exp(3.0))
    assert len({tuple(point.tolist()) for point in points}) == STARTS


def test_a_share_of_the_words_never_speaks_against_an_answer() -> None:
    """Labelled so that it seems to: nothing answers where the passages hold most of the words."""
    asked = [
        each if each.signals.most[1] < 0.9 else replace(each, relevant=0, labels=0 * each.labels)
        for each in drawn(120, 4)
    ]
    weights = fitted({"a": dict.fromkeys(("read", "unread", "bm25"), asked)}).words_alone.anything
    assert weights.share == 0.0
    assert weights.score >= 0.0


def test_the_interval_covers_as_often_as_it_says(fit: RelevanceModel) -> None:
    results = outcomes(drawn(200, 2), fit, least=0.2)
    told = measured(results)
    assert 0.85 <= told["covered"] <= 1
    assert told["covered if independent"] < told["covered"]
    assert told["estimated"] == pytest.approx(told["missed"], rel=0.2)
    assert told["said"] == pytest.approx(told["precision"], abs=0.05)
    assert all(each.listed >= each.right for each in results)


def test_a_judged_sample_corrects_an_estimate_that_is_far_too_low(fit: RelevanceModel) -> None:
    """Of each 17 passages that answer, the fit expects one: all its logits are 3 too low."""
    weights = fit.with_vectors
    low = replace(
        fit,
        with_vectors=replace(
            weights, unread=replace(weights.unread, intercept=weights.unread.intercept - 3)
        ),
    )
    told = [
        after_judging(drawn(60, 5), low, least=0.2, size=size, draws=2) for size in (20, 40, 80)
    ]
    assert told[0]["estimated before"] < 0.3 * told[0]["missed"]
    assert told[0]["covered before"] < 0.6
    assert all(each["covered"] >= 0.8 for each in told)
    assert all(each["estimated"] == pytest.approx(each["missed"], rel=0.25) for each in told[1:])
    errors = [told[0]["error before"], *(each["error"] for each in told)]
    assert errors == sorted(errors, reverse=True)


def test_the_report(fit: RelevanceModel) -> None:
    asked = drawn(10, 3)
    bands = reliability(asked, fit, least=0.2)
    assert sum(each["passages"] for each in bands) == 1500
    lines = table({"a": measured(outcomes(asked, fit, least=0.2))}).splitlines()
    assert len({line.count("|") for line in lines}) == 1


def test_a_run_that_was_stopped_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    stop_at = 45

    def observed(_: object, questions: list[int], **__: object) -> Iterator[Observed]:
        for number in questions:
            if number == stop_at:
                raise KeyboardInterrupt
            asked.append(number)
            yield drawn(1, number)[0]

    monkeypatch.setattr(passages, "observe", observed)
    file = tmp_path / "some" / "set-read.npz"

    def run() -> None:
        questions: Any = list(range(50))
        passages._observe_rest(cast("Answerer", None), questions, file, read=0, mode=Mode.BM25)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert not file.exists()
    stop_at = 50
    run()
    assert asked == [*range(45), *range(40, 50)]
    assert [each.signals.first for each in kept(file)] == [
        drawn(1, number)[0].signals.first for number in range(50)
    ]
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    run()
    assert len(asked) == 55


def test_what_was_observed_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_CACHE", str(tmp_path))
    documents = [
        Document("a", "", "The ferry leaves at nine."),
        Document("b", "", "The boat leaves at nine."),
        Document("c", "", "Bread is baked."),
    ]
    encoder = HashingEncoder()
    answerer = Answerer(index_collection(documents, encoder=encoder, whole=True), lambda: encoder)
    question = Question("When does the ferry leave?", frozenset("a"), ("at nine",))
    [seen] = observe(answerer, [question], read=0, mode=Mode.HYBRID)
    assert seen.labels.tolist() == [1.0, UNKNOWN, 0.0]
    assert (seen.passages, seen.relevant) == (3, 1)
    keep([seen, seen], tmp_path / "seen.npz")
    one, other = kept(tmp_path / "seen.npz")
    assert one.signals.first == other.signals.first == seen.signals.first
    assert np.array_equal(one.signals.matrix(), seen.signals.matrix())
    assert np.array_equal(other.labels, seen.labels)
