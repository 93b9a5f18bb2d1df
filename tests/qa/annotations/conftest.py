"""The article as its programs wrote it, in a folder and with an index for each format."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pypdfium2
import pytest

from qa_index.building.build import build
from tests.support.hashing_encoder import HashingEncoder

FIXTURES = Path(__file__).parents[2] / "fixtures"
ARTICLE = FIXTURES / "article"
NOTES = """# Remarks

The dues were discussed at length in the spring. Nobody spoke against them.

## Lamps

Nobody spoke against them. The dues were raised all the same, by four percent.
"""


def index_of(folder: Path) -> Path:
    """An index of a folder with the vectors of words, which nothing here looks at."""
    build([folder], folder / ".qa", encoder=HashingEncoder(dimension=16))
    return folder / ".qa"


def raw_text(pdf: Path) -> str:
    """The text of a PDF as PDFium gives it, page by page, without the tool's own reading order."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return "\f".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


@pytest.fixture(scope="session")
def received(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The index of somebody who has the article in one other format, under another name."""
    made: dict[str, Path] = {}

    def index(name: str) -> Path:
        if name not in made:
            folder = tmp_path_factory.mktemp("received")
            (folder / "remarks.md").write_text(NOTES, encoding="utf-8")
            if name == "text of the PDF":
                text = raw_text(ARTICLE / "article.pdf")
                (folder / "lights.txt").write_text(text, encoding="utf-8", newline="")
            elif name == "Markdown of that text":
                lines = raw_text(ARTICLE / "article.pdf").replace("\r\n", "\n").split("\n")
                text = "# Lights\n\n" + "\n\n".join(lines)
                (folder / "lights.md").write_text(text, encoding="utf-8")
            else:
                shutil.copy(ARTICLE / name, folder / f"lights{Path(name).suffix}")
            made[name] = index_of(folder)
        return made[name]

    return index


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the article in three formats and a PDF in columns; its index is in ``.qa``."""
    folder = tmp_path_factory.mktemp("kept")
    for name in ("article.pdf", "article.docx", "article.html"):
        shutil.copy(ARTICLE / name, folder)
    shutil.copy(FIXTURES / "bees.pdf", folder)
    (folder / "remarks.md").write_text(NOTES, encoding="utf-8")
    index_of(folder)
    return folder
