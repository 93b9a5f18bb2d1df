"""What documents state about themselves: dates, tags, and values made to do harm."""

import time
from datetime import date

import pytest

from qa_index.collection.records import StoredDocument, dated
from qa_index.formats import parse
from qa_index.formats.structure.dates import date_in_name, first_and_last, read_date
from qa_index.formats.structure.front_matter import toml_fields, yaml_fields
from qa_index.formats.structure.metadata import (
    LONGEST_TAG,
    MOST_TAGS,
    is_valid,
    of_fields,
    separated,
    stated,
)
from qa_index.records import DateSource, Metadata, Span
from tests.faults import hostile
from tests.index.formats.epub.test_epub import book
from tests.index.formats.office.building import docx, odt, paragraph

FRONT, OWN = DateSource.FRONT_MATTER, DateSource.PROPERTIES


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024", "2024"),
        ("2024-03", "2024-03"),
        ("2024-3-1", "2024-03-01"),
        ("2024/03/01", "2024-03-01"),
        (" 2024-03-01T10:00:00Z ", "2024-03-01"),
        ("2024-03-01 23:59 +0100", "2024-03-01"),
        ("20240301", "2024-03-01"),
        ("D:20240301120000+01'00'", "2024-03-01"),
        ("D:2024", "2024"),
        ("13/04/2024", "2024-04-13"),
        ("04/13/2024", "2024-04-13"),
        ("4/4/2024", "2024-04-04"),
        ("03.04.2024", "2024-04-03"),
        ("Fri, 1 Mar 2024 10:00:00 +0100", "2024-03-01"),
        ("March 4, 2024", "2024-03-04"),
        ("4th of March 2024", "2024-03-04"),
        ("4-Mar-2024", "2024-03-04"),
        ("Sept 2024", "2024-09"),
    ],
)
def test_dates_as_people_and_programs_write_them(written: str, read: str) -> None:
    assert read_date(written) == read


@pytest.mark.parametrize(
    "written",
    [
        "03/04/2024",
        "3-4-2024",
        "01/02/03",
        "24-03-01",
        "2024/25",
        "2024/03",
        "2024-02-30",
        "2024-13-01",
        "2024-00",
        "2024-03-00",
        "0101-01-01T00:00:00+00:00",
        "9999-01-01",
        "1 ma 2024",
        "today",
        "",
        "9" * 10_000,
        "2024-03-01 " + "x" * 10_000,
        "٢٠٢٤-٠٣-٠١",
    ],
)
def test_what_is_no_date_or_could_be_two_is_not_read(written: str) -> None:
    assert read_date(written) == ""


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("2024-03-01 minutes.md", "2024-03-01"),
        ("IMG_20240301_123456.txt", "2024-03-01"),
        ("report_2024_03.pdf", "2024-03"),
        ("report-2024-03-v2", "2024-03"),
        ("Protokoll 1.3.2024.txt", "2024-03-01"),
        ("2024-03-01 again 20240301", "2024-03-01"),
        ("2024-03-01_2024-04-01", ""),
        ("rfc2024", ""),
        ("12345678", ""),
        ("2024-13-01", ""),
        ("v1.2.3.2024", ""),
        ("1-2024-03", ""),
        ("7" * 100_000, ""),
    ],
)
def test_dates_in_names(name: str, read: str) -> None:
    assert date_in_name(name) == read


@pytest.mark.parametrize(
    ("read", "first", "last"),
    [
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 1), date(2024, 12, 31)),
        ("2024-02-29", date(2024, 2, 29), date(2024, 2, 29)),
    ],
)
def test_a_date_stands_for_days(read: str, first: date, last: date) -> None:
    assert first_and_last(read) == (first, last)


@pytest.mark.parametrize("given", ["", "2024-", "2024-02-30", "24", "2024-1"])
def test_anything_else_stands_for_no_days(given: str) -> None:
    with pytest.raises(ValueError, match=r"date|month|day"):
        first_and_last(given)


