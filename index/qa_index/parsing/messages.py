"""Messages between a worker and its parent: a header in JSON and bytes, each with its length.

Whatever comes from a worker is checked, as a hostile file may have taken it over: its messages can
lie about the text of that file and of those that it parses afterwards, and do nothing else.
"""

import json
import re
import struct
import sys
from array import array
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice, pairwise
from typing import IO, Any, TypeVar

from qa_index.formats import UnreadableSource
from qa_index.formats.structure.metadata import MOST_TAGS, is_valid
from qa_index.parsing.limits import (
    MAX_CHARACTERS,
    MAX_PAGES,
    MAX_PLACES_BYTES,
    MAX_RECORDS,
    MAX_STRING_BYTES,
)
from qa_index.records import (
    KINDS,
    Block,
    BlockKind,
    Cells,
    DateSource,
    Fragment,
    Gap,
    Heading,
    Metadata,
    Parsed,
    Place,
    Rectangle,
    Table,
    Unit,
    UnitKind,
)

_LENGTHS = struct.Struct("<IQ")
"""Of the header and of the bytes."""
_MAX_HEADER = 64 << 10
_MAX_BYTES = 4 * MAX_CHARACTERS + 8 * 8 * MAX_RECORDS + MAX_STRING_BYTES
_MAX_NUMBER = 1 << 31
MAX_REASON = 500
"""Longest reason, in characters."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNIT_KINDS = tuple(UnitKind)
_PLACES: dict[str, type[Rectangle] | type[Cells] | type[Fragment]] = {
    "rectangle": Rectangle,
    "cells": Cells,
    "fragment": Fragment,
}

Header = dict[str, Any]
Kind = TypeVar("Kind")


class InvalidMessage(Exception):
    """The message is malformed, or does not answer the request."""


def send(stream: IO[bytes], header: Header, *parts: bytes) -> None:
    """Write a message. Raises ``OSError`` if nobody reads it any more."""
    head = json.dumps(header).encode()
    stream.write(_LENGTHS.pack(len(head), sum(map(len, parts))) + head)
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes], *, trusted: bool = False) -> tuple[Header, bytes]:
    """Read a message; unless it is ``trusted``, its length is limited.

    Raises ``EOFError`` at the end of the stream, and ``InvalidMessage``.
    """
    head_size, size = _LENGTHS.unpack(_read(stream, _LENGTHS.size))
    if not trusted and (head_size > _MAX_HEADER or size > _MAX_BYTES):
        raise InvalidMessage("it is too long")
    header = _json(_read(stream, head_size))
    if not isinstance(header, dict):
        raise InvalidMessage("its header is no object")
    return header, _read(stream, size)


def _read(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise InvalidMessage("it is no JSON") from None


def pack(parsed: Parsed) -> tuple[Header, bytes, bytes, bytes]:
    """A parsed document as a message: header, text, numbers and strings.

    Raises ``UnreadableSource`` if it exceeds a limit.
    """
    blocks, units, tables, gaps = parsed.blocks, parsed.units, parsed.tables, parsed.gaps
    if len(parsed.text) > MAX_CHARACTERS:
        raise UnreadableSource(f"it has more than {MAX_CHARACTERS:,} characters of text")
    if len(blocks) + len(units) + len(tables) + len(gaps) > MAX_RECORDS:
        raise UnreadableSource(f"it has more than {MAX_RECORDS:,} paragraphs and cells")
    if any(unit.number > MAX_PAGES for unit in units if unit.kind is UnitKind.PAGE):
        raise UnreadableSource(f"it has more than {MAX_PAGES:,} pages")
    kind_number = {kind: number for number, kind in enumerate(KINDS)}
    unit_number = {kind: number for number, kind in enumerate(_UNIT_KINDS)}
    numbers = array("q")
    for block in blocks:
        numbers.extend((kind_number[block.kind], block.start, block.end))
    numbers.extend(heading.level for heading in parsed.headings)
    for unit in units:
        kind = unit_number[unit.kind]
        numbers.extend((kind, unit.number, unit.start, unit.end, unit.recognised))
    for table in tables:
        numbers.extend(table)
    strings = [
        _bytes(each)
        for each in chain(
            (parsed.title, parsed.media_type, parsed.recognition),
            (parsed.metadata.date, parsed.metadata.date_from, *parsed.metadata.tags),
            (heading.title for heading in parsed.headings),
            (unit.label for unit in units),
            chain.from_iterable(gaps),
        )
    ]
    numbers.extend(map(len, strings))
    if sum(map(len, strings)) > MAX_STRING_BYTES:
        raise UnreadableSource("its titles and labels are too long")
    text = _bytes(parsed.text)
    header = {
        "text": len(text),
        "blocks": len(blocks),
        "headings": len(parsed.headings),
        "units": len(units),
        "tables": len(tables),
        "gaps": len(gaps),
        "pictures": parsed.pictures,
        "tags": len(parsed.metadata.tags),
    }
    return header, text, _little(numbers).tobytes(), b"".join(strings)


def unpack(header: Header, data: bytes) -> Parsed:
    """The document of a message of ``pack``. Raises ``InvalidMessage``."""
    size, blocks, headings, units, tables, gaps, pictures, tags = (
        _count(header, name)
        for name in ("text", "blocks", "headings", "units", "tables", "gaps", "pictures", "tags")
    )
    if blocks + headings + units + tables + gaps > 2 * MAX_RECORDS or pictures > MAX_PAGES:
        raise InvalidMessage("it has too many records")
    if tags > MOST_TAGS:
        raise InvalidMessage("it has too many tags")
    string_count = 5 + tags + headings + units + 2 * gaps
    counts = (3 * blocks, headings, 5 * units, 3 * tables, string_count)
    number_bytes = 8 * sum(counts)
    if size > 4 * MAX_CHARACTERS or size + number_bytes > len(data):
        raise InvalidMessage("it is cut off")
    text = _text(data[:size])
    numbers = array("q")
    numbers.frombytes(data[size : size + number_bytes])
    ends = list(accumulate(counts))
    of_blocks, of_headings, of_units, of_tables, lengths = (
        part.tolist()
        for part in map(_little(numbers).__getitem__, map(slice, [0, *ends[:-1]], ends))
    )
    strings = _strings(data[size + number_bytes :], lengths)
    title, media_type, recognition = next(strings), next(strings), next(strings)
    metadata = _metadata(next(strings), next(strings), tuple(islice(strings, tags)))
    the_blocks = tuple(
        Block(_one_of(KINDS, kind), start, end) for kind, start, end in _rows(of_blocks, 3)
    )
    _check_spans([(block.start, block.end) for block in the_blocks], len(text), least=1)
    of_kind = [block for block in the_blocks if block.kind is BlockKind.HEADING]
    if len(of_kind) != headings or not all(1 <= level < _MAX_NUMBER for level in of_headings):
        raise InvalidMessage("its headings are not its blocks")
    the_headings = tuple(
        Heading(level, next(strings), block.start, block.end)
        for level, block in zip(of_headings, of_kind, strict=True)
    )
    the_units = tuple(
        Unit(_one_of(_UNIT_KINDS, kind), number, next(strings), start, end, bool(recognised))
        for kind, number, start, end, recognised in _rows(of_units, 5)
    )
    _check_spans([(unit.start, unit.end) for unit in the_units], len(text), least=0)
    if not all(1 <= unit.number < _MAX_NUMBER for unit in the_units):
        raise InvalidMessage("its pages have impossible numbers")
    the_tables = tuple(Table(*row) for row in _rows(of_tables, 3))
    _check_spans([(table.start, table.end) for table in the_tables], len(text), least=0)
    if not all(0 <= table.header_rows < _MAX_NUMBER for table in the_tables):
        raise InvalidMessage("its tables have an impossible number of rows")
    return Parsed(
        text=text,
        media_type=media_type,
        title=title,
        blocks=the_blocks,
        headings=the_headings,
        encoding="",
        units=the_units,
        gaps=tuple(Gap(next(strings), next(strings)) for _ in range(gaps)),
        tables=the_tables,
        pictures=pictures,
        recognition=recognition,
        metadata=metadata,
    )


def _metadata(date: str, date_from: str, tags: tuple[str, ...]) -> Metadata:
    """What ``formats.structure.metadata`` can have made. Raises ``InvalidMessage``."""
    try:
        metadata = Metadata(date, DateSource(date_from), tags)
    except ValueError:
        raise InvalidMessage("its date is from nowhere") from None
    if not is_valid(metadata):
        raise InvalidMessage("its date or tags are impossible")
    return metadata


def reason_in(header: Header) -> str:
    """Why a file is not readable. Raises ``InvalidMessage``."""
    reason = header.get("reason")
    if not isinstance(reason, str) or not 0 < len(reason) <= MAX_REASON:
        raise InvalidMessage("it gives no reason")
    return " ".join(_without_surrogates(reason).split())


def pages_in(header: Header) -> int:
    """How many pages are pictures. Raises ``InvalidMessage``."""
    found = _count(header, "pages")
    if not 0 < found <= MAX_PAGES:
        raise InvalidMessage("it has an impossible number of pages")
    return found


def pack_places(places: Sequence[Sequence[Place]]) -> bytes:
    """The places of several spans as JSON. Raises ``UnreadableSource`` if they are too many."""
    names = {kind: name for name, kind in _PLACES.items()}
    told = json.dumps([[[names[type(one)], *one] for one in each] for each in places]).encode()
    if len(told) > MAX_PLACES_BYTES:
        raise UnreadableSource("it lies in too many places")
    return told


def unpack_places(data: bytes, spans: int) -> list[tuple[Place, ...]]:
    """The places of that many spans. Raises ``InvalidMessage``."""
    if len(data) > MAX_PLACES_BYTES:
        raise InvalidMessage("it is too long")
    found = _json(data)
    if not isinstance(found, list) or len(found) != spans:
        raise InvalidMessage("it is not about the spans")
    if not all(isinstance(each, list) for each in found):
        raise InvalidMessage("it holds no places")
    return [tuple(map(_place, each)) for each in found]


def _place(found: Any) -> Place:
    match found:
        case ["rectangle", int(page), x0, y0, x1, y1] if 1 <= page < _MAX_NUMBER:
            corners = (x0, y0, x1, y1)
            if all(isinstance(x, int | float) and abs(x) < _MAX_NUMBER for x in corners):
                return Rectangle(page, *map(float, corners))
        case ["cells", str(sheet), str(cells)]:
            return Cells(_without_surrogates(sheet), _without_surrogates(cells))
        case ["fragment", str(fragment)]:
            return Fragment(_without_surrogates(fragment))
    raise InvalidMessage("it holds no place")


def _bytes(text: str) -> bytes:
    """As UTF-8. Surrogates become U+FFFD, so that offsets stay the same."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _without_surrogates(text).encode()


