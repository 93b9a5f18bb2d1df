"""Spreadsheets: real workbooks, and small ones built here."""

import datetime as dates
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest

from qa_index.formats import UnreadableSource
from qa_index.formats.sheet import MAX_UNPACKED, locate_cells, parse_sheets, shown_value
from qa_index.records import BlockKind, Cells, Parsed, Span

FIXTURES = Path(__file__).parents[2] / "fixtures"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(**sheets: str) -> bytes:
    """A workbook with the given rows as XML; a name that begins with ``hidden`` hides the sheet."""
    entries, relations = "", ""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, rows) in enumerate(sheets.items(), 1):
            state = ' state="hidden"' if name.startswith("hidden") else ""
            entries += f'<sheet name="{name}" sheetId="{number}" r:id="r{number}"{state}/>'
            relations += (
                f'<Relationship Id="r{number}" Type="{_RELATIONS}/worksheet" '
                f'Target="worksheets/sheet{number}.xml"/>'
            )
            archive.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
            )
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="a" '
            f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{_PACKAGE}/relationships">{relations}</Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
            f"<sheets>{entries}</sheets></workbook>",
        )
    return packed.getvalue()


def row(number: int, **cells: object) -> str:
    """A row; text in inline strings, numbers as they are."""
    written = ""
    for letter, value in cells.items():
        if isinstance(value, str):
            written += f'<c r="{letter}{number}" t="inlineStr"><is><t>{value}</t></is></c>'
        else:
            written += f'<c r="{letter}{number}"><v>{value}</v></c>'
    return f'<row r="{number}">{written}</row>'


def places_of(data: bytes, parsed: Parsed, quote: str) -> tuple[object, ...]:
    start = parsed.text.index(quote)
    return locate_cells(data, parsed, [Span(start, start + len(quote))])[0]


class TestRealFiles:
    def test_titles_headers_and_whole_numbers(self) -> None:
        data = (FIXTURES / "stanley-cups.xlsx").read_bytes()
        parsed = parse_sheets(data, name="stanley-cups.xlsx")
        assert [unit.label for unit in parsed.units] == ["Stanley Cups", "Stanley Cups Since 67"]
        first = parsed.tables[0]
        assert parsed.text[first.start : first.end].splitlines() == [
            "Team\tLocation\tStanley Cups",
            "Blues\tSTL\t1",
            "Flyers\tPHI\t2",
            "Maple Leafs\tTOR\t13",
        ]
        assert first.header_rows == 1
        assert places_of(data, parsed, "PHI\t2") == (Cells("Stanley Cups", "B4:C4"),)
        assert places_of(data, parsed, "13") == (Cells("Stanley Cups", "C5"),)

    def test_columns_of_words_and_a_corner_without_a_name(self) -> None:
        data = (FIXTURES / "xlsx_06_edge_cases_.xlsx").read_bytes()
        parsed = parse_sheets(data, name="a.xlsx")
        assert [table.header_rows for table in parsed.tables] == [1, 1, 1]
        assert places_of(data, parsed, "Attached left\tOverview") == (
            Cells("Attached_left", "A4:B4"),
        )


class TestLayout:
    def test_empty_rows_and_columns_separate_tables(self) -> None:
        rows = row(2, B="a", C="b", F="x", G="y") + row(3, B=1, C=2, F=3, G=4) + row(5, B="A note.")
        data = workbook(One=rows)
        parsed = parse_sheets(data, name="a.xlsx")
        assert parsed.text == "a\tb\n1\t2\n\nx\ty\n3\t4\n\nA note."
        assert [block.kind for block in parsed.blocks] == [
            BlockKind.TABLE,
            BlockKind.TABLE,
            BlockKind.PROSE,
        ]
        assert places_of(data, parsed, "3\t4") == (Cells("One", "F3:G3"),)
        assert places_of(data, parsed, parsed.text) == (
            Cells("One", "B2:C3"),
            Cells("One", "F2:G3"),
            Cells("One", "B5"),
        )

    def test_hidden_sheets_are_read_and_named_so(self) -> None:
        parsed = parse_sheets(workbook(Seen=row(1, A="x"), hidden1=row(1, A="y")), name="a.xlsx")
        assert [unit.label for unit in parsed.units] == ["Seen", "hidden1 (hidden)"]
        assert parsed.text == "Seen\n\nx\n\nhidden1\n\ny"

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            (3.0, "3"),
            (0.1 + 0.2, "0.3"),
            (1e20, "1e+20"),
            (True, "TRUE"),
            ("a\tb\nc", "a b c"),
            (dates.datetime(2024, 5, 1), "2024-05-01"),
            (dates.datetime(2024, 5, 1, 13, 59, 59, 999_900), "2024-05-01 14:00:00"),
            (dates.date(2024, 5, 1), "2024-05-01"),
            (dates.time(8, 30), "08:30:00"),
            (dates.timedelta(hours=26), "26:00:00"),
            (None, ""),
        ],
    )
    def test_values_look_as_a_person_sees_them(self, value: object, shown: str) -> None:
        assert shown_value(value) == shown


