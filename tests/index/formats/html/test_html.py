"""HTML: the text as a browser shows it, and what it is."""

import random

import pytest

from qa_index.formats import UnreadableSource, parse
from qa_index.formats.decoding import HEAD_BYTES
from qa_index.formats.html.charset import decode_page
from qa_index.records import BlockKind, Parsed

SENTENCE = "The tenant pays the rent on the first day of every month, and the deposit before. "
PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Rent - House Rules</title>
<style>p {{ color: red }}</style><script>var hidden = "<p>no</p>";</script></head>
<body>
<header><a href="/">House Rules</a> <a href="/about">About us</a></header>
<nav><h2>Menu</h2><ul><li><a href="/a">First</a><li><a href="/b">Second</a></ul></nav>
<main>
<h1 id="rent">Rent</h1>
<p>{SENTENCE * 3}</p>
<h2 id="pets">Pets<a class="headerlink" href="#pets">¶</a></h2>
<p>Cats are <b>allow</b>ed;<br>dogs&nbsp;&amp; birds are&shy;n't.</p>
<ul><li>fish<ul><li>small<li>large</ul><li>mice</ul>
<ol start="3"><li>third<li><p>fourth</p><p>still fourth</p></ol>
<table><caption>Prices</caption><thead><tr><th>Flat<th>Rent</thead>
<tr><td>small<td>500 <br>euros<tr><td colspan=2>large<tr><td><td>900</table>
<pre>def f():
    return  1

