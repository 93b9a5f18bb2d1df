"""Tables as files: CSV, HTML and Word, each a title and one table."""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from xml.sax.saxutils import escape

Rows = Sequence[Sequence[str]]
"""The first row names the columns."""

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_DOCUMENT = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def as_csv(title: str, rows: Rows) -> bytes:
    """Comma-separated values."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def as_html(title: str, rows: Rows) -> bytes:
    """A page with a heading and the table."""

    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>\n"

    body = "".join(row(cells, "td") for cells in rows[1:])
    return (
        f"<!doctype html><title>{escape(title)}</title><main><h1>{escape(title)}</h1>"
        f"<table><thead>{row(rows[0], 'th')}</thead><tbody>{body}</tbody></table></main>"
    ).encode()


def as_docx(title: str, rows: Rows) -> bytes:
    """A Word document with a heading and the table."""

    def paragraph(text: str, style: str = "") -> str:
        chosen = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
        return f"<w:p>{chosen}<w:r><w:t>{escape(text)}</w:t></w:r></w:p>"

    def row(cells: Sequence[str], properties: str = "") -> str:
        return (
            f"<w:tr>{properties}"
            + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in cells)
            + "</w:tr>"
        )

    table = row(rows[0], "<w:trPr><w:tblHeader/></w:trPr>") + "".join(map(row, rows[1:]))
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Override PartName="/word/document.xml" '
        f'ContentType="{_DOCUMENT}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="a" Type="{_MAIN}" '
        'Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>'
        f"{paragraph(title, 'Heading1')}<w:tbl>{table}</w:tbl></w:body></w:document>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in parts.items():
            archive.writestr(name, xml)
    return file.getvalue()


WRITERS: dict[str, Callable[[str, Rows], bytes]] = {
    "csv": as_csv,
    "html": as_html,
    "docx": as_docx,
}
"""By suffix."""
