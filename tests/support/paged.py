"""A made-up format with pages, added by an installed package, as PDF has them."""

from pathlib import Path

MODULE = '''
import json

from qa_index.formats import Format, UnreadableSource
from qa_index.records import Block, BlockKind, Gap, Parsed, Rectangle, Unit, UnitKind

HEAD = b"PAGED\\n"
VERSION = {version}
KIND = UnitKind("{kind}")


def parse(data, *, name):
    """Pages are separated by form feeds; the first line of each is its label."""
    text, units, gaps = "", [], []
    for number, page in enumerate(data[len(HEAD):].decode().split("\\f"), 1):
        label, _, body = page.partition("\\n")
        body = body.strip()
        if VERSION > 1:
            body = body.replace("Eastern", "East-\\nern").replace("  ", " ")
        if not body:
            gaps.append(Gap(f"page {{number}}", "picture only"))
        elif text:
            # A sentence may go on on the next page.
            text += "\\n\\n" if text.endswith(".") else " "
        units.append(Unit(KIND, number, label.strip(), len(text), len(text) + len(body)))
        text += body
    blocks, at = [], 0
    for paragraph in text.split("\\n\\n"):
        if paragraph.strip():
            blocks.append(Block(BlockKind.PROSE, at, at + len(paragraph)))
        at += len(paragraph) + 2
    return Parsed(text, "application/pdf", name, tuple(blocks), (), "", tuple(units), tuple(gaps))


def check(head):
    if not head.startswith(HEAD):
        raise UnreadableSource("it has no pages")


def locate(data, parsed, spans):
    def places(span):
        for unit in parsed.units:
            start, end = max(span.start, unit.start), min(span.end, unit.end)
            if start < end:
                yield Rectangle(unit.number, start - unit.start, 0.0, end - unit.start, 12.0)

    return [tuple(places(span)) for span in spans]


def render(data, page, marks, *, dots_per_inch):
    drawn = json.dumps([page, [[kind, list(place)] for kind, place in marks]])
    return b"\\x89PNG\\r\\n\\x1a\\n" + drawn.encode()


FORMAT = Format(
    "paged", VERSION, frozenset({{".paged"}}), parse, check, is_text=False,
    locate=locate, render=render if KIND == "page" else None,
)
'''


def install(folder: Path, *, version: int = 1, kind: str = "page") -> Path:
    """Writes the package into ``folder``, which then belongs on the import path."""
    info = folder / "paged-1.0.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: paged\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[grounded_qa.formats]\npaged = paged:FORMAT\n")
    (folder / "paged.py").write_text(MODULE.format(version=version, kind=kind))
    return folder


def write_paged(file: Path, *pages: tuple[str, str]) -> None:
    """Writes a file of pages, each given as label and text."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"PAGED\n" + "\f".join(f"{label}\n{text}" for label, text in pages).encode())
