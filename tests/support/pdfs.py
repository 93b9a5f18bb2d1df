"""Small PDF files, written by hand."""

import io
import zlib
from collections.abc import Sequence

from PIL import Image

FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"


def pdf_of(objects: Sequence[bytes]) -> bytes:
    """A file with these objects, numbered from 1; the first is the catalogue."""
    file = b"%PDF-1.7\n"
    offsets = []
    for number, each in enumerate(objects, start=1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + trailer


def stream(data: bytes, entries: bytes = b"") -> bytes:
    """A compressed stream."""
    packed = zlib.compress(data)
    head = b"<</Length %d/Filter/FlateDecode%b>>" % (len(packed), entries)
    return head + b"stream\n" + packed + b"\nendstream"


def scan_of(*pages: bytes, page: bytes = b"") -> bytes:
    """A file of pages that are pictures, given as files of any kind that Pillow reads.

    ``page`` are further entries of every page. A page is as large as its picture at 150 dots per
    inch.
    """
    kids = b" ".join(b"%d 0 R" % (3 + 3 * number) for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages)),
    ]
    for number, file in enumerate(pages):
        picture = Image.open(io.BytesIO(file)).convert("L")
        size = picture.width * 72 / 150, picture.height * 72 / 150
        first = 3 + 3 * number
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.2f %.2f]/Resources<</XObject<</I %d 0 R>>>>"
            b"/Contents %d 0 R%b>>" % (*size, first + 2, first + 1, page),
            stream(b"%.2f 0 0 %.2f 0 0 cm /I Do" % size),
            stream(
                picture.tobytes(),
                b"/Type/XObject/Subtype/Image/ColorSpace/DeviceGray/BitsPerComponent 8"
                b"/Width %d/Height %d" % picture.size,
            ),
        ]
    return pdf_of(objects)


Text = tuple[float, float, float, str]
"""Size, x and y in points, and the words."""


def content(texts: Sequence[Text]) -> bytes:
    """Drawing instructions that show texts in the given order."""
    parts = []
    for size, x, y, words in texts:
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        shown = escaped.encode("cp1252")
        parts.append(b"BT /F %g Tf 1 0 0 1 %g %g Tm (%b) Tj ET\n" % (size, x, y, shown))
    return b"".join(parts)


def pages_of(
    *pages: Sequence[Text] | bytes, page: bytes = b"", catalogue: bytes = b"", more: bytes = b""
) -> bytes:
    """A file of A5 pages, each given as texts or drawing instructions.

    ``page`` and ``catalogue`` are further entries of every page and of the catalogue; ``more`` is
    the object with number 4.
    """
    kids = b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(pages)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R%b>>" % catalogue,
        b"<</Type/Pages/Kids[%b]/Count %d>>" % (kids, len(pages)),
        FONT,
        more or b"null",
    ]
    for number, each in enumerate(pages):
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Resources<</Font<</F 3 0 R>>>>"
            b"/Contents %d 0 R%b>>" % (6 + 2 * number, page)
        )
        objects.append(stream(each if isinstance(each, bytes) else content(each)))
    return pdf_of(objects)


def mixed() -> bytes:
    """A page of text, and one that is a small picture."""
    inline = b"400 0 0 400 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI"
    return pages_of([(12, 40, 500, "Written words.")], inline)
