"""PDF: order of reading, paragraphs, notes, heads, headings, tables, labels, gaps and forms."""

from pathlib import Path

import pytest

from qa_index.formats import UnreadableSource, parse
from qa_index.formats.pdf.lines import Line
from qa_index.formats.pdf.undecodable import undecodable
from qa_index.records import BlockKind, Gap, Parsed
from tests.support.pdfs import FONT, Text, pages_of, pdf_of, stream

FIXTURES = Path(__file__).parents[3] / "fixtures"


def of_file(name: str) -> Parsed:
    return parse((FIXTURES / name).read_bytes(), name=name)


def of(*pages: list[Text] | bytes, **more: bytes) -> Parsed:
    return parse(pages_of(*pages, **more), name="a.pdf")


def blocks(parsed: Parsed, *kinds: BlockKind) -> list[str]:
    return [
        parsed.text[block.start : block.end]
        for block in parsed.blocks
        if not kinds or block.kind in kinds
    ]


def pages_at(parsed: Parsed, quote: str) -> list[int]:
    """The pages on which a quote stands."""
    assert parsed.text.count(quote) == 1, quote
    start = parsed.text.index(quote)
    end = start + len(quote)
    return [unit.number for unit in parsed.units if unit.start < end and start < unit.end]


class TestTwoColumns:
    """A booklet set by LaTeX: columns, footnotes, running heads, Roman page numbers."""

    def test_a_sentence_goes_on_in_the_next_column(self) -> None:
        parsed = of_file("bees.pdf")
        quote = (
            "Snow on the roof does no harm, since it insulates, but the entrance must remain open "
            "so that moisture and spent air can leave the hive without hindrance."
        )
        assert pages_at(parsed, quote) == [2]

    def test_a_sentence_goes_on_on_the_next_page(self) -> None:
        quote = "Whoever wants to catch it should have an empty box ready and need not be afraid"
        assert pages_at(of_file("bees.pdf"), quote) == [2, 3]

    def test_hyphens_at_line_ends_are_dropped_and_ligatures_are_letters(self) -> None:
        quote = (
            "The affluent officer found that the efficient flow of difficult findings was "
            "insufficient.[1] Every worker that returns"
        )
        assert pages_at(of_file("bees.pdf"), quote) == [1]

    def test_footnotes_are_notes(self) -> None:
        notes = blocks(of_file("bees.pdf"), BlockKind.NOTE)
        assert [note[:14] for note in notes] == ["[1] A footnote", "[2] In a warm "]
        assert notes[0].endswith("honey keeps for centuries when it is sealed.")

    def test_heads_and_page_numbers_are_debris(self) -> None:
        debris = blocks(of_file("bees.pdf"), BlockKind.DEBRIS)
        assert sorted(debris) == sorted(3 * ["The Keeping of Bees", "Draft"] + ["i", "ii", "iii"])

    def test_what_surrounds_the_pages_comes_last(self) -> None:
        """Between the pages it would part passages that continue on the next page."""
        kinds = [block.kind for block in of_file("bees.pdf").blocks]
        assert set(kinds[kinds.index(BlockKind.DEBRIS) :]) == {BlockKind.DEBRIS}

    def test_pages_have_printed_labels(self) -> None:
        units = of_file("bees.pdf").units
        assert {(unit.number, unit.label) for unit in units} == {(1, "i"), (2, "ii"), (3, "iii")}

    def test_headings_come_from_the_outline(self) -> None:
        assert [(each.level, each.title) for each in of_file("bees.pdf").headings] == [
            (1, "1 The office of the hive"),
            (1, "2 Wintering"),
            (1, "3 Swarming"),
        ]