def test_yaml() -> None:
    text = """title: x
date: 2024-03-01 # comment
tags: [a, "b, c", 'd''e', F]
categories:
  - One
  - "Two"
  - [x, y]
  - key: value
keywords: [a,
  b, c]
quoted: "2024-01-02"
anchor: &a [x]
alias: *a
nested: [[a], [b]]
text: |
  more
none:
list: []"""
    assert yaml_fields(text.splitlines()) == {
        "title": "x",
        "date": "2024-03-01",
        "tags": ["a", "b, c", "d'e", "F"],
        "categories": ["One", "Two"],
        "keywords": ["a", "b", "c"],
        "quoted": "2024-01-02",
        "anchor": "",
        "alias": "",
        "nested": [],
        "text": "",
        "none": [],
        "list": [],
    }


def test_toml() -> None:
    fields = toml_fields('date = 2024-03-01T10:00:00Z\n[taxonomies]\ntags = ["a", ["b"], 7]\n')
    assert of_fields(fields) == Metadata("2024-03-01", FRONT, ("a",))
    assert toml_fields("date = ") == {}
    assert toml_fields("a = " + "[" * 5000) == {}
    assert toml_fields("a = 1\n" * 10_000) == {}


def test_the_first_clear_date_counts() -> None:
    fields = {"date": "03/04/2024", "updated": 2024, "tags": "Ferry; travel, ferry"}
    assert of_fields(fields) == Metadata("2024", FRONT, ("ferry", "travel"))
    assert of_fields({"date": True, "updated": 10**5000}) == Metadata("", FRONT, ())


def test_tags_are_folded_distinct_and_bounded() -> None:
    given: list[object] = ["Straße", "STRASSE", " a  B ", "#c", "", "x" * 101, "y" * 10**6, None]
    assert stated([], [*given, [["a"]], {"a": 1}]).tags == ("strasse", "a b", "c")
    many = stated([], map(str, range(1000))).tags
    assert len(many) == MOST_TAGS
    assert is_valid(Metadata("2024", OWN, many))
    assert len(separated("a," * 10**6)) < 20_000


@pytest.mark.parametrize(
    "metadata",
    [
        Metadata("2024-02-30", OWN),
        Metadata("9" * 10_000, OWN),
        Metadata("2024", DateSource.MTIME),
        Metadata(tags=("A",)),
        Metadata(tags=("a", "a")),
        Metadata(tags=("x" * (LONGEST_TAG + 1),)),
        Metadata(tags=tuple(map(str, range(MOST_TAGS + 1)))),
    ],
)
def test_what_no_parser_makes_is_invalid(metadata: Metadata) -> None:
    assert not is_valid(metadata)


MARKDOWN = b"---\ndate: 2024-03-01\ntags: [Ferry]\n---\n# Title\n\nText.\n"
TOML = b'+++\ntitle = "T"\ndate = 2024-03-01\ntags = ["Ferry"]\n+++\n# Title\n\nText.\n'
RST = b":date: 2024-03-01\n:tags: Ferry, Sea\n\nTitle\n=====\n\nText.\n\n:date: 1999\n"
MAIL = b"From: a@b\nDate: Fri, 1 Mar 2024 10:00:00 +0100\nKeywords: Ferry\nSubject: s\n\nText.\n"
HTML = (
    b"<html><head><meta name=Keywords content='Ferry, Sea'>"
    b"<meta property='article:modified_time' content='2025-01-01'>"
    b"<meta property='article:published_time' content='2024-03-01T00:00'></head><p>Text.</html>"
)
RTF = (
    rb"{\rtf1{\info{\title A title of it}{\keywords Ferry, Sea}"
    rb"{\creatim\yr2024\mo3\dy1\hr15}{\revtim\yr2025\mo1\dy1}}Text.\par}"
)
CORE = (
    "<keywords>Ferry; Sea</keywords><created>2024-03-01T00:00:00Z</created>"
    "<modified>2025-03-01T00:00:00Z</modified>"
)
ODF = (
    "<creation-date>2024-03-01T00:00:00</creation-date><dc:date>2025-01-01</dc:date>"
    "<keyword>Ferry</keyword><keyword>Sea</keyword>"
)


def info_pdf() -> bytes:
    content = hostile.stream(b"BT /A 10 Tf 50 700 Td (hello there) Tj ET", filters=b"")
    info = b"<</CreationDate(D:20240301120000Z)/ModDate(D:2025)/Keywords(Ferry, Sea)>>"
    return hostile.pdf(
        [*hostile._TREE, hostile._PAGE % hostile._FONT, content, info], b"/Info 5 0 R"
    )


