"""Texts and presentations of OpenDocument."""

import pytest

from qa_index.formats import UnreadableSource, parse
from qa_index.records import Parsed
from tests.index.formats.office.building import (
    NAMESPACES,
    STATUTES,
    blocks_of,
    fixture,
    number_of,
    odt,
    path_of,
    with_part,
)


def parsed_of(body: str, styles: str = "", automatic: str = "", meta: str = "") -> Parsed:
    data = odt(f"<office:text>{body}</office:text>", styles, automatic, meta)
    return parse(data, name="sea_log.odt")


def p(text: str, style: str = "S") -> str:
    return f'<text:p text:style-name="{style}">{text}</text:p>'


def test_white_space_is_collapsed_and_elements_stand_for_characters() -> None:
    assert parsed_of(
        p(" a\n   b <text:span>  c</text:span><text:s text:c='2'/>d<text:tab/>e<text:line-break/>f"
          "<text:ruby><text:ruby-base>漢</text:ruby-base><text:ruby-text>kan</text:ruby-text>"
          "</text:ruby>")
    ).text == "a b c  d\te\nf漢"  # fmt: skip


def test_deleted_and_hidden_text_is_left_out() -> None:
    hidden = (
        '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
    )
    assert parsed_of(
        "<text:tracked-changes><text:changed-region><text:deletion>"
        f"{p('gone')}</text:deletion></text:changed-region></text:tracked-changes>"
        + p("kept<text:span text:style-name='H'>secret</text:span>") + p("secret", "H"),
        automatic=hidden,
    ).text == "kept"  # fmt: skip


def test_without_levels_a_heading_is_what_looks_like_one() -> None:
    parsed = parsed_of("".join(map(p, STATUTES)))
    assert [heading.title for heading in parsed.headings][-2:] == ["TITLE II", "OF THE MEMBERS"]


def test_headings_lists_and_their_numbers() -> None:
    outline = (
        "<office:styles><text:outline-style>"
        "<text:outline-level-style text:level='1' style:num-format='1'/>"
        "<text:outline-level-style text:level='2' style:num-format='1' text:display-levels='2'/>"
        "</text:outline-style></office:styles>"
    )
    lists = (
        "<text:list-style style:name='L'>"
        "<text:list-level-style-number text:level='1' style:num-format='a' style:num-suffix=')'/>"
        "<text:list-level-style-bullet text:level='2' text:bullet-char='–'/></text:list-style>"
    )
    item = "<text:list-item>{}</text:list-item>"
    parsed = parsed_of(
        "<text:section><text:h text:outline-level='1'>Coast</text:h></text:section>"
        "<text:h text:outline-level='2'>Tides</text:h><text:list text:style-name='L'>"
        + item.format(p("one") + p("goes on"))
        + item.format(p("two") + f"<text:list>{item.format(p('deep'))}</text:list>")
        + "</text:list><text:list text:style-name='L' text:continue-numbering='true'>"
        + item.format(p("three")) + "</text:list><text:list text:style-name='L'>"
        + item.format(p("anew")) + "</text:list>",
        outline, lists, "<dc:title>Log of the Sea</dc:title>",
    )  # fmt: skip
    assert blocks_of(parsed) == [
        ("heading", "1 Coast"), ("heading", "1.1 Tides"), ("list", "a) one"), ("prose", "goes on"),
        ("list", "b) two"), ("list", "– deep"), ("list", "c) three"), ("list", "a) anew"),
    ]  # fmt: skip
    assert parsed.title == "Log of the Sea"
    assert path_of(parsed, "deep") == ("1 Coast", "1.1 Tides")


def test_notes_comments_frames_and_contents() -> None:
    parsed = parsed_of(
        "<text:table-of-content><text:index-body>" + p("Coast 1") + "</text:index-body>"
        "</text:table-of-content>"
        + p("Tides<text:note><text:note-citation>1</text:note-citation><text:note-body>"
            + p("Twice.") + "</text:note-body></text:note> turn<office:annotation><dc:creator>Ann"
            "</dc:creator>" + p("Sure?") + "</office:annotation>.<draw:frame><draw:text-box>"
            + p("Boxed") + "</draw:text-box></draw:frame><draw:frame><draw:image/>"
            "<svg:desc>A map of the coast</svg:desc></draw:frame>")
        + "<draw:frame><draw:object xlink:href='./Object 1'/></draw:frame>"
    )  # fmt: skip
    assert blocks_of(parsed) == [
        ("debris", "Coast 1"), ("prose", "Tides[1] turn."), ("prose", "Boxed"),
        ("caption", "A map of the coast"), ("note", "[1] Twice."),
        ("note", "Comment by Ann: Sure?"),
    ]  # fmt: skip
    assert parsed.gaps[0].reason == "embedded document Object 1 is not read"