f()</pre>
<figure><img src="a.png" alt="A cat on the sofa"><figcaption>Figure 1. A cat.</figcaption></figure>
<div hidden>hidden one</div><p style="display: none">hidden two</p>
<noscript>hidden three</noscript><template><p>hidden four</p></template>
</main>
<footer><p>© The house. All rights reserved.</p></footer>
</body></html>"""


def html(markup: str, name: str = "page.html") -> Parsed:
    return parse(markup.encode(), name=name)


def blocks_of(parsed: Parsed) -> list[tuple[str, str]]:
    return [(str(kind), parsed.text[start:end]) for kind, start, end in parsed.blocks]


def texts_of(markup: str) -> list[str]:
    return [text for _, text in blocks_of(html(markup))]


def test_a_page_in_blocks() -> None:
    assert blocks_of(html(PAGE)) == [
        ("debris", "House Rules About us"),
        ("debris", "Menu"),
        ("debris", "• First"),
        ("debris", "• Second"),
        ("heading", "Rent"),
        ("prose", (SENTENCE * 3).strip()),
        ("heading", "Pets"),
        ("prose", "Cats are allowed;\ndogs & birds aren't."),
        ("list", "• fish"),
        ("list", "• small"),
        ("list", "• large"),
        ("list", "• mice"),
        ("list", "3. third"),
        ("list", "4. fourth"),
        ("list", "still fourth"),
        ("caption", "Prices"),
        ("table", "Flat\tRent\nsmall\t500 euros\nlarge\n\t900"),
        ("code", "def f():\n    return  1\n\nf()"),
        ("caption", "A cat on the sofa"),
        ("caption", "Figure 1. A cat."),
        ("debris", "© The house. All rights reserved."),
    ]


def test_paragraphs_are_separated_by_an_empty_line_and_list_items_by_a_line_end() -> None:
    text = html("<p>a<p>b<ul><li>c<ul><li>d</ul><li>e</ul><p>f").text
    assert text == "a\n\nb\n\n• c\n  • d\n• e\n\nf"


def test_headings_title_and_tables_of_a_page() -> None:
    parsed = html(PAGE)
    assert parsed.title == "Rent"
    assert [(each.level, each.title) for each in parsed.headings] == [(1, "Rent"), (2, "Pets")]
    (table,) = parsed.tables
    assert parsed.text[table.start :].startswith("Flat\tRent\n")
    assert table.header_rows == 1
    assert (parsed.media_type, parsed.encoding, parsed.format) == ("text/html", "", "html")


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        ("<p>one\n  two\t three</p>", ["one two three"]),
        ("<p>un<i>believ</i>able</p>", ["unbelievable"]),
        ("<p>a <b> b </b> c</p>", ["a b c"]),
        ("<p>日本\n語</p>", ["日本語"]),
        ("one<br><br>two<br>three", ["one", "two\nthree"]),
        ("<div>a<div>b</div>c</div>", ["a", "b", "c"]),
        ("<p>10<sup>6</sup> m<sup>2</sup> of H<sub>2</sub>O</p>", ["10^6 m2 of H2O"]),
        ("<p>Said<sup><a href='#n1'>1</a></sup>.</p>", ["Said[1]."]),
        ("<p>Said<sup class='reference'><a href='#n1'>[2]</a></sup>.</p>", ["Said[2]."]),
        (
            "<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp>字<rt>ji</rt></ruby>だ</p>",
            ["漢字(kanji)だ"],
        ),
        ("<p>He said <q>no</q>.</p>", ["He said “no”."]),
        ("<dl><dt>cat<dd>an animal<dt>oak<dd>a tree</dl>", ["cat", "an animal", "oak", "a tree"]),
        ("<ol type=a><li>x<li>y</ol><ol type=I start=4><li>z</ol>", ["a. x", "b. y", "IV. z"]),
        ("<ul><li>(a) first<li>- second</ul>", ["(a) first", "- second"]),
        ("<blockquote>quoted<footer>by me</footer></blockquote>", ["quoted", "by me"]),
        ("<math alttext='{\\displaystyle x^2}'><mi>x</mi></math>", ["x^2"]),
        ("<p>a<svg><title>icon</title><text>drawn</text></svg>b</p>", ["ab", "drawn"]),
        ("<p>x<span class=sr-only>y</span><i aria-hidden=true>z</i></p>", ["x"]),
        ("<p>a\0b &lt;tag&gt; &#8364; &eacute;</p>", ["ab <tag> € é"]),
        ("<p>never closed <b>bold <p>next", ["never closed bold", "next"]),
        ("no tags at all", ["no tags at all"]),
    ],
)
def test_text_is_what_a_browser_shows(markup: str, texts: list[str]) -> None:
    assert texts_of(markup) == texts


class TestTables:
    def test_that_lay_out_are_content(self) -> None:
        for table in (
            "<table role=presentation><tr><td>a<td>b</table>",
            "<table><tr><td>a<tr><td>b</table>",
            "<table><tr><td><h2>a</h2><td>b</table>",
        ):
            parsed = html(table)
            assert [text for _, text in blocks_of(parsed)] == ["a", "b"]
            assert not parsed.tables

    def test_inside_tables_are_kept(self) -> None:
        inner = "<table><tr><th>x<th>y<tr><td>1<td>2</table>"
        assert texts_of(f"<table><tr><td>a<td>{inner}</table>") == ["a", "x\ty\n1\t2"]
        assert texts_of(f"<table><tr><th>n<th>v<tr><td>b<td>{inner}</table>") == [
            "n\tv\nb\tx y 1 2"
        ]

    def test_columns_stay_under_their_names_below_spans(self) -> None:
        parsed = html(
            "<table><tr><th colspan=3>All<tr><th>a<th>b<th>c<tr><td rowspan=2>1<td colspan=2>2"
            "<tr><td>3<td>4</table>"
        )
        assert parsed.text == "All\na\tb\tc\n1\t2\n\t3\t4"
        assert parsed.tables[0].header_rows == 2

    def test_the_empty_corner_is_a_cell(self) -> None:
        parsed = html("<p>Goals<table id=t><tr><td><th>2018<th>2019<tr><th>Oslo<td>5<td>6</table>")
        [table] = parsed.tables
        assert parsed.text[table.start : table.end] == "\t2018\t2019\nOslo\t5\t6"
        assert table.header_rows == 1

    def test_with_names_of_rows_have_no_header(self) -> None:
        parsed = html("<table><tr><th>Born<td>1879<tr><th>Died<td>1955</table>")
        assert parsed.tables[0].header_rows == 0


class TestDebris:
    def test_headings_in_navigation_open_no_section(self) -> None:
        parsed = html(PAGE.replace("<main>", "<main><nav><h1>On this page</h1></nav>"))
        assert [each.title for each in parsed.headings] == ["Rent", "Pets"]

    def test_lists_of_links(self) -> None:
        links = "".join(f"<li><a href='/{n}'>Page {n}</a>" for n in range(5))
        found = blocks_of(html(f"<p>{SENTENCE * 5}</p><h3>See also</h3><ul>{links}</ul>"))
        assert [kind for kind, _ in found] == ["prose"] + ["debris"] * 6

    def test_a_page_of_links_is_content(self) -> None:
        links = "".join(f"<li><a href='/{n}'>Chapter {n}</a>" for n in range(20))
        assert {kind for kind, _ in blocks_of(html(f"<ul>{links}</ul>"))} == {"list"}

    def test_what_class_names_say_is_around_the_content(self) -> None:
        around = "<div class='cookie-banner'>We like cookies and need your consent.</div>"
        found = blocks_of(html(f"<div class='with-sidebar'><p>{SENTENCE * 5}</p></div>{around}"))
        assert [kind for kind, _ in found] == ["prose", "debris"]

    def test_the_title_above_the_main_content_is_a_heading(self) -> None:
        parsed = html(
            f"<title>Pets</title><header><h1>Pets</h1><a href=/>Home</a></header>"
            f"<main><h2>Cats</h2><p>{SENTENCE * 3}</p></main>"
        )
        assert [each.title for each in parsed.headings] == ["Pets", "Cats"]

    def test_an_empty_main_element_is_not_believed(self) -> None:
        found = blocks_of(html(f"<main></main><div><p>{SENTENCE * 3}</p></div>"))
        assert [kind for kind, _ in found] == ["prose"]


def test_footnotes_are_notes() -> None:
    parsed = html(
        "<p>Text.</p><aside role=doc-footnote>A note.</aside>"
        "<section class=footnotes><ol><li id=fn1>Another note.</ol></section>"
    )
    assert [kind for kind, _ in blocks_of(parsed)] == ["prose", "note", "note"]


def test_a_page_filled_by_scripts_is_reported() -> None:
    parsed = html("<div id=root></div><script src=app.js></script>")
    assert parsed.text == ""
    assert parsed.gaps[0].reason == "its content is loaded by scripts"


@pytest.mark.parametrize(
    ("title", "heading", "expected"),
    [
        ("Loan - Wikipedia", "Loan", "Loan"),
        ("Loan – a guide", "Money", "Loan – a guide"),
        ("House | Loan", "Loan", "Loan"),
        ("", "Loan", "Loan"),
        ("  Two\n words ", "Loan", "Two words"),
    ],
)
def test_titles(title: str, heading: str, expected: str) -> None:
    assert html(f"<title>{title}</title><h1>{heading}</h1><p>x</p>").title == expected


class TestEncodings:
    @pytest.mark.parametrize(
        ("declared", "codec"),
        [
            ("iso-8859-1", "cp1252"),
            ("windows-1251", "cp1251"),
            ("Shift_JIS", "cp932"),
            ("gb2312", "gb18030"),
            ("big5", "big5"),
            ("euc-kr", "cp949"),
            ("koi8-r", "koi8-r"),
            ("utf-8", "utf-8"),
        ],
    )
    def test_declared_ones(self, declared: str, codec: str) -> None:
        text = {"cp1252": "“Zürich”", "cp949": "한국어", "big5": "中文字"}.get(codec, "Право")
        text = {"cp932": "日本語", "gb18030": "中文"}.get(codec, text)
        page = f"<meta http-equiv=Content-Type content='text/html; charset={declared}'><p>{text}"
        assert parse(page.encode(codec), name="a.html").text == text
        page = f"<?xml version='1.0' encoding='{declared}'?><html><body><p>{text}</p></body></html>"
        assert parse(page.encode(codec), name="a.xhtml").text == text

    def test_undeclared_ones(self) -> None:
        for codec in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"):
            assert parse("<p>Zürich</p>".encode(codec), name="a.html").text == "Zürich"

    @pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
    def test_utf_16_with_few_ascii_characters(self, codec: str) -> None:
        """In Cyrillic it is valid UTF-8, too."""
        text = "Договор аренды заключён на три года."
        assert decode_page(text.encode(codec)) == text

    @pytest.mark.parametrize("mark", ["", "\ufeff"])
    @pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
    @pytest.mark.parametrize(
        "text", ["Договор аренды заключён на три года.", "契約は三年間です。", "😀"]
    )
    def test_utf_16_beyond_latin(self, text: str, codec: str, mark: str) -> None:
        """A Cyrillic letter in UTF-16 is a control character and another byte."""
        for times in (1, 500):  # the first bytes that are looked at may end within a character
            page = f"{mark}<html>" + f"<p>{text}</p>" * times
            parsed = parse(page.encode(codec), name="a.html")
            assert parsed.text == "\n\n".join([text] * times)

    def test_utf8_that_declares_another(self) -> None:
        page = "<meta charset=iso-8859-1><p>Zürich</p>"
        assert parse(page.encode(), name="a.html").text == "Zürich"

    def test_unknown_labels_are_ignored(self) -> None:
        for label in ("hex", "rot13", "utf-7", "x-none", "idna"):
            page = f"<meta charset={label}><p>Zürich</p>"
            assert parse(page.encode(), name="a.html").text == "Zürich"


def test_xhtml_may_close_elements_at_once() -> None:
    page = (
        "<?xml version='1.0'?><html><head><title/><script src='x'/></head><body><div/><a id='b'/>"
    )
    assert html(f"{page}<p>text</p></body></html>").text == "text"


def test_other_files_by_that_name_are_refused() -> None:
    control = "\x01\x02 <p>"
    for data in (
        *(b"%PDF-1.4", b"PK\x03\x04", bytes(range(1, 9)) * 100),
        *((control * 100).encode(codec) for codec in ("utf-16", "utf-16-le", "utf-16-be")),
        b"\xff\xfe" + random.Random(1).randbytes(HEAD_BYTES),
    ):
        with pytest.raises(UnreadableSource):
            parse(data, name="a.html")


@pytest.mark.parametrize(
    "unit",
    ["<div>", "<b>", "<table><tr><td>", "<ul><li>", "<p><b>", "<nav>", "</p>", "<a href=x>", "<h1>",
     "<sup>", "<ruby><rt>", "<blockquote>", "<svg>", "<!--", "<td colspan=1000>", "&amp", "<br>",
     "<q>", "<pre>", "<section><header>", "\0", "\xff"],
)  # fmt: skip
def test_hostile_pages_take_linear_time(unit: str) -> None:
    """A quadratic step over this many elements would take minutes."""
    parsed = html("<p>before</p>" + unit * 100_000 + "x")
    assert "before" in parsed.text


def test_a_web_archive() -> None:
    archive = (
        "From: <Saved by Blink>\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="b"\n\n--b\n'
        "Content-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n"
        "\n<h1>Z=FCrich</h1><p>A =\ncity.</p>\n--b\nContent-Type: image/png\n\nxx\n--b--\n"
    )
    parsed = parse(archive.encode(), name="page.mhtml")
    assert blocks_of(parsed) == [("heading", "Zürich"), ("prose", "A city.")]
    assert parsed.blocks[0].kind is BlockKind.HEADING