class TestHostileFiles:
    def test_two_cells_at_opposite_ends_of_a_sheet(self) -> None:
        far = row(1, A=1) + row(1_048_576, XFD=2)
        with pytest.raises(UnreadableSource, match="too far apart: 1,048,576 rows x 16,384"):
            parse_sheets(workbook(One=far), name="a.xlsx")

    def test_a_cell_far_from_the_first_one_needs_no_room_before_it(self) -> None:
        data = workbook(A=row(1_000_000, XFC="Name", XFD="Born") + row(1_000_001, XFC="Ada", XFD=1))
        parsed = parse_sheets(data, name="a.xlsx")
        assert parsed.text == "Name\tBorn\nAda\t1"
        found = locate_cells(data, parsed, [Span(0, len(parsed.text)), Span(14, 15)])
        assert found == [(Cells("A", "XFC1000000:XFD1000001"),), (Cells("A", "XFD1000001"),)]

    def test_a_cell_that_is_repeated_over_a_whole_sheet(self) -> None:
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(
                "content.xml",
                '<table:table><table:table-row table:number-rows-repeated="1048576">'
                '<table:table-cell office:value-type="float" '
                'table:number-columns-repeated="16384"/></table:table-row></table:table>',
            )
        with pytest.raises(UnreadableSource, match="too far apart"):
            parse_sheets(packed.getvalue(), name="a.ods")

    def test_an_archive_that_unpacks_to_too_much(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("qa_index.formats.sheet.MAX_UNPACKED", 1 << 20)
        data = workbook(One=" " * (2 << 20))
        assert len(data) < 10_000 < MAX_UNPACKED
        with pytest.raises(UnreadableSource, match="unpacks to"):
            parse_sheets(data, name="a.xlsx")

    def test_encrypted_files_are_named_so(self) -> None:
        data = (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + bytes(504)
            + "EncryptedPackage".encode("utf-16-le")
        )
        with pytest.raises(UnreadableSource, match="encrypted; save a copy without password"):
            parse_sheets(data, name="a.xlsx")

    def test_encrypted_workbooks_of_excel_97(self) -> None:
        begin = b"\x09\x08\x10\x00\x00\x06\x05\x00" + bytes(12)
        data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + begin
        for protected in (b"\x2f\x00", b"\x86\x00\x00\x00\x2f\x00"):
            with pytest.raises(UnreadableSource, match="encrypted"):
                parse_sheets(data + protected + bytes(512), name="a.xls")
        with pytest.raises(UnreadableSource, match="no workbook"):
            parse_sheets(data + bytes(512), name="a.xls")

    def test_a_workbook_that_calamine_panics_on(self) -> None:
        data = (FIXTURES / "Simple.xlsb").read_bytes()
        with pytest.raises(UnreadableSource, match="it is damaged, or of a kind"):
            parse_sheets(data, name="a.xlsb")

    def test_every_truncation_and_single_change_is_survived(self) -> None:
        data = workbook(One=row(1, A="a", B="b") + row(2, A=1, B=2))
        for at in range(0, len(data), 37):
            for changed in (data[:at], data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]):
                with suppress(UnreadableSource):
                    assert parse_sheets(changed, name="a.xlsx").blocks
