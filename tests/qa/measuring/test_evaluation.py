"""Evaluation of question sets: the same answers as ``ask`` gives, and faults are detected."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import qa
import qa_eval
from qa.answering.answerer import Answerer
from qa.measuring.evaluation import check_labels, evaluate, repeat
from qa.measuring.responses import Responder
from qa_eval.runs import KEPT
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.encoding import Encoder
from qa_index.search.query import Mode
from qa_index.terms.analyzer import Analyzer
from tests.support.hashing_encoder import HashingEncoder
from tests.support.towns import ShuffledEncoder, analyze_without_stemming, write_towns

MODES = tuple(Mode)


def index_of(folder: Path, *, encoder: Encoder | None = None) -> Answerer:
    encoder = encoder or HashingEncoder()
    build([folder / "towns"], folder / ".qa", encoder=encoder, language="en")
    return opened(folder, encoder)


def opened(folder: Path, encoder: Encoder) -> Answerer:
    return Answerer(StoredIndex(folder / ".qa"), lambda: encoder)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The towns with an index of them. Tests must not change it."""
    folder = tmp_path_factory.mktemp("world")
    write_towns(folder)
    index_of(folder)
    return folder


@pytest.fixture
def answerer(world: Path) -> Answerer:
    return opened(world, HashingEncoder())


@pytest.fixture
def questions(world: Path) -> qa_eval.QuestionSet:
    return qa_eval.load_questions(world / "questions.jsonl")


class TestSameAsAsking:
    """The evaluation measures the answers that a person is shown."""

    @pytest.mark.parametrize("filter", [None, qa.Filter(["?e*", "[MO]*", "!Ost*"])])
    @pytest.mark.parametrize("mode", MODES)
    def test_first_passages_and_probability_are_those_of_ask(
        self,
        answerer: Answerer,
        questions: qa_eval.QuestionSet,
        mode: Mode,
        filter: qa.Filter | None,
    ) -> None:
        responder = Responder(answerer, 20, by_document=False, filter=filter)
        for question in questions.questions:
            response = responder.respond(question.text, mode)
            answer = answerer.ask(question.text, k=KEPT, mode=mode, filter=filter)
            assert (response.probability, response.answered) == (
                answer.probability,
                answer.answered,
            )
            for passage, citation in zip(response.retrieved, answer.citations, strict=False):
                assert (passage.path, passage.start, passage.end, passage.quote) == (
                    citation.source.path,
                    citation.span.start,
                    citation.span.end,
                    citation.quote,
                )
                assert passage.score == citation.scores.fused
                assert [tuple(span) for span in passage.evidence] == [
                    (span.start, span.end) for span in citation.evidence
                ]
            assert len(response.retrieved) >= len(answer.citations)

    def test_what_a_filter_leaves_out_is_not_found(
        self, answerer: Answerer, questions: qa_eval.QuestionSet
    ) -> None:
        run = evaluate(answerer, questions, filter="Mar*.txt")
        for question, result in zip(run.questions, run.modes[Mode.HYBRID], strict=True):
            assert all(each.passage.path.startswith("towns/Mar") for each in result.passages)
            left = [each for each in question.gold if each.path.startswith("towns/Mar")]
            assert bool(result.found) == bool(left)

    def test_a_filter_that_leaves_nothing_is_refused(
        self, answerer: Answerer, questions: qa_eval.QuestionSet
    ) -> None:
        with pytest.raises(qa.InputError, match="the filter leaves nothing"):
            evaluate(answerer, questions, filter=qa.Filter(types="pdf"))

    def test_copies_of_a_passage_take_one_rank(self, tmp_path: Path) -> None:
        write_towns(tmp_path)
        text = (tmp_path / "towns/Beldorf.txt").read_text(encoding="utf-8")
        (tmp_path / "towns/copy.txt").write_text(text, encoding="utf-8")
        answerer = index_of(tmp_path)
        [first, *rest] = (
            Responder(answerer, 100, by_document=False)
            .respond("What do people of Beldorf live from?", Mode.HYBRID)
            .retrieved
        )
        assert {place.path for place in first.places} == {"towns/Beldorf.txt", "towns/copy.txt"}
        [citation] = answerer.ask("What do people of Beldorf live from?", k=1).citations
        assert [place.path for place in first.also_in] == [p.path for p in citation.also_in]
        assert not {place.path for place in rest[0].places} & {place.path for place in first.places}


class TestDepth:
    @pytest.fixture
    def books(self, tmp_path: Path) -> Answerer:
        """Twelve documents, each of two hundred passages, all about salt."""
        folder = tmp_path / "towns"
        folder.mkdir()
        for number in range(12):
            parts = [f"# Part {p}\n\nSalt {number} {p} is here.\n\n" for p in range(200)]
            (folder / f"{number}.md").write_text("".join(parts), encoding="utf-8")
        return index_of(tmp_path)

    @pytest.mark.parametrize("mode", MODES)
    def test_enough_documents_come_back_where_they_have_many_passages(
        self, books: Answerer, mode: Mode
    ) -> None:
        question = "Salt 3 17?"
        found = Responder(books, 10, by_document=True).respond(question, mode).retrieved
        assert len({passage.path for passage in found}) == 10
        assert found[-1].path not in {passage.path for passage in found[:-1]}
        passages = Responder(books, 10, by_document=False).respond(question, mode).retrieved
        assert passages == found[:10]

    def test_deeper_candidates_follow_and_do_not_change_what_comes_first(
        self, books: Answerer
    ) -> None:
        shallow = Responder(books, 50, by_document=False).respond("Salt 3 17?", Mode.HYBRID)
        deep = Responder(books, 1000, by_document=False).respond("Salt 3 17?", Mode.HYBRID)
        assert deep.retrieved[:50] == shallow.retrieved
        assert len({p.quote or (p.path, p.start) for p in deep.retrieved}) == 1000

    def test_a_small_index_gives_what_it_has(self, answerer: Answerer) -> None:
        found = Responder(answerer, 100, by_document=True).respond("people?", Mode.DENSE)
        assert len(found.retrieved) == answerer.index.passage_count


