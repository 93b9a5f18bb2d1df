"""Terms of adjacent passages, against a word-by-word lookup."""

from dataclasses import replace

import numpy as np
import pytest

from qa_index.building.build import build
from qa_index.collection.local.candidates import block_of
from qa_index.collection.local.stored import StoredIndex
from qa_index.search.adjacency import adjacent_idf
from qa_index.search.parameters import SHIPPED
from qa_index.search.query import Mode, Query
from qa_index.search.scoring import rank
from tests.support.hashing_encoder import HashingEncoder

FILLER = "Nothing more is told of it here, and nobody who lives nearby remembers much. " * 10
"""Enough text to fill a passage, so that the next paragraph starts a new one."""

DOCUMENTS = {
    "a.txt": ["The Gilbert society met.", "It was founded in Bath.", "A library followed."],
    "b.txt": ["Whales breathe air in the library.", "A society of whales was founded."],
}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> StoredIndex:
    folder = tmp_path_factory.mktemp("adjacency")
    for name, paragraphs in DOCUMENTS.items():
        text = "\n\n".join(f"{each} {FILLER}" for each in paragraphs)
        (folder / name).write_text(text, encoding="utf-8")
    build([folder], folder / ".qa", encoder=HashingEncoder())
    return StoredIndex(folder / ".qa")


def found_by(index: StoredIndex, question: str, rows: list[int]) -> list[float]:
    query = Query.of(index, index.analyzer.analyze_question(question))
    block = block_of(index, np.array(rows, np.int64), held=list(query.statistics.frequencies))
    found: list[float] = adjacent_idf(query, block.held).tolist()
    return found


def by_hand(index: StoredIndex, terms: list[str], row: int) -> float:
    def held(number: int) -> set[str]:
        return set(index.analyzer.analyze(index.passage(number).text, "en"))

    document = index.passage(row).document.path
    near = [
        held(other)
        for other in (row - 1, row + 1)
        if 0 <= other < len(index.passages) and index.passage(other).document.path == document
    ]
    missing = set(terms) - held(row)
    return sum(index.bm25.idf(term) for term in missing if any(term in each for each in near))


@pytest.mark.parametrize("rows", [[0, 1, 2, 3, 4], [1], [2, 3], [0, 4]])
@pytest.mark.parametrize(
    "question",
    [
        "When was the Gilbert society founded?",
        "Which library do whales breathe air in?",
        "founded founded founded society",
        "Is there a xylophone?",
        "the of",
    ],
)
def test_is_the_idf_of_what_only_a_neighbour_holds(
    index: StoredIndex, rows: list[int], question: str
) -> None:
    assert len(index.passages) == 5
    terms = list(index.analyzer.analyze_question(question).terms)
    assert found_by(index, question, rows) == pytest.approx(
        [by_hand(index, terms, row) for row in rows]
    )


def test_a_neighbour_in_another_document_says_nothing(index: StoredIndex) -> None:
    assert index.passage(2).document.path != index.passage(3).document.path
    assert "followed" in index.passage(2).text
    assert "Whales" in index.passage(3).text
    assert found_by(index, "Which whales followed?", [2, 3]) == [0, 0]


def test_of_no_candidates_nothing_is_said(index: StoredIndex) -> None:
    assert found_by(index, "Do whales sing?", []) == []


def test_adjacent_terms_add_to_the_score(index: StoredIndex) -> None:
    question = index.analyzer.analyze_question("When was the society of Gilbert founded?")
    query = Query.of(index, question)

    def score_of(row: int, adjacency: float) -> float:
        parameters = replace(SHIPPED, adjacency=adjacency)
        ranking = rank(index, query, mode=Mode.BM25, parameters=parameters)
        return float(ranking.fused[ranking.rows.tolist().index(row)])

    assert score_of(1, SHIPPED.adjacency) > score_of(1, 0.0)
