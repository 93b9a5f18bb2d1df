"""The variations that the shipped probability is fitted to match their labels."""

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval.calibration.fitting import (
    ANSWERABLE,
    REAL,
    enough,
    fitted,
    held_out,
    telling,
    weights_of,
)
from eval.calibration.observing import (
    Observation,
    Role,
    Way,
    keep,
    kept,
    observe,
    observe_collection,
)
from eval.calibration.parts import part_of
from eval.calibration.remembering import RememberingEncoder
from eval.calibration.reporting import bands, by_set, quality, table
from eval.calibration.sources import LabelledSet, load
from eval.calibration.variations import Kind, Variation, variations
from eval.corpora.catalogue import Collection, Half
from qa.answering.answerer import Answerer
from qa.measuring.collections import index_collection
from qa.measuring.evaluation import question_set_of
from qa.reader.network import LEAST_TRUST
from qa_eval import Document, Gold, Question
from qa_index.encoding import EncodedPassages, EncoderInput
from qa_index.records import Span
from tests.support.hashing_encoder import HashingEncoder

OTHERS = {"planets": [f"Which moons has planet {number}?" for number in range(40)]}


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory) -> LabelledSet:
    """Twenty articles of three paragraphs, each with a question; some are unanswerable."""
    folder = tmp_path_factory.mktemp("data") / "towns"
    (folder / "qrels").mkdir(parents=True)
    corpus: list[dict[str, Any]] = []
    queries: list[dict[str, Any]] = []
    qrels = ["query-id\tcorpus-id\tscore"]
    for number in range(60):
        document, town = f"article {number // 3}#{number % 3}", f"Townville{number}"
        text = f"{town} lies in Region{number}. Its {1000 + number} people trade in spices."
        corpus.append({"_id": document, "title": "", "text": text})
        queries.append({"_id": f"q{number}", "text": f"How many people has {town}?",
                        "answers": [str(1000 + number)]})  # fmt: skip
        qrels.append(f"q{number}\t{document}\t1")
        if number % 10 == 0:
            queries.append({"_id": f"n{number}", "text": f"Who founded {town}?",
                            "answerable": False, "source_doc": document})  # fmt: skip
    for name, lines in (("corpus", corpus), ("queries", queries)):
        written = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(written, encoding="utf-8")
    (folder / "qrels" / "test.tsv").write_text("\n".join(qrels) + "\n", encoding="utf-8")
    return load(folder, at_most=1000)


@pytest.fixture(scope="module")
def made(labelled: LabelledSet) -> list[Variation]:
    return list(variations(labelled, [12, 30, 5000], OTHERS))


def test_a_set_is_cut_to_whole_articles(labelled: LabelledSet) -> None:
    assert len(labelled.documents) == 60
    assert {len(article) for article in labelled.articles.values()} == {3}
    assert sum(question.about is not None for question in labelled.questions) == 6


def test_sizes_are_as_asked_as_far_as_there_are_documents(made: list[Variation]) -> None:
    assert [len(variation.documents) for variation in made] == [12, 30, 48]


def test_labels_are_true_of_the_documents(labelled: LabelledSet, made: list[Variation]) -> None:
    gold_of = {question.text: question.gold for question in labelled.questions}
    about = {question.text: question.about for question in labelled.questions}
    for variation in made:
        there = {document.id for document in variation.documents}
        for question in variation.questions:
            assert question.gold <= there
            assert bool(question.gold) == (question.kind is Kind.ANSWERABLE)
            if question.kind is Kind.REMOVED:
                assert gold_of[question.text].isdisjoint(there)
            if question.kind is Kind.OWN:
                assert about[question.text] in there
            if question.kind is Kind.OTHER_DOMAIN:
                assert question.text in OTHERS["planets"]
    kinds = {question.kind for variation in made for question in variation.questions}
    assert kinds == set(Kind) - {Kind.SWAPPED}  # made only if a set has none of its own


