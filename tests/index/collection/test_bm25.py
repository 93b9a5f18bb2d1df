"""BM25 over sparse postings: against the formula, rank_bm25, and full scans."""

import json
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rank_bm25 import BM25, BM25Okapi

from qa_index.collection import weighting
from qa_index.collection.local.bm25 import Idf, SparseBM25
from qa_index.collection.local.inverting import PostingsBuilder
from qa_index.collection.local.postings import Postings
from qa_index.terms.analyzer import Analyzer

Corpus = list[list[str]]

words = st.sampled_from([*"abcdefgh", "é", "日本", "\ud800", "\0", ""])
corpora = st.lists(st.lists(words, max_size=12), max_size=25)
questions = st.lists(st.one_of(words, st.just("unseen")), max_size=8)


def zipf_corpus(rows: int, *, seed: int = 0) -> Corpus:
    generator = np.random.default_rng(seed)
    return [
        [f"t{term % 997}" for term in generator.zipf(1.3, size=generator.integers(1, 80)).tolist()]
        for _ in range(rows)
    ]


def brute_force(corpus: Corpus, question: list[str], *, k1: float, b: float) -> list[float]:
    """The formula of the module's docstring with Lucene's idf, row by row."""
    average = sum(map(len, corpus)) / len(corpus) if corpus else 0.0
    scores = []
    for row in corpus:
        score = 0.0
        for term in question:
            n = sum(term in other for other in corpus)
            tf = row.count(term)
            if tf:
                idf = math.log(1 + (len(corpus) - n + 0.5) / (n + 0.5))
                score += idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * len(row) / average))
        scores.append(score)
    return scores


def sorted_fully(scores: np.ndarray, n: int) -> list[int]:
    order = sorted(range(len(scores)), key=lambda row: (-scores[row], row))
    return [row for row in order if scores[row] > 0][:n]


class TestScores:
    """``score = sum of idf * tf * (k1 + 1) / (tf + k1 * (1 - b + b * |d| / avg|d|))``."""

    @given(corpora, questions, st.sampled_from([(1.2, 0.75), (0.9, 0.4), (2.0, 0.0), (0.5, 1.0)]))
    def test_equal_the_formula(
        self, corpus: Corpus, question: list[str], parameters: tuple[float, float]
    ) -> None:
        k1, b = parameters
        index = SparseBM25.from_corpus(corpus, k1=k1, b=b)
        expected = brute_force(corpus, question, k1=k1, b=b)
        assert index.get_scores(question) == pytest.approx(expected, rel=1e-6)

    def test_lucene_idf_is_positive_where_every_row_holds_the_term(self) -> None:
        index = SparseBM25.from_corpus([["a"], ["a", "b"]])
        assert index.idf("a") == pytest.approx(math.log(1 + 0.5 / 2.5))
        assert index.get_scores(["a"]).min() > 0

    def test_an_unknown_term_has_the_highest_idf_and_scores_nothing(self) -> None:
        index = SparseBM25.from_corpus([["a"], ["a", "b"]])
        assert index.idf("unseen") == pytest.approx(math.log(1 + 2.5 / 0.5))
        assert index.get_scores(["unseen"]).tolist() == [0, 0]

    @pytest.mark.parametrize("corpus", [[], [[]], [[], []]])
    def test_nothing_to_search_gives_nothing(self, corpus: Corpus) -> None:
        index = SparseBM25.from_corpus(corpus)
        found = index.score(["a"])
        assert index.get_scores(["a"]).tolist() == [0.0] * len(corpus)
        assert found.top(5)[0].tolist() == []


class TestParity:
    """With Okapi's idf selected, scores equal ``rank_bm25.BM25Okapi`` to 1e-6."""

    @pytest.mark.parametrize("rows", [1, 2, 3, 7, 300])
    def test_on_generated_corpora(self, rows: int) -> None:
        corpus = zipf_corpus(rows)
        self.compare(corpus, [[*row[:6], row[0], "unseen"] for row in corpus[:20]])

    def test_on_a_real_corpus(self) -> None:
        folder = os.environ.get("QA_TEST_DATA")
        if not folder:
            pytest.skip("QA_TEST_DATA names no folder in BEIR layout")
        analyzer = Analyzer()
        with (Path(folder) / "corpus.jsonl").open(encoding="utf-8") as file:
            corpus = [analyzer.analyze(json.loads(line)["text"], "en") for line in file]
        with (Path(folder) / "queries.jsonl").open(encoding="utf-8") as file:
            asked = [json.loads(next(file))["text"] for _ in range(50)]
        self.compare(corpus, [list(analyzer.analyze_question(text).terms) for text in asked])

    @staticmethod
    def compare(corpus: Corpus, asked: list[list[str]]) -> None:
        theirs = BM25Okapi(corpus)
        ours = SparseBM25.from_corpus(corpus, k1=1.5, b=0.75, idf=Idf.OKAPI)
        some = list(range(0, len(corpus), 3))[::-1]
        for question in asked:
            expected = theirs.get_scores(question)
            assert ours.get_scores(question) == pytest.approx(expected, rel=1e-6, abs=1e-6)
            assert ours.get_batch_scores(question, some) == pytest.approx(
                theirs.get_batch_scores(question, some), rel=1e-6, abs=1e-6
            )

    def test_it_is_a_rank_bm25(self) -> None:
        assert isinstance(SparseBM25.from_corpus([["a"]]), BM25)


