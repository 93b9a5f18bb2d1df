"""Follow-up questions, asked of the project's seeds with the real model."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import qa
from qa.answering.following import MOST_CHARACTERS, both_of
from qa_index.search.parameters import FOLLOW_UP

SEEDS = Path(__file__).parents[3] / "seeds"
ASKED = "When was the first Russia-Mexico business forum held?"
FOLLOWED = "who organized it?"
GOLD = "organized by the Roscongress Foundation"
FORUM = "seeds/003_6bb8876b86975858.txt"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[qa.Session]:
    folder = tmp_path_factory.mktemp("following")
    shutil.copytree(SEEDS, folder / "seeds")
    qa.index([folder / "seeds"], into=folder / ".qa")
    with qa.open(folder / ".qa") as opened:
        yield opened


@pytest.fixture(scope="module")
def forum(session: qa.Session) -> qa.Answer:
    return session.ask(ASKED)


def test_what_is_left_out_is_found_in_what_was_cited(session: qa.Session) -> None:
    before = session.ask("How much of its natural gas does Mexico import?")
    alone, after = session.ask("where from?"), session.ask("where from?", after=before)
    assert alone.after is None
    assert alone.to_dict()["after"] is None
    gold = "come from the United States via pipeline"
    assert gold not in alone.citations[0].quote
    assert gold in after.citations[0].quote
    assert 0.35 < after.probability < 0.45
    assert alone.probability < 0.25


def test_an_ellipsis_is_completed(session: qa.Session) -> None:
    before = session.ask("How much did Russia invest in Mexico in 2022?")
    alone, after = session.ask("and in 2019?"), session.ask("and in 2019?", after=before)
    assert "Foreign Direct Investment" not in alone.citations[0].quote
    assert "Foreign Direct Investment" in after.citations[0].quote
    assert not after.answered


def test_what_was_carried_over_is_told(session: qa.Session, forum: qa.Answer) -> None:
    told = session.ask(FOLLOWED, after=forum).to_dict()["after"]
    assert told["questions"] == [ASKED]
    assert {"Russia-Mexico", "business", "forum"} <= set(told["words"])
    assert "the" not in told["words"]
    assert told["documents"][0] == FORUM
    assert set(told["documents"]) <= {each.source.path for each in forum.citations[:3]}


def test_another_subject_is_left_alone(session: qa.Session, forum: qa.Answer) -> None:
    asked = "Which nuclear plant might get Russian uranium?"
    alone, after = session.ask(asked), session.ask(asked, after=forum)
    assert after.answered
    assert after.citations[0].id == alone.citations[0].id
    assert "Laguna Verde" in after.citations[0].quote


def test_a_saved_answer_is_followed_up_alike(session: qa.Session, forum: qa.Answer) -> None:
    saved = qa.Turn.from_dict(forum.to_dict())
    assert saved == forum.turn
    assert session.ask(FOLLOWED, after=saved) == session.ask(FOLLOWED, after=forum)


def test_a_conversation_goes_on(session: qa.Session, forum: qa.Answer) -> None:
    second = session.ask(FOLLOWED, after=forum)
    third = session.ask("in which city?", after=second)
    assert third.after is not None
    assert third.after.questions == (ASKED, FOLLOWED)
    assert "Held in Mexico City" in third.citations[0].quote


@pytest.mark.parametrize("mode", ["bm25", "dense"])
def test_every_mode_takes_it(session: qa.Session, forum: qa.Answer, mode: str) -> None:
    after = session.ask(FOLLOWED, after=forum, mode=mode)
    assert after.citations[0].source.path == FORUM


def test_citations_of_another_index_count_for_nothing(
    session: qa.Session, forum: qa.Answer
) -> None:
    strange = replace(forum.turn, citations=("0" * 16, "no id", ""))
    after = session.ask(FOLLOWED, after=strange)
    assert after.after is not None
    assert after.after.documents == ()
    assert after.after.words


def test_an_answer_without_citations_is_followed_up(session: qa.Session, forum: qa.Answer) -> None:
    after = session.ask(FOLLOWED, after=qa.Turn((ASKED,), ()))
    assert GOLD in after.citations[0].quote


@pytest.mark.parametrize("after", ["last", {"schema": "qa.answer/1"}, 3, [ASKED]])
def test_anything_else_is_refused(session: qa.Session, after: object) -> None:
    with pytest.raises(qa.InputError, match="after must be an answer"):
        session.ask(FOLLOWED, after=after)  # type: ignore[arg-type]


def test_long_and_strange_questions_before(session: qa.Session) -> None:
    many = " ".join(f"wort{number}" for number in range(50_000))
    for before in ("\x1b[31m\0 \ud800", "?!", many, "谁组织的？" * 3_000):
        found = session.ask(
            "How much oil is Pemex supposed to produce?", after=qa.Turn((before,), ())
        )
        assert found.after is not None
        assert found.after.questions == (before,)
        assert sum(map(len, found.after.words)) <= MOST_CHARACTERS


def test_a_filter_still_holds(session: qa.Session, forum: qa.Answer) -> None:
    others = qa.Filter(["!003*"])
    found = session.ask(FOLLOWED, after=forum, filter=others)
    assert found.citations
    assert FORUM not in {each.source.path for each in found.citations}


def test_a_follow_up_is_neither_kept_nor_certified(session: qa.Session, forum: qa.Answer) -> None:
    after = session.ask("how much did it cost?", after=forum)
    assert not after.answered
    with pytest.raises(qa.InputError, match="ask it in full"):
        qa.KeptQuestion.of(after, {})
    with pytest.raises(qa.InputError, match="ask it in full"):
        qa.certify_absence(after, session, {})


def test_the_vector_of_both_is_as_long_as_its_own() -> None:
    own, earlier = np.array([3, 0], np.float32), np.array([0, 3], np.float32)
    mixed = both_of(own, earlier)
    assert mixed.dtype == np.float32
    assert np.linalg.norm(mixed) == pytest.approx(3)
    assert mixed[1] / mixed[0] == pytest.approx(FOLLOW_UP.vector)
    opposite = (-own / FOLLOW_UP.vector).astype(np.float32)
    assert np.array_equal(both_of(own, opposite), own)
