"""Hostile files, each made by a few lines: bombs, loops, lies, and paths that lead outside."""

import base64
import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache

Build = Callable[[], bytes]
HOSTILE: dict[str, Build] = {}
"""What makes each file, by file name."""
SECRET = "a-secret-of-this-machine"
"""What files try to read from ``secret_path``."""
secret_path = "/nonexistent"
listening = "http://127.0.0.1:9"
"""Where files try to connect to."""


def file(name: str) -> Callable[[Build], Build]:
    """Enters a builder under this file name."""

    def enter(build: Build) -> Build:
        HOSTILE[name] = build
        return build

    return enter


# PDF ----------------------------------------------------------------------------------------------

_PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<<%s>>>>"
_FONT = b"/Font<</A<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>"
_TREE = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
_HELLO = b"BT /A 10 Tf 50 700 Td (hello) Tj ET"


def pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is its catalogue."""
    out = b"%PDF-1.5\n"
    places = []
    for number, each in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + each + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%s"
        b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF"
        % (size, table, size, trailer, len(out))
    )


def stream(data: bytes, extra: bytes = b"", filters: bytes = b"/FlateDecode") -> bytes:
    """A stream object of data that is already encoded by the filters."""
    filter_ = b"/Filter[%s]" % filters if filters else b""
    return b"<</Length %d%s%s>>stream\n%s\nendstream" % (len(data), filter_, extra, data)


def page(content: bytes, *more: bytes, resources: bytes = _FONT) -> bytes:
    """A PDF with one page; ``more`` objects are numbered from 5."""
    return pdf([*_TREE, _PAGE % resources, content, *more])


@cache
def deflated(megabytes: int, *, byte: bytes = b" ", tail: bytes = b"") -> bytes:
    """So many megabytes of one byte, and a tail, as zlib packs them."""
    packer = zlib.compressobj(1)
    block = byte * 1_000_000
    packed = b"".join(packer.compress(block) for _ in range(megabytes))
    return packed + packer.compress(tail) + packer.flush()


@file("flate-bomb.pdf")
def _() -> bytes:
    return page(stream(deflated(700)))


@file("flate-bomb-with-text-behind-it.pdf")
def _() -> bytes:
    return page(stream(deflated(700, tail=_HELLO)))


@file("flate-twice.pdf")
def _() -> bytes:
    return page(stream(zlib.compress(deflated(700)), filters=b"/FlateDecode/FlateDecode"))


@file("nested-forms.pdf")
def _() -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</F %d 0 R>>%s>>"
    forms = [
        stream(b"/F Do " * 10, form % (number + 1, _FONT), filters=b"") for number in range(5, 13)
    ]
    last = stream(_HELLO, form % (99, _FONT), filters=b"")
    return page(
        stream(b"/F Do", filters=b""), *forms, last, resources=_FONT + b"/XObject<</F 5 0 R>>"
    )


@file("form-that-holds-itself.pdf")
def _() -> bytes:
    form = b"/Type/XObject/Subtype/Form/BBox[0 0 600 800]/Resources<</XObject<</F 5 0 R>>>>"
    return page(
        stream(b"/F Do", filters=b""),
        stream(b"/F Do /F Do", form, filters=b""),
        resources=b"/XObject<</F 5 0 R>>",
    )


@file("million-operators.pdf")
def _() -> bytes:
    shown = b"".join(
        b"1 0 0 1 %d %d Tm (hello world) Tj " % (i % 600, i * 7 % 800) for i in range(300_000)
    )
    return page(stream(zlib.compress(b"BT /A 1 Tf " + shown + b"ET", 1)))


@file("page-loop.pdf")
def _() -> bytes:
    return pdf([_TREE[0], b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000000>>"])


@file("count-of-pages.pdf")
def _() -> bytes:
    tree = b"<</Type/Pages/Kids[3 0 R]/Count 1000000000>>"
    return pdf([_TREE[0], tree, _PAGE % _FONT, stream(_HELLO, filters=b"")])


@file("the-same-page-100000-times.pdf")
def _() -> bytes:
    tree = b"<</Type/Pages/Kids[" + b"3 0 R " * 100_001 + b"]/Count 100001>>"
    return pdf([_TREE[0], tree, _PAGE % _FONT, stream(_HELLO, filters=b"")])


@file("xref-loop.pdf")
def _() -> bytes:
    data = page(stream(_HELLO, filters=b""))
    start = data.rindex(b"xref\n0")
    return data.replace(b"/Root 1 0 R", b"/Root 1 0 R/Prev %d" % start)


@file("xref-lies.pdf")
def _() -> bytes:
    return page(stream(_HELLO, filters=b"")).replace(b" 00000 n", b" 65535 n")


@file("outline-loop.pdf")
def _() -> bytes:
    catalogue = b"<</Type/Catalog/Pages 2 0 R/Outlines 5 0 R>>"
    item = b"<</Title(a)/Parent 5 0 R/First 6 0 R/Last 6 0 R/Next 6 0 R/Prev 6 0 R/Count 99>>"
    outlines = b"<</Type/Outlines/First 6 0 R/Last 6 0 R/Count 99>>"
    content = stream(_HELLO, filters=b"")
    return pdf([catalogue, _TREE[1], _PAGE % _FONT, content, outlines, item])


@file("page-labels.pdf")
def _() -> bytes:
    label = b"<</P(" + b"x" * 1_000_000 + b")/S/r/St 2000000000>>"
    catalogue = b"<</Type/Catalog/Pages 2 0 R/PageLabels<</Nums[0 " + label + b"]>>>>"
    return pdf([catalogue, _TREE[1], _PAGE % _FONT, stream(_HELLO, filters=b"")])


@file("structure-loop.pdf")
def _() -> bytes:
    catalogue = b"<</Type/Catalog/Pages 2 0 R/MarkInfo<</Marked true>>/StructTreeRoot 5 0 R>>"
    root = b"<</Type/StructTreeRoot/K 6 0 R>>"
    element = b"<</Type/StructElem/S/H1/P 6 0 R/K[6 0 R 6 0 R]/Pg 3 0 R>>"
    content = stream(_HELLO, filters=b"")
    return pdf([catalogue, _TREE[1], _PAGE % _FONT, content, root, element])


@file("arrays-in-arrays.pdf")
def _() -> bytes:
    return pdf([b"<</Type/Catalog/Pages 2 0 R/X " + b"[" * 500_000 + b">>", *_TREE[1:]])


def _picture(filter_: bytes, data: bytes) -> bytes:
    extra = (
        b"/Type/XObject/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8"
        b"/ColorSpace/DeviceGray"
    )
    return page(
        stream(b"600 0 0 800 0 0 cm /I Do", filters=b""),
        stream(data, extra, filter_),
        resources=b"/XObject<</I 5 0 R>>",
    )


@file("junk-jbig2.pdf")
def _() -> bytes:
    return _picture(b"/JBIG2Decode", b"\x97JB2\r\n\x1a\n" + bytes(range(256)) * 20)


@file("junk-jpeg2000.pdf")
def _() -> bytes:
    return _picture(b"/JPXDecode", b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(range(256)) * 20)


@file("huge-picture.pdf")
def _() -> bytes:
    return _picture(b"/FlateDecode", deflated(100, byte=b"\0"))


@file("encrypted.pdf")
def _() -> bytes:
    encrypt = b"/Encrypt<</Filter/Standard/V 1/R 2/O(%s)/U(%s)/P -4>>/ID[(a)(a)]" % (
        b"o" * 32,
        b"u" * 32,
    )
    objects = [*_TREE, _PAGE % _FONT, stream(_HELLO, filters=b"")]
    return pdf(objects, encrypt)


@file("cut-off.pdf")
def _() -> bytes:
    data = page(stream(_HELLO, filters=b""))
    return data[: len(data) // 3]


@file("empty.pdf")
def _() -> bytes:
    return b""


@file("header-alone.pdf")
def _() -> bytes:
    return b"%PDF-1.7\n"


@file("text-named.pdf")
def _() -> bytes:
    return b"This is no PDF at all.\n" * 100


@file("launches-and-connects.pdf")
def _() -> bytes:
    action = b"<</S/URI/URI(%s/pdf)>>" % listening.encode()
    launch = b"<</S/Launch/F(/bin/sh)>>"
    catalogue = b"<</Type/Catalog/Pages 2 0 R/OpenAction %s/AA<</WC %s>>>>" % (action, launch)
    return pdf([catalogue, _TREE[1], _PAGE % _FONT, stream(_HELLO, filters=b"")])


# Zipped formats -----------------------------------------------------------------------------------

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
    'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
    'relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.'
    'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
    'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/'
    '2006/relationships/officeDocument" Target="{target}"{more}/></Relationships>'
)


def zipped(*parts: tuple[str | zipfile.ZipInfo, str | bytes]) -> bytes:
    """A zip file of these parts, in order; a name can occur twice."""
    out = io.BytesIO()
    with (
        warnings.catch_warnings(),
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        warnings.simplefilter("ignore")  # a name can occur twice
        for name, data in parts:
            archive.writestr(name, data)
    return out.getvalue()


def docx(
    document: str | bytes,
    *more: tuple[str | zipfile.ZipInfo, str | bytes],
    target: str = "word/document.xml",
    relation: str = "",
) -> bytes:
    """A Word file with this main part."""
    return zipped(
        ("[Content_Types].xml", _TYPES),
        ("_rels/.rels", _RELATIONS.format(target=target, more=relation)),
        ("word/document.xml", document),
        *more,
    )


def body(inner: str, before: str = "") -> str:
    """A main part with this content."""
    return f'<?xml version="1.0"?>{before}<w:document {_W}><w:body>{inner}</w:body></w:document>'


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


class Entry:
    """An entry of ``raw_zip``, which may say what is not so."""

    def __init__(
        self, name: str, packed: bytes, *, size: int, crc: int, place: int | None = None
    ) -> None:
        self.name = name.encode()
        self.packed = packed
        self.size = size
        self.crc = crc
        self.place = place
        """Where its data are said to be, if they are not its own."""


def raw_zip(entries: Sequence[Entry]) -> bytes:
    """A zip file of deflated entries, written as told."""
    out = b""
    directory = b""
    for each in entries:
        # 20, no flags, deflated, no date
        numbers = (20, 0, 8, 0, 0x21, each.crc, len(each.packed), each.size, len(each.name), 0)
        place = len(out) if each.place is None else each.place
        if each.place is None:
            out += struct.pack("<I5H3I2H", 0x04034B50, *numbers) + each.name + each.packed
        directory += struct.pack("<I6H3I5H2I", 0x02014B50, 20, *numbers, 0, 0, 0, 0, place)
        directory += each.name
    count = len(entries)
    end = (0x06054B50, 0, 0, count, count, len(directory), len(out), 0)
    return out + directory + struct.pack("<I4H2IH", *end)


def entry(name: str, data: bytes, *, crc: int | None = None, size: int | None = None) -> Entry:
    """An entry of these data."""
    packed = zlib.compress(data, 1)[2:-4]
    right = zlib.crc32(data)
    return Entry(
        name, packed, size=len(data) if size is None else size, crc=right if crc is None else crc
    )


def _docx_entries(main: Entry) -> list[Entry]:
    relations = _RELATIONS.format(target="word/document.xml", more="")
    return [
        entry("[Content_Types].xml", _TYPES.encode()),
        entry("_rels/.rels", relations.encode()),
        main,
    ]


def _bomb(*, size: int | None = None) -> Entry:
    """A main part of 700 MB; with ``size``, it is said to have so many bytes."""
    start = body("").split("</w:body>")[0].encode() + b"<w:p><w:r><w:t>"
    block = b"a" * 1_000_000
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    packed = packer.compress(start)
    crc = zlib.crc32(start)
    for _ in range(700):
        packed += packer.compress(block)
        crc = zlib.crc32(block, crc)
    packed += packer.flush()
    told = len(start) + 700_000_000 if size is None else size
    return Entry("word/document.xml", packed, size=told, crc=crc)


@file("zip-bomb.docx")
def _() -> bytes:
    return raw_zip(_docx_entries(_bomb()))


@file("zip-bomb-that-lies.docx")
def _() -> bytes:
    return raw_zip(_docx_entries(_bomb(size=1000)))


@file("overlapping-entries.docx")
def _() -> bytes:
    main = entry("word/document.xml", body(paragraph("a" * 5_000_000)).encode())
    first = _docx_entries(main)
    place = sum(30 + len(each.name) + len(each.packed) for each in first[:2])
    again = [
        Entry(f"word/{number}.xml", main.packed, size=main.size, crc=main.crc, place=place)
        for number in range(1000)
    ]
    return raw_zip([*first, *again])


@file("60000-entries.docx")
def _() -> bytes:
    return docx(body(paragraph("text")), *((f"x/{number}", b"") for number in range(60_000)))


@file("nested-zips.docx")
def _() -> bytes:
    inner = zipped(("a", b"\0" * 10_000_000))
    for _ in range(10):
        inner = zipped(*((f"{number}.zip", inner) for number in range(10)))
    return docx(body(paragraph("text")), ("word/embeddings/a.zip", inner))


def _laughs(entity: str = "") -> str:
    first = '<!ENTITY l0 "lolololololololol">'
    more = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    return f"<!DOCTYPE x [{first}{more}{entity}]>"


@file("billion-laughs.docx")
def _() -> bytes:
    return docx(body(paragraph("&l9;"), _laughs()))


@file("quadratic-entities.docx")
def _() -> bytes:
    before = f'<!DOCTYPE x [<!ENTITY a "{"a" * 100_000}">]>'
    return docx(body(paragraph("&a;" * 20_000), before))


@file("external-entity-file.docx")
def _() -> bytes:
    before = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret_path}">]>'
    return docx(body(paragraph("before&e;after"), before))


@file("external-entity-http.docx")
def _() -> bytes:
    before = f'<!DOCTYPE x SYSTEM "{listening}/dtd" [<!ENTITY e SYSTEM "{listening}/entity">]>'
    return docx(body(paragraph("before&e;after"), before))


@file("parameter-entity.docx")
def _() -> bytes:
    before = f'<!DOCTYPE x [<!ENTITY % p SYSTEM "{listening}/parameter">%p;]>'
    return docx(body(paragraph("text"), before))


@file("external-relation.docx")
def _() -> bytes:
    relations = _RELATIONS.format(target=f"{listening}/part", more=' TargetMode="External"')
    return docx(body(paragraph("text")), ("word/_rels/document.xml.rels", relations))


@file("target-outside.docx")
def _() -> bytes:
    return docx(body(paragraph("text")), target=f"../../../../../../..{secret_path}")


@file("paths-outside.docx")
def _() -> bytes:
    return docx(
        body(paragraph("text")),
        ("../../../../../../tmp/hostile-was-here", "x"),
        ("/tmp/hostile-was-here", "x"),
        ("word/../../hostile-was-here", "x"),
        ("C:\\hostile-was-here", "x"),
    )


@file("link-in-archive.docx")
def _() -> bytes:
    link = zipfile.ZipInfo("word/footnotes.xml")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    return docx(body(paragraph("text")), (link, secret_path))


@file("tables-in-tables.docx")
def _() -> bytes:
    depth = 100_000
    opened, closed = "<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"
    return docx(body(opened * depth + paragraph("deep") + closed * depth))


@file("million-paragraphs.docx")
def _() -> bytes:
    return docx(body(paragraph("word") * 1_000_000))


@file("huge-attribute.docx")
def _() -> bytes:
    return docx(body(f'<w:p w:x="{"a" * 50_000_000}"/>' + paragraph("text")))


@file("many-attributes.docx")
def _() -> bytes:
    attributes = " ".join(f'w:a{number}="1"' for number in range(200_000))
    return docx(body(f"<w:p {attributes}/>" + paragraph("text")))


@file("huge-list-level.docx")
def _() -> bytes:
    numbered = '<w:pPr><w:numPr><w:ilvl w:val="{0}"/><w:numId w:val="{0}"/></w:numPr></w:pPr>'
    inner = "".join(
        f"<w:p>{numbered.format(level)}<w:r><w:t>item</w:t></w:r></w:p>"
        for level in ("999999999", "-5", "x", "9" * 5000)
    )
    return docx(body(inner))


@file("huge-span.docx")
def _() -> bytes:
    properties = '<w:tcPr><w:gridSpan w:val="2000000000"/></w:tcPr>'
    cell = f"<w:tc>{properties}{paragraph('x')}</w:tc>"
    return docx(body(f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>"))


@file("missing-parts.docx")
def _() -> bytes:
    return zipped(("[Content_Types].xml", _TYPES))


@file("bad-checksum.docx")
def _() -> bytes:
    data = body(paragraph("text")).encode()
    return raw_zip(_docx_entries(entry("word/document.xml", data, crc=1)))


@file("same-name-twice.docx")
def _() -> bytes:
    return docx(body(paragraph("first")), ("word/document.xml", body(paragraph("second"))))


@file("wrong-content-type.docx")
def _() -> bytes:
    return docx("{}", target="word/document.xml", relation=' TargetMode="Internal"')


@file("cut-off.docx")
def _() -> bytes:
    return docx(body(paragraph("text") * 1000))[:800]


@file("not-xml.docx")
def _() -> bytes:
    return docx(b"\xff\xfe\0\0" + bytes(range(256)) * 50)


@file("encrypted-entry.docx")
def _() -> bytes:
    data = bytearray(docx(body(paragraph("text"))))
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        data[place + 8] |= 1
        place = data.find(b"PK\x01\x02", place + 1)
    return bytes(data)


@file("slides-in-a-loop.pptx")
def _() -> bytes:
    relation = _RELATIONS.format(target="ppt/presentation.xml", more="")
    inner = _RELATIONS.replace("officeDocument", "slide", 1).format(
        target="presentation.xml", more=""
    )
    namespace = (
        'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    )
    ids = '<p:sldId id="256" r:id="r1"/>' * 100_000
    slides = f"<p:presentation {namespace}><p:sldIdLst>{ids}</p:sldIdLst></p:presentation>"
    types = _TYPES.replace("/word/document.xml", "/ppt/presentation.xml").replace(
        "wordprocessingml.document", "presentationml.presentation"
    )
    return zipped(
        ("[Content_Types].xml", types),
        ("_rels/.rels", relation),
        ("ppt/presentation.xml", slides),
        ("ppt/_rels/presentation.xml.rels", inner),
    )


_O = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)


def odt(inner: str, before: str = "", *, kind: str = "text") -> bytes:
    """An OpenDocument file with this content."""
    content = (
        f'<?xml version="1.0"?>{before}<office:document-content {_O}><office:body><office:{kind}>'
        f"{inner}</office:{kind}></office:body></office:document-content>"
    )
    return zipped(
        ("mimetype", f"application/vnd.oasis.opendocument.{kind}"), ("content.xml", content)
    )


@file("billion-laughs.odt")
def _() -> bytes:
    return odt("<text:p>&l9;</text:p>", _laughs())


@file("external-entity.odt")
def _() -> bytes:
    before = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret_path}">]>'
    return odt("<text:p>a&e;b</text:p>", before)


@file("repeated-spaces.odt")
def _() -> bytes:
    return odt('<text:p>a<text:s text:c="2000000000"/>b</text:p>')


@file("repeated-rows.odt")
def _() -> bytes:
    cell = (
        '<table:table-cell table:number-columns-repeated="2000000000"><text:p>x</text:p>'
        "</table:table-cell>"
    )
    row = f'<table:table-row table:number-rows-repeated="2000000000">{cell}</table:table-row>'
    return odt(f"<table:table>{row}</table:table>")


@file("sections-in-sections.odt")
def _() -> bytes:
    return odt("<text:section>" * 200_000 + "<text:p>x</text:p>" + "</text:section>" * 200_000)


@file("repeated-rows.ods")
def _() -> bytes:
    cell = (
        '<table:table-cell table:number-columns-repeated="16384" office:value-type="string">'
        "<text:p>x</text:p></table:table-cell>"
    )
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    table = f'<table:table table:name="S">{row}</table:table>'
    return odt(table, kind="spreadsheet")


def xlsx(sheet: str, strings: str | bytes = "", *, before: str = "") -> bytes:
    """A workbook with one sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    types = (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override '
        'PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sheet.main+xml"/></Types>'
    )
    inner = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{relations}/worksheet" Target="worksheets/s.xml"/>'
        f'<Relationship Id="r2" Type="{relations}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>"
    )
    book = (
        f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="S" sheetId="1" '
        'r:id="r1"/></sheets></workbook>'
    )
    if isinstance(strings, str):
        strings = f'<?xml version="1.0"?>{before}<sst xmlns="{main}">{strings}</sst>'
    return zipped(
        ("[Content_Types].xml", types),
        ("_rels/.rels", _RELATIONS.format(target="xl/workbook.xml", more="")),
        ("xl/workbook.xml", book),
        ("xl/_rels/workbook.xml.rels", inner),
        ("xl/worksheets/s.xml", f'<worksheet xmlns="{main}">{sheet}</worksheet>'),
        ("xl/sharedStrings.xml", strings),
    )


