"""Puts paragraphs together to one text, with the positions of blocks, units and tables."""

import re
import unicodedata
from collections.abc import Callable, Sequence

from qa_index.formats.pdf.layout import Row
from qa_index.formats.pdf.lines import Line
from qa_index.formats.pdf.paragraphs import Paragraph
from qa_index.formats.structure.titles import tidy
from qa_index.records import Block, BlockKind, Heading, Table, Unit, UnitKind

_WORD_BEFORE = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*-$")
_TENS = re.compile(r"(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)-$", re.IGNORECASE)
"""A hyphen after one of these is part of a number, such as sixty-three."""
_WORD_AFTER = re.compile(r"[^\W\d_]+")


class Writer:
    """Collects the text of a document."""

    def __init__(
        self, labels: Callable[[int], str], words: frozenset[str], recognised: frozenset[int]
    ) -> None:
        """``labels`` gives the printed number of a page, ``words`` those of the document.

        ``recognised`` are the numbers of pages whose text was recognised.
        """
        self.parts: list[str] = []
        self.length = 0
        self.blocks: list[Block] = []
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.units: list[Unit] = []
        self._labels = labels
        self._words = words
        self._recognised = recognised

    @property
    def text(self) -> str:
        """All of it."""
        return "".join(self.parts)

    def add(self, paragraph: Paragraph) -> None:
        """Add a paragraph as one block."""
        if self.parts:
            self._write("\n\n")
        start = self.length
        if paragraph.rows is not None:
            self._rows(paragraph.rows, paragraph.lines[0][0])
            self.tables.append(Table(start, self.length, paragraph.header_rows))
        else:
            self._lines(paragraph.lines)
        self.blocks.append(Block(paragraph.kind, start, self.length))
        if paragraph.kind is BlockKind.HEADING:
            title = tidy(" ".join(line.text for _, line in paragraph.lines))
            self.headings.append(Heading(paragraph.level or 1, title, start, self.length))

    def _write(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def _on_page(self, page: int, text: str) -> None:
        start = self.length
        self._write(text)
        last = self.units[-1] if self.units else None
        if last and last.number == page:
            self.units[-1] = last._replace(end=self.length)
        else:
            self.units.append(
                Unit(
                    UnitKind.PAGE, page, self._labels(page), start, self.length,
                    page in self._recognised,
                )
            )  # fmt: skip

    def _lines(self, lines: Sequence[tuple[int, Line]]) -> None:
        for number, (page, line) in enumerate(lines):
            text = line.text
            following = lines[number + 1][1].text if number + 1 < len(lines) else None
            if following is None:
                self._on_page(page, text)
            elif line.hyphen or _WORD_BEFORE.search(text):
                self._on_page(page, text[:-1] if self._is_split(text, following) else text)
            elif is_wide(text[-1]) and is_wide(following[0]):
                self._on_page(page, text)
            else:
                self._on_page(page, text)
                self._write(" ")

    def _is_split(self, text: str, following: str) -> bool:
        """Whether the hyphen at the end of ``text`` is there only because the line ends."""
        before, after = _WORD_BEFORE.search(text), _WORD_AFTER.match(following)
        if before is None or after is None or not after[0][0].islower() or _TENS.search(text):
            return False
        with_hyphen = (before[0] + after[0]).lower()
        whole = (before[0][:-1] + after[0]).lower()
        return not (with_hyphen in self._words and whole not in self._words)

    def _rows(self, rows: list[Row], page: int) -> None:
        for number, row in enumerate(rows):
            cells = [" ".join(line.text for line in cell) for cell in row]
            self._on_page(page, ("\n" if number else "") + "\t".join(cells).rstrip("\t"))


def is_wide(character: str) -> bool:
    """Whether it belongs to a script that has no spaces between words."""
    return unicodedata.east_asian_width(character) in "WF" and not (
        "\uac00" <= character <= "\ud7a3"
    )
