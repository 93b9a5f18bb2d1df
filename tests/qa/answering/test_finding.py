"""Passages are read, and ranked by what was read, until none could still come first."""

from dataclasses import replace

import numpy as np
import pytest

import qa
import qa.answering.finding
from qa.answering.answerer import Answerer
from qa.answering.finding import FEWER, LIMIT, SHIPPED
from qa.answering.speculation import SpeculativeReading
from qa.confidence.logistic import logistic
from qa.reader.network import reading, second_reading
from qa_index.collection.local.candidates import block_of
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import multilingual
from qa_index.search.scoring import Ranking
from tests.support.processes import ROOT

READ_ALL = replace(SHIPPED, bound=1000.0, hope=1000.0)
READ_ONE = replace(SHIPPED, hope=-1000.0)

QUESTION = "Which four kinds of goods does Russia sell to Mexico?"
"""Words and vectors rank a passage on gas supplies first; the next one names the goods."""

SPANISH = "¿Qué combustible dijo la embajada rusa que Moscú estaba dispuesta a suministrar?"

LONG = "Apart from business, what attracts Russia to Mexico?"
"""The sentence that answers is not in the row that is read first: the passage is longer."""

ANSWERED = "On what date did the Russian embassy in Mexico issue its statement about supplying LNG?"


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("finding") / ".qa"
    qa.index([ROOT / "seeds"], into=folder, model="minilm", offline=True)
    return qa.open(folder, offline=True).pinned()


def ids(answer: qa.Answer) -> list[str]:
    return [citation.id for citation in answer.citations]


def test_what_answers_comes_before_what_only_shares_the_words(answerer: Answerer) -> None:
    read, unread = (answerer.ask(QUESTION, read=each) for each in (True, False))
    goods = "chemical fertilisers, metal products, grain and rubber"
    assert [goods in citation.quote for citation in unread.citations[:2]] == [False, True]
    assert goods in read.citations[0].quote


def test_scores_go_with_the_ranks_and_tell_what_was_read(answerer: Answerer) -> None:
    scores = [citation.scores for citation in answerer.ask(QUESTION, k=100).citations]
    assert [each.fused for each in scores] == sorted((each.fused for each in scores), reverse=True)
    count = sum(each.reading is not None for each in scores)
    assert count > 1
    assert all(each.reading is not None for each in scores[:count])
    assert all(each.scores.reading is None for each in answerer.ask(QUESTION, read=False).citations)


def bounded(value: float) -> float:
    return min(max(value, -SHIPPED.bound), SHIPPED.bound)


@pytest.mark.parametrize("question", [QUESTION, SPANISH])
def test_scores_are_those_of_the_formula(answerer: Answerer, question: str) -> None:
    """The span counts where the English network reads; the other's does not."""
    plain, _ = answerer.find_and_assess(question, 100, read=False)
    before = dict(zip(plain.rows.tolist(), plain.ranking.fused[plain.places], strict=True))
    chosen = {row: each.sentences[0] for row, each in zip(before, plain.evidence, strict=True)}
    finding, _ = answerer.find_and_assess(question, 100)
    after = finding.ranking.fused[finding.places]
    span = SHIPPED.span if question == QUESTION else 0.0
    assert finding.logits
    for number, (row, logit) in enumerate(zip(finding.rows.tolist(), finding.logits, strict=False)):
        read = reading(question, answerer.index.passage(row), chosen[row])
        assert read is not None
        best = max(read.spans.values())
        assert (read.logit, read.best) == (logit, best if span else None)
        gain = bounded(logit) + span * bounded(best)
        # Relative to the least, so that what was not read stays behind.
        expected = before[row] + SHIPPED.gain * (gain + (1 + span) * SHIPPED.bound)
        assert after[number] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("question", "times"), [(QUESTION, 1 + SHIPPED.span), (SPANISH, 1)])
def test_a_lead_is_measured_as_by_a_logit_alone(
    answerer: Answerer, question: str, times: float
) -> None:
    finding, assessment = answerer.find_and_assess(question, 5)
    first, second = finding.ranking.fused[finding.places[:2]]
    assert first > second
    assert assessment.signals.margin == pytest.approx((first - second) / times)


def test_none_is_left_that_is_likely_to_come_first(answerer: Answerer) -> None:
    for question in (QUESTION, SPANISH, ANSWERED):
        before = answerer.ask(question, k=100, read=False).citations
        after = answerer.ask(question, k=100).citations
        read = {c.id for c in after if c.scores.reading is not None}
        assert read == {c.id for c in before[: len(read)]}
        if len(read) < min(FEWER if question == SPANISH else LIMIT, len(before)):
            hoped = SHIPPED.gain * (SHIPPED.hope + SHIPPED.bound)
            if question != SPANISH:
                hoped *= 1 + SHIPPED.span
            assert after[0].scores.fused >= before[len(read)].scores.fused + hoped


def test_evidence_of_all_that_were_read_is_marked_by_it(answerer: Answerer) -> None:
    finding, _ = answerer.find_and_assess(QUESTION, 5)
    plain, _ = answerer.find_and_assess(QUESTION, 100, read=False)
    unread = dict(zip(plain.rows.tolist(), plain.evidence, strict=True))
    for number, (row, marked) in enumerate(
        zip(finding.rows.tolist(), finding.evidence, strict=True)
    ):
        assert (marked.scores != unread[row].scores).any() == (number < len(finding.logits))