@file("claims-every-cell.xlsx")
def _() -> bytes:
    corners = (
        '<row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    )
    return xlsx(f'<dimension ref="A1:XFD1048576"/><sheetData>{corners}</sheetData>')


@file("cells-outside.xlsx")
def _() -> bytes:
    cells = '<row r="1"><c r="ZZZZZZZ99999999999"><v>1</v></c><c r="A0"><v>2</v></c></row>'
    return xlsx(f"<sheetData>{cells}</sheetData>")


@file("one-long-string-everywhere.xlsx")
def _() -> bytes:
    cells = "".join(f'<c r="A{n}" t="s"><v>0</v></c>' for n in range(1, 20_001))
    text = f"<si><t>{'a' * 100_000}</t></si>"
    return xlsx(f'<sheetData><row r="1">{cells}</row></sheetData>', text)


@file("billion-laughs.xlsx")
def _() -> bytes:
    cell = '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'
    return xlsx(cell, "<si><t>&l9;</t></si>", before=_laughs())


@file("shared-strings-that-are-missing.xlsx")
def _() -> bytes:
    return xlsx('<sheetData><row r="1"><c r="A1" t="s"><v>4000000000</v></c></row></sheetData>')


# EPUB ---------------------------------------------------------------------------------------------


def epub(
    spine: str, *chapters: tuple[str, str], more: Sequence[tuple[str, str]] = (), items: str = ""
) -> bytes:
    """A book of these chapters."""
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile '
        'full-path="o.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    listed = "".join(
        f'<item id="{name}" href="{name}" media-type="application/xhtml+xml"/>'
        for name, _ in chapters
    )
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest>'
        f"{listed}{items}</manifest><spine>{spine}</spine></package>"
    )
    return zipped(
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", container),
        ("o.opf", package),
        *chapters,
        *more,
    )


