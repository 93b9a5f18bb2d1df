"""A row of a table answers only what one of its columns says."""

import csv

import pytest

import qa
from qa.answering.answerer import Answerer
from qa.answering.columns import PROSE_WORDS
from qa.confidence.signals import ENOUGH_AGREEMENT

FIRMS = ["Barelo Foods", "Temsol Motors", "Kelvara Group", "Urpriba Ltd", "Zenqua Foods"]
HEADER = ["Company", "Revenue 2018", "Revenue 2019", "Chief executive", "Headquarters"]
PROSE = "Turn the key twice to the left and hold the red button until it is dark"


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("columns")
    with (folder / "firms.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(HEADER)
        for number, firm in enumerate(FIRMS):
            rows.writerow(
                [firm, f"1,{200 + number}", f"2,{300 + number}", f"Ida Nex{number}o", "Oslo"]
            )
    (folder / "help.csv").write_text(f"Topic,Advice\nLocking,{PROSE}\nCleaning,{PROSE} again\n")
    (folder / "notes.txt").write_text("The pump was painted in March. It is green.")
    qa.index([folder], into=folder / ".qa", offline=True)
    return qa.open(folder / ".qa", offline=True).pinned()


def agreement(answer: qa.Answer) -> float:
    found = answer.explanation.column_agreement
    assert found is not None
    return found


def marked(answer: qa.Answer) -> str | None:
    first = answer.citations[0]
    if first.answer_span is None:
        return None
    start = first.span.start
    return first.quote[first.answer_span.start - start : first.answer_span.end - start]


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("What was the revenue of Kelvara Group in 2019?", "2,302"),
        ("What was the revenue of Kelvara Group in 2018?", "1,202"),
        ("Who is the chief executive of Temsol Motors?", "Ida Nex1o"),
        ("WHO IS THE CHIEF EXECUTIVE OF TEMSOL MOTORS?", "Ida Nex1o"),
        ("Who is the boss of Temsol Motors?", "Ida Nex1o"),
    ],
)
def test_the_cell_of_the_column_that_is_asked_for(
    answerer: Answerer, question: str, cell: str
) -> None:
    answer = answerer.ask(question)
    assert agreement(answer) >= ENOUGH_AGREEMENT
    assert marked(answer) == cell


@pytest.mark.parametrize(
    "question",
    [
        "What is the share price of Kelvara Group?",
        "Which products does Barelo Foods make?",
        "What was the revenue of Kelvara Group in 2015?",
        "What was the revenue of Kelvara Motors in 2019?",
        "What was the revenue of Solnexo Group in 2019?",
    ],
)
@pytest.mark.parametrize("read", [True, False])
def test_no_answer_where_no_column_or_row_says_it(
    answerer: Answerer, question: str, read: bool
) -> None:
    answer = answerer.ask(question, read=read)
    assert not answer.answered
    assert agreement(answer) < ENOUGH_AGREEMENT
    assert marked(answer) is None


def test_by_words_alone_the_name_of_the_column_has_to_be_said(answerer: Answerer) -> None:
    said, other = (
        answerer.ask(f"What is the {asked} of Kelvara Group?", mode="bm25")
        for asked in ("headquarters", "share price")
    )
    assert agreement(said) == 1
    assert agreement(other) == 0
    assert other.probability < said.probability


def test_german_nouns_are_no_names(answerer: Answerer) -> None:
    answer = answerer.ask("Wie hoch war der Revenue und der Gewinn der Kelvara Group?")
    assert agreement(answer) > 0


def test_prose_is_not_compared_with_columns(answerer: Answerer) -> None:
    assert len(PROSE.split()) >= PROSE_WORDS
    for question in ("What colour is the pump?", "How do I hold the red button?"):
        assert answerer.ask(question).explanation.column_agreement is None
