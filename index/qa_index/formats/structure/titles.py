"""Chooses the title of a document."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from qa_index.records import Heading

LONGEST_HEADLINE = 150
"""Characters."""
MOST_HEADLINE_WORDS = 25
_SENTENCE_END = re.compile(r"[.!?。！？]\s")


def tidy(text: str) -> str:
    """Join ``text`` on one line, without white space at the ends."""
    return " ".join(text.split())


def is_headline(line: str) -> bool:
    """Whether a first line can be a headline: short, and at most one sentence."""
    line = line.strip()
    return (
        0 < len(line) <= LONGEST_HEADLINE
        and len(line.split()) <= MOST_HEADLINE_WORDS
        and not _SENTENCE_END.search(line)
    )


def title_of(headings: Sequence[Heading], *, text_starts: int, first_line: str, name: str) -> str:
    """The heading that opens the document, or its first line if a headline, or the file name.

    A heading after ``text_starts``, where running text begins, is used only if it is of the
    highest level.
    """
    for heading in headings:
        if heading.title and (heading.level == 1 or heading.start < text_starts):
            return heading.title
    if is_headline(first_line):
        return tidy(first_line)
    return readable(name)


def readable(name: str) -> str:
    """A file name as words: ``annual_report-2024.txt`` gives ``annual report 2024``."""
    path = PurePath(name)
    return tidy(re.sub(r"[_-]+|%20", " ", path.stem)) or path.name
