"""EPUB: chapters in reading order, printed pages, and what cannot be read."""

import zipfile
from io import BytesIO
from typing import Any

import pytest

from qa_index.formats import UnreadableSource, built_in, parse
from qa_index.records import Fragment, Parsed, Span, UnitKind

_CONTAINER = (
    '<?xml version="1.0"?><container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
    '<rootfiles><rootfile full-path="EPUB/book.opf"'
    ' media-type="application/oebps-package+xml"/></rootfiles></container>'
)
_CHAPTER = (
    '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>\n'
    '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
    "<head><title/></head><body>{}</body></html>"
)


def book(
    chapters: dict[str, str],
    *,
    toc: str = "",
    ncx: str = "",
    linear: Any = (),
    title: str = "My  Book",
    **parts: str,
) -> bytes:
    """An EPUB of these chapters, with a table of contents as mark-up inside ``nav`` elements."""
    items = "".join(
        f'<item id="c{n}" href="{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    refs = "".join(
        f'<itemref idref="c{n}"' + (' linear="no"/>' if name in linear else "/>")
        for n, name in enumerate(chapters)
    )
    nav = '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    old = '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
    spine = ' toc="ncx"' if ncx else ""
    package = (
        '<?xml version="1.0"?><!DOCTYPE package PUBLIC "x" "oeb.dtd">'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{title}</dc:title>'
        f"</metadata><manifest>{items}{nav if toc else ''}{old if ncx else ''}</manifest>"
        f"<spine{spine}>{refs}</spine></package>"
    )
    files = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": _CONTAINER,
        "EPUB/book.opf": package,
        **{f"EPUB/{name}": _CHAPTER.format(body) for name, body in chapters.items() if body},
        **({"EPUB/nav.xhtml": _CHAPTER.format(toc)} if toc else {}),
        **({"EPUB/toc.ncx": ncx} if ncx else {}),
        **{name.replace("__", "/").replace("_", "."): text for name, text in parts.items()},
    }
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def blocks_of(parsed: Parsed) -> list[tuple[str, str]]:
    return [(str(kind), parsed.text[start:end]) for kind, start, end in parsed.blocks]


TOC = (
    '<nav epub:type="toc"><ol><li><a href="b.xhtml">Part One</a><ol>'
    '<li><a href="c%20d.xhtml#s">A Section</a></li></ol></li>'
    '<li><a href="e.xhtml">The End</a></li></ol></nav>'
)
CHAPTERS = {
    "notes.xhtml": "<h1>Notes</h1><aside epub:type='footnote' id='n1'>A note.</aside>",
    "b.xhtml": "<h1>Part One</h1><p>It begins."
    "<a epub:type='noteref' href='notes.xhtml#n1'>1</a></p>",
    "c d.xhtml": "<div id='s'><h1>A Section</h1><h2>Deeper</h2><p id='p'>In the middle.</p></div>",
    "e.xhtml": "<p>It ends.</p>",
}


def test_titles_that_nobody_wrote() -> None:
    for title in ("Unknown", "Unknown Title", "[No Title]", ""):
        data = book({"a.xhtml": "<h1>Part One</h1><p>It begins.</p>"}, title=title)
        assert parse(data, name="a.epub").title == "Part One"


def test_chapters_headings_and_notes() -> None:
    data = book(CHAPTERS, toc=TOC, linear=("notes.xhtml",))
    parsed = parse(data, name="book.epub")
    assert parsed.title == "My Book"
    assert blocks_of(parsed) == [
        ("heading", "Part One"),
        ("prose", "It begins.[1]"),
        ("heading", "A Section"),
        ("heading", "Deeper"),
        ("prose", "In the middle."),
        ("heading", "The End"),
        ("prose", "It ends."),
        ("heading", "Notes"),
        ("note", "A note."),
    ]
    levels = [(each.level, each.title) for each in parsed.headings]
    assert levels[:4] == [(1, "Part One"), (2, "A Section"), (3, "Deeper"), (1, "The End")]
    assert [(unit.kind, unit.number, unit.label) for unit in parsed.units] == [
        (UnitKind.CHAPTER, 1, "Part One"),
        (UnitKind.CHAPTER, 2, "A Section"),
        (UnitKind.CHAPTER, 3, "The End"),
        (UnitKind.CHAPTER, 4, "Notes"),
    ]
    unit = parsed.units[1]
    assert parsed.text[unit.start : unit.end] == "A Section\n\nDeeper\n\nIn the middle."


