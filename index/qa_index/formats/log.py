"""Logs: each entry, with the lines that continue it, is a block."""

import re
from collections.abc import Iterator

from qa_index.formats.decoding import decode
from qa_index.formats.format import Format
from qa_index.formats.lines import lines_of
from qa_index.formats.plain import parse_plain
from qa_index.formats.structure.titles import readable
from qa_index.records import Block, BlockKind, Parsed

_LEAST_STAMPED = 0.2
"""Least share of lines that begin an entry. Stack traces have many lines for one entry."""

_TIME = r"\d{1,2}:\d\d(?::\d\d)?"
_STAMP = re.compile(
    rf"(?:\x1b\[[\d;]*m)?[\[(<]?(?:\d{{4}}[-/.]\d\d[-/.]\d\d[T ,_]*{_TIME}"
    rf"|\d\d[-/.](?:\d\d|[A-Z][a-z]{{2}})[-/.]\d{{2,4}}[ :T]+{_TIME}|{_TIME}"
    rf"|(?:[A-Z][a-z]{{2}},? )?[A-Z][a-z]{{2}} +\d\d? (?:\d{{4}} )?{_TIME}|\d{{10}}(?:\.\d+)?\b"
    r"|(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)\b)"
    rf"|\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{{2}}/\d{{4}}:{_TIME}"  # of web servers
)


def parse_log(data: bytes, *, name: str) -> Parsed:
    """Parse entries; raises ``UnreadableSource`` for binary data.

    A text whose lines begin with neither a time nor a level is parsed as plain text.
    """
    text, encoding = decode(data)
    lines = [line for line in lines_of(text) if text[line.start : line.end].strip()]
    stamped = [_STAMP.match(text, line.start, line.end) is not None for line in lines]
    if sum(stamped) <= _LEAST_STAMPED * len(lines):
        return parse_plain(data, name=name)

    def blocks() -> Iterator[Block]:
        first = 0
        for number in range(1, len(lines) + 1):
            if number == len(lines) or stamped[number]:
                yield Block(BlockKind.CODE, lines[first].start, lines[number - 1].end)
                first = number

    return Parsed(
        text=text,
        media_type="text/plain",
        title=readable(name),
        blocks=tuple(blocks()),
        headings=(),
        encoding=encoding,
    )


FORMAT = Format(name="log", version=5, suffixes=frozenset({".log"}), parse=parse_log)
