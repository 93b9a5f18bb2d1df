"""Every passage that answers: what is listed, what is read, and how deep it goes."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qa
from qa.answering import answerer, listing
from qa.answering.answerer import Answerer
from qa.answering.listing import Lister, read_from
from qa.confidence.shipped import RELEVANCE
from qa.measuring.collections import index_collection
from qa_eval import Document
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.collection.records import StoredPassage
from qa_index.vectors import Rows
from tests.support.hashing_encoder import HashingEncoder
from tests.support.processes import ROOT

ASKED = "How much oil is Pemex supposed to produce?"
FERRY = "When does the ferry leave?"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[qa.Session]:
    folder = tmp_path_factory.mktemp("listing") / ".qa"
    qa.index([ROOT / "seeds"], into=folder, offline=True)
    with qa.open(folder, offline=True) as session:
        yield session


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    """1,500 passages that all match, some of them twice, and as many that do not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", str(tmp_path_factory.mktemp("many")))
        same = [
            Document(f"ferry{n}", "", f"The ferry leaves at {n % 1200} from its quay.")
            for n in range(1500)
        ]
        other = [Document(f"bread{n}", "", f"Bread number {n} is baked.") for n in range(1500)]
        encoder = HashingEncoder()
        index = index_collection([*same, *other], encoder=encoder, whole=True)
    return Answerer(index, lambda: encoder)


def test_the_answer_comes_first_and_the_rest_by_probability(session: qa.Session) -> None:
    found = session.ask_all(ASKED, least=0.0)
    assert "1.8 million barrels" in found.passages[0].citation.quote
    told = [each.probability for each in found.passages]
    assert told == sorted(told, reverse=True)
    assert [each.rank for each in found.citations] == list(range(1, len(told) + 1))
    assert all(each.verify().verified for each in found.citations)
    assert found.searched == found.candidates == len(found.passages)
    assert (found.missed.expected, found.missed.low, found.missed.high) == (0, 0, 0)


def test_the_limit_cuts_the_list_and_the_rest_is_estimated(session: qa.Session) -> None:
    whole = session.ask_all(ASKED, least=0.0)
    cut = session.ask_all(ASKED, least=0.1)
    assert 0 < len(cut.passages) < len(whole.passages)
    assert all(each.probability >= 0.1 for each in cut.passages)
    assert cut.expected == pytest.approx(sum(e.probability for e in cut.passages), abs=0.01)
    assert cut.missed.low <= round(cut.missed.expected) <= cut.missed.high
    none = session.ask_all(ASKED, least=1)
    assert not none.passages
    assert none.reason is qa.Reason.BELOW_THRESHOLD
    assert none.missed.expected > cut.missed.expected


def test_passages_are_read_down_to_a_share_of_the_limit(
    session: qa.Session, read: list[int]
) -> None:
    told: list[tuple[int, int]] = []
    found = session.ask_all(ASKED, least=0.2, on_progress=lambda *at: told.append(at))
    assert 0 < found.read < found.candidates
    assert len(set(read)) >= found.read
    assert told[0][0] == 0
    assert told[-1] == (found.read, found.read)
    read.clear()
    deeper = session.ask_all(ASKED, least=0.05)
    assert deeper.read > found.read
    unread = session.ask_all(ASKED, read=False)
    assert unread.read == 0
    assert all(each.scores.reading is None for each in unread.citations)


def test_less_is_read_for_a_higher_limit() -> None:
    assert [read_from(each) for each in (0.0, 0.2, 1.0)] == [0.02, 0.05, 0.25]


def test_what_no_text_says_is_not_listed(session: qa.Session) -> None:
    found = session.ask_all("Which yeast makes a sourdough bread rise?")
    assert not found.passages
    assert found.missed.expected < 1


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"filter": qa.Filter(types="pdf")}, qa.Reason.FILTERED_OUT),
        ({"filter": "*.txt"}, None),
    ],
)
def test_filters(session: qa.Session, options: Any, reason: qa.Reason | None) -> None:
    found = session.ask_all(ASKED, least=0.05, **options)
    assert found.reason is reason
    assert bool(found.searched) is (reason is None)


def test_within_one_file_only_that_is_searched(session: qa.Session) -> None:
    file = sorted(each.source.path for each in session.ask(ASKED, k=100).citations)[0]
    found = session.ask_all(ASKED, least=0.0, within=[file])
    assert {each.source.path for each in found.citations} == {file}
    assert found.searched == len(found.passages)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"least": 1.5}, "least must be a number from 0 to 1, not 1.5"),
        ({"least": float("nan")}, "not nan"),
        ({"least": "0.2"}, "not '0.2'"),
        ({"least": True}, "not True"),
        ({"mode": "dense"}, "hybrid or bm25"),
    ],
)
def test_wrong_options(session: qa.Session, options: Any, told: str) -> None:
    with pytest.raises(qa.InputError, match=told.replace("(", r"\(")):
        session.ask_all(ASKED, **options)


