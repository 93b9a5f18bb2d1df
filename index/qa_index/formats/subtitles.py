"""Subtitles, SubRip and WebVTT: the words are prose, numbers and times stand between them.

Numbers and times are blocks of code rather than metadata, so that a passage spans many cues.
"""

import re
from collections.abc import Iterator

from qa_index.formats.decoding import decode
from qa_index.formats.format import Format
from qa_index.formats.lines import Line, lines_of
from qa_index.formats.structure.titles import readable
from qa_index.records import Block, BlockKind, Parsed

_TIMES = re.compile(r"\s*(?:\d+:)?\d\d:\d\d[.,]\d{3}\s*-->")
_HEADER = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)\b")


def parse_subtitles(data: bytes, *, name: str) -> Parsed:
    """Parse cues; raises ``UnreadableSource`` for binary data."""
    text, encoding = decode(data)
    return Parsed(
        text=text,
        media_type="text/vtt" if text.startswith("WEBVTT") else "application/x-subrip",
        title=readable(name),
        blocks=tuple(_blocks(text)),
        headings=(),
        encoding=encoding,
    )


def _blocks(text: str) -> Iterator[Block]:
    cue: list[Line] = []
    for line in (*lines_of(text), Line(len(text), len(text))):
        if text[line.start : line.end].strip():
            cue.append(line)
        elif cue:
            yield from _of_cue(text, cue)
            cue = []


def _of_cue(text: str, lines: list[Line]) -> Iterator[Block]:
    """Blocks of lines without an empty one between them."""
    times = [number for number in (0, 1) if number < len(lines) and _is_times(text, lines[number])]
    words = times[0] + 1 if times else 0
    if words:
        yield Block(BlockKind.CODE, lines[0].start, lines[words - 1].end)
    elif _HEADER.match(text, lines[0].start, lines[0].end):
        yield Block(BlockKind.METADATA, lines[0].start, lines[-1].end)
        return
    if words < len(lines):
        yield Block(BlockKind.PROSE, lines[words].start, lines[-1].end)


def _is_times(text: str, line: Line) -> bool:
    return _TIMES.match(text, line.start, line.end) is not None


FORMAT = Format(
    name="subtitles", version=5, suffixes=frozenset({".srt", ".vtt"}), parse=parse_subtitles
)
