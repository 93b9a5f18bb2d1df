"""Messages: they carry everything, and nothing invalid gets through."""

import io
import json
import struct
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_index import formats
from qa_index.parsing.messages import (
    InvalidMessage,
    pack,
    pack_places,
    reason_in,
    receive,
    send,
    unpack,
    unpack_places,
)
from qa_index.records import (
    Block,
    BlockKind,
    Cells,
    DateSource,
    Fragment,
    Gap,
    Heading,
    Metadata,
    Parsed,
    Rectangle,
    Table,
    Unit,
    UnitKind,
)

DOCUMENT = Parsed(
    text="Títle\n\nSome text.\n\na\tb\n1\t2",
    media_type="application/x",
    title="Títle",
    blocks=(
        Block(BlockKind.HEADING, 0, 5),
        Block(BlockKind.PROSE, 7, 17),
        Block(BlockKind.TABLE, 19, 26),
    ),
    headings=(Heading(2, "Títle", 0, 5),),
    encoding="",
    units=(Unit(UnitKind.PAGE, 1, "iv", 0, 17), Unit(UnitKind.SHEET, 2, "", 19, 26)),
    gaps=(Gap("page 3", "picture only"),),
    metadata=Metadata("2024-03", DateSource.FRONT_MATTER, ("ä", "b c")),
    tables=(Table(19, 26, 1),),
)


def through_a_stream(header: Any, *parts: bytes) -> tuple[Any, bytes]:
    stream = io.BytesIO()
    send(stream, header, *parts)
    stream.seek(0)
    return receive(stream)


def test_a_document_comes_back_as_it_was() -> None:
    header, *parts = pack(DOCUMENT)
    assert unpack(*through_a_stream(header, *parts)) == DOCUMENT


@given(st.text(max_size=300))
def test_every_text_comes_back(text: str) -> None:
    try:
        parsed = formats.parse(text.encode("utf-8", "replace"), name="a.md")
    except formats.UnreadableSource:
        return
    header, *parts = pack(replace(parsed, format="", version=0))
    assert unpack(header, b"".join(parts)) == replace(parsed, format="", version=0, encoding="")


def test_places_come_back() -> None:
    places = [(Rectangle(1, 0.5, 1.0, 2.0, 3.0),), (), (Cells("A", "B4"), Fragment("#x"))]
    assert unpack_places(pack_places(places), 3) == places


@pytest.mark.parametrize(
    "changed",
    [
        {"blocks": (Block(BlockKind.PROSE, 7, 17), Block(BlockKind.PROSE, 0, 5)), "headings": ()},
        {"blocks": (Block(BlockKind.PROSE, 0, 27),), "headings": ()},
        {"blocks": (Block(BlockKind.PROSE, -1, 3),), "headings": ()},
        {"blocks": (Block(BlockKind.PROSE, 3, 3),), "headings": ()},
        {"headings": ()},
        {"headings": (Heading(0, "Títle", 0, 5),)},
        {"units": (Unit(UnitKind.PAGE, 0, "", 0, 3),)},
        {"units": (Unit(UnitKind.PAGE, 1, "", 3, 2),)},
        {"units": (Unit(UnitKind.SLIDE, 1 << 40, "", 0, 2),)},
        {"tables": (Table(0, 99, 0),)},
        {"tables": (Table(0, 3, -1),)},
        {"metadata": Metadata("2024-02-30", DateSource.PROPERTIES)},
        {"metadata": Metadata("2024", DateSource.MTIME)},
        {"metadata": Metadata(tags=("a",) * 2)},
        {"metadata": Metadata(tags=tuple(map(str, range(101))))},
    ],
)
def test_impossible_documents(changed: dict[str, Any]) -> None:
    header, *parts = pack(replace(DOCUMENT, **changed))
    with pytest.raises(InvalidMessage):
        unpack(header, b"".join(parts))


_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3))


@settings(max_examples=500)
@given(st.data())
def test_any_change_gives_a_valid_document_or_is_refused(data: st.DataObject) -> None:
    header, *parts = pack(DOCUMENT)
    body = bytearray(b"".join(parts))
    if data.draw(st.booleans()):
        header[data.draw(st.sampled_from(sorted(header)))] = data.draw(_SCALARS)
    for _ in range(data.draw(st.integers(0, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = unpack(header, bytes(body[: data.draw(st.integers(0, len(body)))] or body))
    except InvalidMessage:
        return
    last = 0
    for block in found.blocks:
        assert last <= block.start < block.end <= len(found.text)
        last = block.end
    assert all(0 <= unit.start <= unit.end <= len(found.text) for unit in found.units)
    assert [heading[2:] for heading in found.headings] == [
        block[1:] for block in found.blocks if block.kind is BlockKind.HEADING
    ]
    found.text.encode()


@given(st.binary(max_size=100))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        header, _ = receive(io.BytesIO(data))
    except (EOFError, InvalidMessage):
        return
    assert isinstance(header, dict)


@pytest.mark.parametrize("lengths", [(1 << 31, 0), (2, 1 << 40)])
def test_a_huge_length_is_refused_before_anything_is_read(lengths: tuple[int, int]) -> None:
    with pytest.raises(InvalidMessage):
        receive(io.BytesIO(struct.pack("<IQ", *lengths) + b"{}"))


@pytest.mark.parametrize(
    "places",
    [
        None, {}, [1], [[["rectangle", 1, 0, 0, 0]]], [[["rectangle", 0, 0, 0, 0, 0]]],
        [[["rectangle", 1, float("nan"), 0, 0, 0]]], [[["rectangle", 1, float("inf"), 0, 0, 0]]],
        [[["rectangle", 1, 10**400, 0, 0, 0]]], [[["rectangle", 1, 0, 0, 0, -1e300]]],
        [[["cells", 1, 2]]], [[["fragment"]]], [[["what", ""]]], [[], []],
    ],
)  # fmt: skip
def test_impossible_places(places: Any) -> None:
    with pytest.raises(InvalidMessage):
        unpack_places(json.dumps(places).encode(), 1)


def test_places_can_be_printed() -> None:
    told = json.dumps([[["cells", "\ud800", "\ud800"], ["fragment", "#\ud800"]]]).encode()
    assert unpack_places(told, 1) == [(Cells("\ufffd", "\ufffd"), Fragment("#\ufffd"))]


@pytest.mark.parametrize("data", [b"", b"[" * 100_000, b"\xff", b"1" * 10_000])
def test_broken_places(data: bytes) -> None:
    with pytest.raises(InvalidMessage):
        unpack_places(data, 1)


def test_a_reason_is_one_line() -> None:
    assert reason_in({"reason": "a\n b"}) == "a b"
    for wrong in (None, 3, "", "x" * 1000):
        with pytest.raises(InvalidMessage):
            reason_in({"reason": wrong})