def test_printed_pages() -> None:
    marks = (
        "<p>Front matter.</p><span epub:type='pagebreak' title='iv'/><p>One of a <span"
        " role='doc-pagebreak' aria-label='5'>5</span>long sentence.</p>"
        "<div epub:type='pagebreak' id='p6'>6</div><p>Last.</p>"
    )
    parsed = parse(book({"a.xhtml": marks}), name="a.epub")
    pages = [(unit.number, unit.label, parsed.text[unit.start : unit.end].strip())
             for unit in parsed.units]  # fmt: skip
    assert pages == [
        (1, "", "Front matter."),
        (2, "iv", "One of a"),
        (3, "5", "long sentence."),
        (4, "6", "Last."),
    ]
    assert {unit.kind for unit in parsed.units} == {UnitKind.PAGE}


def test_pages_by_the_list_of_pages() -> None:
    chapters = {"a.xhtml": "<p><a id='x1'/>One.</p><p><a id='x2'/>Two.</p>"}
    listed = "<li><a href='a.xhtml#x1'>1</a></li><li><a href='a.xhtml#x2'>2</a></li>"
    toc = f"<nav epub:type='page-list'><ol>{listed}</ol></nav>"
    target = (
        "<pageTarget><navLabel><text>{0}</text></navLabel><content src='a.xhtml#x{0}'/>"
        "</pageTarget>"
    )
    ncx = (
        '<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "ncx.dtd"><ncx xmlns="x"><navMap>'
        "<navPoint><navLabel><text>Start</text></navLabel><content src='a.xhtml'/></navPoint>"
        f"</navMap><pageList>{target.format(1)}{target.format(2)}</pageList></ncx>"
    )
    for data in (book(chapters, toc=toc), book(chapters, ncx=ncx)):
        parsed = parse(data, name="a.epub")
        assert [unit.label for unit in parsed.units] == ["1", "2"]
    assert parsed.headings[0].title == "Start"


def test_missing_chapters_are_gaps() -> None:
    parsed = parse(book({"a.xhtml": "<p>Here.</p>", "b.xhtml": ""}), name="a.epub")
    assert [(gap.place, gap.reason) for gap in parsed.gaps] == [
        ("chapter 2 (EPUB/b.xhtml)", "it is missing in the archive")
    ]


def test_pictures_are_gaps() -> None:
    parsed = parse(
        book({"a.xhtml": "<p>Here.</p>", "b.xhtml": "<img src='x.png' alt=''/>"}), name="a.epub"
    )
    assert [gap.reason for gap in parsed.gaps] == ["picture only"]


def _encryption(algorithm: str) -> str:
    return (
        "<encryption xmlns='urn:oasis:names:tc:opendocument:xmlns:container'>"
        "<enc:EncryptedData xmlns:enc='http://www.w3.org/2001/04/xmlenc#'>"
        f"<enc:EncryptionMethod Algorithm='{algorithm}'/></enc:EncryptedData></encryption>"
    )


def test_protected_books_are_refused() -> None:
    aes = _encryption("http://www.w3.org/2001/04/xmlenc#aes128-cbc")
    data = book({"a.xhtml": "<p>x</p>"}, **{"META-INF__encryption_xml": aes})
    with pytest.raises(UnreadableSource, match="DRM"):
        parse(data, name="a.epub")
    fonts = _encryption("http://www.idpf.org/2008/embedding")
    data = book({"a.xhtml": "<p>x</p>"}, **{"META-INF__encryption_xml": fonts})
    assert parse(data, name="a.epub").text == "x"


def test_other_archives_are_refused() -> None:
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.txt", "x")
    for broken in (data.getvalue(), b"PK\x03\x04", book({"a.xhtml": "<p>x</p>"})[:-40], book({})):
        with pytest.raises(UnreadableSource):
            parse(broken, name="a.epub")


def test_links_into_chapters() -> None:
    data = book(CHAPTERS, toc=TOC)
    parsed = parse(data, name="a.epub")
    locate = built_in()["epub"].locate
    assert locate is not None

    def at(quote: str) -> tuple[object, ...]:
        start = parsed.text.index(quote)
        return locate(data, parsed, [Span(start, start + len(quote))])[0]

    assert at("In the middle.") == (Fragment("EPUB/c%20d.xhtml#p"),)
    assert at("Deeper") == ()
    assert at("A note.") == (Fragment("EPUB/notes.xhtml#n1"),)
    assert at("It ends.") == ()