_CHAPTER = "<html><body><h1>One</h1><p>Some text of the chapter.</p></body></html>"


@file("spine-loop.epub")
def _() -> bytes:
    return epub('<itemref idref="a.xhtml"/>' * 200_000, ("a.xhtml", _CHAPTER))


@file("missing-items.epub")
def _() -> bytes:
    spine = '<itemref idref="a.xhtml"/><itemref idref="none"/><itemref idref="gone"/>'
    items = '<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/>'
    return epub(spine, ("a.xhtml", _CHAPTER), items=items)


@file("chapters-outside.epub")
def _() -> bytes:
    items = (
        f'<item id="a" href="../../../../../..{secret_path}" media-type="application/xhtml+xml"/>'
        f'<item id="b" href="file://{secret_path}" media-type="application/xhtml+xml"/>'
        f'<item id="c" href="{listening}/chapter" media-type="application/xhtml+xml"/>'
    )
    spine = '<itemref idref="a"/><itemref idref="b"/><itemref idref="c"/><itemref idref="x"/>'
    return epub(spine, ("x", _CHAPTER), items=items)


@file("with-rights-management.epub")
def _() -> bytes:
    encryption = (
        '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
        'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod '
        'Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><CipherData><CipherReference '
        'URI="a.xhtml"/></CipherData></EncryptedData></encryption>'
    )
    return epub(
        '<itemref idref="a.xhtml"/>',
        ("a.xhtml", "\x8f\x01\x02 junk"),
        more=[("META-INF/encryption.xml", encryption)],
    )


