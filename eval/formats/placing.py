"""Finds paragraphs in the text that was extracted from a file.

A paragraph is looked for as it is but for runs of white space, since lines break elsewhere in every
format, and then without any white space and hyphens: a space or hyphen too many or too few is
counted, but does not keep the paragraph from being gold. Straight and curled quotation marks count
as equal, since LaTeX sets only the latter.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from qa_index.records import Span

_QUOTES = str.maketrans("‘’“”`", "''\"\"'")
_IGNORED = re.compile(r"[\s\u00ad\u2010-]+")


class Found(StrEnum):
    """How a paragraph stands in the extracted text."""

    VERBATIM = "verbatim"
    """As it is, but for runs of white space."""
    SPACED = "spaces or hyphens differ"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Extracted:
    """The text of a file, prepared for looking up many paragraphs."""

    text: str
    letters: str = field(init=False)
    """The text without white space and hyphens."""
    offsets: tuple[int, ...] = field(init=False)
    """The offset of each letter in ``text``."""

    def __post_init__(self) -> None:
        kept = [at for at, letter in enumerate(self.text) if not _IGNORED.match(letter)]
        object.__setattr__(self, "offsets", tuple(kept))
        object.__setattr__(
            self, "letters", "".join(self.text[at] for at in kept).translate(_QUOTES)
        )

    def find(self, paragraph: str) -> tuple[Found, tuple[Span, ...]]:
        """How and where the paragraph stands, everywhere that it does."""
        wanted = _IGNORED.sub("", paragraph).translate(_QUOTES)
        spans = []
        start = self.letters.find(wanted) if wanted else -1
        while start >= 0:
            end = start + len(wanted)
            spans.append(Span(self.offsets[start], self.offsets[end - 1] + 1))
            start = self.letters.find(wanted, end)
        if not spans:
            return Found.LOST, ()
        there = any(_plain(self.text[span.start : span.end]) in _plain(paragraph) for span in spans)
        return (Found.VERBATIM if there else Found.SPACED), tuple(spans)


def _plain(text: str) -> str:
    return " ".join(text.translate(_QUOTES).split())
