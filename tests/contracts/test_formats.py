"""The contract of formats, tested on every registered one."""

import os
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_index.formats import HEAD_BYTES, Format, UnreadableSource, built_in, decode
from qa_index.records import BlockKind, Parsed

FORMATS = [pytest.param(each, id=name) for name, each in built_in().items()]

_PARTS = [
    "\n", "\r\n", "\r", "\n\n", " ", "\t", "\f", "\u2028", "\ufeff", ".", "!", "*", "_", "#", "|",
    "[", "](", ")", "<!--", "```", "---", "===", "1. ", "- ", "CHAPTER I", "PART TWO.", "\x1b[1m",
    "word ", "Another sentence stands here. ", "\"No,\" he replied:--", "中文", "é", "x" * 90,
    ",", ";", "a,b", "def f():", "    return 1", "key: value", "{", "}",
]  # fmt: skip
_TEXTS = st.lists(st.sampled_from(_PARTS), max_size=60).map(lambda parts: "".join(parts).encode())
_BYTES = st.one_of(_TEXTS, st.binary(max_size=300), st.tuples(_TEXTS, st.binary()).map(b"".join))


def parsed_by(found: Format, data: bytes) -> Parsed | None:
    """The parsed document; ``None`` if the format refuses the bytes."""
    name = "a" + min(found.suffixes)
    try:
        found.check(data[:HEAD_BYTES])
        return found.parse(data, name=name)
    except UnreadableSource:
        return None


@pytest.mark.parametrize("found", FORMATS)
class TestFormats:
    @given(data=_BYTES)
    def test_blocks_are_disjoint_in_order_and_cover_the_text(
        self, found: Format, data: bytes
    ) -> None:
        parsed = parsed_by(found, data)
        if parsed is None:
            return
        spans = [(block.start, block.end) for block in parsed.blocks]
        assert all(start < end for start, end in spans)
        assert all(left[1] <= right[0] for left, right in pairwise(spans))
        inside = [at for start, end in spans for at in range(start, end)]
        filled = {at for at, character in enumerate(parsed.text) if not character.isspace()}
        assert filled <= set(inside)

    @given(data=_BYTES)
    def test_headings_are_blocks(self, found: Format, data: bytes) -> None:
        parsed = parsed_by(found, data)
        if parsed is None:
            return
        blocks = [block for block in parsed.blocks if block.kind is BlockKind.HEADING]
        assert [block[1:] for block in blocks] == [heading[2:] for heading in parsed.headings]
        assert all(heading.level >= 1 for heading in parsed.headings)

    @given(data=_BYTES)
    def test_units_are_disjoint_and_in_order(self, found: Format, data: bytes) -> None:
        parsed = parsed_by(found, data)
        if parsed is None:
            return
        ends = [place for unit in parsed.units for place in (unit.start, unit.end)]
        assert ends == sorted(ends)
        assert all(0 <= place <= len(parsed.text) for place in ends)
        assert all(unit.number >= 1 for unit in parsed.units)
        assert all(gap.place and gap.reason for gap in parsed.gaps)

    @given(data=_BYTES)
    def test_text_is_the_decoded_file(self, found: Format, data: bytes) -> None:
        parsed = parsed_by(found, data)
        if parsed is None or not found.is_text:
            return
        assert (parsed.text, parsed.encoding) == decode(data)

    @given(data=_BYTES)
    def test_the_same_bytes_give_the_same(self, found: Format, data: bytes) -> None:
        assert parsed_by(found, data) == parsed_by(found, data)

    @given(data=_TEXTS)
    def test_what_is_parsed_passes_the_check(self, found: Format, data: bytes) -> None:
        """Otherwise a readable file would be skipped."""
        try:
            parsed = found.parse(data, name="a")
        except UnreadableSource:
            return
        found.check(data[:HEAD_BYTES])
        assert parsed

    def test_it_has_a_name_a_version_and_suffixes_of_its_own(self, found: Format) -> None:
        assert found.name == found.name.lower()
        assert found.version >= 1
        for other in built_in().values():
            assert other is found or not other.suffixes & found.suffixes
        assert all(each == each.lower() for each in found.suffixes)

    def test_it_is_imported_without_the_packages_that_it_parses_with(self, found: Format) -> None:
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; before = set(sys.modules)\n"
            f"from qa_index.formats import built_in; built_in()[{found.name!r}]\n"
            "tops = {name.split('.')[0] for name in set(sys.modules) - before}\n"
            "print(*(tops - set(sys.stdlib_module_names) - {'qa_index'}))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
        )
        assert done.stdout.split() == []


def test_the_contract_can_be_broken() -> None:
    """A format that loses text does not pass."""
    text = built_in()["text"]

    def lossy(data: bytes, *, name: str) -> Parsed:
        parsed = text.parse(data, name=name)
        return replace(parsed, blocks=parsed.blocks[1:])

    broken = replace(text, parse=lossy)
    check = TestFormats.test_blocks_are_disjoint_in_order_and_cover_the_text
    with pytest.raises(AssertionError):
        check.hypothesis.inner_test(TestFormats(), broken, b"Some text.")  # type: ignore[attr-defined]