def _without_surrogates(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidMessage("its text is no UTF-8") from None


def _little(numbers: "array[int]") -> "array[int]":
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _count(header: Header, name: str) -> int:
    found = header.get(name)
    if type(found) is not int or not 0 <= found <= _MAX_BYTES:
        raise InvalidMessage(f"it does not say how many {name} it has")
    return found


def _strings(data: bytes, lengths: Sequence[int]) -> Iterator[str]:
    if any(length < 0 for length in lengths) or sum(lengths) != len(data):
        raise InvalidMessage("its strings are cut off")
    return (_text(data[a:b]) for a, b in pairwise(accumulate(lengths, initial=0)))


def _rows(numbers: Sequence[int], width: int) -> Iterator[tuple[int, ...]]:
    return zip(*[iter(numbers)] * width, strict=True)


def _one_of(kinds: Sequence[Kind], number: int) -> Kind:
    if not 0 <= number < len(kinds):
        raise InvalidMessage("it has an unknown kind")
    return kinds[number]


def _check_spans(spans: Sequence[tuple[int, int]], length: int, *, least: int) -> None:
    """Raise ``InvalidMessage`` unless they are in order, disjoint and of at least that length."""
    last = 0
    for start, end in spans:
        if not last <= start <= end - least <= length - least:
            raise InvalidMessage("its spans are out of order")
        last = end
