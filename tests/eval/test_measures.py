"""Our measures against trec_eval and against values computed by hand."""

import math
import random
from dataclasses import replace

import pytest
import pytrec_eval

from qa_eval import DEFAULT_MEASURES, MeasureError, Question, depth, judge, parse_measures
from qa_eval.evidence import evidence_precision, holds_answer, text_measures
from qa_eval.measures import OF_TEXT, retrieval_measures
from qa_eval.records import Retrieved
from tests.eval.builders import gold, passage, question, sentence

NAMES = parse_measures([*DEFAULT_MEASURES, "AP", "P@5", "Rprec", "R(rel=2)@10"])


def measure(asked: Question, *sentences: int) -> dict[str, float]:
    judgment = judge(asked, tuple(passage(number) for number in sentences))
    return retrieval_measures([asked], {asked.id: judgment.found}, NAMES)[asked.id]


class TestByHand:
    def test_one_gold_at_rank_three(self) -> None:
        values = measure(question("q", gold(5)), 1, 2, 5)
        assert values["nDCG@10"] == pytest.approx(1 / math.log2(4))
        assert values["RR@10"] == pytest.approx(1 / 3)
        assert values["R@10"] == values["R@100"] == values["Success@3"] == 1
        assert values["Success@1"] == 0

    def test_two_needed_one_found(self) -> None:
        values = measure(question("q", gold(5), gold(6)), 5, 1)
        assert values["R@10"] == 0.5
        assert values["nDCG@10"] == pytest.approx(1 / (1 + 1 / math.log2(3)))

    def test_alternatives_are_one_item(self) -> None:
        asked = question("q", gold(5, part="x"), gold(6, part="x"))
        assert measure(asked, 6)["R@10"] == measure(asked, 6)["nDCG@10"] == 1

    def test_grades_are_gains(self) -> None:
        values = measure(question("q", gold(5, grade=3), gold(6, grade=1)), 6, 5)
        discount = 1 / math.log2(3)
        assert values["nDCG@10"] == pytest.approx((1 + 3 * discount) / (3 + discount))

    def test_below_the_cutoff_counts_nothing(self) -> None:
        values = measure(question("q", gold(20)), *range(12), 20)
        assert values["nDCG@10"] == values["RR@10"] == values["R@10"] == 0
        assert values["R@100"] == 1

    def test_no_result_counts_as_zero(self) -> None:
        asked = [question("q1", gold(1)), question("q2", gold(2)), question("q3", gold(3))]
        values = retrieval_measures(asked, {"q1": {"#1": 1}, "q2": {}}, NAMES)
        assert set(values) == {"q1", "q2", "q3"}
        assert all(value == 0 for name in ("q2", "q3") for value in values[name].values())

    def test_ids_that_trec_eval_cannot_take(self) -> None:
        asked = [question(name, gold(1)) for name in ("q\0a", "q\0b", "q \ud800")]
        values = retrieval_measures(asked, {"q\0a": {"#1": 1}}, NAMES)
        assert [values[each.id]["RR@10"] for each in asked] == [1, 0, 0]

    def test_unanswerable_questions_are_not_measured(self) -> None:
        assert retrieval_measures([question("u")], {"u": {}}, NAMES) == {}


@pytest.mark.parametrize("seed", range(20))
def test_equal_to_trec_eval(seed: int) -> None:
    """Random runs with graded gold, missing questions, and several parts found or not."""
    draw = random.Random(seed)
    asked = [
        question(
            f"q{n}",
            *(
                gold(at, grade=draw.randint(1, 3))
                for at in draw.sample(range(100), draw.randint(1, 6))
            ),
        )
        for n in range(30)
    ]
    rankings = {
        q.id: draw.sample(range(100), draw.randint(1, 100)) for q in asked if draw.random() < 0.85
    }
    found = {
        name: judge(
            next(q for q in asked if q.id == name), tuple(passage(at) for at in ranking)
        ).found
        for name, ranking in rankings.items()
    }
    ours = retrieval_measures(asked, found, NAMES)
    evaluator = pytrec_eval.RelevanceEvaluator(
        {q.id: {g.part: g.grade for g in q.gold} for q in asked},
        {"ndcg_cut.10", "recip_rank", "recall.10,100", "success.1,3", "map", "P.5", "Rprec"},
    )
    theirs = evaluator.evaluate(
        {
            name: {f"#{at}": float(-rank) for rank, at in enumerate(ranking)}
            for name, ranking in rankings.items()
        }
    )
    same = {
        "nDCG@10": "ndcg_cut_10",
        "R@10": "recall_10",
        "R@100": "recall_100",
        "Success@1": "success_1",
        "Success@3": "success_3",
        "AP": "map",
        "P@5": "P_5",
        "Rprec": "Rprec",
    }
    assert len(theirs) < len(asked)
    for name, values in ours.items():
        for mine, trec in same.items():
            assert values[mine] == pytest.approx(theirs.get(name, {}).get(trec, 0.0)), (name, mine)
        reciprocal = theirs.get(name, {}).get("recip_rank", 0.0)
        assert values["RR@10"] == pytest.approx(reciprocal if reciprocal >= 0.1 else 0.0)