def test_tables() -> None:
    def row(*cells: str) -> str:
        return f"<table:table-row>{''.join(cells)}</table:table-row>"

    def cell(content: str, more: str = "") -> str:
        return f"<table:table-cell {more}>{content}</table:table-cell>"

    many = 'table:number-columns-repeated="999999999"'
    inner = f"<table:table>{row(cell(p('i')), cell(p('j')))}</table:table>"
    parsed = parsed_of(
        f"<table:table><table:table-header-rows>{row(cell(p('A')), cell(p('B')))}"
        "</table:table-header-rows>"
        + row(cell(p("a"), many), cell(p("z")))
        + row(cell(p("x") + inner), "<table:covered-table-cell/>", cell(p("y")))
        + "</table:table>"
    )
    assert [line.split("\t") for line in parsed.text.split("\n")] == [
        ["A", "B"], ["a", *[""] * 63, "z"], ["x i j", "", "y"],
    ]  # fmt: skip
    assert [table[2] for table in parsed.tables] == [1]


def test_pages_only_where_breaks_were_recorded() -> None:
    page = '<style:style style:name="B"><style:p fo:break-before="page"/></style:style>'
    soft = p("one<text:soft-page-break/> two")
    assert parsed_of(p("one") + p("two", "B"), automatic=page).units == ()
    parsed = parsed_of(soft + p("three", "B"), automatic=page)
    assert [number_of(parsed, word) for word in ("one", "two", "three")] == [1, 2, 3]


def test_slides_with_notes() -> None:
    frame = '<draw:frame presentation:class="{}"><draw:text-box>{}</draw:text-box></draw:frame>'
    body = (
        "<draw:page>" + frame.format("page-number", p("1")) + frame.format("title", p("Kelp"))
        + f"<draw:g><draw:custom-shape>{p('Grows fast')}</draw:custom-shape></draw:g>"
        "<presentation:notes>" + frame.format("notes", p("Show the jar")) + "</presentation:notes>"
        "</draw:page><draw:page><draw:frame><draw:image/></draw:frame></draw:page>"
    )  # fmt: skip
    data = odt(f"<office:presentation>{body}</office:presentation>")
    parsed = parse(data, name="a.odp")
    assert blocks_of(parsed) == [
        ("heading", "Kelp"), ("debris", "1"), ("prose", "Grows fast"), ("note", "Show the jar"),
    ]  # fmt: skip
    assert [unit[:3] for unit in parsed.units] == [("slide", 1, "Kelp")]
    assert [tuple(gap) for gap in parsed.gaps] == [("slide 2", "picture without text")]
    with pytest.raises(UnreadableSource, match="its content is of another kind"):
        parse(data, name="a.odt")


def test_flat_files() -> None:
    data = (
        f"<office:document {NAMESPACES}><office:body><office:text>{p('Flat.')}</office:text>"
        "</office:body></office:document>"
    )
    assert parse(data.encode(), name="a.fodt").text == "Flat."


def test_encrypted_and_damaged_files_are_refused() -> None:
    good = odt(f"<office:text>{p('a')}</office:text>")
    manifest = "<!DOCTYPE m SYSTEM 'Manifest.dtd'><m><encryption-data/></m>"
    for data, reason in (
        (with_part(good, "META-INF/manifest.xml", manifest), "it is encrypted"),
        (with_part(good, "content.xml", b""), "content.xml is missing"),
        (with_part(good, "content.xml", "<a"), "damaged"),
        (b"text", "no OpenDocument"),
    ):
        with pytest.raises(UnreadableSource, match=reason):
            parse(data, name="a.odt")


def test_a_real_text() -> None:
    parsed = fixture("text_document_01.odt")
    assert path_of(parsed, "written in 45 BC")[-1] == "Heading level 2: A"
    assert ("list", "2. numbered list 2") in blocks_of(parsed)
