"""Makes large files by repeating small ones."""

import re
import shutil
import zipfile
from pathlib import Path

_BODY = re.compile(rb"(.*<w:body>)(.*?)(<w:sectPr.*)", re.DOTALL)
_IDS = re.compile(rb"<w:bookmark(Start|End)[^>]*/>")


def large_pdf(source: Path, pages: int, path: Path) -> Path:
    """Write a PDF of ``pages`` pages: those of ``source``, over and over."""
    import pypdfium2

    with pypdfium2.PdfDocument(source) as given, pypdfium2.PdfDocument.new() as made:
        while (there := len(made)) < pages:
            made.import_pages(given, list(range(min(len(given), pages - there))))
        made.save(path)
    return path


def large_docx(source: Path, times: int, path: Path) -> Path:
    """Write a DOCX whose body is that of ``source``, ``times`` over.

    Bookmarks are left out, since each may stand only once.
    """
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for item in given.infolist():
            if item.filename != "word/document.xml":
                with given.open(item) as part, made.open(item.filename, "w") as copy:
                    shutil.copyfileobj(part, copy)
                continue
            found = _BODY.fullmatch(given.read(item))
            if found is None:
                raise ValueError(f"{source} has no body that can be repeated")
            head, body, tail = found.groups()
            made.writestr(item.filename, head + _IDS.sub(b"", body) * times + tail)
    return path
