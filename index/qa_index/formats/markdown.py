"""Markdown: the blocks of CommonMark with tables, at their positions in the raw text.

Only the block structure is parsed. markdown-it numbers lines as ``lines_of`` does, so blocks are
located by their lines. A block consists of whole lines, including its markers.
"""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from qa_index.formats.decoding import decode
from qa_index.formats.format import Format
from qa_index.formats.lines import Line, lines_of
from qa_index.formats.structure.front_matter import toml_fields, yaml_fields
from qa_index.formats.structure.metadata import of_fields
from qa_index.formats.structure.titles import title_of
from qa_index.records import NO_METADATA, Block, BlockKind, Heading, Parsed

if TYPE_CHECKING:
    from markdown_it import MarkdownIt  # slow to import; only parsing needs it

_LONGEST_TITLE = 1000
"""Characters of a heading that its title is taken from."""
_FRONT_MATTER_LINES = 200
"""Front matter must end within this many lines."""

_LONGEST_MARKUP = 10_000
"""Characters; the patterns below take quadratic time on hostile input."""

_LEAVES = {
    "fence": BlockKind.CODE,
    "code_block": BlockKind.CODE,
    "html_block": BlockKind.PROSE,
    "hr": BlockKind.DEBRIS,
}

_TAG = re.compile(r"<!--.*?-->|<[^<>]*>", re.DOTALL)
_IMAGE = re.compile(r"!\[[^\[\]]*\](?:\([^()]*\)|\[[^\[\]]*\])")
_EMPTY_LINK = re.compile(r"\[\s*\](?:\([^()]*\)|\[[^\[\]]*\])")
_DEFINITION = re.compile(r"^[ >]*\[[^\[\]\r\n]+\]:[ \t]*\S+(?:[ \t]+[\"'(].*)?$", re.MULTILINE)
_URL = re.compile(r"<?(?:https?://|www\.)\S+")
_MODULE = re.compile(r"(?:import|export)\s[^\n]*[;{'\"(=]")
"""The first line of a JavaScript statement, as MDX has them between its paragraphs."""
_ALPHANUMERIC = re.compile(r"[^\W_]")
_FIELD_TITLE = re.compile(r"title(?::|[ \t]*=)\s*(?P<title>.*\S)")
_RULES = {"---": (("---", "..."), ":"), "+++": (("+++",), "=")}
"""How front matter begins, in YAML and TOML; how it ends, and what each of its fields has."""


class _Piece(NamedTuple):
    """Lines ``first:last`` and their kind."""

    kind: BlockKind
    first: int
    last: int
    level: int = 0
    content: str = ""


def parse_markdown(data: bytes, *, name: str) -> Parsed:
    """Parse Markdown; raises ``UnreadableSource`` for binary data."""
    text, encoding = decode(data)
    lines = lines_of(text)
    body = _front_matter(text, lines)
    pieces = [*_pieces(text[lines[body].start :], body)] if body < len(lines) else []
    blocks: list[Block] = []
    headings: list[Heading] = []
    metadata_title, metadata = "", NO_METADATA
    in_mdx = name.lower().endswith(".mdx")
    if body:
        # Its title, date and tags are kept apart; what it says of the text must not win over it.
        blocks.append(Block(BlockKind.DEBRIS, 0, lines[body - 1].end))
        metadata_title = _metadata_title(text, lines[:body])
        metadata = of_fields(_fields(text, lines[:body]))
    for piece in _covering(text, lines, pieces, body):
        start, end = lines[piece.first].start, lines[piece.last - 1].end
        kind = piece.kind
        if kind is BlockKind.HEADING:
            headings.append(Heading(piece.level, _plain(piece.content), start, end))
        elif kind in (BlockKind.PROSE, BlockKind.LIST) and _says_nothing(text[start:end]):
            kind = BlockKind.DEBRIS
        elif kind is BlockKind.PROSE and in_mdx and _MODULE.match(text, start):
            kind = BlockKind.CODE
        blocks.append(Block(kind, start, end))
    prose = (block for block in blocks if block.kind in (BlockKind.PROSE, BlockKind.LIST))
    return Parsed(
        text=text,
        media_type="text/markdown",
        title=metadata_title
        or title_of(
            headings,
            text_starts=next((block.start for block in prose), len(text)),
            first_line="",
            name=name,
        ),
        blocks=tuple(blocks),
        headings=tuple(headings),
        encoding=encoding,
        metadata=metadata,
    )


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # The preset limits nesting to 20 levels; deeper blocks become prose.
    # Link definitions are recognised below: the parser's rule takes quadratic time on many of them.
    parser = MarkdownIt("commonmark").enable("table").disable("reference")
    parser.core.ruler.disable("inline")
    return parser


