"""Rows with the names of their columns."""

from pathlib import Path

import pytest

from qa.reader.cells import labelled, table_row
from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from tests.support.hashing_encoder import HashingEncoder


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

    def test_cells_of_extracted_tables_hold_other_delimiters(self) -> None:
        found = labelled("City, country\tArea, km²", "Rome, Italy\t1,285")
        assert found is not None
        assert [(cell.label, cell.text) for cell in found.cells] == [
            ("City, country", "Rome, Italy"),
            ("Area, km²", "1,285"),
        ]

    def test_only_cells_at_the_end_may_be_missing(self) -> None:
        assert labelled("Year\tCity\tCups", "2018\tOslo", is_whole=False) is None
        assert labelled("Year\tCity\tCups", "2018\tOslo\t3", is_whole=False) is not None
        assert labelled("Year,City,Cups", "2018,Oslo") is None

    @pytest.mark.parametrize(
        ("header", "row"), [("", "a,b"), ("Name", "a"), ("a,b", "x, y,z"), ("a,b", "text")]
    )
    def test_nothing_where_names_and_cells_do_not_match(self, header: str, row: str) -> None:
        assert labelled(header, row) is None


class TestTableRow:
    """Of passages of an index."""

    def rows(self, folder: Path, *lines: str) -> list[list[tuple[str, str]] | None]:
        """The name and text of each cell of each sentence below the header."""
        rows = "".join(
            f"<tr>{''.join(f'<td>{cell}</td>' for cell in line.split('|'))}</tr>" for line in lines
        )
        page = f"<html><body><h1>Cups</h1><table>{rows.replace('td>', 'th>', 6)}</table></body>"
        (folder / "cups.html").write_text(page)
        build([folder], folder / ".qa", encoder=HashingEncoder())
        index = StoredIndex(folder / ".qa")
        found = []
        for number in range(index.counts.passages):
            passage = index.passage(number)
            for sentence, (start, end) in enumerate(passage.sentences):
                text = passage.text[start - passage.start : end - passage.start]
                row = table_row(passage, sentence)
                if row is not None:
                    assert all(text[each.start :].startswith(each.text) for each in row.cells)
                found.append(row and [(cell.label, cell.text) for cell in row.cells])
        return found

    def test_empty_cells_before_the_others_count(self, tmp_path: Path) -> None:
        rows = self.rows(tmp_path, "Team|Year|Cups", "Blues|2018|1", "|2019|2", "||3", "Reds|2020|")
        assert rows[-4:] == [
            [("Team", "Blues"), ("Year", "2018"), ("Cups", "1")],
            [("Year", "2019"), ("Cups", "2")],
            [("Cups", "3")],
            [("Team", "Reds"), ("Year", "2020")],
        ]

    def test_the_first_row_of_a_passage_may_lack_cells_before_it(self, tmp_path: Path) -> None:
        words = " ".join(["cup"] * 8)
        lines = [f"|{2000 + number}|{words}" for number in range(60)]
        rows = [row for row in self.rows(tmp_path, "Team|Year|Cups", *lines) if row is not None]
        assert 40 < len(rows) < 60
        assert all([label for label, _ in row] == ["Year", "Cups"] for row in rows)

    def test_later_parts_of_a_long_row_have_no_names(self, tmp_path: Path) -> None:
        words = " ".join(["cup"] * 400)
        rows = self.rows(tmp_path, "Team|Year|Cups", f"Blues|2018|{words}", f"{words}|2019|1")
        for row in filter(None, rows):
            for label, text in row:
                assert text.startswith("2") == (label == "Year")