class TestOtherMakers:
    def test_a_nested_outline(self) -> None:
        assert [(each.level, each.title) for each in of_file("bookmark_sample.pdf").headings][
            3:6
        ] == [(1, "PART II - OBLIGATIONS"), (2, "3. Payment Terms"), (3, "3.1 Payment Schedule")]

    def test_a_tagged_file(self) -> None:
        parsed = of_file("pdf_structure.pdf")
        assert [(each.level, each.title) for each in parsed.headings] == [
            (1, "Titre 1"),
            (2, "Titre 2"),
            (3, "Tableau"),
        ]
        assert parsed.title == "PDF avec Structure"
        assert blocks(parsed, BlockKind.TABLE) == ["Chose\tTruc\nChose 1\tTruc 1\nChose 2\tTruc 2"]
        assert parsed.tables[0].header_rows == 1
        assert blocks(parsed, BlockKind.LIST)[:2] == ["1. Énumération 1", "2. Énumération 2"]

    def test_columns_of_a_word_processor(self) -> None:
        lists = blocks(of_file("list-item-example.pdf"), BlockKind.LIST)
        assert "● Determining root challenges: organizational factors" in lists

    def test_lines_of_a_rotated_page(self) -> None:
        assert of_file("rotated-page-90.pdf").text.split("\n\n") == [
            "Hello World Test Text",
            "Second line of text here",
            "Rotated page fixture",
        ]

    def test_arabic(self) -> None:
        """Lam and alef of one glyph are in order, which PDFium turns around."""
        parsed = of_file("arabic.pdf")
        assert parsed.text.startswith(
            "السلام عليكم ورحمة الله\n\nهذا كتاب عن النحل والعسل. لا يعمل"
        )
        assert "والإناث تجمع الرحيق من الأزهار في الربيع. وقد عرف الناس" in parsed.text
        assert "عدد الخلايا 25 خلية في عام" in parsed.text


LINES = [
    "The first line of this paragraph fills the whole of the column",
    "and so does the second line, which goes on to the next line of",
    "the same paragraph.",
]


def paragraph(top: float, lines: list[str] = LINES, size: float = 10, x: float = 50) -> list[Text]:
    return [(size, x, top - 1.2 * size * number, line) for number, line in enumerate(lines)]


