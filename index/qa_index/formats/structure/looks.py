"""Headings of documents in which none is marked as one."""

from collections.abc import Sequence

from qa_index.formats.structure.headings import heading_levels
from qa_index.formats.structure.paragraphs import Form, Paragraph, entry
from qa_index.formats.structure.titles import tidy
from qa_index.records import Block, BlockKind, Heading


def headings_by_look(text: str, blocks: Sequence[Block]) -> tuple[list[Block], list[Heading]]:
    """The blocks of a document whose headings have no style or level, and the headings among them.

    Prose is taken for a heading where a line of plain text would be.
    """
    flowing = [number for number, block in enumerate(blocks) if block.kind is BlockKind.PROSE]
    entries = [
        entry(
            text,
            Paragraph(start, end, Form.FLOW, 1 + text.count("\n", start, end), True, True),
        )
        for _, start, end in (blocks[number] for number in flowing)
    ]
    found = list(blocks)
    headings: list[Heading] = []
    for number, level in zip(flowing, heading_levels(entries), strict=True):
        if level:
            _, start, end = blocks[number]
            found[number] = Block(BlockKind.HEADING, start, end)
            headings.append(Heading(level, tidy(text[start:end]), start, end))
    return found, headings
