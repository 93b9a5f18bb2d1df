"""Block quotes, and the parts of a draft that quote nothing."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from qa_index.records import BlockKind, Parsed, Span

_QUOTED_LINES = re.compile(r"(?:^[ \t]{0,3}>[^\n]*(?:\n|\Z))+", re.MULTILINE)
_PREFIX = re.compile(r"^[ \t]{0,3}(?:>[ \t]?)+", re.MULTILINE)
_ALERT = re.compile(r"\s*\[!\w+\]")
"""A box of GitHub's, such as ``> [!NOTE]``."""
_ENVIRONMENT = re.compile(r"\\(?P<edge>begin|end)\{(?P<name>quote|quotation|displayquote)\}")
_ATTRIBUTION = re.compile(r"\n[ \t]*(?:\u2014|\u2013|---?)[ \t]*(?P<told>[^\n]+)\s*\Z")
"""The last line of a block quote, if it says where it is from."""
_LINED = frozenset({"markdown", "text"})
"""Formats in which ``>`` begins a quoted line."""

_HIDDEN = {
    "markdown": re.compile(
        r"(?<!`)(`{1,20}+)(?!`)[^`\n]{1,2000}\1(?!`)"  # code
        r"|</?[A-Za-z][^<>\n]{0,500}>"
        r"|(?<=\])\([^()\n]{0,2000}\)"  # the address of a link
        r"|^[ ]{0,3}\[(?!\^)[^\]\n]{1,200}\]:[^\n]*",
        re.MULTILINE,
    ),
    "restructured": re.compile(r"``[^`\n]{1,2000}``"),
}


class BlockQuote(NamedTuple):
    """A block quote of a draft."""

    outer: Span
    text: str
    """Without the marks of its lines and what says where it is from."""
    attribution: str
    """What says it; empty for none."""


def block_quotes(parsed: Parsed) -> Iterator[BlockQuote]:
    """The block quotes of a draft, in order."""
    if parsed.format in _LINED:
        for match in _QUOTED_LINES.finditer(parsed.text):
            text = _PREFIX.sub("", match.group())
            if not _ALERT.match(text):
                yield _block(Span(*match.span()), text)
    elif parsed.format == "latex":
        yield from _environments(parsed.text)


def _environments(text: str) -> Iterator[BlockQuote]:
    """The quotations of LaTeX in environments of their own, the outer ones of nested ones."""
    begin: re.Match[str] | None = None
    depth = 0
    for match in _ENVIRONMENT.finditer(text):
        if match["edge"] == "begin":
            begin = begin if depth else match
            depth += 1
        elif begin is not None and depth:
            depth -= 1
            if not depth:
                yield _block(Span(begin.start(), match.end()), text[begin.end() : match.start()])


def _block(outer: Span, text: str) -> BlockQuote:
    told = _ATTRIBUTION.search(text)
    inner = text[: told.start()] if told else text
    return BlockQuote(outer, inner.strip(), told["told"].strip() if told else "")


def paragraphs(parsed: Parsed, without: Sequence[Span]) -> Iterator[tuple[BlockKind, Span]]:
    """The paragraphs that can quote or claim something, except those in other spans."""
    quoted = iter(sorted(without))
    current = next(quoted, None)
    for block in parsed.blocks:
        if block.kind in _SILENT:
            continue
        while current is not None and current.end <= block.start:
            current = next(quoted, None)
        if current is not None and block.start < current.end and current.start < block.end:
            continue
        yield block.kind, Span(block.start, block.end)


_SILENT = frozenset({BlockKind.CODE, BlockKind.METADATA, BlockKind.DEBRIS})


def hidden_marks(parsed: Parsed) -> str | None:
    """The text with white space where quotation marks do not count; ``None`` if they all do."""
    pattern = _HIDDEN.get(parsed.format)
    if pattern is None:
        return None
    return pattern.sub(lambda match: " " * len(match.group()), parsed.text)