class TestLayout:
    def test_wrapped_lines_are_joined(self) -> None:
        assert of(paragraph(500)).text == " ".join(LINES)

    def test_a_gap_parts_paragraphs(self) -> None:
        assert of([*paragraph(500), *paragraph(450)]).text == "\n\n".join(2 * [" ".join(LINES)])

    def test_a_line_with_wide_spaces_is_no_row_of_a_table(self) -> None:
        content = b"".join(
            b"BT /F 10 Tf %d Tw 50 %d Td (%b) Tj ET\n" % (spread, 500 - 12 * number, line)
            for number, (spread, line) in enumerate(
                (
                    (0, b"It was agreed that every member of the board"),
                    (12, b"shall receive the minutes of"),
                    (0, b"each meeting within a week of the day on"),
                )
            )
        )
        assert blocks(of(content), BlockKind.PROSE) == [
            "It was agreed that every member of the board shall receive the minutes of each "
            "meeting within a week of the day on"
        ]

    def test_a_block_that_the_file_draws_late_is_put_in_its_place(self) -> None:
        parsed = of([*paragraph(300), *paragraph(500, ["What stands at the top of the page."])])
        assert blocks(parsed)[0] == "What stands at the top of the page."

    def test_columns_that_the_file_draws_line_by_line(self) -> None:
        left = [f"the left column has line {number} of" for number in range(8)]
        right = [f"the right column has line {number} of" for number in range(8)]
        texts = [
            text
            for number in range(8)
            for text in (
                (10.0, 30.0, 500.0 - 12 * number, left[number]),
                (10.0, 230.0, 500.0 - 12 * number, right[number]),
            )
        ]
        assert of(texts).text == " ".join([*left, *right])

    def test_a_table(self) -> None:
        rows = [("Town", "People", "Area"), ("Ulm", "126,790", "118"), ("Bonn", "335,789", "141")]
        texts: list[Text] = [
            (10, 50 + 120 * column, 500 - 14 * number, cell)
            for number, row in enumerate(rows)
            for column, cell in enumerate(row)
        ]
        parsed = of(texts)
        assert parsed.text == "Town\tPeople\tArea\nUlm\t126,790\t118\nBonn\t335,789\t141"
        assert parsed.tables == ((0, len(parsed.text), 1),)

    def test_a_cell_that_is_empty_keeps_its_column(self) -> None:
        rows = [
            ("Town", "Mayor", "People"),
            ("Ulm", "Ansbacher", "126,790"),
            ("Bonn", "", "335,789"),
        ]
        texts: list[Text] = [
            (10, 50 + 120 * column, 500 - 14 * number, cell)
            for number, row in enumerate(rows)
            for column, cell in enumerate(row)
            if cell
        ]
        assert of(texts).text == "Town\tMayor\tPeople\nUlm\tAnsbacher\t126,790\nBonn\t\t335,789"

    def test_a_wrapped_cell_belongs_to_its_row(self) -> None:
        texts: list[Text] = []
        for number, town in enumerate(("Ulm", "Bonn")):
            top = 500 - 36 * number
            texts += [
                (10, 50, top, town), (10, 150, top, "It lies at a"), (10, 300, top, f"{number}12"),
                (10, 150, top - 12, "river."),
            ]  # fmt: skip
        parsed = of(texts)
        assert parsed.text == "Ulm\tIt lies at a river.\t012\nBonn\tIt lies at a river.\t112"

    def test_a_header_of_two_lines_with_a_name_above_two_columns(self) -> None:
        bold = b"BT /B 10 Tf %d %d Td (%b) Tj ET\n"
        plain = b"BT /F 10 Tf %d %d Td (%b) Tj ET\n"
        header = [(50, 514, b"Town"), (150, 514, b"Service dates"), (300, 514, b"Cost"),
                  (150, 500, b"Start"), (215, 500, b"End")]  # fmt: skip
        body = [
            (x, 486 - 14 * row, cell)
            for row, cells in enumerate([(b"Ulm", b"1 May", b"3 May", b"70"),
                                         (b"Bonn", b"2 May", b"9 May", b"80"),
                                         (b"Kiel", b"4 May", b"8 May", b"90")])
            for x, cell in zip((50, 150, 215, 300), cells, strict=True)
        ]  # fmt: skip
        drawn = b"".join([bold % each for each in header] + [plain % each for each in body])
        fonts = b"/Resources<</Font<</F 3 0 R/B 4 0 R>>>>"
        font = FONT.replace(b"Helvetica", b"Helvetica-Bold")
        data = pages_of(drawn, more=font).replace(b"/Resources<</Font<</F 3 0 R>>>>", fonts)
        parsed = parse(data, name="a.pdf")
        assert parsed.text.split("\n")[:3] == [
            "Town\tService dates\t\tCost", "\tStart\tEnd", "Ulm\t1 May\t3 May\t70",
        ]  # fmt: skip
        assert parsed.tables[0].header_rows == 2

    def test_bullets_make_no_table(self) -> None:
        items = ["Where the hive stands", "What the bees find there", "Who looks after them"]
        texts: list[Text] = [
            (10, x, 500 - 14 * number, words)
            for number, item in enumerate(items)
            for x, words in ((50, "-"), (90, item))
        ]
        assert blocks(of(texts), BlockKind.LIST) == [f"- {item}" for item in items]

    @pytest.mark.parametrize(("gap", "expected"), [(22, "they are"), (8, "theyare")])
    def test_a_space_that_is_only_a_gap(self, gap: int, expected: str) -> None:
        assert of(b"BT /F 10 Tf 50 500 Td [(they) -%d0 (are)] TJ ET" % gap).text == expected

    def test_raised_digits(self) -> None:
        """They mark notes behind words, are exponents behind figures, and else stay."""
        shown = b"BT /F 10 Tf 50 500 Td (%b) Tj 5 Ts /F 7 Tf (%b) Tj 0 Ts /F 10 Tf (%b) Tj ET"
        text = {
            (b"A word of Huber", b"12", b" follows."): "A word of Huber[12] follows.",
            (b"It has 10", b"6", b" cells."): "It has 10\u2076 cells.",
            (b"An area of 3 m", b"2", b" is enough."): "An area of 3 m2 is enough.",
        }
        for parts, expected in text.items():
            assert of(shown % parts).text == expected

    def test_a_compound_keeps_its_hyphen_if_the_document_writes_it_so(self) -> None:
        parsed = of(
            paragraph(500, ["A well-known method and another one that is not so well-", "known."])
        )
        assert parsed.text.endswith("so well-known.")

    def test_a_line_beyond_the_page_is_debris(self) -> None:
        parsed = of([(10, 50, 700, "Slug of the printer"), *paragraph(500)])
        assert blocks(parsed, BlockKind.DEBRIS) == ["Slug of the printer"]

    def test_what_a_crop_box_hides_is_debris(self) -> None:
        parsed = of([*paragraph(500), (10, 50, 40, "Hidden")], page=b"/CropBox[0 60 420 595]")
        assert blocks(parsed, BlockKind.DEBRIS) == ["Hidden"]

    def test_invisible_text_is_text(self) -> None:
        """Scanners put the recognised words below the picture."""
        parsed = of(b"BT 3 Tr /F 10 Tf 50 500 Td (Words that a scanner has recognised) Tj ET")
        assert blocks(parsed, BlockKind.PROSE) == ["Words that a scanner has recognised"]

    def test_a_caption(self) -> None:
        parsed = of([*paragraph(500), (10, 50, 300, "Figure 3: The hive in spring")])
        assert blocks(parsed, BlockKind.CAPTION) == ["Figure 3: The hive in spring"]

    def test_large_letters_make_headings(self) -> None:
        parsed = of([(18, 50, 540, "The Hive"), *paragraph(500), (14, 50, 440, "Its Door"),
                     *paragraph(410)])  # fmt: skip
        assert [(each.level, each.title) for each in parsed.headings] == [
            (1, "The Hive"),
            (2, "Its Door"),
        ]
        assert parsed.title == "The Hive"

    def test_size_is_seen_through_the_matrix(self) -> None:
        words = b"".join(
            b"BT /F 1 Tf 10 0 0 10 50 %d Tm (%b) Tj ET\n" % (500 - 12 * number, line.encode())
            for number, line in enumerate(LINES)
        )
        heading = b"BT /F 1 Tf 20 0 0 20 50 540 Tm (The Hive) Tj ET\n"
        assert [each.title for each in of(heading + words).headings] == ["The Hive"]

    def test_a_heading_of_two_lines_is_one(self) -> None:
        parsed = of([*paragraph(540, ["The Hive and All", "Its Inhabitants"], 18), *paragraph(460)])
        assert [each.title for each in parsed.headings] == ["The Hive and All Its Inhabitants"]

    def test_names_below_a_title_are_no_headings(self) -> None:
        top: list[Text] = [
            (20, 50, 550, "The Hive"),
            (12, 50, 520, "Ann Keeper"),
            (12, 50, 495, "May 2024"),
            (14, 50, 460, "Abstract"),
        ]
        parsed = of([*top, *paragraph(430), *paragraph(330)])
        assert [each.title for each in parsed.headings] == ["The Hive", "Abstract"]

    def test_headings_that_the_outline_lacks(self) -> None:
        outline = b"<</First 4 0 R/Last 4 0 R/Title(1 The Hive)/Dest[5 0 R/Fit]>>"
        parsed = of(
            [(24, 50, 550, "All About Bees"), (18, 50, 510, "1 The Hive"), *paragraph(480),
             (18, 50, 400, "2 Its Door"), *paragraph(370)],
            catalogue=b"/Outlines 4 0 R", more=outline,
        )  # fmt: skip
        assert [(each.level, each.title) for each in parsed.headings] == [
            (1, "All About Bees"), (1, "1 The Hive"), (1, "2 Its Door"),
        ]  # fmt: skip

    def test_authors_below_the_title_of_a_file_with_outline(self) -> None:
        outline = b"<</First 4 0 R/Last 4 0 R/Title(The Hive)/Dest[5 0 R/Fit]>>"
        data = pages_of(
            [(24, 50, 550, "Bees"), (18, 50, 510, "Ann Keeper"), *paragraph(480),
             (18, 50, 400, "The Hive"), *paragraph(370)],
            catalogue=b"/Outlines 4 0 R", more=outline,
        )  # fmt: skip
        # Any object can be the information that holds the title.
        data = data.replace(FONT, FONT[:-2] + b"/Title(Bees)>>")
        parsed = parse(data.replace(b"trailer<<", b"trailer<</Info 3 0 R"), name="a.pdf")
        assert parsed.title == "Bees"
        assert [each.title for each in parsed.headings] == ["The Hive"]