@file("chapter-bomb.epub")
def _() -> bytes:
    return epub('<itemref idref="a.xhtml"/>', ("a.xhtml", "<p>" + "a" * 300_000_000))


@file("contents-loop.epub")
def _() -> bytes:
    nav = "<nav epub:type='toc'>" + "<ol><li><a href='a.xhtml'>x</a>" * 50_000
    items = '<item id="n" href="n.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    return epub(
        '<itemref idref="a.xhtml"/>', ("a.xhtml", _CHAPTER), more=[("n.xhtml", nav)], items=items
    )


# HTML ---------------------------------------------------------------------------------------------

HOSTILE["million-nested-tags.html"] = lambda: b"<div>" * 1_000_000 + b"text"
HOSTILE["nested-tables.html"] = lambda: b"<table><tr><td>" * 50_000 + b"text"
HOSTILE["nested-inline.html"] = lambda: b"<b><i><a href=x>" * 100_000 + b"text"
HOSTILE["unclosed-inline.html"] = lambda: b"<p>" + b"<b>a<p>" * 20_000
HOSTILE["one-long-line.html"] = lambda: b"<p>" + b"word " * 10_000_000
HOSTILE["nuls.html"] = lambda: b"<p>\0a\0b</p>\0" * 1000
HOSTILE["unknown-charset.html"] = lambda: b"<meta charset=x-none><p>text \xe9\xff</p>"
HOSTILE["endless-entities.html"] = lambda: b"<p>&" + b"a" * 5_000_000 + b"&#" + b"9" * 5_000_000
HOSTILE["million-attributes.html"] = lambda: (
    b"<p " + b" ".join(b"a%d=1" % number for number in range(1_000_000)) + b">text"
)
HOSTILE["unclosed-comment.html"] = lambda: b"<p>text<!--" + b"-- <!--" * 500_000
HOSTILE["unclosed-script.html"] = lambda: b"<p>text<script>" + b"</scrip" * 500_000
HOSTILE["huge-span.html"] = lambda: (
    b"<table><tr><td colspan=1000000000 rowspan=1000000000>x</td><td>y</table>"
)
HOSTILE["binary.html"] = lambda: bytes(range(256)) * 200


