"""Reading decides between the first passages if their scores are close and none is certain."""

from dataclasses import replace

import numpy as np
import pytest

import qa
import qa.answering.finding
from qa.answering.answerer import Answerer
from qa.answering.finding import SHIPPED
from qa.answering.speculation import SpeculativeReading
from qa.reader.network import Reading
from qa_index.collection.local.candidates import block_of
from qa_index.collection.local.stored import StoredIndex
from qa_index.search.scoring import Ranking
from tests.support.processes import ROOT

READ_ALL = replace(SHIPPED, sure=100.0, close=100.0)

QUESTION = "Which four kinds of goods does Russia sell to Mexico?"
"""Words and vectors rank a passage on gas supplies first; the next one names the goods."""

TWO_OF_A_KIND = "Which newspaper called Trump's tariffs a turn to protectionism?"
"""The scores of two passages are close, the third is far below."""

SPANISH = "¿Qué combustible dijo la embajada rusa que Moscú estaba dispuesta a suministrar?"

ANSWERED = "On what date did the Russian embassy in Mexico issue its statement about supplying LNG?"


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("finding") / ".qa"
    qa.index([ROOT / "seeds"], into=folder, offline=True)
    return qa.open(folder, offline=True).pinned()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows that are read in the end, in order."""
    rows: list[int] = []
    plain = SpeculativeReading.read

    def spied(self: SpeculativeReading, row: int, sentence: int) -> Reading | None:
        rows.append(row)
        return plain(self, row, sentence)

    monkeypatch.setattr(SpeculativeReading, "read", spied)
    return rows


def ids(answer: qa.Answer) -> list[str]:
    return [citation.id for citation in answer.citations]


def test_what_answers_comes_before_what_only_shares_the_words(answerer: Answerer) -> None:
    read, unread = (answerer.ask(QUESTION, read=each) for each in (True, False))
    goods = "chemical fertilisers, metal products, grain and rubber"
    assert [goods in citation.quote for citation in unread.citations[:2]] == [False, True]
    assert goods in read.citations[0].quote
    # Only the first three are reordered.
    assert sorted(ids(read)[:3]) == sorted(ids(unread)[:3])
    assert ids(read)[3:] == ids(unread)[3:]


def test_scores_go_with_the_ranks_and_tell_what_was_read(answerer: Answerer) -> None:
    scores = [citation.scores for citation in answerer.ask(QUESTION).citations]
    assert [each.fused for each in scores] == sorted((each.fused for each in scores), reverse=True)
    assert [each.reading is None for each in scores[:4]] == [False, False, False, True]
    readings = [each.reading for each in scores[:3] if each.reading is not None]
    assert readings[0] == max(readings)
    assert all(each.scores.reading is None for each in answerer.ask(QUESTION, read=False).citations)


@pytest.mark.parametrize(
    ("question", "weight", "least"), [(QUESTION, 1.0, SHIPPED.least), (SPANISH, 0.5, -10.0)]
)
def test_gains_are_those_of_the_formula(
    answerer: Answerer,
    question: str,
    weight: float,
    least: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(qa.answering.finding, "SHIPPED", replace(READ_ALL, least=least))
    before = {c.id: c.scores.fused for c in answerer.ask(question, read=False).citations}
    answer = answerer.ask(question)
    assert answer.explanation.trust == pytest.approx(weight, abs=0.2)
    gains = {
        c.id: answer.explanation.trust
        * SHIPPED.gain
        * max(np.log(c.scores.reading / (1 - c.scores.reading)) - least, 0)
        for c in answer.citations
        if c.scores.reading is not None
    }
    assert max(gains.values()) > 1
    for each in answer.citations:
        expected = before[each.id] + gains.get(each.id, 0)
        assert each.scores.fused == pytest.approx(expected, abs=0.01)


def test_evidence_of_all_that_were_read_is_marked_by_it(answerer: Answerer) -> None:
    finding, _ = answerer.find_and_assess(QUESTION, 5)
    plain, _ = answerer.find_and_assess(QUESTION, 5, read=False)
    unread = dict(zip(plain.rows.tolist(), plain.evidence, strict=True))
    for row, marked, read in zip(
        finding.rows.tolist(), finding.evidence, [True] * 3 + [False] * 2, strict=True
    ):
        assert (marked.scores != unread[row].scores).any() == read


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


def test_a_sure_first_is_read_alone(
    answerer: Answerer, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = answerer.ask(ANSWERED)
    assert len(read) == 1
    assert answer.explanation.reading is not None
    assert answer.explanation.reading > 1 / (1 + np.exp(-SHIPPED.sure))
    monkeypatch.setattr(qa.answering.finding, "SHIPPED", READ_ALL)
    answerer.ask(ANSWERED)
    assert len(read) == 4


def test_what_scores_far_behind_is_not_read(answerer: Answerer, read: list[int]) -> None:
    first, second, third, *_ = answerer.ask(TWO_OF_A_KIND, read=False).citations
    assert first.scores.fused - second.scores.fused < SHIPPED.close
    assert first.scores.fused - third.scores.fused > SHIPPED.close
    assert ids(answerer.ask(TWO_OF_A_KIND))[0] == second.id
    assert len(read) == 2


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
    with SpeculativeReading(answerer.index, QUESTION) as reading:
        empty = replace(finding, places=[], evidence=[])
        assert empty.read(reading) is empty
        assert by_words.read(reading) is by_words
        assert finding.read(reading).logits
