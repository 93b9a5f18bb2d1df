"""Filters: which documents and passages are left, and what is said if none is."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qa
from qa.answering.answerer import Answerer
from qa_index.building.build import build
from qa_index.collection.local import ivfpq, writer
from qa_index.collection.local.stored import StoredIndex
from qa_index.search.query import Mode
from tests.support.hashing_encoder import HashingEncoder

QUESTION = "When does the ferry leave?"
FILES = {
    "a.md": "---\ndate: 2024-03-15\ntags: [Ferry, Travel]\n---\n# Ferries\n\nThe ferry leaves at"
    " nine.\n\n## Prices of today\n\nA ticket for the ferry is four pounds.\n"
    "\n# Boats\n\nA boat.\n",
    "2023-05 b.html": "<meta name=keywords content=FERRY><h1>Old</h1><p>The ferry left at noon.",
    "c.txt": "The ferry leaves at ten in the evening.\n",
    "d.txt": "Die Fähre fährt um elf Uhr ab und kommt am Abend wieder in den Hafen zurück.\n",
    "e.py": "# the ferry of the programmer leaves at twelve and is not late\n",
}
ALL = set(FILES)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    folder = tmp_path_factory.mktemp("filtered")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
        os.utime(folder / name, (1_577_880_000, 1_577_880_000))  # 1 January 2020
    os.utime(folder / "d.txt", (0, 0))
    build([folder], folder / ".qa", encoder=HashingEncoder())
    return Answerer(StoredIndex(folder / ".qa"), HashingEncoder)


def found(answerer: Answerer, wanted: Any) -> set[str]:
    answer = answerer.ask(QUESTION, k=100, filter=wanted, read=False)
    return {citation.source.path for citation in answer.citations}


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        (None, ALL),
        (qa.Filter(), ALL),
        ("*.md", {"a.md"}),
        (["*.md", "*.txt", "!d*"], {"a.md", "c.txt"}),
        (qa.Filter(["*.md", "*.txt", "!d*"]), {"a.md", "c.txt"}),
        (qa.Filter(types="markdown"), {"a.md"}),
        (qa.Filter(types="md"), {"a.md"}),
        (qa.Filter(types=".PY"), {"e.py"}),
        (qa.Filter(types=["html", "text"]), {"2023-05 b.html", "c.txt", "d.txt"}),
        (qa.Filter(types="text/html"), {"2023-05 b.html"}),
        (qa.Filter(types="text/*"), ALL),
        (qa.Filter(types="*/markdown"), {"a.md"}),
        (qa.Filter(languages="de-AT"), {"d.txt"}),
        (qa.Filter(tags="ferry"), {"a.md", "2023-05 b.html"}),
        (qa.Filter(tags=["none", " TRAVEL"]), {"a.md"}),
        (qa.Filter(since="2024-03-15"), {"a.md"}),
        (qa.Filter(since="2024-03-16", until="2030", types="html"), set()),
        (qa.Filter(until="2020"), {"c.txt", "e.py"}),
        (qa.Filter(since="2023-05-31", until="2023"), {"2023-05 b.html"}),
        (qa.Filter(until="2023-05-01"), {"2023-05 b.html", "c.txt", "e.py"}),
        (qa.Filter(headings="prices"), {"a.md"}),
        (qa.Filter(headings="OLD"), {"2023-05 b.html"}),
        (qa.Filter(tags="ferry", types="html"), {"2023-05 b.html"}),
        (qa.Filter("*.md", tags="ferry", headings="Ferries", since="2024"), {"a.md"}),
    ],
)
def test_fields(answerer: Answerer, wanted: Any, left: set[str]) -> None:
    assert found(answerer, wanted) == left


@pytest.mark.parametrize(
    ("heading", "paths"),
    [
        ("ferries", {("Ferries",), ("Ferries", "Prices of today")}),
        ("fer", {("Ferries",), ("Ferries", "Prices of today")}),
        ("of  TODAY", {("Ferries", "Prices of today")}),
        ("day", set()),
        ("rices", set()),
        (".*", set()),
        ("boats", {("Boats",)}),
    ],
)
def test_headings_are_about_passages(
    answerer: Answerer, heading: str, paths: set[tuple[str, ...]]
) -> None:
    answer = answerer.ask(QUESTION, k=100, filter=qa.Filter(headings=heading), read=False)
    assert {citation.heading_path for citation in answer.citations} == paths


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        (qa.Filter(types="pdf"), "no document is of type 'pdf'; there are text/plain (3), "),
        (qa.Filter(languages="zh"), "no document is in 'zh'; there are "),
        (qa.Filter(tags=["x", "y"]), "no document has the tag 'x' or 'y'"),
        (qa.Filter(since="2025"), "no document has a date since 2025-01-01; 1 have none"),
        (qa.Filter(headings="zzz"), "no passage is below a heading 'zzz'"),
        (qa.Filter(tags="ferry", types="text"), "no document matches all of it"),
    ],
)
def test_a_filter_that_leaves_nothing_says_why(
    answerer: Answerer, wanted: qa.Filter, why: str
) -> None:
    for read in (True, False):
        for mode in Mode:
            answer = answerer.ask(QUESTION, filter=wanted, mode=mode, read=read)
            assert (answer.status, answer.reason) == ("no_answer", "filtered_out")
            assert not answer.citations
            assert answer.warnings[0].startswith(f"the filter leaves nothing: {why}")


def test_a_path_that_matches_nothing_is_refused(answerer: Answerer) -> None:
    for wanted in ("*.pdf", qa.Filter("*.pdf", tags="ferry")):
        with pytest.raises(qa.InputError, match=r"no source matches \*\.pdf"):
            answerer.ask(QUESTION, filter=wanted)


def test_documents_without_a_date_are_counted(answerer: Answerer) -> None:
    answer = answerer.ask(QUESTION, filter=qa.Filter(since="2020"), read=False)
    assert answer.warnings[0] == "1 document without a date left out by the filter"
    none = answerer.ask(QUESTION, filter=qa.Filter(since="2020", types="html"), read=False)
    assert not any("without a date" in each for each in none.warnings)


def test_a_filter_that_leaves_all_changes_nothing(answerer: Answerer) -> None:
    given = [answerer.ask(QUESTION, filter=each) for each in (None, qa.Filter(types="text/*"))]
    first, second = (replace(answer, timing_ms={}) for answer in given)
    assert first == second


def test_copies_elsewhere_are_not_told(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.md"):
        (tmp_path / name).write_text("The ferry leaves at nine.\n")
    build([tmp_path], tmp_path / ".qa", encoder=HashingEncoder())
    answerer = Answerer(StoredIndex(tmp_path / ".qa"), HashingEncoder)

    def places(wanted: Any) -> list[str]:
        [citation] = answerer.ask(QUESTION, filter=wanted, read=False).citations
        return [citation.source.path, *(place.path for place in citation.also_in)]

    assert sorted(places(None)) == ["a.txt", "b.txt", "c.md"]
    assert sorted(places("*.txt")) == ["a.txt", "b.txt"]
    assert places("b.txt") == ["b.txt"]


@pytest.mark.parametrize("exact", [0, ivfpq.EXACT])
def test_it_is_exact_with_approximate_vectors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exact: int
) -> None:
    words = ["ferry", "boat", "harbour", "isle", "bread", "oven", "night", "storm", "ticket"]
    draw = np.random.default_rng(0)
    for number in range(400):
        text = " ".join(draw.choice(words, 12))
        (tmp_path / f"{number:03}.{'md' if number % 3 else 'txt'}").write_text(f"{text}.\n")
    monkeypatch.setattr(writer, "IVFPQ_FROM", 100)
    monkeypatch.setattr(ivfpq, "EXACT", exact)
    build([tmp_path], tmp_path / ".qa", encoder=HashingEncoder())
    index = StoredIndex(tmp_path / ".qa")
    assert isinstance(index.vectors, ivfpq.IvfPqVectors)
    rows = np.array([n for n in range(400) if index.passage(n).document.path.endswith(".txt")])
    for question in ("storm at night", "price of a ticket", "bread"):
        vector = HashingEncoder().encode_question(question)
        block = index.candidates(None, vector, depth=20, among=rows)
        scores = index.vectors[rows] @ vector
        best = rows[np.argsort(-scores, kind="stable")[:20]]
        np.testing.assert_array_equal(block.rows, np.sort(best))
        terms = index.analyzer.analyze_question(question).terms
        words_only = index.candidates(terms, None, depth=20, among=rows).rows
        dense = index.bm25.score(terms).dense[rows]
        best = rows[np.argsort(-dense, kind="stable")[:20]]
        held = best[index.bm25.score(terms).dense[best] > 0]
        np.testing.assert_array_equal(words_only, np.sort(held))
