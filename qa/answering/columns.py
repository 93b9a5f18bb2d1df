"""Whether a row of a table says what is asked, and in which cell.

The name of a firm alone makes its row similar to every question about the firm. What tells them
apart are the words that are left when the row's own are taken away: "What is the share price of"
must agree with the name of a column. The agreement is

- 0 if the row, its columns and the headings above lack a name or a number of the question;
- 1 if they lack none of its words;
- else the highest similarity of the words left and the name of a column, or of the row's first
  cell, which names what is told in a list of properties. Columns whose cell the question names are
  what it asks by, not what it asks for. Where similarities do not count, it is the share of the
  words left that the columns and headings hold.

docs/decisions/tables.md has the figures.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa.confidence.signals import ENOUGH_AGREEMENT
from qa.reader.cells import Cell, table_row
from qa_index.collection.records import StoredPassage
from qa_index.encoding.profile import SimilarityScale
from qa_index.records import LONGEST_HEADER, Span, context_of
from qa_index.terms.analyzer import AnalyzedQuestion, Analyzer
from qa_index.terms.stopwords import stopwords

CLEAR_COLUMN = 0.5
"""Similarity from which a cell is marked although the reader prefers another."""

PROSE_WORDS = 10
"""A cell of as many words says more than the name of its column; its row is read as prose."""

_EDGES = re.compile(r"^\W+|\W+$")


class AskedColumn(NamedTuple):
    """The column that a question asks for, in one row."""

    agreement: float
    """How well the columns agree with the question, at most 1."""
    cell: Span | None
    """Position in the document of the cell that answers; ``None`` if that is not clear."""


class AskedWords:
    """The words of a question, to be found in rows and names of columns."""

    def __init__(self, question: str, analyzed: AnalyzedQuestion, analyzer: Analyzer) -> None:
        self.question = question
        self._analyzer = analyzer
        self._terms = {*analyzed.terms, *(term for word in analyzed.words for term in word)}
        self.words = [word for word in (_EDGES.sub("", each) for each in question.split()) if word]
        """In order, stop words too, without punctuation around them."""

    def terms(self, *texts: str) -> set[str]:
        """The question's terms that occur in some texts."""
        return {term for text in texts for terms in self._analyzed(text) for term in terms} & (
            self._terms
        )

    def name(self, text: str) -> bool:
        """Whether the question holds every word of a text."""
        return any(terms and self._terms.issuperset(terms) for terms in self._analyzed(text))

    def lacking(self, *held: set[str]) -> list[str]:
        """The words that are not among the terms ``held``; stop words are always."""
        found = [self.terms(word) for word in self.words]
        return [
            word
            for word, terms in zip(self.words, found, strict=True)
            if terms and not any(terms & each for each in held)
        ]

    def without(self, held: set[str]) -> str:
        """The question without the words that are among the terms ``held``."""
        return " ".join(word for word in self.words if not self.terms(word) & held)

    def is_name(self, word: str) -> bool:
        """Whether a word holds a digit or is written like a name in this question.

        The first word says nothing, nor does a question in which every word has a capital, nor one
        in German, which writes all nouns so.
        """
        if any(map(str.isdigit, word)):
            return True
        others = self.words[1:]
        capital = word in others and word[0].isupper() and not word.isupper()
        return capital and any(map(str.islower, others)) and not self._is_german

    @property
    def _is_german(self) -> bool:
        german, english = (
            sum(word.lower() in stopwords(each) for word in self.words) for each in ("de", "en")
        )
        return german > english

    def _analyzed(self, text: str) -> list[list[str]]:
        return [self._analyzer.analyze(text, each) for each in self._analyzer.languages]


class Similarities(NamedTuple):
    """Similarity of short texts."""

    encode: Callable[[str], NDArray[np.float32]]
    scale: SimilarityScale

    def of(self, text: str, others: Sequence[str]) -> list[float]:
        """That of a text and each of the others, on the scale of the packaged model."""
        vector = self.encode(text)
        return [
            self.scale.standardised(float(np.vecdot(vector, self.encode(each)))) for each in others
        ]


def asked_column(
    asked: AskedWords,
    passage: StoredPassage,
    sentence: int,
    similarities: Similarities | None,
    read: Sequence[float] = (),
) -> AskedColumn | None:
    """The column that a question asks for in a sentence of a passage.

    ``similarities`` is ``None`` if they do not count in the question's language; ``read`` are the
    reader's scores of the row's cells. A header says nothing about any row: its agreement is 0.
    Returns ``None`` unless the sentence is a row with the names of its columns, and not of prose.
    """
    start, end = passage.sentences[sentence]
    text = passage.text[start - passage.start : end - passage.start]
    if _is_header(passage, end, text):
        return AskedColumn(0.0, None)
    row = table_row(passage, sentence)
    if row is None or any(len(cell.text.split()) >= PROSE_WORDS for cell in row.cells):
        return None
    own = asked.terms(*(cell.text for cell in row.cells))
    above = asked.terms(context_of(passage.document.title, passage.heading_path))
    labels = asked.terms(*row.labels)
    left = asked.without(own)
    wanted = [number for number, cell in enumerate(row.cells) if not asked.name(cell.text)]
    agreements = _agreements(asked, left, [row.cells[each] for each in wanted], own, similarities)
    agreement = max(agreements, default=0.0)
    first = row.cells[0]
    if wanted[:1] == [0] and similarities is not None:
        agreement = max(agreement, *similarities.of(left, [first.text]))
    lacking = asked.lacking(own, labels, above)
    if not lacking:
        agreement = 1.0
    # Headings excuse a name that the row lacks only if the question names a cell besides.
    unnamed = asked.lacking(own, labels) if len(wanted) == len(row.cells) else lacking
    if any(map(asked.is_name, unnamed)):
        agreement = 0.0
    if agreement < ENOUGH_AGREEMENT or not wanted:
        return AskedColumn(agreement, None)
    best = max(range(len(wanted)), key=agreements.__getitem__)
    reads_it = bool(read) and max(wanted, key=read.__getitem__) == wanted[best]
    cell = row.cells[wanted[best]]
    place = Span(start + cell.start, start + cell.start + len(cell.text))
    return AskedColumn(agreement, place if agreements[best] >= CLEAR_COLUMN or reads_it else None)


def _is_header(passage: StoredPassage, end: int, text: str) -> bool:
    """Whether the sentence that ends at ``end`` is the last line of a table's header."""
    headers = passage.document.headers
    below = bisect_left(headers, end, key=attrgetter("start"))
    if below == len(headers) or headers[below].start - end > len("\r\n"):
        return False
    return text[:LONGEST_HEADER] == headers[below].names.splitlines()[-1].strip()


def _agreements(
    asked: AskedWords,
    left: str,
    cells: Sequence[Cell],
    own: set[str],
    similarities: Similarities | None,
) -> list[float]:
    """The agreement of each cell's column with the words ``left`` of the question."""
    if similarities is not None:
        found = similarities.of(left, [cell.label for cell in cells])
        return [like if cell.label else 0.0 for like, cell in zip(found, cells, strict=True)]
    wanted = asked.lacking(own)
    return [
        1 - len(asked.lacking(own, asked.terms(cell.label))) / max(len(wanted), 1) for cell in cells
    ]
