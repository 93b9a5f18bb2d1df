"""Finds paragraphs in the text that was extracted from a file.

A paragraph is looked for as it is but for runs of white space, since lines break elsewhere in every
format, and then without any white space and hyphens: a space or hyphen too many or too few is
counted, but does not keep the paragraph from being gold. Running heads and page numbers are left
out, so that a paragraph which they cut in two is found around them. Straight and curled quotation
marks count as equal, since LaTeX sets only the latter.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from qa_index.records import BlockKind, Parsed, Span

_QUOTES = str.maketrans("‘’“”`", "''\"\"'")
_IGNORED = re.compile(r"[\s\u00ad\u2010-]+")


class Found(StrEnum):
    """How a paragraph stands in the extracted text."""

    VERBATIM = "verbatim"
    """As it is, but for runs of white space."""
    CUT = "cut by a page"
    """As it is, but for a running head or page number within."""
    SPACED = "spaces or hyphens differ"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Extracted:
    """What was extracted from a file, prepared for looking up many paragraphs."""

    parsed: Parsed
    letters: str = field(init=False)
    """The text without white space, hyphens and debris."""
    offsets: tuple[int, ...] = field(init=False)
    """The offset of each letter in ``text``."""

    def __post_init__(self) -> None:
        kept = [
            at
            for block in self.parsed.blocks
            if block.kind is not BlockKind.DEBRIS
            for at in range(block.start, block.end)
            if not _IGNORED.match(self.text[at])
        ]
        object.__setattr__(self, "offsets", tuple(kept))
        object.__setattr__(
            self, "letters", "".join(self.text[at] for at in kept).translate(_QUOTES)
        )

    @property
    def text(self) -> str:
        """All of it."""
        return self.parsed.text

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
        wanted = _plain(paragraph)
        if any(_plain(self.text[span.start : span.end]) == wanted for span in spans):
            return Found.VERBATIM, tuple(spans)
        cut = any(_plain(self._without_debris(span)) == wanted for span in spans)
        return (Found.CUT if cut else Found.SPACED), tuple(spans)

    def _without_debris(self, span: Span) -> str:
        return " ".join(
            self.text[max(block.start, span.start) : min(block.end, span.end)]
            for block in self.parsed.blocks
            if block.kind is not BlockKind.DEBRIS
            and block.start < span.end
            and span.start < block.end
        )


def _plain(text: str) -> str:
    return " ".join(text.translate(_QUOTES).split())
