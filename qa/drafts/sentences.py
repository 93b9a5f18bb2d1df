"""The sentences of a draft that claim something."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa.checking.quotes.words import words_of
from qa.drafts.blocks import paragraphs
from qa.drafts.citing import note_spans
from qa_index.records import BlockKind, Parsed, Span
from qa_index.splitting.sentences import sentences

LEAST_WORDS = 4
"""Words of the shortest sentence that claims something."""

_COUNTED = 500
"""Characters of a sentence in which words are counted."""

_LEAST_OWN = 3
"""Words of a sentence outside quotation marks and brackets so that it claims something itself."""

_KINDS = frozenset({BlockKind.PROSE, BlockKind.LIST})
_QUESTION = re.compile(r"[?\uff1f\u061f\u037e][\s\"'\u201d\u2019\u00bb)\]*_]*\Z")
_MARKUP = re.compile(
    r"\[\^?[^\[\]\s]{1,40}\](?!\()"  # marks of notes
    r"|!\[[^\[\]\n]{0,300}\]\([^()\n]{0,2000}\)"  # pictures
    r"|(?<=\])\([^()\n]{0,2000}\)"
    r"|</?[A-Za-z][^<>\n]{0,500}>"
    r"|\((?:https?://|www\.)[^()\s]{1,2000}\)"
)
_BULLET = re.compile(r"\A\s*(?:[-*+\u2022\u2013]|\d{1,4}[.)]|\(?[a-z]\))\s+(?:\[[ xX]\]\s+)?")
_SIGNS = re.compile(r"[*`\[\]]|(?<!\w)_|_(?!\w)|\\(?=[^\w\s])")
_ASIDE = re.compile(r"\([^()\n]{0,300}\)")


class Claim(NamedTuple):
    """A sentence that claims something."""

    text: str
    """Without marks of Markdown, notes and lists."""
    span: Span


def claims_of(parsed: Parsed, quoted: Sequence[Span], blocks: Sequence[Span]) -> Iterator[Claim]:
    """The sentences that claim something, in order.

    Headings, tables, code, notes, questions, short ones and quotations claim nothing. ``quoted``
    are all quotations with their marks, in order, ``blocks`` the block quotes among them.
    """
    without = sorted([*blocks, *note_spans(parsed)])
    marks = iter(quoted)
    current = next(marks, None)
    for kind, paragraph in paragraphs(parsed, without):
        if kind not in _KINDS:
            continue
        for span in sentences(parsed.text, *paragraph):
            while current is not None and current.end <= span.start:
                current = next(marks, None)
            own = parsed.text[span.start : span.end]
            text = plain(own)
            if current is not None and current.start < span.end:
                own = (
                    parsed.text[span.start : max(current.start, span.start)]
                    + parsed.text[min(current.end, span.end) : span.end]
                )
            claims = (
                _words(text) >= LEAST_WORDS and _words(_ASIDE.sub("", plain(own))) >= _LEAST_OWN
            )
            if claims and not _QUESTION.search(text[-20:]):
                yield Claim(text, span)


def _words(text: str) -> int:
    return sum(word.is_word for word in words_of(text[:_COUNTED]))


def plain(sentence: str) -> str:
    """A sentence in one line, without marks of Markdown, notes and lists."""
    bare = _SIGNS.sub("", _MARKUP.sub("", _BULLET.sub("", sentence)))
    return " ".join(bare.split())
