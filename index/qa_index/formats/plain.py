"""Plain text: paragraphs, headings and debris, recognised by layout alone."""

from qa_index.formats.decoding import decode
from qa_index.formats.format import Format
from qa_index.formats.structure.debris import find_debris
from qa_index.formats.structure.headings import heading_levels, heading_title
from qa_index.formats.structure.paragraphs import Form, entry, paragraphs
from qa_index.formats.structure.titles import title_of
from qa_index.records import Block, BlockKind, Heading, Parsed

_KINDS = {
    Form.ITEM: BlockKind.LIST,
    Form.FIELDS: BlockKind.LIST,
    Form.ROWS: BlockKind.TABLE,
    Form.CODE: BlockKind.CODE,
}


def parse_plain(data: bytes, *, name: str) -> Parsed:
    """Parse plain text; raises ``UnreadableSource`` for binary data."""
    text, encoding = decode(data)
    entries = [entry(text, paragraph) for paragraph in paragraphs(text)]
    debris = find_debris(text, entries)
    kept = [entry for entry, is_debris in zip(entries, debris, strict=True) if not is_debris]
    levels = iter(heading_levels(kept))
    blocks: list[Block] = []
    headings: list[Heading] = []
    first_text = None
    for one, is_debris in zip(entries, debris, strict=True):
        start, end, form = one.paragraph[:3]
        kind = _KINDS.get(form, BlockKind.PROSE)
        if is_debris:
            kind = BlockKind.DEBRIS
        elif level := next(levels):
            kind = BlockKind.HEADING
            headings.append(Heading(level, heading_title(one), start, end))
        elif first_text is None:
            first_text = one
        blocks.append(Block(kind, start, end))
    opens = first_text is not None and first_text.paragraph.form is Form.FLOW and len(kept) > 1
    return Parsed(
        text=text,
        media_type="text/plain",
        title=title_of(
            headings,
            text_starts=first_text.paragraph.start if first_text else len(text),
            first_line=first_text.line if first_text and opens else "",
            name=name,
        ),
        blocks=tuple(blocks),
        headings=tuple(headings),
        encoding=encoding,
    )


FORMAT = Format(
    name="text",
    version=6,
    suffixes=frozenset({"", ".txt", ".text", ".adoc", ".asciidoc", ".org", ".wiki"}),
    parse=parse_plain,
)
