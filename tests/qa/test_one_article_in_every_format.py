"""One article gives the same answers in every format, each under its heading and on its page.

``tests/fixtures/article`` holds the article as its programs wrote it, and the questions. The pages
in ``questions.jsonl`` are those on which pdftotext finds the quote.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import qa
from qa_index import formats
from qa_index.records import Parsed, UnitKind
from tests.support.read_once import read_once

ARTICLE = Path(__file__).parents[1] / "fixtures" / "article"
TITLE = "The Saltfleet Lights: Report for 2023"
QUESTIONS = [
    json.loads(line)
    for line in (ARTICLE / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
FILES = (
    "article.txt",
    "article.html",
    "article.epub",
    "article.docx",
    "article.odt",
    "article.pdf",
    "office/article.docx",
    "office/article.pdf",
)
FLAT = {"article.txt"}
"""Their headings have no levels."""
NOTES_WITH_TEXT = {"article.docx", "article.odt", "office/article.docx"}
"""Their notes belong to a paragraph. In the others they stand at the end of page, chapter or
article."""

WITH_THE_ONE_BEFORE = "a14"
"""The sentence before is marked, too: it names the tower, and days on which it is open."""

HEADER = "Light First lit Height (m) Range (nautical miles) "
"""Of the table, which may be marked with the row that answers."""

MARKER = re.compile(r"^(?:[-•–] |\[?\d\]?\.? ?)|\s*↩\ufe0e?$")
"""What stands before an item of a list or a note, and the link back from a note."""


@dataclass(frozen=True)
class Told:
    """What one question gave in one file."""

    answered: bool
    evidence: str
    heading: tuple[str, ...]
    pages: list[int]


@dataclass(frozen=True)
class Asked:
    """One file, and what each question gave in it."""

    file: str
    told: dict[str, Told]


@pytest.fixture(scope="module", autouse=True)
def _read_once() -> Iterator[None]:
    """The files hold the same sentences."""
    with read_once():
        yield


@pytest.fixture(scope="module", params=FILES)
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Asked:
    path = ARTICLE / request.param
    folder = tmp_path_factory.mktemp("article") / ".qa"
    qa.index([path], into=folder)
    parsed = formats.parse(path.read_bytes(), name=path.name)
    with qa.open(folder) as session:
        return Asked(
            request.param,
            {each["id"]: _told(session.ask(each["question"], k=1), parsed) for each in QUESTIONS},
        )


def _told(answer: qa.Answer, parsed: Parsed) -> Told:
    first, evidence = answer.citations[0], answer.citations[0].evidence
    quoted = [parsed.text[span.start : span.end] for span in evidence]
    rows = [  # the header may be marked with its row, and lie on the page before
        span
        for span, text in zip(evidence, quoted, strict=True)
        if " ".join(text.split()) != HEADER.strip()
    ]
    pages = [
        unit.number
        for unit in parsed.units
        if unit.kind is UnitKind.PAGE
        and any(unit.start < span.end and span.start < unit.end for span in rows)
    ]
    return Told(
        answered=answer.answered,
        evidence=MARKER.sub("", " ".join(" ".join(quoted).split())).removeprefix(HEADER),
        heading=tuple(title for title in first.heading_path if title != TITLE),
        pages=pages,
    )


def by_id(question: dict[str, Any]) -> str:
    return str(question["id"])


ANSWERABLE = [question for question in QUESTIONS if question["answerable"]]


def test_there_are_twenty_questions_and_eight_files() -> None:
    assert (len(ANSWERABLE), len(QUESTIONS)) == (16, 20)
    written = {str(path.relative_to(ARTICLE)) for path in ARTICLE.rglob("article.*")}
    assert written == {*FILES, "article.md"}


@pytest.mark.parametrize("question", QUESTIONS, ids=by_id)
def test_it_answers_what_the_article_answers(question: dict[str, Any], asked: Asked) -> None:
    assert asked.told[question["id"]].answered is question["answerable"]


@pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
class TestAnswers:
    def test_they_are_the_same_sentence(self, question: dict[str, Any], asked: Asked) -> None:
        evidence = asked.told[question["id"]].evidence
        if question["id"] == WITH_THE_ONE_BEFORE:
            before, evidence = evidence.split(". ", 1)
            assert before.startswith("Two of the towers are open to the public")
        assert evidence == question["quote"]

    def test_they_stand_under_their_heading(self, question: dict[str, Any], asked: Asked) -> None:
        expected = question["heading"][-1:] if asked.file in FLAT else question["heading"]
        if not question["note"] or asked.file in NOTES_WITH_TEXT:
            assert asked.told[question["id"]].heading == tuple(expected)

    def test_they_stand_on_their_page(self, question: dict[str, Any], asked: Asked) -> None:
        expected = question["pages"].get(asked.file, [])
        assert asked.told[question["id"]].pages == expected
