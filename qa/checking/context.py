"""The text around a quote in its source, as the source is now."""

from contextlib import suppress
from typing import NamedTuple

from qa.checking.sources import Sources
from qa.checking.verification import Verification
from qa_index import formats
from qa_index.records import BlockKind, Span
from qa_index.sources import files

REACH = 600
"""Most characters on either side: about five sentences."""


class Context(NamedTuple):
    """Verbatim text of a source."""

    before: str
    quote: str
    """What stands in the place of the quote. White space may differ if it has moved."""
    after: str


def context_of(checked: Verification, sources: Sources) -> Context:
    """The whole lines or words around a quote that stands in its source, without running heads.

    Raises ``OSError`` or ``UnreadableSource`` if the source cannot be read any more, and
    ``ValueError`` if the quote does not stand.
    """
    if checked.place is None:
        raise ValueError("the quote does not stand in its source")
    start, end = checked.place.span.start, checked.place.span.end
    text, debris = _text_of(checked, checked.place.path, sources)
    first = max((each.end for each in debris if each.end <= start), default=0)
    last = min((each.start for each in debris if each.start >= end), default=len(text))
    before, after = text[max(first, start - REACH) : start], text[end : min(last, end + REACH)]
    if start - REACH > first:
        before = before[_cut(before) :]
    if end + REACH < last:
        after = after[: len(after) - _cut(after[::-1])]
    return Context(before, text[start:end], after)


def _cut(text: str) -> int:
    """Where the first line begins that is whole, or the first word if lines are long."""
    line = text.find("\n", 0, REACH // 2)
    space = next((place for place, each in enumerate(text) if each.isspace()), -1)
    return 1 + (space if line < 0 else line)


def _text_of(checked: Verification, path: str, sources: Sources) -> tuple[str, list[Span]]:
    """The text in which the quote was found, and its running heads and the like."""
    claim = checked.claim
    data = files.read_bytes(sources.root / path)
    is_text = formats.choose(path, data[: formats.HEAD_BYTES], named=True).is_text
    if claim.encoding is not None and is_text:
        with suppress(LookupError):
            text = formats.decode_as(data, claim.encoding)
            if checked.found and text[checked.found.start : checked.found.end] == claim.quote:
                return text, []
    parsed = sources.parse(data, path, recognition=claim.recognition)
    debris = [each for each in parsed.blocks if each.kind is BlockKind.DEBRIS]
    return parsed.text, [Span(each.start, each.end) for each in debris]