@file("connects.html")
def _() -> bytes:
    at = listening
    return (
        f"<base href={at}/><link rel=stylesheet href={at}/css><img src={at}/img>"
        f"<iframe src=file://{secret_path}></iframe><script src={at}/js></script>"
        f"<meta http-equiv=refresh content='0;url={at}/x'><p>text</p>"
    ).encode()


# RTF, mail, tables, lines -------------------------------------------------------------------------

HOSTILE["deep-groups.rtf"] = lambda: b"{\\rtf1 " + b"{" * 1_000_000 + b"text"
HOSTILE["closed-too-often.rtf"] = lambda: b"{\\rtf1 text" + b"}" * 100_000
HOSTILE["huge-binary.rtf"] = lambda: b"{\\rtf1 before \\bin999999999999 after}"
HOSTILE["negative-binary.rtf"] = lambda: b"{\\rtf1 before \\bin-5 after}"
HOSTILE["huge-numbers.rtf"] = lambda: (
    b"{\\rtf1\\ansicpg99999 \\uc2147483647\\u" + b"9" * 5000 + b" text\\'zz\\'f}"
)
HOSTILE["million-words.rtf"] = lambda: b"{\\rtf1 " + b"\\b\\i0 " * 1_000_000 + b"text}"
HOSTILE["unclosed.rtf"] = lambda: b"{\\rtf1 text \\"

