"""reStructuredText: headings, directives, literal blocks and tables, found line by line."""

import re
from collections.abc import Iterator

from qa_index.formats.decoding import decode
from qa_index.formats.format import Format
from qa_index.formats.lines import lines_of
from qa_index.formats.structure.metadata import of_fields
from qa_index.formats.structure.paragraphs import ITEM
from qa_index.formats.structure.titles import tidy, title_of
from qa_index.records import Block, BlockKind, Heading, Parsed, Table

_ADORNMENT = re.compile(r"([!-/:-@\[-`{-~])\1+\s*")
_DIRECTIVE = re.compile(r"\s*\.\. (?:\|[^|]+\| )?([\w:-]+)::")
_EXPLICIT = re.compile(r"\s*\.\.(?: |$)")
_NOTE = re.compile(r"\s*\.\. \[[^\]]+\] ")
_OPTION = re.compile(r"\s+:[\w -]+:")
_FIELD = re.compile(r":(?P<name>[\w -]+):(?: (?P<value>.*)|$)")
_GRID = re.compile(r"\s*\+[-=+]{2,}\+\s*")
_SIMPLE = re.compile(r"\s*={2,}(?: +={2,})+\s*")
_VERBATIM_WORDS = (
    "code code-block sourcecode math parsed-literal literalinclude highlight raw doctest "
    "productionlist graphviz testcode testoutput"
)
_VERBATIM = frozenset(_VERBATIM_WORDS.split())
_MOST_FIELDS = 200
"""Lines at the start of a document that may be fields of its metadata."""
_LONGEST_FIELD = 20_000
_SHORTEST_UNDERLINE = 4
"""Characters; docutils accepts shorter ones only below titles that are as short."""


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = lines_of(text)
        self.shown = [text[start:end].expandtabs() for start, end in self.lines]
        self.blocks: list[Block] = []
        self.headings: list[Heading] = []
        self.tables: list[Table] = []
        self.styles: list[tuple[str, bool]] = []

    def parse(self) -> None:
        at = 0
        while at < len(self.lines):
            at = at + 1 if not self.shown[at].strip() else self._block(at)

    def _block(self, at: int) -> int:
        """Add the block that begins in this line; returns the line after it."""
        line = self.shown[at]
        for title, over in ((at + 1, True), (at, False)):
            under = title + 1
            if under < len(self.lines) and self._is_title(title, over):
                return self._heading(at, title, under, over=over)
        if _EXPLICIT.match(line):
            return self._explicit(at)
        if _GRID.fullmatch(line) or _SIMPLE.fullmatch(line):
            return self._table(at)
        if _FIELD.match(line):
            return self._add(BlockKind.METADATA, at, self._run(at))
        if line.startswith(">>> "):
            return self._add(BlockKind.CODE, at, self._run(at))
        if _ADORNMENT.fullmatch(line):
            return self._add(BlockKind.DEBRIS, at, at + 1)
        return self._paragraph(at)

    def _is_title(self, title: int, over: bool) -> bool:
        words, under = self.shown[title].strip(), self.shown[title + 1].rstrip()
        if not words or not _ADORNMENT.fullmatch(under) or _ADORNMENT.fullmatch(words):
            return False
        if over:
            return self.shown[title - 1].rstrip() == under
        long_enough = len(under) >= min(len(words), _SHORTEST_UNDERLINE)
        return long_enough and not self.shown[title][0].isspace()

    def _heading(self, at: int, title: int, under: int, *, over: bool) -> int:
        style = (self.shown[under][0], over)
        if style not in self.styles:
            self.styles.append(style)
        level = self.styles.index(style) + 1
        start, end = self.lines[at].start, self.lines[under].end
        self.blocks.append(Block(BlockKind.HEADING, start, end))
        self.headings.append(Heading(level, tidy(self.shown[title]), start, end))
        return under + 1

    def _explicit(self, at: int) -> int:
        """A directive, a footnote, a link target or a comment."""
        body = self._indented(at + 1, _indent(self.shown[at]))
        directive = _DIRECTIVE.match(self.shown[at])
        if _NOTE.match(self.shown[at]):
            return self._add(BlockKind.NOTE, at, body)
        if directive is None or directive[1] == "_":
            return self._add(BlockKind.METADATA, at, body)
        options = at + 1
        while options < body and _OPTION.match(self.shown[options]):
            options += 1
        self._add(BlockKind.METADATA, at, options)
        if directive[1] in _VERBATIM:
            return self._add(BlockKind.CODE, options, body)
        return options  # what stands below it is text like any other

    def _table(self, at: int) -> int:
        end = self._run(at)
        if _SIMPLE.fullmatch(self.shown[at]):
            end = self._end_of_simple(at)
        self._add(BlockKind.TABLE, at, end)
        heads = [
            number - at + 1
            for number in range(at + 1, end)
            if set(self.shown[number].strip()) <= set("+= ")
        ]
        closed = heads and heads[0] < end - at
        self.tables.append(
            Table(self.lines[at].start, self.lines[end - 1].end, heads[0] if closed else 0)
        )
        return end

    def _end_of_simple(self, at: int) -> int:
        """The line after a simple table.

        It ends at the second or third border that has an empty line below. Empty lines may also
        stand between rows.
        """
        borders = 0
        for number in range(at, len(self.lines)):
            borders += _SIMPLE.fullmatch(self.shown[number]) is not None
            last = number + 1 == len(self.lines) or not self.shown[number + 1].strip()
            if borders > 1 and last and _SIMPLE.fullmatch(self.shown[number]):
                return number + 1
            two_empty = not self.shown[number].strip() and not self.shown[number - 1].strip()
            if two_empty or borders > 3:
                break
        return self._run(at)

    def _paragraph(self, at: int) -> int:
        end = at + 1
        while end < len(self.lines) and self.shown[end].strip() and not ITEM.match(self.shown[end]):
            if end + 1 < len(self.lines) and self._is_title(end, over=False):
                break
            end += 1
        kind = BlockKind.LIST if ITEM.match(self.shown[at]) else BlockKind.PROSE
        self._add(kind, at, end)
        if self.shown[end - 1].rstrip().endswith("::"):
            body = self._indented(end, _indent(self.shown[at]))
            return self._add(BlockKind.CODE, end, body)
        return end

    def _run(self, at: int) -> int:
        while at < len(self.lines) and self.shown[at].strip():
            at += 1
        return at

    def _indented(self, at: int, indent: int) -> int:
        """The line after those that are indented more, without empty ones at the end."""
        end = at
        while at < len(self.lines):
            if self.shown[at].strip():
                if _indent(self.shown[at]) <= indent:
                    break
                end = at + 1
            at += 1
        return end

    def fields(self, body: int) -> Iterator[tuple[str, str]]:
        """The fields above the first paragraph, which begins at ``body``."""
        for line, shown in zip(self.lines[:_MOST_FIELDS], self.shown, strict=False):
            if line.start < body and (found := _FIELD.match(shown[:_LONGEST_FIELD])):
                yield found["name"].lower(), (found["value"] or "").strip()

    def _add(self, kind: BlockKind, first: int, end: int) -> int:
        while first < end and not self.shown[first].strip():
            first += 1
        if first < end:
            self.blocks.append(Block(kind, self.lines[first].start, self.lines[end - 1].end))
        return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def parse_restructured(data: bytes, *, name: str) -> Parsed:
    """Parse reStructuredText; raises ``UnreadableSource`` for binary data."""
    text, encoding = decode(data)
    parser = _Parser(text)
    parser.parse()
    prose = [block for block in parser.blocks if block.kind is BlockKind.PROSE]
    body = prose[0].start if prose else len(text)
    return Parsed(
        text=text,
        media_type="text/x-rst",
        title=title_of(
            parser.headings,
            text_starts=body,
            first_line="",
            name=name,
        ),
        blocks=tuple(parser.blocks),
        headings=tuple(parser.headings),
        encoding=encoding,
        tables=tuple(parser.tables),
        metadata=of_fields(dict(parser.fields(body))),
    )


FORMAT = Format(
    name="restructured", version=6, suffixes=frozenset({".rst", ".rest"}), parse=parse_restructured
)
