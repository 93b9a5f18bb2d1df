"""Writes articles as files, by the programs with which people write them."""

import html
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LIMIT_S = 600
"""Far above what any program takes for a file."""

STYLE = """
@page { size: A4; margin: 25mm; @bottom-center { content: counter(page); } }
body { font: 10pt/1.3 serif; text-align: justify; hyphens: auto; }
"""


@dataclass(frozen=True, slots=True)
class Article:
    """A title and the paragraphs below it."""

    title: str
    paragraphs: tuple[str, ...]


def text_of(articles: Sequence[Article]) -> str:
    """The articles as plain text, paragraphs and headings separated by blank lines."""
    return "\n\n".join(part for each in articles for part in (each.title, *each.paragraphs)) + "\n"


def page_of(articles: Sequence[Article]) -> str:
    """The articles as one HTML page. Every other format is made from it."""
    body = [
        f"<h1>{html.escape(each.title)}</h1>\n"
        + "\n".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in each.paragraphs)
        for each in articles
    ]
    title = html.escape(articles[0].title)  # as plain text has it
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{STYLE}</style></head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def write(name: str, articles: Sequence[Article], path: Path) -> Path:
    """Write the articles as ``path`` with the suffix of the format, which is returned.

    Raises ``subprocess.CalledProcessError`` if the program fails, and ``FileNotFoundError`` if it
    is not installed.
    """
    path = path.with_suffix(WRITERS[name].suffix)
    path.parent.mkdir(parents=True, exist_ok=True)
    WRITERS[name].write(articles, path)
    return path


@dataclass(frozen=True, slots=True)
class Writer:
    """One way to make a file."""

    suffix: str
    write: Callable[[Sequence[Article], Path], None]


def is_settable(text: str) -> bool:
    """Whether Debian's base of LaTeX has every letter of it."""
    return all(ord(letter) < 256 or letter in "–—‘’“”…•€" for letter in text)


def _as_text(articles: Sequence[Article], path: Path) -> None:
    path.write_text(text_of(articles), encoding="utf-8")


def _as_page(articles: Sequence[Article], path: Path) -> None:
    path.write_text(page_of(articles), encoding="utf-8")


def _by_pandoc(*options: str) -> Callable[[Sequence[Article], Path], None]:
    def made(articles: Sequence[Article], path: Path) -> None:
        command = ["pandoc", "--from=html", "--standalone", *options, f"--output={path}"]
        _run(command, page_of(articles))

    return made


def _by_weasyprint(articles: Sequence[Article], path: Path) -> None:
    _run(["weasyprint", "--quiet", "-", str(path)], page_of(articles))


def _by_libreoffice(articles: Sequence[Article], path: Path) -> None:
    """From the ODT of pandoc."""
    with tempfile.TemporaryDirectory(prefix="grounded-qa-formats-") as folder:
        source = Path(folder) / f"{path.stem}.odt"
        _by_pandoc()(articles, source)
        profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
        kind = path.suffix.removeprefix(".")
        options = ["--headless", "--convert-to", kind, "--outdir", str(path.parent)]
        _run(["soffice", profile, *options, str(source)])


def _run(command: Sequence[str], given: str = "") -> None:
    subprocess.run(
        command, input=given, text=True, capture_output=True, check=True, timeout=LIMIT_S
    )


WRITERS: Mapping[str, Writer] = {
    "text": Writer(".txt", _as_text),
    "HTML": Writer(".html", _as_page),
    "EPUB, pandoc": Writer(".epub", _by_pandoc()),
    "ODT, pandoc": Writer(".odt", _by_pandoc()),
    "DOCX, pandoc": Writer(".docx", _by_pandoc()),
    "DOCX, LibreOffice": Writer(".docx", _by_libreoffice),
    "PDF, LibreOffice": Writer(".pdf", _by_libreoffice),
    "PDF, WeasyPrint": Writer(".pdf", _by_weasyprint),
    "PDF, pdfLaTeX": Writer(".pdf", _by_pandoc("--pdf-engine=pdflatex", "--metadata=lang:en-US")),
}
"""By the name of the format and the program. Text is what the others are compared with."""
