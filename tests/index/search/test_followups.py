"""The search for a follow-up, against one question at a time."""

from pathlib import Path

import numpy as np
import pytest

from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.search.parameters import FOLLOW_UP
from qa_index.search.query import Earlier, Mode, Query, candidates
from qa_index.search.scoring import rank
from tests.support.hashing_encoder import HashingEncoder

DOCUMENTS = {
    "ferry.txt": "The ferry leaves at nine in summer.\n\nThe captain is old.",
    "train.txt": "The train leaves at ten in winter.\n\nThe driver is young.",
    "whale.txt": "Whales breathe air.",
}
OWN, BEFORE = "winter", "When does the ferry leave?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> StoredIndex:
    folder: Path = tmp_path_factory.mktemp("followups")
    for name, text in DOCUMENTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    build([folder], folder / ".qa", encoder=HashingEncoder())
    return StoredIndex(folder / ".qa")


def query_of(index: StoredIndex, earlier: Earlier | None) -> Query:
    return Query.of(index, index.analyzer.analyze_question(OWN), earlier=earlier)


def scores(index: StoredIndex, query: Query) -> dict[int, float]:
    block = candidates(index, query, mode=Mode.BM25)
    assert block.bm25 is not None
    return dict(zip(block.rows.tolist(), block.bm25.tolist(), strict=True))


def test_earlier_terms_count_their_share(index: StoredIndex) -> None:
    before = index.analyzer.analyze_question(BEFORE)
    both = query_of(index, Earlier(before, {}))
    own, earlier = query_of(index, None), Query.of(index, before)
    found, share = scores(index, both), 1 / FOLLOW_UP.repeats
    expected = {
        row: scores(index, own).get(row, 0.0) + share * scores(index, earlier).get(row, 0.0)
        for row in found
    }
    assert found == pytest.approx(expected, rel=1e-6)
    weights = dict(zip(both.terms.hashes.tolist(), both.terms.idf.tolist(), strict=True))
    for query, factor in ((own, 1.0), (earlier, share)):
        for term, idf in zip(query.terms.hashes.tolist(), query.terms.idf.tolist(), strict=True):
            assert weights.pop(term) == pytest.approx(factor * idf)
    assert not weights


def test_terms_that_both_hold_count_once_and_whole(index: StoredIndex) -> None:
    same = Earlier(index.analyzer.analyze_question(OWN), {})
    assert scores(index, query_of(index, same)) == pytest.approx(
        scores(index, query_of(index, None)), rel=1e-6
    )
    assert np.array_equal(query_of(index, same).terms.idf, query_of(index, None).terms.idf)


@pytest.mark.parametrize("mode", Mode)
def test_cited_documents_gain_their_units(index: StoredIndex, mode: Mode) -> None:
    asked = index.analyzer.analyze_question("leaves")
    vector = HashingEncoder().encode_question("leaves")
    nothing = index.analyzer.analyze_question("")
    number = [document.path for document in index.documents()].index("train.txt")

    def fused(units: dict[int, float]) -> dict[int, float]:
        query = Query.of(index, asked, vector, earlier=Earlier(nothing, units))
        ranking = rank(index, query, mode=mode)
        assert (np.diff(ranking.fused) <= 0).all()
        return dict(zip(ranking.rows.tolist(), ranking.fused.tolist(), strict=True))

    plain, raised = fused({}), fused({number: 1.5})
    first, end = index.paths_and_rows[1][number].tolist()
    assert plain.keys() & set(range(first, end))
    gains = {row: raised[row] - plain[row] for row in plain}
    assert gains == pytest.approx({row: 1.5 * (first <= row < end) for row in plain})