def test_what_a_row_has_no_room_for_is_read_too(answerer: Answerer) -> None:
    finding, _ = answerer.find_and_assess(LONG, 5)
    plain, _ = answerer.find_and_assess(LONG, 100, read=False)
    row = int(finding.rows[0])
    [before] = (each for of, each in zip(plain.rows, plain.evidence, strict=True) if of == row)
    passage = answerer.index.passage(row)
    read = reading(LONG, passage, before.sentences[0])
    assert read is not None
    unread = before.unread(read)
    assert unread is not None
    rest = reading(LONG, passage, unread)
    assert rest is not None
    told = finding.evidence[0].logits
    assert told == rest.evidence | read.evidence
    assert len(read.evidence) < len(told) == len(passage.sentences)
    assert finding.logits[0] == read.logit
    [other] = set(finding.evidence[0].sentences) - set(read.spans)
    start, end = (place - passage.start for place in passage.sentences[other])
    assert passage.text[start:end].startswith("Beyond economic interests")


@pytest.mark.parametrize("mode", ["bm25", "dense"])
def test_where_one_signal_ranks_alone_the_order_is_its_own(
    answerer: Answerer, mode: str, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.answering.finding, "SHIPPED", READ_ALL)
    plain, unread = (answerer.ask(QUESTION, mode=mode, read=each) for each in (True, False))
    assert len(read) == (mode == "dense")
    assert [(c.id, c.scores.fused) for c in plain.citations] == [
        (c.id, c.scores.fused) for c in unread.citations
    ]


def test_how_many_are_shown_changes_neither_first_nor_probability(answerer: Answerer) -> None:
    for read in (True, False):
        five = answerer.ask(QUESTION, k=5, read=read)
        for k in (1, 2, 3):
            fewer = answerer.ask(QUESTION, k=k, read=read)
            assert fewer.citations == five.citations[:k]
            assert (fewer.probability, fewer.explanation) == (five.probability, five.explanation)


def test_the_surer_the_first_is_the_fewer_are_read(
    answerer: Answerer, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answerer.ask(ANSWERED, k=1)
    few = len(read)
    monkeypatch.setattr(qa.answering.finding, "SHIPPED", READ_ONE)
    read.clear()
    answerer.ask(ANSWERED, k=1)
    assert len(read) == 1
    monkeypatch.setattr(qa.answering.finding, "SHIPPED", READ_ALL)
    read.clear()
    answerer.ask(ANSWERED, k=1)
    passages = answerer.index.passage_count
    assert few < len(read) == min(LIMIT, passages)
    if multilingual.is_installed():
        read.clear()
        answerer.ask(SPANISH, k=1)
        assert len(read) == min(FEWER, passages) < LIMIT


def test_of_a_question_for_a_value_all_that_are_shown_are_read(
    answerer: Answerer, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qa.answering.finding, "SHIPPED", READ_ONE)
    alone = answerer.ask(ANSWERED, k=1)
    assert len(read) == 1
    read.clear()
    several = answerer.ask(ANSWERED, k=3)
    assert len(read) == 3
    assert several.citations[0] == alone.citations[0]
    assert several.probability == alone.probability


def test_a_question_that_is_too_long_changes_nothing(answerer: Answerer) -> None:
    long = "Having thought about it for quite some time, " * 6 + ANSWERED
    read, unread = (answerer.find_and_assess(long, 5, read=each)[0] for each in (True, False))
    assert read.logits == ()
    assert read.rows[:5].tolist() == unread.rows.tolist()


def test_a_raised_ranking_is_in_order_and_tells_where_all_went(answerer: Answerer) -> None:
    places = np.array([7, 3, 5, 9])
    block = block_of(StoredIndex(answerer.index.folder), np.arange(10))
    ranking = Ranking(
        block, places, np.array([4.0, 3.0, 2.0, 1.0]), None, np.arange(4.0), np.arange(4.0)
    )
    raised, moved = ranking.raised([0, 2], np.array([0.0, 2.5]))
    assert raised.rows.tolist() == [5, 7, 3, 9]
    assert raised.fused.tolist() == [4.5, 4.0, 3.0, 1.0]
    assert raised.bm25 is None
    assert raised.rows[moved].tolist() == places.tolist()
    assert raised.passage is not None
    assert raised.passage[moved].tolist() == [0, 1, 2, 3]
    assert ranking.fused.tolist() == [4.0, 3.0, 2.0, 1.0]


def test_there_may_be_nothing_to_read(answerer: Answerer) -> None:
    finding, _ = answerer.find_and_assess(QUESTION, 5, read=False)
    by_words, _ = answerer.find_and_assess(QUESTION, 5, mode="bm25")
    assert finding.reading_of(0) is None
    with SpeculativeReading(answerer.index, QUESTION) as ahead:
        empty = replace(finding, places=[], evidence=[])
        assert empty.read(ahead) is empty
        assert by_words.read(ahead) is by_words
        assert finding.read(ahead).logits


@pytest.mark.parametrize("question", [QUESTION, SPANISH])
def test_what_the_english_network_reads_the_other_reads_too(
    answerer: Answerer, question: str
) -> None:
    """The multilingual network's word for the first passage; of all else it is the only one."""
    finding, assessment = answerer.find_and_assess(question, 5)
    assert finding.logits
    if question == SPANISH or not multilingual.is_installed():
        assert finding.second is None
        assert assessment.signals.second == finding.logits[0]
        assert assessment.explanation.second_reading is None
        return
    row, sentence = int(finding.rows[0]), finding.evidence[0].sentences[0]
    assert finding.second == second_reading(question, answerer.index.passage(row), sentence)
    assert assessment.signals.second == finding.second != finding.logits[0]
    assert finding.second is not None
    told = assessment.explanation.second_reading
    assert told == pytest.approx(logistic(finding.second), abs=1e-4)


def test_without_the_multilingual_network_one_reads(
    answerer: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(multilingual, "is_installed", lambda: False)
    finding, assessment = answerer.find_and_assess(QUESTION, 5)
    assert finding.second is None
    assert assessment.signals.second == finding.logits[0]