def epub() -> bytes:
    title = (
        "T</dc:title><dc:date>2025</dc:date>"
        "<dc:date opf:event='publication' xmlns:opf='http://www.idpf.org/2007/opf'>2024-03-01"
        "</dc:date><dc:subject>Ferry</dc:subject><dc:subject>Sea</dc:subject><dc:title>"
    )
    return book({"a.xhtml": "<h1>One</h1><p>Text.</p>"}, title=title)


@pytest.mark.parametrize(
    ("name", "data", "source", "tags"),
    [
        ("a.md", MARKDOWN, FRONT, ("ferry",)),
        ("a.md", TOML, FRONT, ("ferry",)),
        ("a.rst", RST, FRONT, ("ferry", "sea")),
        ("a.eml", MAIL, OWN, ("ferry",)),
        ("a.html", HTML, OWN, ("ferry", "sea")),
        ("a.rtf", RTF, OWN, ("ferry", "sea")),
        ("a.docx", docx(paragraph("Text."), core=CORE), OWN, ("ferry", "sea")),
        (
            "a.odt",
            odt("<office:text><text:p>Text.</text:p></office:text>", meta=ODF),
            OWN,
            ("ferry", "sea"),
        ),
        ("a.epub", epub(), OWN, ("ferry", "sea")),
        ("a.pdf", info_pdf(), OWN, ("ferry", "sea")),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_formats(name: str, data: bytes, source: DateSource, tags: tuple[str, ...]) -> None:
    assert parse(data, name=name).metadata == Metadata("2024-03-01", source, tags)


def test_front_matter_of_toml_is_no_text() -> None:
    parsed = parse(TOML, name="a.md")
    assert parsed.title == "T"
    assert [block.kind for block in parsed.blocks] == ["debris", "heading", "prose"]


@pytest.mark.parametrize(
    "field",
    [
        "tags: [" + '"' * 300_000,
        "tags: [" + " " * 300_000 + "{",
        "tags: [" + "a," * 300_000,
        "tags: [" + "[" * 300_000,
        "tags: " + "a " * 300_000 + "#",
        "date: " + "1" * 10_000_000,
        "a" * 300_000 + ": b",
        "tags:" + "\n- [[[a]]]" * 150,
        "a: &a [x]\n" + "\n".join(f"b{n}: &b{n} [*a, *a, *a]" for n in range(150)),
    ],
    ids=range(9),
)
def test_hostile_front_matter_takes_linear_time(field: str) -> None:
    started = time.process_time()
    parsed = parse(f"---\nz: 1\n{field}\n---\nText.\n".encode(), name="a.md")
    # Quadratic time would be hours.
    assert time.process_time() - started < 20
    assert not parsed.metadata.date
    assert len(parsed.metadata.tags) <= MOST_TAGS


def stored(path: str, *, stated: Metadata, mtime_ns: int) -> StoredDocument:
    return StoredDocument(
        path, "", "text/plain", "", 0, mtime_ns, "utf-8", "text", 1, "en", (), (), (), 0, "", (),
        stated, Span(0, 0), 0, Span(0, 0),
    )  # fmt: skip


def test_where_a_date_is_from() -> None:
    now = 1_700_000_000 * 10**9  # 14 November 2023
    own = Metadata("2021", OWN)
    assert dated(stored("x/2022-01.txt", stated=own, mtime_ns=now)) == ("2021", OWN)
    named = dated(stored("2020_01/2022-01.txt", stated=Metadata(), mtime_ns=now))
    assert named == ("2022-01", DateSource.FILE_NAME)
    by_file = dated(stored("2020_01/x.txt", stated=Metadata(), mtime_ns=now))
    assert by_file == ("2023-11-14", DateSource.MTIME)


@pytest.mark.parametrize("seconds", [0, 1, 315_532_800, -(10**9), 10**17])
def test_files_without_a_time_have_no_date(seconds: int) -> None:
    assert dated(stored("x.txt", stated=Metadata(), mtime_ns=seconds * 10**9)) is None


def test_a_document_comes_back_as_it_was_stored() -> None:
    document = stored("x.txt", stated=Metadata("2024-03", FRONT, ("a", "b")), mtime_ns=5)
    assert StoredDocument.from_json(document.to_json()) == document