@pytest.mark.parametrize(
    ("title", "taken"),
    [("Debian Edu / Skolelinux", True), ("TCP/IP in Practice", True), ("/home/ann/bees", False)],
)
def test_a_title_may_hold_a_slash_but_be_no_path(title: str, taken: bool) -> None:
    data = pages_of(paragraph(500))
    data = data.replace(FONT, FONT[:-2] + f"/Title({title})>>".encode())
    parsed = parse(data.replace(b"trailer<<", b"trailer<</Info 3 0 R"), name="a.pdf")
    assert (parsed.title == title) == taken


class TestHeads:
    def test_rows_that_differ_by_their_numbers_alone_are_none(self) -> None:
        pages: list[list[Text] | bytes] = [
            [
                (10, 50, 585 - 12 * row, f"2024-0{page}-{row + 1} Transfer no. {page * 40 + row}")
                for row in range(45)
            ]
            for page in range(1, 5)
        ]
        assert blocks(of(*pages), BlockKind.DEBRIS) == []

    def test_a_numbered_head_of_two_lines(self) -> None:
        pages: list[list[Text] | bytes] = [
            [
                (10, 50, 580, f"Report, page {page}"),
                (10, 50, 568, "Annual Meeting"),
                *paragraph(500),
            ]
            for page in range(1, 5)
        ]
        assert len(blocks(of(*pages), BlockKind.DEBRIS)) == 8

    def test_pages_with_nothing_else(self) -> None:
        pages: list[list[Text] | bytes] = [[(10, 50, 580, "Annual Report")] for _ in range(4)]
        parsed = of(*pages)
        assert {block.kind for block in parsed.blocks} == {BlockKind.PROSE}

    def test_titles_of_slides_are_none(self) -> None:
        pages: list[list[Text] | bytes] = [
            [(28, 40, 560, f"Topic {name}"), (14, 40, 400, f"The {name} is described here.")]
            for name in ("anchor", "bridge", "candle", "dragon", "engine")
        ]
        parsed = of(*pages)
        assert blocks(parsed, BlockKind.DEBRIS) == []
        assert blocks(parsed, BlockKind.HEADING)[0] == "Topic anchor"

    def test_headings_that_begin_a_page_and_differ_by_their_numbers_are_none(self) -> None:
        pages: list[list[Text] | bytes] = [
            [(10, 50, 580, f"Draft, page {part}"), (14, 50, 550, f"TITLE {part}"), *paragraph(500)]
            for part in range(1, 5)
        ]
        parsed = of(*pages)
        assert [heading.title for heading in parsed.headings] == [f"TITLE {n}" for n in range(1, 5)]
        assert len(blocks(parsed, BlockKind.DEBRIS)) == 4


