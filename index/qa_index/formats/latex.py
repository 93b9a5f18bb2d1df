"""LaTeX: sections, environments and comments, found line by line; the text stays as it is."""

import re
from collections.abc import Iterator

from qa_index.formats.decoding import decode
from qa_index.formats.format import Format
from qa_index.formats.lines import lines_of
from qa_index.formats.structure.titles import readable, tidy
from qa_index.records import Block, BlockKind, Heading, Parsed

_SECTIONS = (
    "part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph",
)  # fmt: skip
_LONGEST_TITLE = 500
_SECTION = re.compile(rf"\s*\\({'|'.join(_SECTIONS)})\*?\s*(?:\[[^\]\n]{{0,500}}\])?\s*\{{")
_TITLE = re.compile(r"\\title\s*(?:\[[^\]\n]{0,500}\])?\s*\{")
_BEGIN = re.compile(r"\s*\\begin\s*\{([^}\n]{1,40})\}")
_CODE_WORDS = (
    "verbatim Verbatim lstlisting minted equation align alignat gather multline eqnarray math "
    "displaymath tikzpicture picture algorithm algorithmic thebibliography"
)
_CODE = frozenset(_CODE_WORDS.split())
_TABLES_WORDS = "tabular tabularx tabulary longtable array"
_TABLES = frozenset(_TABLES_WORDS.split())
_BARE = re.compile(r"\s*(?:\\(?:begin|end)\s*\{[^}\n]*\}(?:\[[^\]\n]*\]|\{[^}\n]*\})*\s*"
                   r"|\\(?:label|maketitle|tableofcontents|centering|newpage|clearpage|appendix"
                   r"|bibliography\w*|includegraphics|input|include|index|vspace|hspace|noindent)\b"
                   r"[^a-z]?.{0,200})(?:%.*)?")  # fmt: skip
"""Lines of commands alone, without text."""
_ITEM = re.compile(r"\s*\\(?:item|bibitem)\b")
_COMMENT = re.compile(r"\s*%")
_COMMAND = re.compile(r"\\[a-zA-Z]+\*?\s*|[{}]|~|\\(?=[&%$#_])")


def parse_latex(data: bytes, *, name: str) -> Parsed:
    """Parse LaTeX; raises ``UnreadableSource`` for binary data."""
    text, encoding = decode(data)
    blocks: list[Block] = []
    headings: list[Heading] = []
    for block, level, title in _blocks(text):
        blocks.append(block)
        if block.kind is BlockKind.HEADING:
            headings.append(Heading(level, title, block.start, block.end))
    # The highest level that the text uses counts as the first.
    highest = min((heading.level for heading in headings), default=1) - 1
    headings = [heading._replace(level=heading.level - highest) for heading in headings]
    titled = _TITLE.search(text)
    title = _plain(text[titled.end() : _closing(text, titled.end())]) if titled else ""
    return Parsed(
        text=text,
        media_type="application/x-tex",
        title=title or readable(name),
        blocks=tuple(blocks),
        headings=tuple(headings),
        encoding=encoding,
    )


def _blocks(text: str) -> Iterator[tuple[Block, int, str]]:
    """Blocks in order; headings with their level and title."""
    body = re.search(r"\\begin\s*\{document\}", text)
    kind: BlockKind | None = None
    start = end = 0
    inside = ""
    for line in lines_of(text):
        at = line.start
        shown = text[at : line.end]
        now: BlockKind | None
        begins = _BEGIN.match(shown)
        if body is not None and at < body.start():
            now = BlockKind.METADATA if shown.strip() else kind
        elif inside:
            now = kind
            if f"\\end{{{inside}}}" in shown:
                inside = ""
        elif not shown.strip():
            now = None
        elif begins and (name := begins[1].rstrip("*")) in _CODE | _TABLES:
            now = BlockKind.CODE if name in _CODE else BlockKind.TABLE
            inside = "" if f"\\end{{{begins[1]}}}" in shown else begins[1]
            if kind is not None:
                yield Block(kind, start, end), 0, ""
                kind = None
        elif (section := _SECTION.match(text, at, line.end)) is not None:
            closed = _closing(text, section.end())
            if kind is not None:
                yield Block(kind, start, end), 0, ""
                kind = None
            if closed <= line.end:
                title = _plain(text[section.end() : closed])
                level = _SECTIONS.index(section[1]) + 1
                close = min(closed + 1, line.end)
                yield Block(BlockKind.HEADING, at, close), level, title
                at = close
                shown = text[at : line.end]
            now = None if not shown.strip() else BlockKind.PROSE
        elif _COMMENT.match(shown) or _BARE.fullmatch(shown):
            now = BlockKind.METADATA
        elif _ITEM.match(shown):
            now = BlockKind.LIST
            if kind is not None:
                yield Block(kind, start, end), 0, ""
                kind = None
        else:
            now = BlockKind.LIST if kind is BlockKind.LIST else BlockKind.PROSE
        if now is not kind:
            if kind is not None:
                yield Block(kind, start, end), 0, ""
            kind, start = now, at
        if shown.strip():
            end = line.end
        if kind in (BlockKind.CODE, BlockKind.TABLE) and not inside:
            yield Block(kind, start, end), 0, ""
            kind = None
    if kind is not None and start < end:
        yield Block(kind, start, end), 0, ""


def _closing(text: str, start: int) -> int:
    """Where the brace that was opened before ``start`` closes, at most a long title on."""
    depth = 1
    for brace in re.finditer(r"\\.|[{}]", text[start : start + _LONGEST_TITLE], re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth:
            return start + brace.start()
    return min(start + _LONGEST_TITLE, len(text))


def _plain(title: str) -> str:
    """A title without commands."""
    return tidy(_COMMAND.sub(lambda each: " " if each[0] == "~" else "", title))


FORMAT = Format(name="latex", version=5, suffixes=frozenset({".tex", ".latex"}), parse=parse_latex)