class TestNames:
    def test_are_those_that_ir_measures_prints(self) -> None:
        assert parse_measures(["nDCG@10", "R@5", "nDCG@10"]) == ("nDCG@10", "R@5")

    @pytest.mark.parametrize("name", ["nDGC@10", "", "nDCG@", "__import__('os')", "ndcg_cut_10"])
    def test_unknown(self, name: str) -> None:
        with pytest.raises(MeasureError, match="is no retrieval measure; examples are nDCG@10"):
            parse_measures([name])

    @pytest.mark.parametrize("name", ["Judged@10", "Bpref", "nDCG(judged_only=True)@10"])
    def test_measures_that_places_cannot_have(self, name: str) -> None:
        with pytest.raises(MeasureError, match="cannot be measured with gold places"):
            parse_measures([name])

    def test_depth_is_the_deepest_cutoff(self) -> None:
        assert depth(DEFAULT_MEASURES) == 100
        assert depth(["nDCG@10", "R@20"]) == 20
        assert depth(["RR"]) == 100


class TestEvidence:
    def test_overlap_with_gold_is_right(self) -> None:
        cited = replace(passage(4, 6), evidence=(sentence(4), sentence(5)))
        assert evidence_precision(question("q", gold(5)), (cited,)) == 0.5

    def test_an_answer_string_is_right(self) -> None:
        asked = replace(question("q", gold(50)), answers=("sentence  004",))
        assert evidence_precision(asked, (passage(4),)) == 1

    def test_only_the_first_passage_counts(self) -> None:
        assert evidence_precision(question("q", gold(5)), (passage(1), passage(5))) == 0

    def test_no_result_and_no_evidence_count_as_zero(self) -> None:
        asked = question("q", gold(5))
        assert evidence_precision(asked, ()) == 0
        assert evidence_precision(asked, (replace(passage(5), evidence=()),)) == 0

    def test_a_twin_of_the_gold_passage_is_right(self) -> None:
        cited = passage(5, path="b.txt")
        twin = replace(cited, also_in=(passage(5).places[0],))
        assert evidence_precision(question("q", gold(5)), (cited,)) == 0
        assert evidence_precision(question("q", gold(5)), (twin,)) == 1

    def test_documents_tell_nothing_without_answers(self) -> None:
        whole = replace(gold(5), start=None, end=None, quote=None)
        assert evidence_precision(question("q", whole), (passage(5),)) is None
        asked = replace(question("q", whole), answers=("004",))
        assert evidence_precision(asked, (passage(5),)) == 0

    def test_unanswerable_questions_have_none(self) -> None:
        assert text_measures(replace(question("q"), answerable=False), (passage(5),)) == {}

    @pytest.mark.parametrize(
        ("text", "answer", "holds"),
        [
            ("It cost $12 then.", "$12", True),
            ("It cost $1200 then.", "$12", False),
            ("In 2012.", "12", False),
            ("in\nOCTOBER  1973,", "October 1973", True),
            ("scatter the cat", "cat", True),
            ("scatter", "cat", False),
            ("只丢了 308分，", "308", True),
            ("在他的职业生涯中有136次擒杀", "136", True),
            ("Straße", "STRASSE", True),
            ("anything", " ", False),
        ],
    )
    def test_answers_stand_as_whole_words(self, text: str, answer: str, holds: bool) -> None:
        assert holds_answer(text, (answer,)) is holds


class TestCharacters:
    """Sentences of the builders have the same length, so shares can be counted in sentences."""

    def shares(self, asked: Question, *cited: Retrieved) -> dict[str, float]:
        values = text_measures(asked, cited)
        return {name: round(value, 2) for name, value in values.items()}

    def test_passages_hold_gold(self) -> None:
        shares = self.shares(question("q", gold(4), gold(6)), passage(3, 7))
        assert shares["citation_recall"] == 1
        assert shares["citation_precision"] == pytest.approx(2 / 5, abs=0.02)

    def test_three_passages_count(self) -> None:
        asked = question("q", gold(4), gold(6))
        shares = self.shares(asked, passage(1), passage(6), passage(2), passage(4))
        assert shares["citation_recall"] == 0.5
        assert shares["citation_precision"] == pytest.approx(1 / 3, abs=0.01)

    def test_marks_of_the_first_passage_count(self) -> None:
        asked = question("q", gold(4), gold(6))
        first = replace(passage(3, 8), evidence=(sentence(3), sentence(4)))
        second = replace(passage(6), evidence=(sentence(6),))
        shares = self.shares(asked, first, second)
        assert shares["mark_recall"] == shares["mark_precision"] == shares["mark_f1"] == 0.5

    def test_the_alternative_that_is_shown_counts(self) -> None:
        asked = question("q", gold(4, part="x"), gold(40, part="x"))
        cited = replace(passage(3, 6), evidence=(sentence(4),))
        shares = self.shares(asked, cited)
        assert shares["citation_recall"] == shares["mark_recall"] == shares["mark_precision"] == 1

    def test_a_twin_counts(self) -> None:
        cited = replace(passage(5, path="b.txt"), evidence=(sentence(5),))
        twin = replace(cited, also_in=(passage(5).places[0],))
        assert self.shares(question("q", gold(5)), cited)["mark_recall"] == 0
        assert self.shares(question("q", gold(5)), twin)["mark_recall"] == 1
        assert self.shares(question("q", gold(5)), twin)["citation_precision"] == 1

    def test_nothing_shown_is_zero(self) -> None:
        shares = self.shares(question("q", gold(5)))
        assert set(shares.values()) == {0}
        assert set(shares) == set(OF_TEXT)

    def test_documents_have_no_characters(self) -> None:
        whole = replace(gold(5), start=None, end=None, quote=None)
        assert text_measures(question("q", whole), (passage(5),)) == {}