def test_an_empty_question_and_an_empty_index(tmp_path: Path) -> None:
    for text in ("The ferry leaves at nine.\n", ""):
        (tmp_path / "empty.txt").write_text(text)
        build([tmp_path / "empty.txt"], tmp_path / ".qa", encoder=HashingEncoder())
    answerer = Answerer(StoredIndex(tmp_path / ".qa"), HashingEncoder)
    found = answerer.ask_all(FERRY)
    assert found.reason is qa.Reason.EMPTY_INDEX
    assert (found.searched, found.missed.high) == (0, 0)
    with pytest.raises(qa.EmptyQuestion):
        answerer.ask_all("  ")


def test_nothing_matches(many: Answerer) -> None:
    found = many.ask_all("zzyzx", mode="bm25")
    assert found.reason is qa.Reason.NO_MATCH
    assert not found.candidates


def test_copies_are_listed_with_their_passage(many: Answerer) -> None:
    found = many.ask_all(FERRY, least=0.0, mode="bm25")
    quotes = [each.quote for each in found.citations]
    assert len(set(quotes)) == len(quotes) == 1200
    assert sum(bool(each.also_in) for each in found.citations) == 300


def test_candidates_go_deeper_while_the_last_ones_would_be_read(
    many: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "DEPTH", 20)
    monkeypatch.setattr(listing, "MOST", 500)
    unread = replace(RELEVANCE.words_alone.unread, log_rank=0.0, behind=0.0, intercept=9.0)
    sure = replace(RELEVANCE.words_alone, unread=unread)
    finding, _ = many.find_and_assess(FERRY, 1, mode="bm25", read=False)
    likely = replace(
        Lister(index=many.index, mode=qa.Mode.BM25, among=None, least=0.5, reading=None),
        model=replace(RELEVANCE, words_alone=sure),
    )
    assert 320 < likely.listing(finding, 0.5).candidates <= 500
    unlikely = replace(
        likely,
        model=replace(
            likely.model, words_alone=replace(sure, unread=replace(unread, intercept=-99.0))
        ),
    )
    assert unlikely.listing(finding, 0.5).candidates <= 20


def test_what_citing_takes_is_fetched_together(
    many: Answerer, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[list[int]] = []
    waiting: set[int] = set()
    cited = many.index.passage

    def prefetch(rows: Rows) -> None:
        fetched.append(rows.tolist())
        waiting.update(rows.tolist())

    def passage(row: int) -> StoredPassage:
        fetched_before.append(row in waiting)
        return cited(row)

    fetched_before: list[bool] = []
    monkeypatch.setattr(many.index, "prefetch", prefetch)
    monkeypatch.setattr(many.index, "duplicates_of", lambda row: [])
    monkeypatch.setattr(many.index, "passage", passage)
    monkeypatch.setattr(answerer, "CITED_TOGETHER", 5)
    whole = many.ask_all(FERRY, least=0.0, mode="bm25")
    limit = whole.passages[11].probability
    fetched.clear()
    waiting.clear()
    fetched_before.clear()
    found = many.ask_all(FERRY, least=limit, mode="bm25", sample=7)
    assert found.sample is not None
    assert len(found.passages) > 5
    assert [len(each) for each in fetched[:-1]] == [
        len(found.passages[start : start + 5]) for start in range(0, len(found.passages), 5)
    ]
    assert len(fetched[-1]) == len(found.sample.passages) == 7
    shown = [*found.citations, *(each.citation for each in found.sample.passages)]
    assert [many.index.row_of(each.id) for each in shown] == np.concatenate(fetched).tolist()
    assert all(fetched_before)


def test_a_changed_source_is_told_or_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The ferry leaves at nine.\n")
    build([tmp_path / "a.txt"], tmp_path / ".qa", encoder=HashingEncoder())
    answerer = Answerer(StoredIndex(tmp_path / ".qa"), HashingEncoder)
    (tmp_path / "a.txt").write_text("The ferry leaves at ten.\n")
    found = answerer.ask_all(FERRY, least=0.0, read=False)
    assert "a.txt" in found.warnings[0]
    with pytest.raises(qa.StaleSource):
        answerer.ask_all(FERRY, least=0.0, read=False, strict=True)


def test_the_record_is_json(session: qa.Session) -> None:
    data = session.ask_all(ASKED).to_dict()
    assert data["schema"] == "qa.passages/1"
    assert set(data["missed"]) == {"expected", "low", "high", "level"}
    assert all(0 <= each["probability"] <= 1 for each in data["citations"])
    first = session.ask(ASKED).to_dict()["citations"][0]
    assert set(data["citations"][0]) == {*first, "probability"}
