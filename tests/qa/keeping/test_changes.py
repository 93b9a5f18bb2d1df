"""What has changed in the answers to kept questions."""

from pathlib import Path

import pytest

import qa
from qa.keeping.changes import compared

PETS = "The tenant may keep one dog in the flat."
RENT = "The rent is due on the first day of each month."
ASKED = "How many dogs may the tenant keep?"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/pets.txt").write_text(PETS)
    (tmp_path / "docs/rent.txt").write_text(RENT)
    qa.index("docs", offline=True)
    with qa.open(".qa") as session:
        options = {"k": 3}
        answer = session.ask(ASKED, k=3)
        assert answer.answered
        qa.keep_questions([qa.KeptQuestion.of(answer, options)], session.folder)
    return tmp_path


def asked_again() -> qa.AskedAgain:
    qa.index(offline=True)
    with qa.open(".qa") as session:
        [asked] = qa.ask_again(session)
        assert list(qa.ask_again(session)) == [asked]
    return asked


def kinds(asked: qa.AskedAgain) -> list[str]:
    return [str(each.kind) for each in asked.changes]


def test_nothing_has_changed(folder: Path) -> None:
    asked = asked_again()
    assert not asked.changed
    assert not asked.to_dict()["changes"]


def test_another_document_changes_nothing(folder: Path) -> None:
    (folder / "docs/keys.txt").write_text("The keys are returned at the end of the contract.")
    assert not asked_again().changed


def test_another_wording_is_shown_word_by_word(folder: Path) -> None:
    (folder / "docs/pets.txt").write_text(PETS.replace("one dog", "two dogs"))
    asked = asked_again()
    [change] = asked.changes
    assert change.kind is qa.QuoteChangeKind.CHANGED
    assert [tuple(run) for run in change.wording()] == [
        ("The tenant may keep", "both"),
        ("one dog", "before"),
        ("two dogs", "now"),
        ("in the flat.", "both"),
    ]
    assert not asked.status_changed


def test_a_quote_that_is_gone(folder: Path) -> None:
    (folder / "docs/pets.txt").write_text("The garden is open all day, in winter and in summer.")
    asked = asked_again()
    assert "gone" in kinds(asked)
    assert asked.status_changed


def test_a_source_that_was_renamed_has_not_changed(folder: Path) -> None:
    (folder / "docs/pets.txt").rename(folder / "docs/animals.txt")
    assert not asked_again().changed


def test_an_answer_that_is_new(folder: Path) -> None:
    (folder / "docs/new.txt").write_text("How many dogs may the tenant keep? He may keep two dogs.")
    asked = asked_again()
    assert "new" in kinds(asked)
    assert asked.changes[0].now is not None
    assert asked.changes[0].now.path == "docs/new.txt"
    outranked = [each for each in asked.changes if each.kind is qa.QuoteChangeKind.OUTRANKED]
    assert all(each.before is not None and each.before.quote == PETS for each in outranked)


def test_what_is_accepted_is_compared_with_from_then_on(folder: Path) -> None:
    (folder / "docs/pets.txt").write_text(PETS.replace("one dog", "two dogs"))
    asked = asked_again()
    qa.keep_questions([asked.renewed()], folder / ".qa")
    assert not asked_again().changed
    assert len(qa.kept_questions(folder / ".qa")) == 1


@pytest.mark.parametrize(
    ("before", "now"),
    [("", ""), ("a b c", "a b c"), ("a b c", "x y"), ("a b", "a b c d"), ("a\n b\tc", "c b a")],
)
def test_the_words_of_both_are_there_in_order(before: str, now: str) -> None:
    runs = compared(before, now)
    for text, side in ((before, "before"), (now, "now")):
        told = [run.text for run in runs if run.side in ("both", side)]
        assert " ".join(told).split() == text.split()