@cache
def _inline_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


def _front_matter(text: str, lines: Sequence[Line]) -> int:
    """Number of lines of the front matter, including its rules."""
    for begins, (ends, mark) in _RULES.items():
        if _is_rule(text, lines[0], begins):
            for number, line in enumerate(lines[1:_FRONT_MATTER_LINES], 2):
                if any(_is_rule(text, line, rule) for rule in ends):
                    fields = [text[one.start : one.end] for one in lines[1 : number - 1]]
                    return number if any(mark in field for field in fields) else 0
    return 0


def _fields(text: str, lines: Sequence[Line]) -> dict[str, object]:
    """The fields of the front matter in these lines."""
    within = lines[1:-1]
    if _is_rule(text, lines[0], "+++"):
        return toml_fields(text[within[0].start : within[-1].end])
    return yaml_fields([text[line.start : line.end] for line in within])


def _is_rule(text: str, line: Line, rule: str) -> bool:
    return text[line.start : min(line.end, line.start + _LONGEST_TITLE)].rstrip() == rule


def _metadata_title(text: str, lines: Sequence[Line]) -> str:
    for line in lines:
        field = _FIELD_TITLE.match(text[line.start : min(line.end, line.start + _LONGEST_TITLE)])
        if field:
            return field["title"].strip("\"'")
    return ""


def _pieces(source: str, offset: int) -> Iterator[_Piece]:
    """The leaf blocks of ``source``, whose first line has the number ``offset``."""
    tokens = _parser().parse(source)
    containers: list[str] = []
    inside_until = 0  # end of a heading or table, whose inner tokens are not separate blocks
    for number, token in enumerate(tokens):
        nested = bool(containers)
        if token.nesting == 1:
            containers.append(token.type)
        elif token.nesting == -1:
            containers.pop()
        if token.map is None or token.map[0] < inside_until:
            continue
        first, last = token.map
        level, content = 0, ""
        if token.type == "heading_open" and not nested:
            kind, level, content = BlockKind.HEADING, int(token.tag[1:]), tokens[number + 1].content
            inside_until = last
        elif token.type == "table_open":
            kind, inside_until = BlockKind.TABLE, last
        elif token.type == "inline":
            kind = BlockKind.LIST if "list_item_open" in containers else BlockKind.PROSE
        elif token.type in _LEAVES:
            kind = _LEAVES[token.type]
        else:
            continue
        yield _Piece(kind, first + offset, last + offset, level, content)


def _covering(
    text: str, lines: Sequence[Line], pieces: Sequence[_Piece], first: int
) -> Iterator[_Piece]:
    """The pieces from line ``first`` on, and the lines between them that the parser skipped."""
    done = first
    for piece in pieces:
        yield from _passed_over(text, lines, done, piece.first)
        if piece.last > done:
            yield piece._replace(first=max(piece.first, done))
            done = piece.last
    yield from _passed_over(text, lines, done, len(lines))


def _passed_over(text: str, lines: Sequence[Line], first: int, last: int) -> Iterator[_Piece]:
    """Lines that the parser skipped: empty list items, and blocks that are nested too deep."""
    filled = [
        number
        for number in range(first, last)
        if text[lines[number].start : lines[number].end].strip()
    ]
    for _, run in groupby(enumerate(filled), key=lambda pair: pair[1] - pair[0]):
        numbers = [number for _, number in run]
        yield _Piece(BlockKind.PROSE, numbers[0], numbers[-1] + 1)


def _says_nothing(source: str) -> bool:
    """Whether there is only mark-up, images and URLs: badges, comments, link definitions."""
    if len(source) > _LONGEST_MARKUP:
        return False
    for pattern in (_DEFINITION, _TAG, _IMAGE, _EMPTY_LINK, _URL):
        source = pattern.sub(" ", source)
    return _ALPHANUMERIC.search(source) is None


def _plain(content: str) -> str:
    """The words of a heading without its mark-up, on one line."""
    if len(content) > _LONGEST_TITLE:
        return " ".join(content[:_LONGEST_TITLE].split())
    children = _inline_parser().parseInline(content)[0].children or []
    words = "".join(
        child.content
        if child.type in ("text", "code_inline", "image")
        else " " * ("break" in child.type)
        for child in children
    )
    return " ".join(words.split())


FORMAT = Format(
    name="markdown",
    version=7,
    suffixes=frozenset({".md", ".markdown", ".mdown", ".mdx"}),
    parse=parse_markdown,
)