class TestHeadsOfShortFiles:
    def test_a_head_and_a_foot_of_a_single_page(self) -> None:
        parsed = of([(10, 50, 565, "A Head"), *paragraph(500), (10, 50, 25, "A Foot")])
        assert blocks(parsed, BlockKind.DEBRIS) == ["A Head", "A Foot"]

    @pytest.mark.parametrize("number", ["1", "- 7 -", "Page 1 of 3"])
    def test_a_lone_page_number(self, number: str) -> None:
        parsed = of([*paragraph(500), (10, 210 - 2.5 * len(number), 50, number)])
        assert blocks(parsed, BlockKind.DEBRIS) == [number]

    def test_what_stands_below_a_page_number(self) -> None:
        parsed = of([*paragraph(500), (10, 208, 50, "1"), (12, 150, 30, "Alderson Reporting")])
        assert blocks(parsed, BlockKind.DEBRIS) == ["1", "Alderson Reporting"]

    def test_a_title_at_the_edge_is_text(self) -> None:
        parsed = of([(18, 50, 560, "The Hive"), *paragraph(500)])
        assert blocks(parsed, BlockKind.DEBRIS) == []


class TestLabels:
    def test_an_empty_label_is_none(self) -> None:
        labels = b"/PageLabels<</Nums[0<</S/r>>1<<>>2<</S/D/St 3>>]>>"
        parsed = of(paragraph(500), paragraph(500), paragraph(500), catalogue=labels)
        assert [unit.label for unit in parsed.units] == ["i", "", ""]


