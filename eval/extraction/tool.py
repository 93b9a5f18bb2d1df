"""Takes the text out of one file with one tool, in a process of its own, and prints what it cost.

    python tool.py TOOL FILE

Runs in our environment and in that of the other tools. Prints JSON: seconds, of the clock and of
the processor, from an imported library to the text of the whole file, peak memory, and what the
tool gave.
"""

import importlib.metadata
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from eval.peers.runner import peak_bytes


class Given(NamedTuple):
    """What a tool gives for a file."""

    characters: int
    pages: int
    headings: int = 0
    boxes: int = 0
    """Rectangles: of characters, words, lines or quotes, whatever the tool has."""


Tool = Callable[[Path], Given]


def ours() -> Tool:
    """Structure: headings, paragraphs, tables, notes, pages."""
    from qa_index import formats

    def run(path: Path) -> Given:
        parsed = formats.parse(path.read_bytes(), name=path.name)
        pages = {unit.number for unit in parsed.units}
        return Given(len(parsed.text), len(pages), len(parsed.headings))

    return run


def ours_with_places() -> Tool:
    """The same, and the rectangles of every paragraph."""
    from qa_index import formats
    from qa_index.records import Span

    def run(path: Path) -> Given:
        data = path.read_bytes()
        found = formats.choose(path.name, data[:4096])
        parsed = formats.parse(data, name=path.name)
        spans = [Span(block.start, block.end) for block in parsed.blocks]
        boxes = sum(map(len, found.locate(data, parsed, spans))) if found.locate else 0
        pages = {unit.number for unit in parsed.units}
        return Given(len(parsed.text), len(pages), len(parsed.headings), boxes)

    return run


def pypdf() -> Tool:
    """Plain extraction; text in order of the stream."""
    import logging

    from pypdf import PdfReader

    logging.disable(logging.WARNING)  # a line a font and page, where fontTools is missing

    def run(path: Path) -> Given:
        pages = PdfReader(path).pages
        return Given(sum(len(page.extract_text()) for page in pages), len(pages))

    return run


def pdfminer() -> Tool:
    """``extract_pages`` with its default layout analysis; a box a line."""
    from pdfminer.high_level import extract_pages
    from pdfminer.layout import LTTextContainer, LTTextLine

    def run(path: Path) -> Given:
        characters = pages = boxes = 0
        for page in extract_pages(path):
            pages += 1
            for element in page:
                if isinstance(element, LTTextContainer):
                    characters += len(element.get_text())
                    boxes += sum(isinstance(line, LTTextLine) for line in element)
        return Given(characters, pages, boxes=boxes)

    return run


def docling_parse() -> Tool:
    """Its default: cells of characters, words and lines. Pages are let go one by one."""
    from docling_parse.pdf_parser import DoclingPdfParser

    def run(path: Path) -> Given:
        document = DoclingPdfParser().load(path)
        characters = pages = boxes = 0
        for number, page in document.iterate_pages():
            pages += 1
            characters += sum(len(cell.text) + 1 for cell in page.textline_cells)
            boxes += len(page.char_cells) + len(page.word_cells) + len(page.textline_cells)
            document.unload_pages((number, number + 1))
        return Given(characters, pages, boxes=boxes)

    return run


def python_docx() -> Tool:
    """Paragraphs with their style, and tables, in order of the body."""
    from docx import Document
    from docx.table import Table

    def texts(content: Any) -> Iterator[str]:
        for item in content:
            if isinstance(item, Table):
                yield from (cell.text for row in item.rows for cell in row.cells)
            else:
                yield item.text

    def run(path: Path) -> Given:
        document = Document(str(path))
        headings = sum(
            (each.style.name or "").startswith("Heading") for each in document.paragraphs
        )
        characters = sum(len(text) + 1 for text in texts(document.iter_inner_content()))
        return Given(characters, 0, headings)

    return run


TOOLS: dict[str, tuple[Callable[[], Tool], str, str]] = {
    "grounded_qa": (ours, "", ".pdf .docx"),
    "grounded_qa, with places": (ours_with_places, "", ".pdf"),
    "pypdf": (pypdf, "pypdf", ".pdf"),
    "pdfminer.six": (pdfminer, "pdfminer.six", ".pdf"),
    "docling-parse": (docling_parse, "docling-parse", ".pdf"),
    "python-docx": (python_docx, "python-docx", ".docx"),
}
"""By name: what opens it, its distribution (ours has none), and the suffixes that it reads."""


def main(name: str, file: str) -> None:
    """Run one tool on one file."""
    opened, distribution, _ = TOOLS[name]
    run = opened()
    started, used = time.perf_counter(), time.process_time()
    given = run(Path(file))
    cost = {
        "seconds": time.perf_counter() - started,
        "cpu_seconds": time.process_time() - used,
        "peak_mb": peak_bytes() / 1e6,
    }
    version = importlib.metadata.version(distribution) if distribution else ""
    print(json.dumps(cost | {"version": version} | given._asdict()))


if __name__ == "__main__":
    main(*sys.argv[1:])
