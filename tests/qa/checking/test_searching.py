"""Quotes in another extraction of their source."""

import pytest

from qa.checking.searching import Around, exact, loose, nearest
from qa.places import UnitRange
from qa_index.records import Span, Unit, UnitKind


def found(text: str, quote: str) -> list[str]:
    return [text[slice(*span)] for span in loose(text, quote)]


class TestLoose:
    @pytest.mark.parametrize(
        ("text", "quote"),
        [
            ("The east-\nern ferry.", "The eastern ferry."),
            ("The eastern ferry.", "The east-\nern ferry."),
            ("The  eastern\nferry.", "The eastern ferry."),
            ("The east\u00adern ferry.", "The eastern ferry."),
            ("The well\u2010 known ferry.", "The well-known ferry."),
        ],
    )
    def test_white_space_and_hyphens_inside_words_may_differ(self, text: str, quote: str) -> None:
        assert found(f"Before. {text} After.", quote) == [text]

    @pytest.mark.parametrize(
        ("text", "quote"),
        [
            ("It was -5 degrees.", "It was 5 degrees."),
            ("From 1990-1995.", "From 19901995."),
            ("The ferry leaves.", "The ferry left."),
            ("The ferry", ""),
            ("The ferry", " - "),
        ],
    )
    def test_words_and_signs_of_numbers_may_not(self, text: str, quote: str) -> None:
        assert found(text, quote) == []

    def test_every_occurrence(self) -> None:
        assert found("a b. A b.\na  b.", "a b.") == ["a b.", "a  b."]


class TestNearest:
    TEXT = "One: closed on Mondays. Two: closed on Mondays. Three: closed on Mondays. "
    QUOTE = "closed on Mondays."

    def at(self, place: int, page: int | None = None, around: Around | None = None) -> int | None:
        units = [Unit(UnitKind.PAGE, n, "", 24 * (n - 1), 24 * n) for n in (1, 2, 3)]
        best = nearest(
            exact(self.TEXT, self.QUOTE),
            self.TEXT,
            units,
            place=place,
            unit=UnitRange.of(units[page - 1 : page]) if page else None,
            around=around or Around(),
        )
        return None if best is None else self.TEXT[: best.start].count(":")

    def test_by_its_place(self) -> None:
        assert [self.at(place) for place in (0, 30, 70)] == [1, 2, 3]

    def test_its_page_counts_more(self) -> None:
        assert self.at(0, page=3) == 3

    def test_the_text_around_it_counts_most(self) -> None:
        around = Around.of("Other words. Two: closed on Mondays. Three", Span(18, 36))
        assert self.at(70, page=3, around=around) == 2
