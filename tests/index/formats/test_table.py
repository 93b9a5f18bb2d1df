"""Comma-separated values and JSON Lines."""

from pathlib import Path

import pytest

from qa_index.formats.json_lines import parse_json_lines
from qa_index.formats.structure.tables import header_rows
from qa_index.formats.table import parse_table
from qa_index.records import header_above, table_headers

FIXTURES = Path(__file__).parents[2] / "fixtures"


def blocks_of(text: str) -> list[str]:
    parsed = parse_table(text.encode(), name="a.csv")
    assert parsed.text == text
    return [text[block.start : block.end] for block in parsed.blocks]


class TestRecords:
    def test_a_real_file_with_a_title_above_its_header(self) -> None:
        parsed = parse_table((FIXTURES / "stanley-cups.csv").read_bytes(), name="stanley-cups.csv")
        assert [table.header_rows for table in parsed.tables] == [2]
        headers = table_headers(parsed)
        assert headers[0].names == "Stanley Cups,,\nTeam,Location,Stanley Cups"
        assert header_above(headers, parsed.text.index("Flyers")) == headers[0].names
        assert header_above(headers, parsed.text.index("Team")) == ""

    def test_a_record_with_line_ends_is_a_block_of_its_own(self) -> None:
        long = '2,"two\n\nlines, ""quoted""",x'
        assert blocks_of(f"n,text,z\n1,a,b\n{long}\n3,c,d\n") == ["n,text,z\n1,a,b", long, "3,c,d"]

    @pytest.mark.parametrize("row", ['5,6" pipe,x', '5,"open,x', '5,"a" b,x'])
    def test_stray_quotes_are_characters(self, row: str) -> None:
        text = f"n,text,z\n{row}\n6,b,y\n"
        assert blocks_of(text) == [text.rstrip("\n")]

    @pytest.mark.parametrize("delimiter", list(",;\t|"))
    def test_the_delimiter_is_found(self, delimiter: str) -> None:
        rows = [["name", "a, b; c"], ["x | y", "1"], ["z", "2"]]
        text = "\n".join(
            delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row)
            for row in rows
        )
        parsed = parse_table(text.encode(), name="a.csv")
        assert [table.header_rows for table in parsed.tables] == [1]

    def test_tables_below_one_another_have_headers_of_their_own(self) -> None:
        parsed = parse_table(b"a,b\n1,2\n\n3,4\n\nx,y,z\n5,6,7\n", name="a.csv")
        tables = [parsed.text[start:end] for start, end, _ in parsed.tables]
        assert tables == ["a,b\n1,2\n\n3,4", "x,y,z\n5,6,7"]

    def test_json_records_are_blocks(self) -> None:
        text = '{"a": 1}\n{"a": 2}\r\n\n{"a": 3}'
        parsed = parse_json_lines(text.encode(), name="a.jsonl")
        assert parsed.text == text
        found = [text[block.start : block.end] for block in parsed.blocks]
        assert found == ['{"a": 1}', '{"a": 2}', '{"a": 3}']


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["Name|Born", "Ann|1980", "Ben|1990"], 1),
        (["Company|2018|2019", "A|3|4"], 1),
        (["|2018|2019", "A|3|4"], 1),
        (["Report||", "Company|2018|2019", "A|3|4"], 2),
        (["2018||2019|", "cost|sales|costs|sale", "1|2|3|4"], 2),
        (["Word|Meaning", "cat|animal", "oak|tree"], 1),
        (["Cat|animal", "oak|animal", "ash|tree"], 0),
        (["1|2", "3|4"], 0),
        (["Date|Price", "2024-01-05|€ 3.50", "2024-01-06|$ 4"], 1),
        (["Only|one"], 0),
    ],
)
def test_header_rows(rows: list[str], expected: int) -> None:
    assert header_rows([row.split("|") for row in rows]) == expected
