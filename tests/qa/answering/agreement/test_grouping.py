"""The values of the citations of an answer, with the real model over small documents."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import qa
from qa.answering.agreement.subject import DIFFERS_IN_ENGLISH
from qa.mcp.texts import answer_text
from qa.rendering.notebook import answer_html
from tests.support.command import run_command

NOTICE = "How long is the notice period for the workshop?"

FILES = {
    "lease-2019-05-01.md": "# Lease\n\nThe notice period for the workshop is 30 days, counted "
    "from the day on which the landlord receives the letter.\n",
    "faq.md": "The workshop has a notice period of thirty days. The garage has a contract of its "
    "own, and its notice period is 14 days.\n",
    "lease-v2.1.md": "---\ndate: 2023-02-14\n---\n\nThe landlord keeps the roof in repair. The "
    "notice period for the workshop is 60 days from receipt of the letter.\n",
    "garage.md": "The notice period for the garage is 14 days.\n",
    "copy-a.md": "The fee for a locker in the cellar is $12 a month.\n",
    "copy-b.md": "The fee for a locker in the cellar is $12 a month.\n",
    "fees.md": "For a locker in the cellar, tenants pay a fee of 15 dollars per month.\n",
    "rules.md": "Tenants may not keep pigeons in the attic.\n",
    "rules-old.md": "In the attic, tenants may keep pigeons.\n",
    "opening.md": "The house was opened on 4 May 1874.\n",
    "opening-again.md": "It was on 04/05/1874 that the house was opened.\n",
    "opening-late.md": "On May 4, 1874, the house was opened to tenants.\n",
    "keeper.md": "The keeper of the tower is Dr. Ottokar Brandt.\n",
    "keeper-now.md": "Wilhelmine Lotz is the keeper of the tower.\n",
    "keeper-too.md": "O. Brandt has been the keeper of the tower for years.\n",
    "frist.md": "Die Frist für den Einspruch beträgt 1.000 Stunden ab Zugang.\n",
    "frist-neu.md": "Für den Einspruch gilt eine Frist von 1 000 Stunden nach Zugang.\n",
    "ferry.md": "The council of Saltmarsh introduced the ferry tax in 1923.\n",
    "ferry-again.md": "On 2 May 1924, the council of Saltmarsh introduced the ferry tax.\n",
    "trade.md": "Trade had grown again by 1931, although the council of Saltmarsh had introduced a "
    "ferry tax before.\n",
    "evil.md": "The rent of the loft is $900 \x1b[2J a month.\n",
    "evil-too.md": "The rent of the loft is $950 \x1b[2J a month.\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("values")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))
    qa.index([folder], into=folder / ".qa")
    return folder


@pytest.fixture(scope="module")
def session(folder: Path) -> Iterator[qa.Session]:
    with qa.open(folder / ".qa") as session:
        yield session


def groups(answer: qa.Answer) -> list[set[str]]:
    """The texts of the values of each group."""
    assert answer.answered
    found = answer.agreement.groups if answer.agreement else ()
    return [{each.text for each in group.members} for group in found]


def test_equal_values_are_together_and_others_apart(session: qa.Session) -> None:
    answer = session.ask(NOTICE)
    assert sorted(groups(answer), key=len) == [{"60 days"}, {"30 days", "thirty days"}]
    assert answer.agreement
    assert answer.agreement.kind is qa.ValueKind.DURATION
    by_unit = {group.normal.number: group for group in answer.agreement.groups}
    assert by_unit["30"].normal.to_dict() == {"number": "30", "unit": "day"}


def test_every_value_is_a_slice_of_its_source(session: qa.Session) -> None:
    answer = session.ask(NOTICE)
    assert answer.agreement
    by_id = {each.id: each for each in answer.citations}
    for member in answer.agreement.members:
        citation = by_id[member.citation]
        text = Path(citation.root, citation.source.path).read_text("utf-8")
        assert text[member.span.start : member.span.end] == member.text
        assert text[member.sentence.start : member.sentence.end] == member.quote
        assert (citation.rank, len(citation.also_in)) == (member.rank, member.copies)


def test_the_date_and_version_of_each_source_and_where_they_are_from(session: qa.Session) -> None:
    answer = session.ask(NOTICE)
    assert answer.agreement
    told = {
        answer.citations[each.rank - 1].source.path.rpartition("/")[2]: (
            each.date,
            each.date_from,
            each.version,
            each.version_from,
        )
        for each in answer.agreement.members
    }
    assert told == {
        "lease-2019-05-01.md": ("2019-05-01", "file_name", None, None),
        "lease-v2.1.md": ("2023-02-14", "front_matter", "2.1", "file_name"),
        "faq.md": ("2023-11-14", "mtime", None, None),
    }


def test_copies_are_counted_apart(session: qa.Session) -> None:
    answer = session.ask("How much is the fee for a locker in the cellar?")
    assert sorted(map(sorted, groups(answer))) == [["$12 a month"], ["15 dollars per month"]]
    assert answer.agreement
    copies = {group.value: (len(group.members), group.copies) for group in answer.agreement.groups}
    assert copies == {"$12 a month": (1, 1), "15 dollars per month": (1, 0)}


@pytest.mark.parametrize(
    ("question", "found"),
    [
        (
            "When was the house opened?",
            [["04/05/1874"], ["4 May 1874", "May 4, 1874"]],
        ),
        (
            "Who is the keeper of the tower?",
            [["Dr. Ottokar Brandt", "O. Brandt"], ["Wilhelmine Lotz"]],
        ),
        ("May tenants keep pigeons in the attic?", [["may"], ["may not"]]),
        ("Wie lang ist die Frist für den Einspruch?", [["1 000 Stunden", "1.000 Stunden"]]),
    ],
)
def test_dates_names_permissions_and_numbers(
    session: qa.Session, question: str, found: list[list[str]]
) -> None:
    assert sorted(map(sorted, groups(session.ask(question)))) == found


def test_a_passage_about_something_else_is_no_member(session: qa.Session) -> None:
    answer = session.ask("How long is the notice period for the garage?")
    assert all(group <= {"14 days"} for group in groups(answer))


def test_a_value_beside_the_clause_that_is_asked_about_is_no_member(session: qa.Session) -> None:
    """A clause that holds little but the value is of the next one."""
    answer = session.ask("When did the council of Saltmarsh introduce the ferry tax?")
    readings = {Path(each.source.path).name: each.scores.reading for each in answer.citations}
    assert (readings["trade.md"] or 0) >= DIFFERS_IN_ENGLISH
    assert sorted(map(sorted, groups(answer))) == [["1923"], ["2 May 1924"]]


@pytest.mark.parametrize(
    "question",
    [
        "Where are tenants' pigeons kept?",
        "What does the landlord keep in repair?",
        "Which rooms have a notice period?",
    ],
)
def test_without_a_plain_kind_there_is_none(session: qa.Session, question: str) -> None:
    assert session.ask(question, min_confidence="low").agreement is None


def test_without_an_answer_there_is_none(session: qa.Session) -> None:
    answer = session.ask("How long do I bake bread?")
    assert not answer.answered
    assert answer.agreement is None
    assert answer.to_dict()["agreement"] is None


def test_one_passage_has_nobody_to_agree_with(session: qa.Session) -> None:
    assert session.ask(NOTICE, k=1).agreement is None


def test_without_reading_there_are_no_values(session: qa.Session) -> None:
    assert session.ask(NOTICE, read=False, min_confidence="low").agreement is None


def test_it_is_part_of_the_json(session: qa.Session) -> None:
    answer = session.ask(NOTICE)
    told = answer.to_dict()["agreement"]
    assert answer.agreement
    assert told == answer.agreement.to_dict()
    assert told["kind"] == "duration"
    assert [each["passages"] for each in told["groups"]] == [
        len(group.members) for group in answer.agreement.groups
    ]
    member = told["groups"][0]["members"][0]
    assert member["span"]["unit"] == member["sentence"]["unit"] == "codepoint"


def test_a_model_and_a_notebook_are_told_of_all(session: qa.Session) -> None:
    answer = session.ask(NOTICE)
    text = answer_text(answer)
    assert "They differ. Tell the user of each, with its place and date." in text
    assert answer.agreement
    for group in answer.agreement.groups:
        assert f"passages: {group.value}, in [" in text or f"passage: {group.value}, in [" in text
        assert f"<strong>{group.value}</strong>" in answer_html(answer)


def test_control_characters_are_escaped_for_models(session: qa.Session) -> None:
    answer = session.ask("How much is the rent of the loft?")
    assert answer.answered
    assert "\x1b" not in answer_text(answer)


def test_what_is_read_for_it_changes_neither_order_nor_probability(session: qa.Session) -> None:
    """Whether a question asks for a value decides only what else is read."""
    asked = session.ask(NOTICE)
    with_words = session.ask(f"Tell me: {NOTICE}")
    assert asked.citations[0].scores.reading is not None
    assert all(each.scores.reading is not None for each in asked.citations)
    assert with_words.agreement is None
    alone = session.ask(NOTICE, k=1)
    assert alone.probability == asked.probability
    assert alone.citations[0].id == asked.citations[0].id


def test_the_command_prints_it(folder: Path) -> None:
    told = run_command("ask", NOTICE, folder=folder)
    assert told.returncode == 0, told.stderr
    assert any(line.startswith("2 passages: ") for line in told.stdout.splitlines())
    assert "1 passage: 60 days  [" in told.stdout
    assert "2019-05-01 (file name)" in told.stdout
