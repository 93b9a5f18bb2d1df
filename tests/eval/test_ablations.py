"""Variants change only what they name and are undone afterwards; figures match the rankings."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval import laboratory
from eval.ablations import analyzers, marking, ranking, reranking
from eval.ablations.__main__ import main
from eval.ablations.asking import Asked, Judge, encoded
from eval.ablations.sources import Source, joined, separate, together
from qa.answering.answerer import Answerer
from qa.answering.finding import SHIPPED
from qa.measuring.collections import index_collection
from qa_index.collection.local.bm25 import SparseBM25
from qa_index.collection.local.stored import StoredIndex
from qa_index.search.query import Mode
from qa_index.search.scoring import Ranking, rank
from qa_index.terms import analyzer
from tests.support.hashing_encoder import HashingEncoder

TOWNS = ["Ulmen", "Cowes", "Dorking", "Ripon", "Wells", "Lewes", "Truro", "Leeds", "Bath", "York",
         "Poole", "Hull"]  # fmt: skip


def _text(number: int, town: str) -> str:
    return (
        f"{town} is an old town. The market of {town} opened in {1500 + number}. "
        f"The houses of the people of {town} lie by the river, and boats sail there."
    )


def write_set(folder: Path, *, articles: int = 4) -> None:
    """Twelve paragraphs of four articles, two questions about each, one of them unanswerable."""
    (folder / "qrels").mkdir(parents=True)
    corpus: list[dict[str, Any]] = []
    queries: list[dict[str, Any]] = []
    qrels = ["query-id\tcorpus-id\tscore"]
    for number, town in enumerate(TOWNS):
        document = f"a{number % articles}#{number}"
        corpus.append({"_id": document, "title": "Towns", "text": _text(number, town)})
        for kind, text in (
            ("opened", f"When did the market of {town} open?"),
            ("boats", f"Whose house near the river in {town} sees boats sailing?"),
        ):
            queries.append(
                {"_id": f"{kind}{number}", "text": text, "answers": [f"{1500 + number}"]}
            )
            qrels.append(f"{kind}{number}\t{document}\t1")
    queries.append({"_id": "none", "text": "Who rules Mars?", "answerable": False})
    for name, lines in (("corpus", corpus), ("queries", queries)):
        written = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(written, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name in ("one", "two"):
        write_set(folder / name)
    return folder


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="module")
def source(data: Path) -> Source:
    return next(separate(data, ["one"], limit=1000, documents=1000))


@pytest.fixture(scope="module")
def index(source: Source) -> StoredIndex:
    return index_collection(source.documents, encoder=HashingEncoder(), whole=True)


@pytest.fixture(scope="module")
def asked(source: Source) -> list[Asked]:
    return encoded(source.questions["one"], HashingEncoder())


class TestSources:
    def test_questions_without_an_answer_are_left_out(self, source: Source) -> None:
        assert len(source.questions["one"]) == 24

    def test_articles_are_kept_whole_and_with_their_questions_alone(self, data: Path) -> None:
        [kept] = separate(data, ["one"], limit=1000, documents=7)
        articles = [document.id.partition("#")[0] for document in kept.documents]
        assert [articles.count(name) for name in sorted(set(articles))] == [3, 3]
        there = {document.id for document in kept.documents}
        assert {gold.path for each in kept.questions["one"] for gold in each.gold} == there

    def test_a_limit_counts_questions_of_each_set(self, data: Path) -> None:
        both = together(data, ["one", "two"], limit=5, documents=1000)
        assert [len(questions) for questions in both.questions.values()] == [5, 5]

    def test_paragraphs_of_an_article_are_joined_with_their_gold(self, source: Source) -> None:
        articles = joined(source)
        texts = {document.id: document.text for document in articles.documents}
        assert len(texts) == 4
        paragraphs = {document.id: document.text for document in source.documents}
        before = source.questions["one"]
        for question, single in zip(articles.questions["one"], before, strict=True):
            for place, paragraph in zip(question.gold, single.gold, strict=True):
                assert texts[place.path][place.start : place.end] == paragraphs[paragraph.path]
            assert question.parts.keys() == single.parts.keys()

    def test_sets_together_keep_their_gold_apart(self, data: Path) -> None:
        both = together(data, ["one", "two"], limit=1000, documents=1000)
        assert len({document.id for document in both.documents}) == 24
        for name, questions in both.questions.items():
            assert all(path.startswith(f"{name}/") for each in questions for path in each.parts)


class TestJudge:
    def test_a_known_ranking_has_a_known_figure(
        self, index: StoredIndex, asked: list[Asked]
    ) -> None:
        judge, paths = Judge(index), [document.path for document in index.documents()]
        gold = {each: paths.index(each.question.gold[0].path) for each in asked}

        def at(rank: int, each: Asked) -> list[int]:
            others = [row for row in range(len(paths)) if row != gold[each]]
            return [*others[: rank - 1], gold[each], *others[rank - 1 :]]

        assert judge.measure(asked, lambda each: at(1, each)) == 1
        assert judge.measure(asked, lambda each: at(3, each)) == pytest.approx(1 / np.log2(4))
        assert judge.measure(asked, lambda each: at(11, each)) == 0
        assert judge.measure(asked, lambda _: []) == 0


class TestPlainVariants:
    def test_weights_are_of_standardised_signals(self) -> None:
        signals = ranking.Signals(
            bm25=np.array([2.0, 0.0, 1.0]),
            passage=np.array([0.1, 0.4, 0.3]),
            sentence=np.array([0.2, 0.5, 0.5]),
            sentence_deviation=0.2,
        )
        # By hand: 0.735 + 0.281 + 0.35, 0 + 1.122 + 0.875, 0.367 + 0.842 + 0.875.
        assert ranking.fixed_weights(signals).tolist() == [2, 1, 0]

    def test_reciprocal_ranks_are_summed(self) -> None:
        signals = ranking.Signals(
            bm25=np.array([0.0, 3.0, 2.0]),
            passage=np.array([0.3, 0.1, 0.2]),
            sentence=np.zeros(3),
            sentence_deviation=1.0,
        )
        # 1/61, 1/61 + 1/63, 1/62 + 1/62.
        assert ranking.reciprocal_ranks(signals).tolist() == [1, 2, 0]

    def test_bm25_has_the_parameters_it_is_asked_for(
        self, index: StoredIndex, asked: list[Asked]
    ) -> None:
        corpus = [
            index.analyzer.analyze(f"{passage.document.title}\n{passage.text}", "en")
            for passage in map(index.passage, range(len(index.passages)))
        ]
        wanted = SparseBM25.from_corpus(corpus, k1=1.2, b=0.75)
        found = ranking.with_parameters(index, 1.2, 0.75)
        for each in asked:
            terms = index.analyzer.analyze_question(each.question.text).terms
            np.testing.assert_allclose(found.get_scores(terms), wanted.get_scores(terms), rtol=1e-6)


class TestSearchVariants:
    # Whole documents have no adjacent passages; ``test_adjacency.py`` has split ones.
    @pytest.mark.parametrize(
        "name",
        sorted(ranking.SHIPPED.keys() - {"now", "50 candidates of each list", "no adjacency"}),
    )
    def test_each_changes_scores(
        self, name: str, index: StoredIndex, asked: list[Asked], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scores: list[np.ndarray] = []
        plain_rank = rank

        def noted(*arguments: object, **options: object) -> Ranking:
            found = plain_rank(*arguments, **options)  # type: ignore[arg-type]
            scores.append(found.fused[np.argsort(found.rows)])
            return found

        monkeypatch.setattr("eval.ablations.ranking.rank", noted)
        foreign = replace(asked[0], trust=0.5)
        for variant in (ranking.SHIPPED["now"], ranking.SHIPPED[name]):
            variant.ranked(index, foreign)
        now, changed = scores
        assert now.shape != changed.shape or not np.allclose(now, changed)

    def test_no_bm25_leaves_the_other_words(self, index: StoredIndex, asked: list[Asked]) -> None:
        query = asked[0].query(index)

        def fused(**changes: Any) -> np.ndarray:
            plain = replace(ranking.SHIPPED["no feedback"].parameters, bm25=0.0)
            parameters = replace(plain, **changes)
            return rank(index, query, mode=Mode.BM25, parameters=parameters).fused

        assert np.ptp(fused()) > 0
        assert np.ptp(fused(sentence_share=0.0, proximity=0.0)) == 0


class TestAnalyzerVariants:
    @pytest.mark.parametrize("name", analyzers.VARIANTS)
    def test_each_is_undone(self, name: str) -> None:
        before = dict(vars(analyzer))
        with suppress(KeyboardInterrupt), analyzers.VARIANTS[name].changed():
            assert vars(analyzer) != before
            raise KeyboardInterrupt
        assert vars(analyzer) == before

    @pytest.mark.parametrize(
        ("name", "text", "usual", "changed"),
        [
            ("no stemming", "old houses", "old hous", "old houses"),
            ("no stop words", "the house", "hous", "the hous"),
            ("letters and digits not split (`covid19`)", "covid19", "covid 19 covid19", "covid19"),
            ("letters and digits not split (`covid19`)", "2.8 km", "2.8 km", "2.8 km"),
            ("compounds as their words alone", "e-mail", "e mail email", "e mail"),
            ("accents kept", "cafés", "cafe", "café"),
        ],
    )
    def test_each_changes_terms(self, name: str, text: str, usual: str, changed: str) -> None:
        usually = analyzer.Analyzer()
        assert usually.analyze(text, "en") == usual.split()
        with analyzers.VARIANTS[name].changed():
            assert usually.analyze(text, "en") == changed.split()
        assert usually.analyze(text, "en") == usual.split()

    @pytest.mark.parametrize(
        ("name", "terms"),
        [
            ("all", "ordnungswidr ordnungswidrigkeit infect"),
            ("terms under every language", "ordnungswidr ordnungswidrigkeit infection infect"),
            ("terms under the question's own alone", "ordnungswidrigkeit infect"),
        ],
    )
    def test_languages_of_a_question(self, name: str, terms: str) -> None:
        bilingual = analyzer.Analyzer(languages=("de", "en"))
        with analyzers.VARIANTS[name].changed():
            asked = bilingual.analyze_question("What is an ordnungswidrigkeit of the infections?")
        assert asked.terms == tuple(terms.split())

    def test_unchanged_it_is_the_index(self, index: StoredIndex, asked: list[Asked]) -> None:
        def by_index(each: Asked) -> list[int]:
            terms = index.analyzer.analyze_question(each.question.text).terms
            rows: list[int] = index.bm25.score(terms).top(100)[0].tolist()
            return rows

        wanted = Judge(index).measure(asked, by_index)
        assert analyzers.Corpus(index).measure(asked, analyzers.VARIANTS["all"]) == wanted


class TestEvidence:
    """Shares of marked sentences that hold the answer, which is always in the second of three."""

    def test_a_word_of_the_answers_sentence_marks_it(
        self, index: StoredIndex, asked: list[Asked]
    ) -> None:
        # One of two questions asks for it; the other's words occur in the third sentence.
        assert marking.compare(index, asked)["idf overlap alone: first"] == 0.5

    @pytest.mark.parametrize(
        ("marked", "first", "any_of_them"), [([1], 1, 1), ([0, 1], 0, 1), ([0, 2], 0, 0)]
    )
    def test_one_of_two_is_enough(
        self,
        marked: list[int],
        first: float,
        any_of_them: float,
        index: StoredIndex,
        asked: list[Asked],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def mark(*_: object) -> list[int]:
            return marked

        monkeypatch.setattr(marking, "VARIANTS", {"some": mark})
        monkeypatch.setattr(marking, "MAY_MARK_SEVERAL", (mark,) if len(marked) > 1 else ())
        found = marking.compare(index, asked)
        assert found["some: first"] == first
        if len(marked) == 1:
            assert list(found) == ["some: first"]
        else:
            assert found["some: either"] == any_of_them
            assert found["some: of the marked"] == marked.count(1) / len(marked)
            assert found["some: marked"] == len(marked)

    def test_reading_decides_between_the_first(
        self, index: StoredIndex, asked: list[Asked], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read: list[bool] = []
        plain = Answerer.find_and_assess

        def spied(self: Answerer, *given: Any, **how: Any) -> Any:
            found = plain(self, *given, **how)
            read.append(bool(found[0].logits))
            return found

        monkeypatch.setattr(Answerer, "find_and_assess", spied)
        found = reranking.compare(index, asked, HashingEncoder())
        assert read == [False] * len(asked) + [True] * len(asked)
        unread = {measure: found[f"not read: {measure}"] for measure in ("Success@1", "nDCG@10")}
        monkeypatch.setattr("qa.answering.finding.SHIPPED", replace(SHIPPED, gain=0.0))
        found = reranking.compare(index, asked, HashingEncoder())
        assert {measure: found[f"read: {measure}"] for measure in unread} == unread
        monkeypatch.setattr("qa.answering.finding.SHIPPED", replace(SHIPPED, hope=-SHIPPED.bound))
        assert reranking.compare(index, asked, HashingEncoder())["passages read, mean"] == 1
        assert reranking.compare(index, [], HashingEncoder()) == {}

    def test_reading_marks_what_answers(self, index: StoredIndex, asked: list[Asked]) -> None:
        opened = [each for each in asked if each.question.id.startswith("opened")]
        found = marking.compare(index, opened)
        assert found["kept, read: first"] == 1

    def test_without_answers_there_is_nothing_to_mark(
        self, index: StoredIndex, asked: list[Asked]
    ) -> None:
        plain = [replace(each, question=replace(each.question, answers=())) for each in asked]
        assert marking.compare(index, plain) == {}


class TestCommand:
    def test_writes_tables_and_figures(
        self, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        arguments = ["--data", str(data), "--limit", "6", "--out", str(tmp_path)]
        assert main(arguments, encoder=HashingEncoder()) == 0
        [folder] = tmp_path.iterdir()
        report = json.loads((folder / "whole.json").read_text(encoding="utf-8"))
        assert report["sets"].keys() == {"one", "two"}
        assert report["sets"]["one"].keys() > {"search", "analyzer", "evidence"}
        assert report["sets"]["one"]["questions"] == 6
        table = (folder / "whole.md").read_text(encoding="utf-8")
        assert table.endswith(f"\n\n{capsys.readouterr().out}")
        figure = report["sets"]["two"]["search"]["now"]
        assert any(
            line.startswith("| now |") and line.endswith(f" {figure:.3f} |")
            for line in table.splitlines()
        )

    @pytest.mark.parametrize("name", ["split", "joined", "together"])
    def test_of_other_collections(self, name: str, data: Path, tmp_path: Path) -> None:
        flag = f"--{name}"
        arguments = ["--data", str(data), "--limit", "3", "--out", str(tmp_path), flag]
        main([*arguments, "--sets", "two", "one"], encoder=HashingEncoder())
        [file] = tmp_path.glob(f"*/{name}-two-one.json")
        report = json.loads(file.read_text(encoding="utf-8"))
        assert report["command"].endswith(f"{flag} --sets two one")
        passages = {name: found["passages"] for name, found in report["sets"].items()}
        assert passages["one"] == {"split": 12, "joined": 4, "together": 24}[name]
        assert ("analyzer" in report["sets"]["one"]) == (name == "together")

    @pytest.mark.parametrize("sets", [["--sets", "one", "three"], []])
    def test_what_is_not_there_is_told_in_a_line(
        self, sets: list[str], data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = data if sets else tmp_path / "nowhere"
        arguments = ["--data", str(folder), "--out", str(tmp_path / "out"), *sets]
        with pytest.raises(SystemExit) as ended:
            laboratory.run("ablations", lambda: main(arguments, encoder=HashingEncoder()))
        assert ended.value.code == 2
        assert capsys.readouterr().err.count("\n") == 1
        assert not (tmp_path / "out").exists()
