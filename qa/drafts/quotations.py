"""The quotations of a draft: where they are, and where they are said to be from."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from qa.checking.quotes.words import words_of
from qa.drafts.blocks import block_quotes, hidden_marks, paragraphs
from qa.drafts.citing import Citing, Known
from qa.drafts.marks import Marked, scan
from qa.drafts.records import Attribution, QuotationKind
from qa_index.records import Parsed, Span

SCARE = 2
"""Words of a quotation that is no quotation but a term, a title or a raised eyebrow."""

MOST = 10_000
"""Quotations of a draft that are looked up: a book has fewer."""


class Quoted(NamedTuple):
    """A quotation of a draft."""

    text: str
    span: Span
    """Without its marks; of a block quote with them."""
    kind: QuotationKind
    attributions: tuple[Attribution, ...]


class QuotedText(NamedTuple):
    """The quotations of a draft, and what was left out."""

    quotations: list[Quoted]
    """In the order of the text."""
    scare_quotes: int
    unclosed: int
    beyond: int
    """Quotations beyond the limit."""
    outer: list[Span]
    """Where quotations are, with their marks."""


class _Seen(NamedTuple):
    text: str
    outer: Span
    inner: Span
    kind: QuotationKind
    paragraph: Span
    told: str = ""


def quoted_text(parsed: Parsed, known: Known) -> QuotedText:
    """The quotations of a draft; ``known`` tells whether the index holds a source of some name."""
    blocks = [
        _Seen(
            block.text,
            block.outer,
            block.outer,
            QuotationKind.BLOCK,
            block.outer,
            block.attribution,
        )
        for block in block_quotes(parsed)
    ]
    marked, unclosed = _marked(parsed, [block.outer for block in blocks])
    seen = sorted([*blocks, *marked], key=lambda each: each.outer)
    counts = [sum(word.is_word for word in words_of(each.text[:200])) for each in seen]
    wanted = [each for each, count in zip(seen, counts, strict=True) if count > SCARE]
    scare = sum(0 < count <= SCARE for count in counts)
    citing = Citing(parsed, known)
    starts = [each.outer.start for each in seen[1:]]
    following = dict(zip_longest([each.outer for each in seen], starts, fillvalue=len(parsed.text)))
    quotations = [
        Quoted(
            each.text,
            each.inner,
            each.kind,
            tuple(citing.of(each.outer, each.paragraph, following[each.outer], each.told)),
        )
        for each in wanted[:MOST]
    ]
    beyond = max(0, len(wanted) - MOST)
    return QuotedText(quotations, scare, unclosed, beyond, [each.outer for each in seen])


def _marked(parsed: Parsed, blocks: Sequence[Span]) -> tuple[list[_Seen], int]:
    """The quotations in marks, and how many marks do not close."""
    text, hidden = parsed.text, hidden_marks(parsed)
    around = [span for _, span in paragraphs(parsed, blocks)]
    found: list[_Seen] = []
    unclosed = 0
    for number, paragraph in enumerate(around):
        scanned = scan(text, *paragraph, hidden)
        marked = scanned.quotations
        goes_on = _goes_on(text, scanned.unclosed, around[number + 1 : number + 2])
        if goes_on is not None:
            marked = [each for each in marked if each.outer.start < goes_on]
            end = paragraph.end
            marked.append(Marked(Span(goes_on, end), Span(goes_on + 1, end)))
        unclosed += len(scanned.unclosed) - (goes_on is not None)
        for each in marked:
            inner = text[each.inner.start : each.inner.end].strip()
            found.append(_Seen(inner, each.outer, each.inner, QuotationKind.MARKS, paragraph))
    return found, unclosed


def _goes_on(text: str, unclosed: Sequence[int], following: Sequence[Span]) -> int | None:
    """Where the quotation begins that goes on in the next paragraph, which repeats its mark."""
    for at in unclosed:
        if text[at] in '\u201c\u201e\u00ab"' and any(
            text[span.start] == text[at] for span in following
        ):
            return at
    return None