class TestRepeating:
    def test_number_of_threads_changes_nothing(
        self, answerer: Answerer, questions: qa_eval.QuestionSet
    ) -> None:
        one, four = (
            evaluate(answerer, questions, modes=MODES, threads=threads) for threads in (1, 4)
        )
        assert one == four

    def test_a_run_repeated_from_its_file_is_the_same(
        self, answerer: Answerer, questions: qa_eval.QuestionSet, tmp_path: Path
    ) -> None:
        run = evaluate(
            answerer, questions, modes=MODES, measures=["P@3", "nDCG@10"], limit=20, seed=5,
            command="as typed", collection={"whole": True}, filter=["Bel*", "Mar*"],
        )  # fmt: skip
        assert run.provenance["filter"]["paths"] == ["Bel*", "Mar*"]
        qa_eval.save_run(run, tmp_path / "run.json")
        assert repeat(answerer, qa_eval.load_run(tmp_path / "run.json")) == run

    def test_provenance_tells_another_index(self, answerer: Answerer, tmp_path: Path) -> None:
        questions = write_towns(tmp_path)
        before = evaluate(answerer, questions, limit=1).provenance
        assert before == evaluate(index_of(tmp_path), questions, limit=1).provenance
        (tmp_path / "towns/Beldorf.txt").write_text("Other.", encoding="utf-8")
        after = evaluate(index_of(tmp_path), questions, limit=1, seed=1).provenance
        assert before["index"]["texts"] != after["index"]["texts"]


class TestFaults:
    """A fault in retrieval is caught by the gate."""

    def held(self, good: qa_eval.Run, bad: qa_eval.Run, mode: str) -> bool:
        [gate] = qa_eval.max_drop(bad, good, mode, [qa_eval.Limit("nDCG@10", 0.01)])
        return gate.passed

    def test_shuffled_vectors(self, world: Path, questions: qa_eval.QuestionSet) -> None:
        good, bad = (
            evaluate(opened(world, encoder), questions, modes=MODES)
            for encoder in (HashingEncoder(), ShuffledEncoder())
        )
        assert self.held(good, good, "dense")
        assert not self.held(good, bad, "dense")
        assert self.held(good, bad, "bm25")  # it uses no vectors

    def test_words_that_are_not_stemmed(
        self, answerer: Answerer, questions: qa_eval.QuestionSet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good = evaluate(answerer, questions, modes=["bm25"])
        assert qa_eval.metrics(good, "bm25", tag="stem")["nDCG@10"] > 0.95
        monkeypatch.setattr(Analyzer, "analyze_question", analyze_without_stemming)
        assert not self.held(good, evaluate(answerer, questions, modes=["bm25"]), "bm25")


class TestErrors:
    def test_public_name_and_default_measures(self, answerer: Answerer, world: Path) -> None:
        run = qa.evaluate(answerer, world / "questions.jsonl", limit=5)
        assert (tuple(run.modes), run.measures) == (("hybrid",), qa_eval.DEFAULT_MEASURES)

    @pytest.mark.parametrize(
        ("change", "error", "told"),
        [
            ({"modes": ["telepathy"]}, qa.InputError, "hybrid, bm25, dense"),
            ({"measures": ["nope"]}, qa.InputError, '"nope" is no retrieval measure'),
            ({"limit": 0}, qa.InputError, "limit must be a whole number, 1 or more, not 0"),
        ],
    )
    def test_a_choice_that_cannot_be(
        self,
        answerer: Answerer,
        questions: qa_eval.QuestionSet,
        change: dict[str, object],
        error: type[qa.QAError],
        told: str,
    ) -> None:
        ask: Callable[..., object] = evaluate
        with pytest.raises(error, match=told):
            ask(answerer, questions, **change)

    def test_every_wrong_label_is_named(
        self, answerer: Answerer, questions: qa_eval.QuestionSet
    ) -> None:
        wrong = replace(
            questions,
            questions=tuple(
                replace(q, gold=(qa_eval.Gold("towns/Beldorf.txt", "not there"),))
                if q.id in {"stem1", "name2"}
                else q
                for q in questions.questions
            ),
        )
        assert check_labels(questions, answerer) == ()
        problems = check_labels(wrong, answerer)
        assert ['"stem1"' in problems[0], '"name2"' in problems[1]] == [True, True]
        with pytest.raises(qa.QuestionSetError, match=r"stem1.*1 more"):
            evaluate(answerer, wrong)
