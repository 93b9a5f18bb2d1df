"""One article gives the same answers in every format, each under its heading and on its page.

``tests/fixtures/article`` holds the article as its programs wrote it, and the questions. The pages
in ``questions.jsonl`` are those on which pdftotext finds the quote.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import qa
from qa_index import formats
from qa_index.records import Parsed, UnitKind

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
NOTES_AT_END = {"article.txt", "article.html", "article.epub"}
"""Their notes stand at the end of the article or chapter, not with the paragraph."""

MARKER = re.compile(r"^(?:[-•–]|\[?\d\]?\.?) |\s*↩\ufe0e?$")
"""What stands before an item of a list or a note, and the link back from a note."""


@dataclass(frozen=True)
class Told:
    """What one question gave in one file."""

    answered: bool
    evidence: str
    heading: tuple[str, ...]
    pages: list[int]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Told]:
    """By file and question."""
    found = {}
    for file in FILES:
        folder = tmp_path_factory.mktemp("article") / ".qa"
        qa.index([ARTICLE / file], into=folder)
        parsed = formats.parse((ARTICLE / file).read_bytes(), name=file)
        with qa.open(folder) as session:
            for question in QUESTIONS:
                answer = session.ask(question["question"], k=1)
                found[file, question["id"]] = _told(answer, parsed)
    return found


def _told(answer: qa.Answer, parsed: Parsed) -> Told:
    first, evidence = answer.citations[0], answer.citations[0].evidence
    quoted = (parsed.text[span.start : span.end] for span in evidence)
    pages = [
        unit.number
        for unit in parsed.units
        if unit.kind is UnitKind.PAGE
        and any(unit.start < span.end and span.start < unit.end for span in evidence)
    ]
    return Told(
        answered=answer.answered,
        evidence=MARKER.sub("", " ".join(" ".join(quoted).split())),
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


@pytest.mark.parametrize("file", FILES)
class TestEveryFormat:
    @pytest.mark.parametrize("question", QUESTIONS, ids=by_id)
    def test_it_answers_what_the_article_answers(
        self, file: str, question: dict[str, Any], told: dict[tuple[str, str], Told]
    ) -> None:
        assert told[file, question["id"]].answered is question["answerable"]

    @pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
    def test_the_answer_is_the_same_sentence(
        self, file: str, question: dict[str, Any], told: dict[tuple[str, str], Told]
    ) -> None:
        assert told[file, question["id"]].evidence == question["quote"]

    @pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
    def test_it_stands_under_its_heading(
        self, file: str, question: dict[str, Any], told: dict[tuple[str, str], Told]
    ) -> None:
        if question["note"] and file in NOTES_AT_END:
            return
        expected = question["heading"][-1:] if file in FLAT else question["heading"]
        assert told[file, question["id"]].heading == tuple(expected)

    @pytest.mark.parametrize("question", ANSWERABLE, ids=by_id)
    def test_it_stands_on_its_page(
        self, file: str, question: dict[str, Any], told: dict[tuple[str, str], Told]
    ) -> None:
        assert told[file, question["id"]].pages == question["pages"].get(file, [])