_HEAD = b"From: a@example.org\nTo: b@example.org\nSubject: s\nMIME-Version: 1.0\n"


@file("multipart-in-multipart.eml")
def _() -> bytes:
    return _HEAD + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (number, number)
        for number in range(10_000)
    )


@file("messages-in-messages.eml")
def _() -> bytes:
    return _HEAD + (b"Content-Type: message/rfc822\n\n" + _HEAD) * 10_000


HOSTILE["missing-boundary.eml"] = lambda: (
    _HEAD + b'Content-Type: multipart/mixed; boundary="never"\n\ntext\n' * 3
)
HOSTILE["million-headers.eml"] = lambda: _HEAD + b"X: y\n" * 1_000_000 + b"\ntext"
HOSTILE["huge-header.eml"] = lambda: (
    b"Subject: " + b"=?utf-8?q?a?= " * 200_000 + b"\nTo: " + b"a@b, " * 100_000 + b"\n\ntext"
)
HOSTILE["comments-in-address.eml"] = lambda: b"From: " + b"(" * 100_000 + b"\n\ntext"
HOSTILE["junk-in-base64.eml"] = lambda: (
    _HEAD
    + b"Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n"
    + b"%$!=\xff" * 10_000
)
HOSTILE["unknown-charset.eml"] = lambda: (
    _HEAD + b'Content-Type: text/plain; charset="none"\n\ntext \xe9'
)
HOSTILE["million-parts.eml"] = lambda: (
    _HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 200_000
)
HOSTILE["bomb-of-html.eml"] = lambda: (
    _HEAD
    + b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(b"<div>" * 500_000)
)
HOSTILE["50000-messages.mbox"] = lambda: (
    b"From a@b Thu Jan  1 00:00:00 1970\nSubject: s\n\nx\n\n" * 50_000
)

HOSTILE["unclosed-quote.csv"] = lambda: b'a,b\n1,"2\n' + b"3,4\n" * 1_000_000
HOSTILE["quotes.csv"] = lambda: b'a,b\n"' + b'""' * 1_000_000
HOSTILE["million-columns.csv"] = lambda: b"," * 1_000_000 + b"\n1,2\n"
HOSTILE["deep.jsonl"] = lambda: b"[" * 1_000_000 + b"\n" + b'{"a":' * 100_000 + b"\n"
HOSTILE["huge-number.jsonl"] = lambda: b'{"a": ' + b"9" * 1_000_000 + b"}\n"
HOSTILE["lone-surrogates.jsonl"] = lambda: b'{"a": "\\ud800 text \\udfff"}\n'
HOSTILE["groups.tex"] = lambda: b"\\documentclass{a}\\begin{document}" + b"{" * 500_000
HOSTILE["bars.rst"] = lambda: b"=====\n" * 200_000
