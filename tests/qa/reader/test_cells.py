"""Rows with the names of their columns."""

import pytest

from qa.reader.cells import labelled


class TestLabelled:
    @pytest.mark.parametrize("delimiter", list("\t,;|"))
    def test_each_filled_cell_gets_the_name_of_its_column(self, delimiter: str) -> None:
        header = delimiter.join(["Team", "Location", "Cups"])
        row = delimiter.join(["Blues", "", "1"])
        found = labelled(f"Stanley Cups\n{header}", row)
        assert found is not None
        assert found.text == "Team: Blues, Cups: 1"
        cells = [found.text[slice(*cell.shown)] for cell in found.cells]
        assert cells == ["Blues", "1"]
        for cell, text in zip(found.cells, cells, strict=True):
            assert row[cell.start :].startswith(text)

    def test_a_column_without_a_name_and_a_row_that_ends_early(self) -> None:
        found = labelled("\t2018\t2019", "Oslo\t5")
        assert found is not None
        assert found.text == "Oslo, 2018: 5"

    def test_delimiters_within_quotes_belong_to_the_cell(self) -> None:
        row = 'Oslo,"1,200",""'
        found = labelled('City,"People, total",Mayor', row)
        assert found is not None
        assert found.text == "City: Oslo, People, total: 1,200"
        assert [cell.text for cell in found.cells] == ["Oslo", "1,200"]
        assert all(row[cell.start :].startswith(cell.text) for cell in found.cells)

    def test_a_lone_quote_is_a_character(self) -> None:
        found = labelled("Screen,Price", '24" wide,5')
        assert found is not None
        assert [cell.text for cell in found.cells] == ['24" wide', "5"]

    @pytest.mark.parametrize(
        ("header", "row"), [("", "a,b"), ("Name", "a"), ("a,b", "x, y,z"), ("a,b", "text")]
    )
    def test_nothing_where_names_and_cells_do_not_match(self, header: str, row: str) -> None:
        assert labelled(header, row) is None