FORM = b"<</Fields[4 0 R]/DA(/F 10 Tf)/DR<</Font<</F 3 0 R>>>>>>"
FIELD = (
    b"<</Type/Annot/Subtype/Widget/FT/Tx/T(%b)/V(Karl von Frisch)/Rect[120 495 300 512]"
    b"/DA(/F 10 Tf)>>"
)


class TestForms:
    def test_a_value_stands_behind_its_label(self) -> None:
        parsed = of(
            [(10, 50, 500, "Name of keeper:")],
            catalogue=b"/AcroForm" + FORM, page=b"/Annots[4 0 R]", more=FIELD % b"keeper",
        )  # fmt: skip
        assert parsed.text == "Name of keeper: Karl von Frisch"

    def test_a_value_without_label_has_the_name_of_its_field(self) -> None:
        parsed = of(
            [(10, 50, 300, "Far away.")],
            catalogue=b"/AcroForm" + FORM, page=b"/Annots[4 0 R]", more=FIELD % b"keeper",
        )  # fmt: skip
        assert "keeper: Karl von Frisch" in parsed.text


PICTURE = b"q 100 0 0 100 50 50 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"


class TestGaps:
    def test_a_page_of_a_picture(self) -> None:
        parsed = of(paragraph(500), PICTURE, PICTURE, paragraph(500))
        assert parsed.gaps == (Gap("pages 2-3", "picture only"),)
        assert {unit.number for unit in parsed.units} == {1, 4}

    def test_pages_with_the_same_gap_are_told_together(self) -> None:
        pages = [page for _ in range(12) for page in (PICTURE, paragraph(500))]
        place = "pages 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, and 2 more"
        assert of(*pages).gaps == (Gap(place, "picture only"),)

    def test_a_page_without_anything(self) -> None:
        parsed = of(paragraph(500), b"  ")
        assert parsed.gaps == (Gap("page 2", "blank, or not readable"),)

    def test_a_scan(self) -> None:
        with pytest.raises(UnreadableSource, match=r"^its pages are pictures without text$"):
            of(PICTURE)

    def test_an_attachment(self) -> None:
        names = b"/Names<</EmbeddedFiles<</Names[(notes.txt)4 0 R]>>>>"
        parsed = of(paragraph(500), catalogue=names, more=b"<</Type/Filespec/F(notes.txt)>>")
        assert parsed.gaps == (Gap("attachment notes.txt", "not read"),)