def test_without_other_sets_other_articles_are_asked_about(labelled: LabelledSet) -> None:
    [variation] = variations(labelled, [12], {})
    there = {document.id.rpartition("#")[0] for document in variation.documents}
    article_of = {
        question.text: min(question.gold).rpartition("#")[0]
        for question in labelled.questions
        if question.gold
    }
    asked = [each.text for each in variation.questions if each.kind is Kind.OTHER_DOMAIN]
    assert asked
    assert there.isdisjoint(article_of[text] for text in asked)


def test_variations_are_repeatable(labelled: LabelledSet, made: list[Variation]) -> None:
    assert list(variations(labelled, [12, 30, 5000], OTHERS)) == made


@pytest.fixture(scope="module")
def observations(
    made: list[Variation], tmp_path_factory: pytest.TempPathFactory
) -> list[Observation]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", str(tmp_path_factory.mktemp("cache")))
        return [each for variation in made for each in observe(variation, HashingEncoder())]


class TestFitting:
    def test_each_variation_has_the_same_share_of_answerable_questions(
        self, observations: list[Observation]
    ) -> None:
        hybrid = [each for each in observations if each.way is Way.READ]
        weights = weights_of(hybrid)
        assert weights.sum() == pytest.approx(1)
        for name in {each.variation for each in hybrid}:
            of_it = np.array([each.variation == name for each in hybrid])
            answerable = of_it & np.array([each.kind is Kind.ANSWERABLE for each in hybrid])
            assert weights[of_it].sum() == pytest.approx(1 / 3)
            assert weights[answerable].sum() == pytest.approx(ANSWERABLE / 3)

    def test_paragraphs_do_not_drown_real_collections(
        self, observations: list[Observation]
    ) -> None:
        kinds = {each.kind: each for each in observations}
        few = [replace(each, role=Role.REAL, variation="real") for each in kinds.values()]
        weights = weights_of(observations + few)
        assert weights[: -len(few)].sum() == pytest.approx(1 - REAL)
        assert weights[-len(few) :].sum() == pytest.approx(REAL)

    def test_the_model_tells_questions_apart(self, observations: list[Observation]) -> None:
        probability = held_out(observations, lambda _: fitted(observations))
        report = by_set(observations, probability)["towns"]["read"]
        assert report["AUROC"]["other_domain"] > 0.95
        assert report["answered"]["found"] > 0.8 > 0.2 > report["answered"]["other_domain"]

    def test_what_was_read_counts_where_there_was_any(
        self, observations: list[Observation]
    ) -> None:
        chance = np.random.default_rng(0)
        read = [
            replace(
                each,
                signals=replace(each.signals, reading=reading, second=reading),
                correct=reading > 0,
            )
            for each, reading in zip(
                observations, chance.normal(0, 3, len(observations)).tolist(), strict=True
            )
        ]
        model = fitted(read)
        assert model.with_reading.reading + model.with_reading.second > 1
        assert model.with_vectors.reading == model.words_alone.second == 0

    def test_similarities_that_do_not_count_are_not_fitted_to(
        self, observations: list[Observation]
    ) -> None:
        hidden = [
            replace(each, signals=replace(each.signals, trust=LEAST_TRUST), correct=True)
            for each in observations
            if each.way is Way.UNREAD
        ]
        more = [replace(each, variation=f"{each.variation}*") for each in hidden]
        assert fitted(observations + more).with_vectors == fitted(observations).with_vectors

    def test_where_only_other_domains_are_refused_no_match_is_learnt_from(
        self, observations: list[Observation]
    ) -> None:
        easy = [
            replace(each, variation=f"{each.variation}*", correct=True)
            for each in observations
            if each.kind in {Kind.ANSWERABLE, Kind.OTHER_DOMAIN}
        ]
        assert telling(observations + easy) == observations
        model, with_easy = fitted(observations), fitted(observations + easy)
        assert with_easy.with_vectors == model.with_vectors
        assert with_easy.words_alone != model.words_alone

    def test_few_questions_do_not_stand_for_a_kind(self, observations: list[Observation]) -> None:
        first = replace(observations[0], kind=Kind.ANSWERABLE)
        other = replace(first, kind=Kind.OTHER_DOMAIN)
        few = [
            replace(first, variation="another"),
            replace(first, kind=Kind.SWAPPED),
            replace(first, way=Way.BM25),
        ]
        assert enough(20 * [first] + 20 * [other] + few) == 20 * [first] + 20 * [other]
        assert enough(20 * [first] + 19 * [other] + few) == 20 * [first]
        assert enough(19 * [first] + 20 * [other] + few) == []

    def test_a_set_is_judged_by_the_model_of_the_others(
        self, observations: list[Observation]
    ) -> None:
        halves = [
            replace(each, set_name=f"set {k // 3 % 2}") for k, each in enumerate(observations)
        ]
        expected = [
            fitted([other for other in halves if other.set_name != each.set_name]).probability(
                each.signals
            )
            for each in halves[:2]
        ]
        assert held_out(halves, fitted)[:2].tolist() == expected

    def test_bands_hold_every_question(self, observations: list[Observation]) -> None:
        hybrid = [each for each in observations if each.way is Way.READ]
        correct = np.array([float(each.correct) for each in hybrid])
        report = bands(hybrid, correct)
        assert sum(band["questions"] for band in report.values()) == len(hybrid)
        assert report["high"] == {"questions": correct.sum(), "probability": 1, "right": 1}
        assert report["low"]["right"] == 0
        # With every label inverted, answers counted as right are wrong.
        assert bands(hybrid, 1 - correct)["high"]["right"] == 0

    def test_a_right_probability_errs_by_chance_and_a_wrong_one_by_more(
        self, observations: list[Observation]
    ) -> None:
        hybrid = [each for each in observations if each.way is Way.READ]
        chance = np.random.default_rng(0)
        right = chance.uniform(0, 0.9, len(hybrid))
        drawn = chance.random((100, len(hybrid))) < right
        reports = [
            quality([replace(e, correct=c) for e, c in zip(hybrid, row, strict=True)], right)
            for row in drawn.tolist()
        ]
        bounds = reports[0]["ECE_by_chance"]
        errors = np.array([report["ECE"] for report in reports])
        assert errors.mean() == pytest.approx(bounds["mean"], rel=0.1)
        assert 0.9 < (errors < bounds["p95"]).mean() < 1
        modest = quality(hybrid, np.full(len(hybrid), 0.01))
        assert modest["ECE"] > 5 * modest["ECE_by_chance"]["p95"]


