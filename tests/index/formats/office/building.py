"""Builds documents by hand, and looks at what is parsed."""

import zipfile
from io import BytesIO
from pathlib import Path

from qa_index.formats import parse
from qa_index.records import Parsed, heading_path

FIXTURES = Path(__file__).parents[3] / "fixtures"
STATUTES = (
    *("TITLE I", "GENERAL PROVISIONS"),
    "Article 1. The society promotes the keeping of bees in the valley and owns the house there.",
    "Article 2. It has members, patrons and friends, and each of them has a voice, but one vote.",
    *("TITLE II", "OF THE MEMBERS"),
    "Article 3. Whoever keeps bees may become a member, and pays forty francs in every January.",
)
"""The paragraphs of a document that nobody gave styles to."""

_MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OPEN = "urn:oasis:names:tc:opendocument:xmlns:"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "w": _MAIN,
        "a": _DRAWING,
        "p": _SLIDES,
        "r": _RELATIONS,
        "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
        "c": "http://schemas.openxmlformats.org/drawingml/2006/chart",
        "dgm": "http://schemas.openxmlformats.org/drawingml/2006/diagram",
        "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "v": "urn:schemas-microsoft-com:vml",
        "office": f"{_OPEN}office:1.0",
        "text": f"{_OPEN}text:1.0",
        "table": f"{_OPEN}table:1.0",
        "draw": f"{_OPEN}drawing:1.0",
        "style": f"{_OPEN}style:1.0",
        "fo": f"{_OPEN}xsl-fo-compatible:1.0",
        "svg": f"{_OPEN}svg-compatible:1.0",
        "presentation": f"{_OPEN}presentation:1.0",
        "dc": "http://purl.org/dc/elements/1.1/",
        "xlink": "http://www.w3.org/1999/xlink",
    }.items()
)


def zipped(parts: dict[str, str | bytes]) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as writer:
        for name, data in parts.items():
            writer.writestr(name, data)
    return file.getvalue()


def office(main: str, content_type: str, root: str, parts: dict[str, str] | None = None) -> bytes:
    """A package. ``parts`` have names such as ``word/footnotes.xml``; each is related to the main
    part by its file's name, with the identifier ``rId:`` and that name."""
    folder = main.partition("/")[0]
    parts = parts or {}
    related: dict[str, list[str]] = {main: []}
    for name in parts:
        if name.endswith(".xml"):
            owner, _, target = name.rpartition("!")
            kind = target.rpartition("/")[2].removesuffix(".xml").rstrip("0123456789")
            related.setdefault(owner or main, []).append(
                f'<Relationship Id="rId:{target.rpartition("/")[2]}" Type="u/{kind}" '
                f'Target="/{target}"/>'
            )
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types><Override PartName="/{main}" ContentType="{content_type}"/>'
        "</Types>",
        "_rels/.rels": f'<Relationships><Relationship Id="a" Type="u/officeDocument" '
        f'Target="{main}"/><Relationship Id="b" Type="u/core-properties" '
        'Target="docProps/core.xml"/></Relationships>',
        main: root,
    }
    for owner, lines in related.items():
        place, _, file = owner.rpartition("/")
        files[f"{place}/_rels/{file}.rels"] = f"<Relationships>{''.join(lines)}</Relationships>"
    for name, xml in parts.items():
        files[name.rpartition("!")[2]] = xml
    assert folder
    return zipped(files)


def docx(body: str, parts: dict[str, str] | None = None, core: str = "") -> bytes:
    """A Word document; ``parts`` hold what is inside of their root, by file name."""
    files = {
        f"word/{name}.xml": f"<w:{name} {NAMESPACES}>{xml}</w:{name}>"
        for name, xml in (parts or {}).items()
    }
    data = office(
        "word/document.xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>",
        files,
    )
    return with_part(data, "docProps/core.xml", f"<x {NAMESPACES}><dc:title>{core}</dc:title></x>")


def with_part(data: bytes, name: str, content: str | bytes) -> bytes:
    """The archive with one more part, or another one in its place; ``b""`` takes it away."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts: dict[str, str | bytes] = {each: archive.read(each) for each in archive.namelist()}
    parts[name] = content
    return zipped({each: value for each, value in parts.items() if value != b""})


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def odt(body: str, styles: str = "", automatic: str = "", meta: str = "") -> bytes:
    root = f"<office:document-content {NAMESPACES}>"
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"{root}<office:automatic-styles>{automatic}</office:automatic-styles>"
            f"<office:body>{body}</office:body></office:document-content>",
            "styles.xml": f"<office:document-styles {NAMESPACES}>{styles}</office:document-styles>",
            "meta.xml": f"<office:document-meta {NAMESPACES}><office:meta>{meta}</office:meta>"
            "</office:document-meta>",
        }
    )


def blocks_of(parsed: Parsed) -> list[tuple[str, str]]:
    return [(str(kind), parsed.text[start:end]) for kind, start, end in parsed.blocks]


def fixture(name: str) -> Parsed:
    return parse((FIXTURES / name).read_bytes(), name=name)


def path_of(parsed: Parsed, quote: str) -> tuple[str, ...]:
    """The headings above a quote."""
    at = parsed.text.index(quote)
    above = [number for number, each in enumerate(parsed.headings) if each.start <= at]
    return heading_path(parsed.headings, above[-1] if above else -1)


def number_of(parsed: Parsed, quote: str) -> int:
    """The page or slide where a quote begins."""
    at = parsed.text.index(quote)
    return next(unit.number for unit in parsed.units if unit.start <= at < unit.end)