def with_characters(*codes: int) -> bytes:
    """A page of prose and a line of A, B, …, which its font maps to these characters."""
    lines = "\n".join(f"<{number:02x}> <{code:04x}>" for number, code in enumerate(codes, 65))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def "
        "1 begincodespacerange <00> <ff> endcodespacerange "
        f"{len(codes)} beginbfchar {lines} endbfchar endcmap end end"
    )
    shown = "".join(f"<{number:02x}> Tj " for number in range(65, 65 + len(codes)))
    font = FONT.replace(b"/Encoding/WinAnsiEncoding>>", b"/ToUnicode 4 0 R>>")
    page = b"BT /F 10 Tf 50 500 Td (One line of prose that is readable.) Tj "
    drawn = page + b"/G 10 Tf 0 -40 Td " + shown.encode() + b"ET"
    resources = b"/Resources<</Font<</F 3 0 R>>>>"
    data = pages_of(drawn, more=stream(cmap.encode()))
    return data.replace(resources, resources[:-4] + b"/G " + font + b">>>>")


class TestUndecodable:
    def test_characters_of_private_use(self) -> None:
        parsed = parse(with_characters(*range(0xE001, 0xE00B)), name="a.pdf")
        assert blocks(parsed, BlockKind.PROSE) == ["One line of prose that is readable."]
        assert blocks(parsed, BlockKind.DEBRIS) == ["".join(map(chr, range(0xE001, 0xE00B)))]
        assert parsed.gaps == (Gap("page 1", "text that cannot be decoded"),)

    def test_words_of_two_scripts(self) -> None:
        lines = [Line(text, [], 0, 0, 1, 1, 10, False, -1) for text in 5 * ["ўडवाइस", "принтер"]]
        assert [line.text for line in undecodable(lines)] == 5 * ["ўडवाइस"]
        assert undecodable(lines[:4]) == []

    def test_a_few_symbols_are_text(self) -> None:
        parsed = parse(with_characters(0xF0B7, *b"abcdefgh"), name="a.pdf")
        assert parsed.gaps == ()
        assert blocks(parsed, BlockKind.PROSE)[1:] == ["\uf0b7abcdefgh"]


class TestHostile:
    def test_encrypted(self) -> None:
        with pytest.raises(UnreadableSource, match="encrypted; save a copy without password"):
            of_file("password-protected.pdf")

    def test_no_pdf(self) -> None:
        with pytest.raises(UnreadableSource, match="no PDF"):
            parse(b"\x89PNG", name="a.pdf")

    def test_damaged(self) -> None:
        with pytest.raises(UnreadableSource, match="damaged"):
            parse(b"%PDF-1.7\nnothing", name="a.pdf")

    def test_a_page_tree_that_is_a_loop(self) -> None:
        pages = b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000000>>"
        with pytest.raises(UnreadableSource):
            parse(pdf_of([b"<</Type/Catalog/Pages 2 0 R>>", pages]), name="a.pdf")

    def test_pages_that_are_only_claimed(self) -> None:
        data = pages_of(paragraph(500)).replace(b"/Count 1>>", b"/Count 9999>>")
        parsed = parse(data, name="a.pdf")
        assert parsed.text == " ".join(LINES)
        assert parsed.gaps[0].place.startswith("pages 2-")
        assert {gap.reason for gap in parsed.gaps} == {"missing or damaged"}

    def test_an_outline_that_is_a_loop(self) -> None:
        outline = b"<</First 4 0 R/Last 4 0 R/Title(Round)/Next 4 0 R/Dest[5 0 R/Fit]>>"
        parsed = of(paragraph(500), catalogue=b"/Outlines 4 0 R", more=outline)
        assert parsed.text == " ".join(LINES)