@pytest.fixture(scope="module")
def of_collection(tmp_path_factory: pytest.TempPathFactory) -> list[Observation]:
    """What is observed on six notes, one question that they answer, one that they do not, and one
    of another collection."""
    folder = tmp_path_factory.mktemp("collection")
    notes = [
        Document(f"{town}.txt", "", f"{town} lies by a river. Its market is held on {day}.")
        for town, day in zip(
            ("Ashford", "Birmere", "Corland", "Dunwick", "Elmsby", "Farley"),
            ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
            strict=True,
        )
    ]
    gold = {"path": "Corland.txt", "quote": "Its market is held on Wednesday."}
    questions = folder / "towns.jsonl"
    questions.write_text(
        json.dumps({"id": "1", "question": "When is Corland's market held?", "answerable": True,
                    "gold": [gold]}) + "\n"
        + json.dumps({"id": "2", "question": "Who is the mayor of Corland?", "answerable": False})
        + "\n",
        encoding="utf-8",
    )  # fmt: skip
    towns = Collection(
        "towns", "en", "notes", "none", "made up", Half.JUDGING, sources=(), questions=questions
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_CACHE", str(folder / "cache"))
        encoder = HashingEncoder()
        answerer = Answerer(index_collection(notes, encoder=encoder), lambda: encoder)
        answerable, own = (q := question_set_of(questions)).questions
        others = [(Kind.OWN, own.text), (Kind.OTHER_DOMAIN, "How deep is a lake?")]
        asked = replace(q, questions=(answerable,))
        return list(observe_collection(towns, towns.name, asked, answerer, others))


def test_a_part_is_a_few_files_that_answer_few_of_the_questions(tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / f"{number}.txt").write_text("x" * 1000)
    (tmp_path / ".hidden").write_text("x")
    asked = [
        Question(str(number), f"What of {number}?", True, (Gold(f"{number}.txt", None, None),))
        for number in range(9)
    ] + [Question("own", "What of none?", False)]
    part = part_of(tmp_path, asked)
    assert part is not None
    assert len(part.files) == 4  # a third of the whole
    there = {file.name for file in part.files}
    assert {q.gold[0].path for q in part.answerable} == there
    removed = {text for kind, text in part.unanswerable if kind is Kind.REMOVED}
    assert removed == {q.text for q in asked if q.gold and q.gold[0].path not in there}
    assert (Kind.OWN, "What of none?") in part.unanswerable
    assert part_of(tmp_path, asked) == part


def test_one_file_has_no_part(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text("x" * 1000)
    assert part_of(tmp_path, [Question("own", "What of none?", False)]) is None


class TestCollections:
    def test_every_question_is_asked_in_every_way(self, of_collection: list[Observation]) -> None:
        asked = [(each.kind, each.way) for each in of_collection]
        kinds = (Kind.ANSWERABLE, Kind.OWN, Kind.OTHER_DOMAIN)
        assert asked == [(kind, way) for kind in kinds for way in Way]
        assert {each.role for each in of_collection} == {Role.JUDGED}

    def test_the_first_passage_has_to_answer(self, of_collection: list[Observation]) -> None:
        right = [each.kind for each in of_collection if each.correct]
        assert right == [Kind.ANSWERABLE] * len(Way)

    def test_few_questions_are_kept(self, of_collection: list[Observation]) -> None:
        assert enough(of_collection) == of_collection

    def test_what_was_observed_is_the_same_after_keeping(
        self, of_collection: list[Observation], tmp_path: Path
    ) -> None:
        keep(of_collection, tmp_path / "kept" / "towns.jsonl")
        assert kept(tmp_path / "kept" / "towns.jsonl") == of_collection

    def test_nan_is_kept_as_null(self, of_collection: list[Observation], tmp_path: Path) -> None:
        """JSON has no such number; in a signal that may be missing, null says that it is."""
        first = of_collection[0]
        odd = replace(first, signals=replace(first.signals, margin=math.nan, similarity=None))
        keep([odd], tmp_path / "towns.jsonl")
        text = (tmp_path / "towns.jsonl").read_text("utf-8")
        assert json.loads(text, parse_constant=pytest.fail)["signals"]["margin"] is None
        [again] = kept(tmp_path / "towns.jsonl")
        assert math.isnan(again.signals.margin)
        assert replace(again, signals=replace(again.signals, margin=0.0)) == replace(
            odd, signals=replace(odd.signals, margin=0.0)
        )

    def test_the_table_counts_answers_whose_first_passage_is_wrong(
        self, of_collection: list[Observation]
    ) -> None:
        sure = np.array([0.9 if each.kind is Kind.OWN else 0.1 for each in of_collection])
        towns, together = table(of_collection, sure).splitlines()[2:]
        cells = "2 | 1.00 | 0.00 | 0.00 | 1.00 | 0.00 | 1 | 1.00 | 0.50 | 0.50 | 0.00 |"
        assert towns == f"| towns | judged | {cells}"
        assert together == f"| **all judged** | judged | {cells}"


class CountingEncoder(HashingEncoder):
    """Counts the passages it encodes."""

    encoded = 0

    def encode_passages(self, inputs: Sequence[EncoderInput]) -> EncodedPassages:
        self.encoded += len(inputs)
        return super().encode_passages(inputs)


def test_passages_are_encoded_once(tmp_path: Path) -> None:
    inner = CountingEncoder()
    texts = ["One town. Two towns.", "A river.", "A hill. And a lake."]
    spans = [(Span(0, 9), Span(10, 20)), (Span(0, 8),), (Span(0, 7), Span(8, 19))]
    inputs = [EncoderInput("", text, own) for text, own in zip(texts, spans, strict=True)]
    encoder = RememberingEncoder(inner, tmp_path / "cache" / "towns.npz")
    encoder.encode_passages(inputs[:2])
    encoder.save()
    later = RememberingEncoder(inner, tmp_path / "cache" / "towns.npz")
    for asked in (inputs, inputs[::-1]):
        found, expected = later.encode_passages(asked), HashingEncoder().encode_passages(asked)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_array_equal(one, other)
    assert inner.encoded == 3
