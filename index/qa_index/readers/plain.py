"""Plain text: paragraphs, headings and debris from layout alone."""

from qa_index.documents import Block, BlockKind, Heading, Reading
from qa_index.readers.debris import find_debris
from qa_index.readers.decoding import decode
from qa_index.readers.headings import heading_levels, heading_title
from qa_index.readers.paragraphs import Form, entry, paragraphs
from qa_index.readers.titles import title_of

_KINDS = {
    Form.ITEM: BlockKind.LIST,
    Form.FIELDS: BlockKind.LIST,
    Form.ROWS: BlockKind.TABLE,
    Form.CODE: BlockKind.CODE,
}


def read_plain(data: bytes, *, name: str) -> Reading:
    """Read plain text; raises ``UnreadableSource`` for binary data."""
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
    return Reading(
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
