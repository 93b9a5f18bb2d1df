"""Where a quote is: what most schemas share."""

from qa.schemas.fields import (
    Schema,
    any_of,
    constant,
    list_of,
    named,
    number,
    one_of,
    or_null,
    sha256,
    text,
    truth,
    whole,
)
from qa_index.records import UnitKind

SPAN = named(
    "Span",
    "Code points of the text, half open: text[start:end].",
    start=whole(),
    end=whole(),
    unit=constant("codepoint"),
)
LINES = named("Lines", "First and last line, from 1.", start=whole(least=1), end=whole(least=1))
UNIT_NAME = named(
    "UnitName",
    number=whole("From 1.", least=1),
    label=or_null(text(), "Printed page number, or name of the sheet or chapter."),
)
UNIT_RANGE = named(
    "UnitRange",
    "First and last page or similar unit.",
    kind=one_of(UnitKind),
    first=UNIT_NAME,
    last=UNIT_NAME,
    recognised=truth("Whether one of them is a picture whose text a program recognised."),
)

SOURCE = named(
    "Source",
    "The file that a quote was taken from.",
    path=text("Relative to the folder above the index if inside it."),
    title=text(),
    media_type=text(),
    sha256=sha256("Of the file when it was indexed."),
    stale=truth("Whether the file has changed or gone since."),
    encoding=or_null(text(), "Codec of the text; null if the text was extracted."),
    format=or_null(text(), "Name of the format that the file was parsed as."),
    format_version=or_null(whole()),
    recognition=or_null(text(), "Program that recognised text on pages that are pictures."),
)

PAGES: dict[str, Schema] = {
    "lines": or_null(LINES, "Null if the text was extracted."),
    "page": or_null(whole(least=1), "Number of the first page, from 1."),
    "page_label": or_null(text(), "Number printed on that page."),
    "unit": or_null(UNIT_RANGE),
}
"""Lines of text that is the decoded file, pages or similar units of text that was extracted."""

HEADING_PATH = list_of(text(), "Outermost first.")
WARNINGS = list_of(text(), "For a person.")

PLACE = named("Place", path=text(), span=SPAN, **PAGES)

QUOTED: dict[str, Schema] = {
    "quote": text("Verbatim text of the source."),
    "quote_sha256": sha256("Of the quote in UTF-8."),
    "source": SOURCE,
    "span": SPAN,
    **PAGES,
}
"""A quote with its place."""

RECTANGLE = named(
    "Rectangle",
    "On a page, in points from its lower left corner.",
    page=whole(least=1),
    x0=number(),
    y0=number(),
    x1=number(),
    y1=number(),
)
CELLS = named("Cells", "Cells of a sheet.", sheet=text(), range=text("Such as A4:C4."))
FRAGMENT = named("Fragment", "Part of an HTML page.", fragment=text("With #, as in a link."))

FILE_PLACES = list_of(any_of(RECTANGLE, CELLS, FRAGMENT))
"""Where a quote is in the original file."""
