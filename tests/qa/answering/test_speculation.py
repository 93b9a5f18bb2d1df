"""Speculative reading while the question is encoded: it changes timings but no answers."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from threading import Thread, get_ident
from typing import Any

import pytest

import qa
import qa.answering.speculation
from qa.answering.answerer import Answerer
from qa.answering.finding import SHIPPED
from qa.answering.speculation import SpeculativeReading
from qa.answers import Answer
from qa.errors import ModelUnavailable
from qa.reader.network import Reader, TextRead, reader, reading, second_reading
from qa.reader.rows import ENGLISH, Pieces, pieces_of
from tests.support.processes import ROOT

AGREED = "Which fuel did the Russian embassy in Mexico say Moscow was willing to supply?"
"""BM25's first passage is the one that is read in the end."""

DISAGREED = "Who heads the St. Petersburg forum?"

SEVERAL = "Which four kinds of goods does Russia sell to Mexico?"
"""Several passages are read."""

QUESTIONS = (
    AGREED,
    DISAGREED,
    "How much oil is Pemex supposed to produce?",
    SEVERAL,
    "Who won the match?",
    "zzz",
    "¿Quién dirige Pemex?",
    "Кто возглавляет форум?",
)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("ahead") / ".qa"
    qa.index([ROOT / "seeds"], into=folder)
    return qa.open(folder).pinned()


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qa.answering.speculation, "usable_cores", lambda: 2)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Thread]:
    """Threads of speculative readings."""
    threads: list[Thread] = []

    class Kept(Thread):
        def start(self) -> None:
            threads.append(self)
            super().start()

    monkeypatch.setattr(qa.answering.speculation, "Thread", Kept)
    return threads


@pytest.fixture
def texts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, ...]]:
    """The pieces of the texts passed to the English network."""
    read: list[tuple[int, ...]] = []
    plain = Reader.read_pieces

    def spied(self: Reader, question: Sequence[int], text: Pieces, context: str) -> TextRead:
        if self.layout is ENGLISH:
            read.append(tuple(text.ids))
        return plain(self, question, text, context)

    monkeypatch.setattr(Reader, "read_pieces", spied)
    return read


def untimed(answer: Answer) -> Answer:
    return replace(answer, timing_ms={})


def beside_another(answerer: Answerer, question: str) -> Answer:
    """The answer to a question asked while another is being answered."""
    with SpeculativeReading(answerer.index, "Who?"):
        return untimed(answerer.ask(question))


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_are_those_of_reading_at_the_end(answerer: Answerer, question: str) -> None:
    alone = untimed(answerer.ask(question))
    assert alone == beside_another(answerer, question)


def test_a_source_among_many_is_what_is_read_ahead(
    answerer: Answerer, begun: list[Thread], texts: list[tuple[int, ...]]
) -> None:
    found = answerer.ask(AGREED, k=100, filter="*001*")
    assert found.explanation.reading is not None
    assert begun
    tokenizer = reader(ENGLISH).tokenizer
    passages = [list(pieces_of(tokenizer, each.quote).ids) for each in found.citations]
    for text in texts:
        parts = (each[start:] for each in passages for start in range(len(each)))
        assert any(part[: len(text)] == list(text) for part in parts)


def test_what_was_read_ahead_is_not_read_again(
    answerer: Answerer, begun: list[Thread], texts: list[tuple[int, ...]]
) -> None:
    assert answerer.ask(AGREED).explanation.reading is not None
    assert len(begun) == 1
    assert len(texts) == len(set(texts))


