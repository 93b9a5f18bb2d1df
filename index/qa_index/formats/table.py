"""Tables of comma-separated values or the like: a record is a row, quoted verbatim.

A record in which a quoted field holds line ends is a block of its own, so that a passage preferably
ends before or after it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from qa_index.formats.decoding import decode
from qa_index.formats.format import Format
from qa_index.formats.lines import lines_of
from qa_index.formats.structure.tables import EXAMINED_ROWS, header_rows
from qa_index.formats.structure.titles import readable
from qa_index.records import Block, BlockKind, Parsed, Table

_DELIMITERS = ",;\t|"
_SAMPLE = 1 << 16
"""Characters by which the delimiter is chosen."""


class _Record(NamedTuple):
    """A row, ``text[start:end]``, without its line end."""

    start: int
    end: int
    lines: int


def parse_table(data: bytes, *, name: str) -> Parsed:
    """Parse rows; raises ``UnreadableSource`` for binary data."""
    text, encoding = decode(data)
    delimiter = _delimiter(text[:_SAMPLE])
    blocks: list[Block] = []
    tables: list[Table] = []
    columns = 0
    for section in _sections(text, delimiter):
        blocks += _blocks(section)
        rows = [
            _fields(text[record.start : record.end], delimiter)
            for record in section[:EXAMINED_ROWS]
        ]
        headers = header_rows(rows)
        width = Counter(map(len, rows)).most_common(1)[0][0]
        if tables and not headers and width == columns:
            tables[-1] = tables[-1]._replace(end=section[-1].end)
            continue
        columns = width
        lines = sum(record.lines for record in section[:headers])
        tables.append(Table(section[0].start, section[-1].end, lines))
    return Parsed(
        text=text,
        media_type="text/csv",
        title=readable(name),
        blocks=tuple(blocks),
        headings=(),
        encoding=encoding,
        tables=tuple(tables),
    )


def _blocks(section: list[_Record]) -> Iterator[Block]:
    """A block for the rows of one line that follow one another, and for each longer row."""
    first = 0
    for number, record in enumerate(section):
        if record.lines > 1:
            if first < number:
                yield Block(BlockKind.TABLE, section[first].start, section[number - 1].end)
            yield Block(BlockKind.TABLE, record.start, record.end)
            first = number + 1
    if first < len(section):
        yield Block(BlockKind.TABLE, section[first].start, section[-1].end)


def _sections(text: str, delimiter: str) -> Iterator[list[_Record]]:
    """Records without an empty line between them."""
    section: list[_Record] = []
    for record in _records(text, delimiter):
        if record.start < record.end and not text[record.start : record.end].isspace():
            section.append(record)
        elif section:
            yield section
            section = []
    if section:
        yield section


def _records(text: str, delimiter: str) -> Iterator[_Record]:
    if '"' not in text:
        yield from (_Record(start, end, 1) for start, end in lines_of(text))
        return
    field = _field(delimiter)
    record = re.compile(rf"{field}(?:{re.escape(delimiter)}{field})*+")
    line_end = re.compile(r"\r\n?|\n")
    at = 0
    while True:
        end = record.match(text, at).end()  # type: ignore[union-attr]  # matches empty text
        inner = sum(1 for _ in line_end.finditer(text, at, end))
        yield _Record(at, end, 1 + inner)
        ended = line_end.match(text, end)
        if ended is None:
            return
        at = ended.end()


def _field(delimiter: str) -> str:
    """A pattern of one field: quoted up to a delimiter or line end, or else without either.

    A quote that is never closed, or closed inside a field, is a character like any other.
    """
    mark = re.escape(delimiter)
    quoted = rf'[ ]*+"(?:[^"]++|"")*+"[ ]*+(?=[{mark}\r\n]|\Z)'
    return rf"(?:{quoted}|[^{mark}\r\n]*+)"


def _fields(record: str, delimiter: str) -> list[str]:
    """The cells of a record, without quotes."""
    pattern = re.compile(rf"({_field(delimiter)})(?:{re.escape(delimiter)}|\Z)")
    cells = [cell.strip() for cell in pattern.findall(record)]
    if not record.endswith(delimiter) and len(cells) > 1:
        cells.pop()  # the empty match at the end
    return [
        cell[1:-1].replace('""', '"') if cell[:1] == '"' == cell[-1:] else cell for cell in cells
    ]


def _delimiter(sample: str) -> str:
    """The delimiter that cuts most rows of the sample into the same number of fields."""

    def regularity(delimiter: str) -> tuple[float, int]:
        widths = Counter(
            len(_fields(sample[start:end], delimiter))
            for start, end, _ in list(_records(sample, delimiter))[: 2 * EXAMINED_ROWS]
            if start < end
        )
        widths.pop(1, None)
        width, rows = max(widths.items(), key=lambda each: each[1], default=(1, 0))
        return float(rows), width

    return max(_DELIMITERS, key=regularity)


FORMAT = Format(
    name="table", version=6, suffixes=frozenset({".csv", ".tsv", ".tab"}), parse=parse_table
)
