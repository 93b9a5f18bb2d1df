"""Word documents: what the reader sees, with its structure."""

import pytest

from qa_index.formats import UnreadableSource, parse
from qa_index.records import Parsed
from tests.index.formats.office.building import (
    STATUTES,
    blocks_of,
    docx,
    fixture,
    number_of,
    paragraph,
    path_of,
    with_part,
    zipped,
)


def parsed_of(body: str, parts: dict[str, str] | None = None, core: str = "") -> Parsed:
    return parse(docx(body, parts, core), name="annual_report.docx")


def text_of(inside: str, parts: dict[str, str] | None = None) -> str:
    return parsed_of(f"<w:p>{inside}</w:p>", parts).text


def run(text: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"


STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="N"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style>
<w:style w:type="paragraph" w:styleId="H1"><w:name w:val="heading 1"/></w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="Kapitel"/>
 <w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="H2a"><w:name w:val="Own"/><w:basedOn w:val="H2"/></w:style>
<w:style w:type="paragraph" w:styleId="C"><w:name w:val="caption"/></w:style>
<w:style w:type="paragraph" w:styleId="K"><w:name w:val="Source Code"/></w:style>
<w:style w:type="paragraph" w:styleId="V"><w:name w:val="TOC 1"/></w:style>
<w:style w:type="paragraph" w:styleId="L1"><w:name w:val="L1"/><w:basedOn w:val="L1"/></w:style>
<w:style w:type="character" w:styleId="Hid"><w:rPr><w:vanish/></w:rPr></w:style>
"""


def styled(text: str, style: str) -> str:
    return paragraph(text, f'<w:pStyle w:val="{style}"/>')


class TestText:
    def test_deleted_moved_and_hidden_text_and_field_codes_are_left_out(self) -> None:
        assert text_of(
            "<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>"
            f"<w:moveFrom>{run('moved')}</w:moveFrom>{run('secret', '<w:vanish/>')}"
            + run("styled", "<w:rStyle w:val='Hid'/>") +
            '<w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText></w:r>'
            f'{run("code")}<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("7")}'
            '<w:r><w:fldChar w:fldCharType="end"/></w:r>' + run(" kept"),
            {"styles": STYLES},
        ) == "7 kept"  # fmt: skip

    def test_insertions_controls_links_and_ruby_bases_are_kept(self) -> None:
        assert text_of(
            f"<w:ins>{run('new ')}</w:ins><w:moveTo>{run('here ')}</w:moveTo>"
            f"<w:sdt><w:sdtPr><w:alias/></w:sdtPr><w:sdtContent>{run('chosen ')}</w:sdtContent>"
            f"</w:sdt><w:hyperlink>{run('link ')}</w:hyperlink><w:smartTag>{run('tag ')}"
            f"</w:smartTag><w:r><w:ruby><w:rt>{run('kan')}</w:rt><w:rubyBase>{run('漢')}"
            f"</w:rubyBase></w:ruby></w:r>" + run("shown", "<w:vanish w:val='0'/>")
        ) == "new here chosen link tag 漢shown"  # fmt: skip

    def test_elements_that_stand_for_characters(self) -> None:
        assert text_of(
            "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>co</w:t><w:softHyphen/><w:t>op</w:t>"
            '<w:noBreakHyphen/><w:t>c</w:t><w:sym w:font="Symbol" w:char="F061"/>'
            '<w:sym w:font="Wingdings" w:char="F0E0"/><w:sym w:font="Other" w:char="F0E0"/></w:r>'
            "<m:oMath><m:f><m:num><m:r><m:t>1</m:t></m:r></m:num><m:den><m:r><m:t>x</m:t></m:r>"
            "</m:den></m:f></m:oMath>"
        ) == "a\tb\ncoop-cα→\ufffd1/x"  # fmt: skip

    def test_alternatives_are_read_once_and_text_boxes_stand_behind_their_paragraph(self) -> None:
        box = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
        assert blocks_of(
            parsed_of(
                f"<w:p>{run('before')}<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice>"
                f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
                f"</mc:AlternateContent></w:r>{run(' it')}</w:p>"
            )
        ) == [("prose", "before it"), ("prose", "boxed")]  # fmt: skip

    def test_a_deleted_paragraph_mark_joins_paragraphs(self) -> None:
        first = f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{run('one ')}</w:p>"
        assert parsed_of(first + paragraph("two")).text == "one two"

    def test_a_field_without_end_swallows_only_its_paragraph(self) -> None:
        begin = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>'
        assert parsed_of(begin + paragraph("text")).text == "text"


class TestStructure:
    def test_headings_captions_code_and_contents_by_styles(self) -> None:
        parsed = parsed_of(
            styled("The Report", "T") + styled("One ... 1", "V") + styled("One", "H1")
            + styled("Deep", "H2a") + styled("x = 1", "K") + styled("  y = 2", "K")
            + styled("Figure 1", "C") + styled("Text", "L1")
            + paragraph("Direct", '<w:outlineLvl w:val="2"/>')
            + paragraph("Body", '<w:pStyle w:val="H2"/><w:outlineLvl w:val="9"/>'),
            {"styles": STYLES},
            core="Microsoft Word - draft.doc",
        )  # fmt: skip
        assert blocks_of(parsed) == [
            ("heading", "The Report"), ("debris", "One ... 1"), ("heading", "One"),
            ("heading", "Deep"), ("code", "x = 1\n  y = 2"), ("caption", "Figure 1"),
            ("prose", "Text"), ("heading", "Direct"), ("prose", "Body"),
        ]  # fmt: skip
        assert [heading.level for heading in parsed.headings] == [1, 1, 2, 3]
        assert parsed.title == "The Report"

    def test_without_styles_a_heading_is_what_looks_like_one(self) -> None:
        parsed = parsed_of("".join(map(paragraph, STATUTES)))
        assert [heading.title for heading in parsed.headings] == [
            *("TITLE I", "GENERAL PROVISIONS", "TITLE II", "OF THE MEMBERS")
        ]
        assert path_of(parsed, "Whoever keeps bees")[-2:] == ("TITLE II", "OF THE MEMBERS")

    def test_beside_a_styled_heading_no_other_is_guessed(self) -> None:
        parsed = parsed_of(
            styled("Statutes", "H1") + "".join(map(paragraph, STATUTES)), {"styles": STYLES}
        )
        assert [heading.title for heading in parsed.headings] == ["Statutes"]

    def test_titles(self) -> None:
        assert parsed_of(paragraph("a"), core="Tides of 2020").title == "Tides of 2020"
        assert parsed_of(paragraph("a"), core="Document1").title == "annual report"

    def test_numbering_as_the_reader_sees_it(self) -> None:
        def level(at: int, style: str, text: str, more: str = "") -> str:
            return (
                f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>'
                f'<w:lvlText w:val="{text}"/>{more}</w:lvl>'
            )

        def item(number: int, at: int, text: str = "x") -> str:
            numbering = f'<w:ilvl w:val="{at}"/><w:numId w:val="{number}"/>'
            return paragraph(text, f"<w:numPr>{numbering}</w:numPr>")

        numbering = (
            '<w:abstractNum w:abstractNumId="0">' + level(0, "upperRoman", "%1.")
            + level(1, "lowerLetter", "%2)") + level(2, "decimal", "%1.%3", "<w:isLgl/>")
            + '</w:abstractNum><w:abstractNum w:abstractNumId="1">' + level(0, "bullet", "\uf0b7")
            + level(1, "bullet", "–") + '</w:abstractNum>'
            '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
            '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
            '<w:startOverride w:val="4"/></w:lvlOverride></w:num>'
            '<w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num>'
        )  # fmt: skip
        body = (
            item(1, 0) + item(1, 1) + item(1, 1) + item(1, 0) + item(1, 1) + item(1, 2) + item(2, 0)
            + item(2, 0) + item(3, 0) + item(3, 1) + item(3, 0, "") + item(0, 0) + item(9, 0)
        )  # fmt: skip
        assert blocks_of(parsed_of(body, {"numbering": numbering})) == [
            ("list", "I. x"), ("list", "a) x"), ("list", "b) x"), ("list", "II. x"),
            ("list", "a) x"), ("list", "2.1 x"), ("list", "IV. x"), ("list", "V. x"),
            ("list", "• x"), ("list", "– x"), ("prose", "x"), ("prose", "x"),
        ]  # fmt: skip

    def test_notes_and_comments_follow_their_paragraph(self) -> None:
        parsed = parsed_of(
            f"<w:p>{run('Tides')}<w:r><w:footnoteReference w:id='2'/></w:r>{run(' turn')}"
            "<w:r><w:endnoteReference w:id='2'/></w:r><w:r><w:commentReference w:id='0'/></w:r>"
            f"</w:p>{paragraph('Next.')}",
            {
                "footnotes": "<w:footnote w:id='0' w:type='separator'><w:p/></w:footnote>"
                f"<w:footnote w:id='2'>{paragraph('Twice a day.')}</w:footnote>",
                "endnotes": f"<w:endnote w:id='2'>{paragraph('Moon.')}{paragraph('Sun.')}"
                "</w:endnote>",
                "comments": f"<w:comment w:id='0' w:author='Ann'>{paragraph('Sure?')}</w:comment>"
                f"<w:comment w:id='5'>{paragraph('Lost')}</w:comment>",
                "header1": paragraph("Draft"), "header2": paragraph("Draft"),
                "footer1": paragraph("Page 7"),
            },
        )  # fmt: skip
        assert blocks_of(parsed) == [
            ("prose", "Tides[1] turn[i]"), ("note", "[1] Twice a day."),
            ("note", "[i] Moon.\nSun."), ("note", "Comment by Ann: Sure?"),
            ("prose", "Next."), ("note", "Comment: Lost"),
            ("debris", "Draft"), ("debris", "Page 7"),
        ]  # fmt: skip

    def test_tables(self) -> None:
        def cell(*content: str, properties: str = "") -> str:
            return f"<w:tc><w:tcPr>{properties}</w:tcPr>{''.join(content)}</w:tc>"

        def row(*cells: str, properties: str = "") -> str:
            return f"<w:tr><w:trPr>{properties}</w:trPr>{''.join(cells)}</w:tr>"

        inner = f"<w:tbl>{row(cell(paragraph('i')), cell(paragraph('j')))}</w:tbl>"
        wide = cell(paragraph("wide"), properties='<w:gridSpan w:val="2"/>')
        parsed = parsed_of(
            "<w:tbl>"
            + row(cell(paragraph("A")), cell(paragraph("B")), properties="<w:tblHeader/>")
            + row(wide, cell(paragraph("c")))
            + row(cell(paragraph("x"), paragraph("y")), cell(paragraph("p"), inner))
            + row(cell(paragraph("")), cell(paragraph("")))
            + row(cell(paragraph("gone")), properties="<w:del/>")
            + f"<w:sdt><w:sdtContent>{row(cell(paragraph('in control')))}</w:sdtContent></w:sdt>"
            + "</w:tbl>"
        )
        assert parsed.text == "A\tB\nwide\t\tc\nx y\tp i j\nin control"
        assert [table[2] for table in parsed.tables] == [1]
        frame = parsed_of(f"<w:tbl>{row(cell(paragraph('One.'), paragraph('Two.')))}</w:tbl>")
        assert blocks_of(frame) == [("prose", "One."), ("prose", "Two.")]

    def test_pictures_and_embedded_documents(self) -> None:
        drawing = "<w:drawing><a:docPr descr='{}'/><a:blip/></w:drawing>"
        told = drawing.format("A map of the harbour")
        parsed = parsed_of(f"<w:p>{run('See')}<w:r>{told}</w:r></w:p>")
        assert blocks_of(parsed)[1] == ("caption", "A map of the harbour")
        assert not parsed.gaps
        parsed = parsed_of(f"<w:p><w:r>{drawing.format('image1.png')}</w:r></w:p>")
        assert parsed.text == ""
        assert [tuple(gap) for gap in parsed.gaps] == [("document", "picture without text")]
        embedded = "<w:p><w:r><w:OLEObject r:id='rId:package.xml'/></w:r></w:p>"
        parsed = parsed_of(embedded, {"package": ""})
        assert parsed.gaps[0].reason == "embedded document package.xml is not read"

    def test_charts_are_tables(self) -> None:
        points = "<c:{0}><c:cache><c:pt idx='0'><c:v>{1}</c:v></c:pt></c:cache></c:{0}>"
        chart = (
            "<c:title><a:p><a:r><a:t>Catch</a:t></a:r></a:p></c:title><c:ser>"
            + points.format("tx", "Cod") + points.format("cat", "2020") + points.format("val", "7")
            + "</c:ser>"
        )  # fmt: skip
        parsed = parsed_of(
            "<w:p><w:r><w:drawing><c:chart r:id='rId:chart1.xml'/></w:drawing></w:r></w:p>",
            {"chart1": chart},
        )
        assert blocks_of(parsed) == [("caption", "Catch"), ("table", "\tCod\n2020\t7")]


class TestPages:
    RENDERED = "<w:r><w:lastRenderedPageBreak/></w:r>"
    BREAK = "<w:r><w:br w:type='page'/></w:r>"

    def test_a_break_by_hand_that_word_recorded_counts_once(self) -> None:
        parsed = parsed_of(
            f"<w:p>{run('one')}{self.BREAK}</w:p><w:p>{self.RENDERED}{run('two')}</w:p>"
            f"<w:p>{run('still two ')}{self.RENDERED}{run('three')}</w:p>"
            f"{paragraph('four', '<w:pageBreakBefore/>')}<w:p>{self.BREAK}{run('five')}</w:p>"
        )
        assert [number_of(parsed, word) for word in ("one", "still", "three", "four", "five")] == [
            1, 2, 3, 4, 5,
        ]  # fmt: skip
        assert parsed.text.count("\f") == 0

    def test_a_note_stands_on_the_page_of_its_mark(self) -> None:
        parsed = parsed_of(
            f"<w:p>{run('one')}<w:r><w:footnoteReference w:id='1'/></w:r>{self.RENDERED}"
            f"{run('two')}</w:p>{paragraph('more')}",
            {"footnotes": f"<w:footnote w:id='1'>{paragraph('Below.')}</w:footnote>"},
        )
        assert [unit.number for unit in parsed.units] == [1, 2, 1, 2]
        assert number_of(parsed, "[1] Below.") == 1
        assert number_of(parsed, "more") == 2

    def test_without_recorded_breaks_there_are_no_pages(self) -> None:
        assert parsed_of(f"<w:p>{run('one')}{self.BREAK}</w:p>{paragraph('two')}").units == ()

    @pytest.mark.parametrize(
        ("first", "second", "numbers"),
        [
            ("nextPage", "nextPage", [1, 2, 3, 4]),
            ("oddPage", "continuous", [1, 2, 3, 4]),
            ("nextPage", "evenPage", [1, 2, 4, 5]),
            ("nextPage", "oddPage", [1, 2, 3, 4]),
        ],
    )
    def test_a_section_that_begins_on_an_odd_or_even_page(
        self, first: str, second: str, numbers: list[int]
    ) -> None:
        assert self.pages(first, second, self.RENDERED) == numbers

    def test_pages_that_are_uncertain_have_no_number(self) -> None:
        assert self.pages("nextPage", "oddPage", "") == [1, 2]
        restarted = "<w:pgNumType w:start='1'/>"
        assert self.pages("nextPage", "evenPage", self.RENDERED, restarted) == [1, 2]

    def pages(self, first: str, second: str, rendered: str, more: str = "") -> list[int]:
        section = "<w:sectPr><w:type w:val='{}'/>{}</w:sectPr>"
        before = f"<w:sectPrChange>{section.format('oddPage', '')}</w:sectPrChange>"
        later = f"<w:p>{self.RENDERED}{run('three')}</w:p>" if rendered else ""
        parsed = parsed_of(
            f"<w:p>{run('zero')}{self.RENDERED}{run('one')}"
            f"<w:pPr>{section.format(first, before)}</w:pPr></w:p>"
            f"<w:p>{rendered}{run('two')}</w:p>{later}{section.format(second, more + before)}"
        )
        return [unit.number for unit in parsed.units]


class TestRealFiles:
    def test_strict(self) -> None:
        assert fixture("Strict.docx").text == "Some text"

    def test_numbered_headings(self) -> None:
        parsed = fixture("unit_test_headers_numbered.docx")
        assert path_of(parsed, "Paragraph 1.2.3.1") == (
            "1. Section 1", "1.2. Section 1.2", "1.2.1. Section 1.2.3",
        )  # fmt: skip
        assert number_of(parsed, "Paragraph 2.1.1.1") == 2
        assert ("list", "2.3.8.3. Third sub-item at this level") in blocks_of(parsed)

    def test_lists(self) -> None:
        blocks = blocks_of(fixture("docx_lists.docx"))
        assert ("list", "2. List item b") in blocks
        assert ("list", "• Buy fresh bread from the corner bakery") in blocks
        assert ("list", "1.1 Morning Walk") in blocks

    def test_pages(self) -> None:
        parsed = fixture("page-breaks.docx")
        assert number_of(parsed, "First page") == 1
        assert number_of(parsed, "<<Text on second page") == 2
        assert number_of(parsed, "<<followed by text on same page") == 3
        assert number_of(parsed, "<<producing two page-breaks to get from page-3 to page-5.") == 5
        assert number_of(parsed, "<<and then more text proceeds.") == 6

    def test_comments(self) -> None:
        blocks = blocks_of(fixture("docx_comments.docx"))
        assert blocks[2] == (
            "note",
            "Comment by John Reviewer: This is a sample reviewer comment on the first paragraph.",
        )
        assert ("note", "Comment: Anonymous feedback on this paragraph.") in blocks


class TestRefusals:
    GOOD = docx(paragraph("text"))

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (zipped({"a": "b"}), "does not list its content types"),
            (with_part(GOOD, "word/document.xml", b""), "main part is missing"),
            (with_part(GOOD, "word/document.xml", "<document>"), "damaged"),
            (with_part(GOOD, "word/document.xml", "<html/>"), "main part holds no document"),
            (with_part(GOOD, "word/document.xml", "<!DOCTYPE a><a/>"), "document type"),
            (with_part(GOOD, "word/document.xml", b"<document>" * 10_000), "nested deeper"),
            (
                with_part(GOOD, "[Content_Types].xml", "<T><Default Extension='xml' "
                          "ContentType='image/png'/></T>"),
                "has the type image/png",
            ),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
             "it is encrypted; save a copy without password"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "before Office 2007"),
            (GOOD[:-40], "damaged"),
            (b"plain text", "no Office document"),
        ],
    )  # fmt: skip
    def test_each_has_its_reason(self, data: bytes, reason: str) -> None:
        with pytest.raises(UnreadableSource, match=reason):
            parse(data, name="a.docx")

    def test_a_missing_part_is_a_gap(self) -> None:
        data = docx(paragraph("text"), {"footnotes": ""})
        parsed = parse(with_part(data, "word/footnotes.xml", b""), name="a.docx")
        assert parsed.text == "text"
        assert parsed.gaps[0].reason == "its part word/footnotes.xml is missing"

    def test_long_white_space_takes_no_quadratic_time(self) -> None:
        parsed = parsed_of(f"<w:p>{run('a' + ' ' * 500_000 + 'b')}<w:r><w:br/></w:r></w:p>")
        assert len(parsed.text) == 500_002
