"""Positions of quotes: lines, pages and other units."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.places import Lines, UnitRange, location_of, units_at
from qa_index.records import Unit, UnitKind


def unit(number: int, label: str = "", *, kind: UnitKind = UnitKind.PAGE) -> Unit:
    return Unit(kind, number, label, 10 * number, 10 * number + 9)


class TestLocation:
    @pytest.mark.parametrize(
        ("units", "told"),
        [
            ([unit(12)], "page 12"),
            ([unit(12, "12")], "page 12"),
            ([unit(4, "iv")], "page iv (4)"),
            ([unit(4), unit(5)], "pages 4-5"),
            ([unit(4, "iv"), unit(5, "v")], "pages iv-v (4-5)"),
            ([unit(4, "4"), unit(5, "5")], "pages 4-5"),
            ([unit(4, "iv"), unit(5)], "pages 4-5"),
            ([unit(3, kind=UnitKind.SLIDE)], "slide 3"),
            ([unit(1, "Costs", kind=UnitKind.SHEET)], "sheet Costs"),
            ([unit(2, "Chapter II", kind=UnitKind.CHAPTER)], "Chapter II"),
            ([unit(2, "The Wolf", kind=UnitKind.CHAPTER)], "chapter The Wolf"),
            ([unit(2, "Re: ferry\ntimes", kind=UnitKind.MESSAGE)], "message Re: ferry times"),
        ],
    )
    def test_in_words(self, units: list[Unit], told: str) -> None:
        assert location_of("a.pdf", None, UnitRange.of(units)) == f"a.pdf, {told}"

    def test_a_long_label_is_cut(self) -> None:
        told = str(UnitRange.of([unit(1, "words " * 50, kind=UnitKind.CHAPTER)]))
        assert len(told) < 60
        assert told.endswith(" w...")

    def test_of_text_is_its_line(self) -> None:
        assert location_of("a.txt", Lines(3, 4), None) == "a.txt:3"

    def test_of_a_document_without_units_is_its_path(self) -> None:
        assert location_of("a.docx", None, None) == "a.docx"

    def test_a_footnote_before_the_rest_of_its_paragraph(self) -> None:
        """Pages 4, 5 and 4 again in the order of the text."""
        found = UnitRange.of([unit(4, "iv"), unit(5, "v"), unit(4, "iv")])
        assert found is not None
        assert (found.first.number, found.last.number) == (4, 5)
        assert (found.page, found.page_label) == (4, "iv")

    def test_only_pages_have_a_page_number(self) -> None:
        found = UnitRange.of([unit(3, "x", kind=UnitKind.SLIDE)])
        assert found is not None
        assert (found.page, found.page_label) == (None, None)


@given(
    lengths=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=12),
    start=st.integers(0, 40),
    length=st.integers(1, 20),
)
def test_units_are_found_as_by_looking_at_each(
    lengths: list[tuple[int, int]], start: int, length: int
) -> None:
    units, at = [], 0
    for number, (size, gap) in enumerate(lengths, 1):
        units.append(Unit(UnitKind.PAGE, number, "", at, at + size))
        at += size + gap
    end = start + length
    touched = [each for each in units if max(each.start, start) < min(each.end, end)]
    assert list(units_at(units, start, end)) == touched