class TestContract:
    """What ``rank_bm25`` asks of its classes."""

    def test_get_top_n_gives_documents_best_first_and_ties_in_order(self) -> None:
        index = SparseBM25.from_corpus([["x"], ["a"], ["a", "a"], ["a"]])
        assert index.get_top_n(["a"], ["d0", "d1", "d2", "d3"], n=3) == ["d2", "d1", "d3"]

    def test_get_top_n_fills_up_with_rows_that_do_not_match(self) -> None:
        index = SparseBM25.from_corpus([["x"], ["a"], ["x"]])
        assert index.get_top_n(["a"], ["d0", "d1", "d2"]) == ["d1", "d0", "d2"]

    def test_get_top_n_wants_a_document_for_each_row(self) -> None:
        with pytest.raises(ValueError, match="2 documents given for 1 rows"):
            SparseBM25.from_corpus([["a"]]).get_top_n(["a"], ["d0", "d1"])

    @pytest.mark.parametrize("row", [-1, 1])
    def test_get_batch_scores_wants_rows_that_exist(self, row: int) -> None:
        with pytest.raises(IndexError, match="between 0 and 0"):
            SparseBM25.from_corpus([["a"]]).get_batch_scores(["a"], [row])


class TestTop:
    """The best rows equal those of a full sort; ties go to the smaller row."""

    @given(corpora, questions, st.integers(-1, 30))
    def test_equals_a_full_sort(self, corpus: Corpus, question: list[str], n: int) -> None:
        found = SparseBM25.from_corpus(corpus).score(question)
        rows, scores = found.top(n)
        assert rows.tolist() == sorted_fully(found.dense, max(n, 0))
        assert scores.tolist() == found.dense[rows].tolist()

    @pytest.mark.parametrize("n", [1, 10, 100, 5000])
    def test_equals_a_full_sort_on_a_larger_corpus(self, n: int) -> None:
        corpus = zipf_corpus(3000)
        index = SparseBM25.from_corpus(corpus)
        for row in corpus[:40]:
            found = index.score(row[:6])
            assert found.top(n)[0].tolist() == sorted_fully(found.dense, n)

    def test_single_precision_keeps_the_scores(self) -> None:
        corpus = zipf_corpus(500)
        index = SparseBM25.from_corpus(corpus)
        question = corpus[0][:10]
        assert index.score(question).dense == pytest.approx(index.get_scores(question), rel=1e-5)


class TestBounds:
    """A question of any size costs a bounded number of postings."""

    def test_only_the_rarest_terms_of_a_huge_question_are_scored(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        index = SparseBM25.from_corpus([["a", "b"], ["a", "c"], ["a"]])
        monkeypatch.setattr(weighting, "MAX_QUESTION_TERMS", 2)
        assert index.get_scores(["a", "b", "c"]) == pytest.approx(index.get_scores(["b", "c"]))


class TestStorage:
    """Postings are arrays and numbers, and nothing else is needed to search."""

    def test_fields_have_the_documented_types(self) -> None:
        built = SparseBM25.from_corpus([["a", "b", "a"], ["é"]]).postings
        types = {name: getattr(built, name).dtype for name in Postings.array_names()}
        assert types == {
            "buckets": np.int32,
            "term_starts": np.int64,
            "term_bytes": np.uint8,
            "starts": np.int64,
            "rows": np.int32,
            "impacts": np.float32,
            "lengths": np.int32,
        }
        scalars = {name: getattr(built, name) for name in Postings.scalar_names()}
        assert scalars["row_count"] == 2
        assert all(isinstance(value, int | float) for value in scalars.values())

    def test_arrays_read_back_from_disk_give_the_same_scores(self, tmp_path: Path) -> None:
        corpus = zipf_corpus(100)
        built = SparseBM25.from_corpus(corpus).postings
        arrays = {}
        for name in Postings.array_names():
            np.save(tmp_path / name, getattr(built, name))
            arrays[name] = np.load(tmp_path / f"{name}.npy", mmap_mode="r")
        scalars = {name: getattr(built, name) for name in Postings.scalar_names()}
        mapped = SparseBM25(Postings(**arrays, **scalars))
        question = corpus[3]
        expected = SparseBM25(built).get_scores(question)
        assert mapped.get_scores(question).tolist() == expected.tolist()

    @given(st.lists(st.text(max_size=5), max_size=60))
    def test_every_term_is_found_and_no_other(self, terms: list[str]) -> None:
        builder = PostingsBuilder()
        builder.add(terms)
        built = builder.finish()
        assert sorted(built.terms()) == sorted(set(terms))
        assert all(built.find(term)[0].tolist() == [0] for term in terms)
        assert built.find("no such term")[0].tolist() == []
