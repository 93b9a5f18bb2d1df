"""Presentations of PowerPoint: slides with notes, comments, tables and charts."""

from qa_index.formats import parse
from qa_index.records import Parsed
from tests.index.formats.office.building import (
    NAMESPACES,
    blocks_of,
    fixture,
    number_of,
    office,
)


def text(*paragraphs: str) -> str:
    return "<p:txBody>" + "".join(paragraphs) + "</p:txBody>"


def line(words: str, properties: str = "") -> str:
    return f"<a:p>{properties}<a:r><a:t>{words}</a:t></a:r></a:p>"


def shape(body: str, kind: str = "", description: str = "", tag: str = "sp") -> str:
    placeholder = f'<p:ph type="{kind}"/>' if kind else ""
    return (
        f'<p:{tag}><p:nvSpPr><p:cNvPr descr="{description}"/><p:nvPr>{placeholder}</p:nvPr>'
        f"</p:nvSpPr>{body}</p:{tag}>"
    )


def slide(shapes: str, more: str = "") -> str:
    return f"<p:sld {NAMESPACES} {more}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"


def deck(*slides: str, parts: dict[str, str] | None = None) -> Parsed:
    listed = "".join(
        f'<p:sldId id="{number}" r:id="rId:slide{number}.xml"/>'
        for number in reversed(range(1, len(slides) + 1))
    )
    data = office(
        "ppt/presentation.xml",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
        f"<p:presentation {NAMESPACES}><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>",
        {f"ppt/slide{number}.xml": each for number, each in enumerate(slides, 1)} | (parts or {}),
    )
    return parse(data, name="deck.pptx")


def test_slides_come_in_the_order_of_the_presentation_with_the_title_first() -> None:
    parsed = deck(
        slide(shape(text(line("Last")), "title"), 'show="0"'),
        slide(
            shape(text(line("12 May")), "dt")
            + f"<p:grpSp>{shape(text(line('In a group')))}</p:grpSp>"
            + shape(text(line("First")), "ctrTitle")
        ),
    )
    assert blocks_of(parsed) == [
        ("heading", "First"), ("debris", "12 May"), ("prose", "In a group"), ("heading", "Last"),
    ]  # fmt: skip
    assert [unit[:3] for unit in parsed.units] == [("slide", 1, "First"), ("slide", 2, "Last")]
    assert parsed.title == "First"


def test_bullets_come_from_the_paragraph_the_layout_or_the_master() -> None:
    numbered = '<a:pPr><a:buAutoNum type="alphaLcParenR"/></a:pPr>'
    body = text(
        line("a", numbered), line("b", numbered), line("inherited"),
        line("deep", '<a:pPr lvl="1"/>'), line("none", "<a:pPr><a:buNone/></a:pPr>"),
    )  # fmt: skip
    master = "<a:lvl1pPr><a:buChar char='•'/></a:lvl1pPr>"
    layout = shape(
        "<p:txBody><a:lstStyle><a:lvl2pPr><a:buChar char='–'/></a:lvl2pPr></a:lstStyle></p:txBody>",
        "body",
    )
    parsed = deck(
        slide(shape(body, "body")),
        parts={
            "ppt/slide1.xml!ppt/slideLayout1.xml": slide(layout),
            "ppt/slideLayout1.xml!ppt/slideMaster1.xml": f"<p:m {NAMESPACES}><p:txStyles>"
            f"<p:bodyStyle>{master}</p:bodyStyle></p:txStyles></p:m>",
        },
    )
    assert parsed.text.split("\n\n") == ["a) a", "b) b", "• inherited", "– deep", "none"]


def test_tables_charts_notes_comments_and_pictures() -> None:
    row = "<a:tr>{}</a:tr>"
    cell = "<a:tc{}><a:txBody>{}</a:txBody></a:tc>"
    table = (
        "<p:graphicFrame><a:tbl><a:tblPr firstRow='1'/>"
        + row.format(cell.format("", line("Port") + line("name")) + cell.format("", line("Depth")))
        + row.format(cell.format("", line("Kiel")) + cell.format(' hMerge="1"', line("hidden")))
        + "</a:tbl></p:graphicFrame>"
    )
    notes = shape(text(line("Speak slowly.")), "body") + shape(text(line("7")), "sldNum")
    comment = "<p:c xmlns:p='u'><p:cm authorId='0'><p:text>Why?</p:text></p:cm></p:c>"
    parsed = deck(
        slide(table),
        slide(shape("", tag="pic") + shape("", tag="pic", description="A chart of the fjord")),
        slide(shape("", tag="pic")),
        parts={
            "ppt/slide1.xml!ppt/notesSlide1.xml": slide(notes),
            "ppt/slide1.xml!ppt/comments1.xml": comment,
            "ppt/commentAuthors.xml": "<a><b id='0' name='Ann'/></a>",
        },
    )
    assert blocks_of(parsed) == [
        ("caption", "A chart of the fjord"),
        ("table", "Port name\tDepth\nKiel"), ("note", "Speak slowly."),
        ("note", "Comment by Ann: Why?"),
    ]  # fmt: skip
    assert [table[2] for table in parsed.tables] == [1]
    assert [tuple(gap) for gap in parsed.gaps] == [("slide 1", "picture without text")]


def test_a_missing_slide_is_a_gap_and_keeps_its_number() -> None:
    data = office(
        "ppt/presentation.xml",
        "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml",
        f"<p:presentation {NAMESPACES}><p:sldIdLst><p:sldId r:id='x'/>"
        "<p:sldId r:id='rId:slide1.xml'/></p:sldIdLst></p:presentation>",
        {"ppt/slide1.xml": slide(shape(text(line("Here"))))},
    )
    parsed = parse(data, name="deck.pptm")
    assert number_of(parsed, "Here") == 2
    assert [tuple(gap) for gap in parsed.gaps] == [("slide 1", "its part is missing")]


def test_a_real_presentation() -> None:
    parsed = fixture("powerpoint_comments.pptx")
    assert number_of(parsed, "Install Docling as a Python library") == 2
    assert number_of(parsed, "Comment by Jane Smith: This is a cool feature") == 3
    assert [unit.label for unit in parsed.units] == [
        "Test Slide With Comments", "Start", "Features",
    ]  # fmt: skip
    assert ("note", "Comment by Jane Smith: This is a sample response") in blocks_of(parsed)


def test_a_presentation_without_slides_is_empty() -> None:
    parsed = deck()
    assert (parsed.text, parsed.units, parsed.title) == ("", (), "deck")
