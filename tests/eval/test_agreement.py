"""How groups of values are compared with those that a person made."""

import json
from pathlib import Path

import pytest

import eval.agreement.__main__ as agreement
from eval.agreement.__main__ import Groups, Judged, conflicts, measured


def judged(shown: str, gold: str = "ab c", language: str = "en") -> Judged:
    """Groups are words, and their members letters."""
    groups: list[Groups] = [tuple(map(frozenset, each.split())) for each in (gold, shown)]
    kind = "date" if shown else None
    return Judged(f"{shown}-{gold}", language, kind, True, groups[0], groups[1])


@pytest.mark.parametrize("shown", ["ab c", "c ab", "ab", "a c", ""])
def test_grouped_as_judged(shown: str) -> None:
    """Members may be missing; those that are shown are together or apart as they should be."""
    assert judged(shown).as_judged


@pytest.mark.parametrize(("shown", "wrong"), [("ac", []), ("a b", []), ("ab d", ["d"])])
def test_not_grouped_as_judged(shown: str, wrong: list[str]) -> None:
    assert not judged(shown).as_judged
    assert judged(shown).wrong == wrong


def test_equal_and_differing_values_are_counted_apart() -> None:
    report = measured(
        [judged("ab", "ab"), judged("ab c"), judged("a d"), judged("", "ab"), judged("ab", "")]
    )
    assert report["shown"] == {
        "questions": 4,
        "as judged": 2,
        "members": 9,
        "members that answer": 6,
    }
    assert report["shown, all equal"] == {
        "questions": 2,
        "as judged": 1,
        "members": 4,
        "members that answer": 2,
    }
    assert report["shown, some differ"] == {
        "questions": 2,
        "as judged": 1,
        "members": 5,
        "members that answer": 4,
    }
    assert (report["to be shown"], report["of them shown"]) == (4, 3)
    assert report["silent"] == ["-ab"]
    assert [each["id"] for each in report["not as judged"]] == ["a d-ab c", "ab-"]


def test_a_single_member_is_nothing_to_be_shown() -> None:
    report = measured([judged("", "a"), judged("", "a b")])
    assert report["silent"] == ["-a b"]


def test_a_member_is_named_by_eighty_characters_without_a_space_at_their_end() -> None:
    assert agreement._named("5", f"{'a' * 79} bc") == f"5 | {'a' * 79}"


def test_documents_of_a_question_are_the_members(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = {
        "id": "locker",
        "language": "en",
        "question": "How much is the fee for a locker in the cellar?",
        "documents": {
            "1": "The fee for a locker in the cellar is $12 a month.\n",
            "2": "The fee for a locker in the cellar is 15 dollars per month.\n",
        },
        "groups": [["1"], ["2"]],
    }
    (tmp_path / "some.jsonl").write_text(f"{json.dumps(case)}\n", encoding="utf-8")
    monkeypatch.setattr(agreement, "SETS", tmp_path)
    (found,) = conflicts("some")
    assert set(found.shown) == {frozenset({"locker+1"}), frozenset({"locker+2"})}
    assert found.as_judged
