"""Converts documents with programs of others, as a recipient would get them."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

_SECONDS = 240


class Conversion(NamedTuple):
    """What a program makes of files."""

    program: str
    suffixes: tuple[str, ...]
    """Of the files that it takes."""
    suffix: str
    """Of the files that it makes."""
    convert: Callable[[Path, Path], None]


def _run(*command: str | Path) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)


def _pdftotext(*options: str) -> Callable[[Path, Path], None]:
    def convert(source: Path, target: Path) -> None:
        _run("pdftotext", *options, source, target)

    return convert


def _pdfium(source: Path, target: Path) -> None:
    # In a process of its own: files of strangers can crash it.
    code = (
        "import sys, pypdfium2 as p\n"
        "pages = [page.get_textpage().get_text_range() for page in p.PdfDocument(sys.argv[1])]\n"
        "open(sys.argv[2], 'w', encoding='utf-8', newline='').write('\\f'.join(pages))"
    )
    _run(sys.executable, "-c", code, source, target)


def _pdftohtml(source: Path, target: Path) -> None:
    _run("pdftohtml", "-s", "-i", "-noframes", source, target)


def _pandoc(*options: str) -> Callable[[Path, Path], None]:
    def convert(source: Path, target: Path) -> None:
        _run("pandoc", source, *options, "-o", target)

    return convert


def _soffice(source: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        kind = target.suffix.removeprefix(".")
        _run("soffice", profile, "--headless", "--convert-to", kind, "--outdir", folder, source)
        Path(folder, source.stem).with_suffix(target.suffix).replace(target)


_OFFICE = (".docx", ".odt", ".rtf")
_MARKUP = (".docx", ".html", ".epub", ".md")

CONVERSIONS = {
    "PDF to text, pdftotext": Conversion("pdftotext", (".pdf",), ".txt", _pdftotext()),
    "PDF to text, pdftotext -layout": Conversion(
        "pdftotext", (".pdf",), ".txt", _pdftotext("-layout")
    ),
    "PDF to text, PDFium": Conversion("", (".pdf",), ".txt", _pdfium),
    "PDF to HTML, pdftohtml": Conversion("pdftohtml", (".pdf",), ".html", _pdftohtml),
    "office to PDF, LibreOffice": Conversion("soffice", _OFFICE, ".pdf", _soffice),
    "to text, pandoc": Conversion("pandoc", _MARKUP, ".txt", _pandoc("-t", "plain")),
    "to Markdown, pandoc": Conversion("pandoc", _MARKUP, ".md", _pandoc("-t", "gfm")),
    "to EPUB, pandoc": Conversion("pandoc", _MARKUP, ".epub", _pandoc()),
    "to DOCX, pandoc": Conversion("pandoc", (".html", ".epub", ".md"), ".docx", _pandoc()),
}


def converted(conversion: Conversion, files: Sequence[Path], folder: Path) -> dict[str, Path]:
    """The converted files by the name of their source; those that it refuses are left out.

    Their names tell nothing of those of their sources.
    """
    made = {}
    for number, source in enumerate(files):
        if source.suffix.lower() not in conversion.suffixes:
            continue
        target = folder / f"{number:04}{conversion.suffix}"
        try:
            conversion.convert(source, target)
        except (subprocess.SubprocessError, OSError):
            continue
        if target.exists():
            made[source.name] = target
    return made
