"""A list whose sample is judged: what is read, saved and told, and what is refused."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

import qa
from tests.support.processes import ROOT

ASKED = "What did Putin say about oil?"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[qa.Session]:
    folder = tmp_path_factory.mktemp("reviews") / ".qa"
    qa.index([ROOT / "seeds"], into=folder, offline=True)
    with qa.open(folder, offline=True) as session:
        yield session


@pytest.fixture(scope="module")
def found(session: qa.Session) -> qa.PassageList:
    return session.ask_all(ASKED, sample=12)


@pytest.fixture
def saved(found: qa.PassageList) -> dict[str, Any]:
    return found.to_dict()


def test_a_sample_is_of_what_is_not_listed(session: qa.Session, found: qa.PassageList) -> None:
    sample = found.sample
    assert sample is not None
    listed = {each.id for each in found.citations}
    drawn = [each.citation for each in sample.passages]
    assert len({each.id for each in drawn}) == 12
    assert not listed & {each.id for each in drawn}
    assert [each.rank for each in drawn] == list(range(1, 13))
    assert all(each.probability < found.least for each in sample.passages)
    assert all(each.verify().verified for each in drawn)
    others = sum(each.passages for each in sample.others)
    assert len(listed) + 12 + others == found.candidates
    probable = [each.probability for each in sample.passages]
    assert probable != sorted(probable, reverse=True)
    again = session.ask_all(ASKED, sample=12).sample
    assert again == sample
    assert session.ask_all(ASKED).sample is None


def test_where_all_is_listed_there_is_nothing_to_judge(session: qa.Session) -> None:
    found = session.ask_all(ASKED, least=0, sample=12)
    assert found.sample is not None
    assert not found.sample.passages
    told = qa.read_review(found).estimate()
    assert (told.sampled, told.missed.expected, told.missed.high) == (0, 0, 0)


@pytest.mark.parametrize("sample", [-1, 201, True, "40"])
def test_sizes_that_mean_nothing_are_refused(session: qa.Session, sample: Any) -> None:
    with pytest.raises(qa.InputError, match="sample must be"):
        session.ask_all(ASKED, sample=sample)


def test_judgements_move_the_estimate(found: qa.PassageList) -> None:
    none, some = qa.read_review(found), qa.read_review(found)
    for number, each in enumerate(none.passages):
        none.judge(each.id, False)
        some.judge(each.id, number < 4)
    told, more = none.estimate(), some.estimate()
    assert told.judged == more.judged == told.sampled == 12
    assert told.answering == ()
    assert more.answering == tuple(each.id for each in some.passages[:4])
    assert told.missed.expected < more.missed.expected
    assert told.missed.high <= more.missed.high
    assert more.to_dict()["schema"] == "qa.review/1"


def test_what_is_not_judged_counts_among_the_others(found: qa.PassageList) -> None:
    review = qa.read_review(found)
    for each in review.passages[:6]:
        review.judge(each.id, True)
    part = review.estimate()
    assert (part.sampled, part.judged) == (12, 6)
    for each in review.passages[6:]:
        review.judge(each.id, True)
    assert review.estimate().missed.expected < part.missed.expected + 6
    review.judge(review.passages[0].id, None)
    assert review.estimate().judged == 11


def test_a_review_is_saved_and_goes_on(found: qa.PassageList, tmp_path: Path) -> None:
    file = tmp_path / "review.json"
    review = qa.read_review(found)
    review.judge(review.passages[3].id, True)
    review.save(file)
    read = qa.read_review(file.read_text(), str(file))
    assert [each.answers for each in read.passages] == [None] * 3 + [True] + [None] * 8
    assert read.estimate() == review.estimate()
    assert read.passages == review.passages
    assert read.to_dict() == review.to_dict()
    assert read.passages[0].quote in {each.citation.quote for each in found.sample.passages}  # type: ignore[union-attr]
    with pytest.raises(qa.InputError, match="cannot write"):
        review.save(tmp_path)


def test_the_list_of_the_caller_is_left_alone(saved: dict[str, Any]) -> None:
    before = json.dumps(saved)
    review = qa.read_review(saved)
    review.judge(review.passages[0].id, True)
    review.to_dict()["sample"]["passages"].clear()
    assert json.dumps(saved) == before
    assert review.passages[0].answers is True


def test_a_judgement_changes_its_own_passage_alone(found: qa.PassageList) -> None:
    """A long sample is shown again after each judgement, so it is not read anew for that."""
    review = qa.read_review(found)
    before = review.passages
    review.judge(before[2].id, False)
    after = review.passages
    assert after[2] == replace(before[2], answers=False)
    others = [number for number in range(len(before)) if number != 2]
    assert all(after[number] is before[number] for number in others)


def test_a_passage_of_the_list_itself_is_not_in_the_sample(found: qa.PassageList) -> None:
    for wrong in ("0" * 16, ["a"], None):
        with pytest.raises(qa.InputError, match="passage"):
            qa.read_review(found).judge(wrong, True)  # type: ignore[arg-type]
    assert qa.read_review(MappingProxyType(found.to_dict())).passages


def test_a_filter_and_copies(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number}.txt").write_text(f"The ferry {number} leaves at nine.\n")
    (tmp_path / "copy.txt").write_text("The ferry 3 leaves at nine.\n")
    (tmp_path / "other.md").write_text("The ferry has a red funnel.\n")
    qa.index([tmp_path], into=tmp_path / ".qa", offline=True)
    with qa.open(tmp_path / ".qa", offline=True) as session:
        asked = {"least": 1.0, "sample": 200, "filter": "*.txt"}
        drawn = session.ask_all("When does the ferry leave?", **asked).sample  # type: ignore[arg-type]
        assert drawn is not None
        cited = [each.citation for each in drawn.passages]
        assert len(cited) == 12
        assert sum(len(each.also_in) for each in cited) == 1
        (tmp_path / "5.txt").write_text("It does not leave.\n")
        told = session.ask_all("When does the ferry leave?", least=1.0, sample=200)
        assert any("5.txt" in each for each in told.warnings)
        with pytest.raises(qa.StaleSource, match=r"5\.txt"):
            session.ask_all("When does the ferry leave?", least=1.0, sample=200, strict=True)


def test_nothing_judged_tells_nothing(found: qa.PassageList) -> None:
    with pytest.raises(qa.InputError, match="no passage of the sample in the list is judged"):
        qa.read_review(found).estimate()


def _set(*path: str | int, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        place: Any = data
        for each in path[:-1]:
            place = place[each]
        place[path[-1]] = to

    return change


FIRST = ("sample", "passages", 0)


@pytest.mark.parametrize(
    "change",
    [
        _set("schema", to="qa.answer/1"),
        _set("sample", to=None),
        _set("sample", to=[]),
        _set("sample", to={}),
        _set("x", to=float("nan")),
        _set("x", to={1, 2}),
        _set("question", to=None),
        _set("sample", "passages", to=None),
        _set("sample", "passages", to=[None]),
        _set("sample", "others", to=5),
        _set("sample", "others", to=[{"logit": 0, "passages": -1}]),
        _set("sample", "others", to=[{"logit": 0, "passages": 1}] * 20_000),
        _set("sample", "answered", to=2),
        _set("sample", "answered", to=True),
        _set("sample", "deviation", to="1"),
        _set("sample", "deviation", to=1e9),
        _set(*FIRST, "logit", to=float("nan")),
        _set(*FIRST, "logit", to=10**400),
        _set(*FIRST, "answers", to="yes"),
        _set(*FIRST, "answers", to=1),
        _set(*FIRST, "id", to=None),
        _set(*FIRST, "quote", to=7),
        _set(*FIRST, "span", to={"start": -1, "end": 2}),
        _set(*FIRST, "heading_path", to=5),
    ],
)
def test_damaged_lists_are_refused_in_one_line(
    saved: dict[str, Any], change: Callable[[dict[str, Any]], None]
) -> None:
    change(saved)
    for given in (saved, json.dumps(saved, default=lambda _: float("inf"))):
        with pytest.raises(qa.InputError) as caught:
            qa.read_review(given, "some.json")
        assert "\n" not in str(caught.value)
        assert "some.json" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        *("", "rubbish", "[]", "null", "5", '{"a": 1}', "[" * 100_000),
        *('{"a":' * depth + "1" + "}" * depth for depth in (900, 960, 990, 1000)),
    ],
)
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(qa.InputError, match=r"qa ask --all --sample FILE"):
        qa.read_review(text, "some.json")


def test_two_passages_with_one_id_are_refused(saved: dict[str, Any]) -> None:
    passages = saved["sample"]["passages"]
    passages[1]["id"] = passages[0]["id"]
    with pytest.raises(qa.InputError, match="twice"):
        qa.read_review(saved)


def test_marks_that_lie_elsewhere_are_left_out(saved: dict[str, Any]) -> None:
    passage = saved["sample"]["passages"][0]
    start = passage["span"]["start"]
    passage["evidence"] = [
        {"start": start, "end": start + 5},
        {"start": 0, "end": 10**9},
        "rubbish",
    ]
    assert qa.read_review(saved).passages[0].evidence == ((0, 5),)