def test_another_sentence_is_read_at_the_end(
    answerer: Answerer,
    begun: list[Thread],
    texts: list[tuple[int, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # No other passage is read.
    monkeypatch.setattr("qa.answering.finding.SHIPPED", replace(SHIPPED, hope=-SHIPPED.bound))
    answerer.ask(DISAGREED, k=1)
    assert begun
    assert len(texts) == 2
    assert len(set(texts)) == 2


def test_the_others_are_read_two_at_a_time(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: set[int] = set()
    plain = Reader.outputs

    def spied(*given: Any) -> Any:
        threads.add(get_ident())
        time.sleep(0.02)
        return plain(*given)

    with SpeculativeReading(answerer.index, SEVERAL) as ahead:
        monkeypatch.setattr(Reader, "outputs", spied)
        together = ahead.read_all([(0, 0), (1, 0), (2, 0)])
        assert len(threads) == 2
        assert together == [ahead.read(row, 0) for row in range(3)]
        with SpeculativeReading(answerer.index, SEVERAL):
            threads.clear()
            assert ahead.read_all([(0, 0), (1, 0)]) == together[:2]
            assert threads == {get_ident()}


@pytest.mark.parametrize("question", [AGREED, "¿Qué dijo la embajada?"])
def test_the_second_reading_and_the_rest(
    answerer: Answerer, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    passage = answerer.index.passage(0)
    expected = second_reading(question, passage, 0), reading(question, passage, 1)
    with SpeculativeReading(answerer.index, question) as ahead:
        assert ahead.again(0, 0, 1) == expected
        assert ahead.again(0, 0, None) == (expected[0], None)
        with SpeculativeReading(answerer.index, question):  # no other core is free
            assert ahead.again(0, 0, 1) == expected


def test_one_question_of_several_reads_ahead(answerer: Answerer, begun: list[Thread]) -> None:
    beside_another(answerer, AGREED)
    assert not begun
    answerer.ask(AGREED)
    assert len(begun) == 1


def test_a_question_that_fails_does_not_keep_others_from_it(
    answerer: Answerer, begun: list[Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr("qa.answering.answerer.evidence", lambda *_: 1 // 0)
        with pytest.raises(ZeroDivisionError):
            answerer.ask(AGREED)
    answerer.ask(AGREED)
    assert len(begun) == 2


@pytest.mark.parametrize("question", [AGREED, DISAGREED])
@pytest.mark.parametrize("fails", [False, True])
def test_nothing_is_read_once_there_is_an_answer_or_an_error(
    answerer: Answerer,
    begun: list[Thread],
    monkeypatch: pytest.MonkeyPatch,
    question: str,
    fails: bool,
) -> None:
    """A file that shrinks while a thread still reads it kills the process."""
    plain = Reader.outputs

    def slowly(self: Reader, pieces: Sequence[int]) -> Any:
        time.sleep(0.05)
        return plain(self, pieces)

    monkeypatch.setattr(Reader, "outputs", slowly)
    if fails:
        monkeypatch.setattr("qa.answering.answerer.evidence", lambda *_: 1 // 0)
    with pytest.raises(ZeroDivisionError) if fails else nullcontext():
        answerer.ask(question)
    assert len(begun) == 1
    assert not begun[0].is_alive()


def test_on_one_core_nothing_is_read_ahead(
    answerer: Answerer, begun: list[Thread], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.answering.speculation, "usable_cores", lambda: 1)
    assert answerer.ask(AGREED).explanation.reading is not None
    assert not begun


@pytest.mark.parametrize("options", [{"read": False}, {"mode": "bm25"}])
def test_what_is_not_to_be_read_is_not_read_ahead(
    answerer: Answerer, begun: list[Thread], options: dict[str, object]
) -> None:
    answerer.ask(AGREED, **options)  # type: ignore[arg-type]
    assert not begun


def test_without_another_thread_it_is_read_at_the_end(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = [beside_another(answerer, question) for question in (AGREED, SEVERAL)]

    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(Thread, "start", refuse)
    assert [untimed(answerer.ask(question)) for question in (AGREED, SEVERAL)] == expected


@pytest.mark.parametrize("step", ["candidates", "evidence", "reader"])
def test_what_fails_ahead_is_done_at_the_end(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("nothing to see")

    expected = beside_another(answerer, AGREED)
    monkeypatch.setattr(qa.answering.speculation, step, fails)
    assert untimed(answerer.ask(AGREED)) == expected


def test_a_reader_that_fails_is_told_of(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> float:
        raise ModelUnavailable("the reader gives no number")

    monkeypatch.setattr(Reader, "outputs", fails)
    for question in (AGREED, DISAGREED):
        with pytest.raises(ModelUnavailable, match="no number"):
            answerer.ask(question)
