from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_eval import Gold, Place, Question, Retrieved, Verdict, judge
from qa_eval.matching import ENOUGH, WINDOW
from tests.eval.builders import gold, passage, question

FOUND, REPEATED, OTHER = Verdict.FOUND, Verdict.REPEATED, Verdict.OTHER


def span(start: int, end: int, path: str = "a") -> Retrieved:
    return Retrieved(path, start, end)


def asking(*places: Gold) -> Question:
    return Question("q", "?", True, places)


def place(start: int, end: int, part: str = "x", path: str = "a") -> Gold:
    return Gold(path, None, start, end, part=part)


class TestOverlap:
    @pytest.mark.parametrize(
        ("retrieved", "found"),
        [
            (span(0, 1000), True),
            (span(100, 150), True),
            (span(100, 149), False),
            (span(151, 300), False),
            (span(150, 300), True),
            (span(0, 1000, "b"), False),
            (span(200, 300), False),
        ],
    )
    def test_half_of_the_gold_must_be_there(self, retrieved: Retrieved, found: bool) -> None:
        assert bool(judge(asking(place(100, 200)), (retrieved,)).found) is found

    def test_of_long_gold_two_sentences_are_enough(self) -> None:
        long = asking(place(0, 5000))
        assert judge(long, (span(1000, 1000 + ENOUGH),)).found
        assert not judge(long, (span(1000, 1000 + ENOUGH - 1),)).found

    def test_the_same_passage_elsewhere_counts(self) -> None:
        twin = replace(span(0, 50, "copy"), also_in=(Place("a", 100, 150),))
        assert judge(asking(place(100, 150)), (twin,)).found == {"x": 1}


class TestRanks:
    def test_hand_computed(self) -> None:
        two = question("q", gold(5), gold(9, part="second"))
        judgment = judge(two, (passage(1), passage(5), passage(4, 6), passage(8, 9)))
        assert judgment.found == {"#5": 2, "second": 4}
        assert judgment.verdicts == (OTHER, FOUND, REPEATED, FOUND)

    def test_alternatives_count_once(self) -> None:
        either = question("q", gold(5, part="x"), gold(9, part="x"))
        judgment = judge(either, (passage(9), passage(5)))
        assert judgment.found == {"x": 1}
        assert judgment.verdicts == (FOUND, REPEATED)

    def test_two_parts_in_one_passage_take_two_ranks(self) -> None:
        two = question("q", gold(5), gold(6), gold(9))
        assert judge(two, (passage(4, 7), passage(9))).found == {"#5": 1, "#6": 2, "#9": 3}

    def test_nothing_retrieved(self) -> None:
        assert judge(question("q", gold(1)), ()) == ({}, ())

    def test_an_unanswerable_question_finds_nothing(self) -> None:
        assert judge(question("u"), (passage(1),)) == ({}, (OTHER,))


class TestLongPassages:
    """Returning long passages does not improve a score."""

    def test_gold_deep_inside_ranks_where_it_is_read(self) -> None:
        at = 3 * WINDOW + 10
        judgment = judge(asking(place(at, at + 40)), (span(0, 10 * WINDOW),))
        assert judgment.found == {"x": 4}

    def test_what_follows_a_long_passage_is_pushed_down(self) -> None:
        judgment = judge(
            asking(place(0, 40, path="b")), (span(0, 2 * WINDOW + 1), span(0, 40, "b"))
        )
        assert judgment.found == {"x": 4}

    def test_a_usual_passage_takes_one_rank(self) -> None:
        judgment = judge(asking(place(0, 40, path="b")), (span(0, WINDOW), span(0, 40, "b")))
        assert judgment.found == {"x": 2}

    @given(st.integers(0, 39), st.data(), st.integers(1, 40))
    def test_gold_ranks_the_same_however_the_text_is_cut(
        self, window: int, data: st.DataObject, block: int
    ) -> None:
        """The whole source at once, in windows, or in blocks of several windows."""
        start = data.draw(st.integers(0, WINDOW - 1))
        end = data.draw(st.integers(start + 1, WINDOW))
        asked = asking(place(window * WINDOW + start, window * WINDOW + end))
        size = 40 * WINDOW
        for step in (size, WINDOW, block * WINDOW):
            cut = tuple(span(at, min(at + step, size)) for at in range(0, size, step))
            assert judge(asked, cut).found == {"x": window + 1}


class TestByDocument:
    def ask(self, *paths: str) -> tuple[dict[str, int], tuple[Verdict, ...]]:
        wanted = asking(Gold("d1", part="d1"), Gold("d2", part="d2"))
        return judge(wanted, tuple(span(0, 10, path) for path in paths))

    def test_ranks_count_documents(self) -> None:
        found, verdicts = self.ask("x", "x", "y", "d1", "x", "d1", "d2")
        assert found == {"d1": 3, "d2": 4}
        assert verdicts == (OTHER, OTHER, OTHER, FOUND, OTHER, REPEATED, FOUND)

    def test_length_does_not_matter(self) -> None:
        wanted = asking(Gold("d1", part="d1"))
        assert judge(wanted, (span(0, 50 * WINDOW, "x"), span(0, 9, "d1"))).found == {"d1": 2}

    def test_a_passage_of_two_documents(self) -> None:
        twin = replace(span(0, 10, "x"), also_in=(Place("d1", 0, 10), Place("d2", 0, 10)))
        wanted = asking(Gold("d1", part="d1"), Gold("d2", part="d2"))
        assert judge(wanted, (twin,)).found == {"d1": 1, "d2": 2}
