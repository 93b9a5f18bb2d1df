"""Cuts between grapheme clusters."""

import pytest
import regex

from qa_index.records import Span
from qa_index.splitting.graphemes import LONGEST_CLUSTER, joined, last_boundary, trim

FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "is_joined"),
    [("ab", False), ("e\u0301", True), ("\r\n", True), ("\n\n", False), ("a\u200d", True),
     ("🇩🇪", True), ("각각", False), ("👍🏽", True), ("।क", False), (" \u0301", True)],
)  # fmt: skip
def test_joined(text: str, is_joined: bool) -> None:
    assert joined(text, 1) is is_joined


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("  a b\t\n", (2, 5)),
        ("\u3000a\u00a0", (1, 2)),
        (" \u0301a", (0, 3)),  # a space with a combining mark
        ("\n\u0301a", (1, 3)),  # a line end takes no mark
        ("a\u0600 ", (0, 3)),  # a number sign joins what follows
        ("a\u0600\n", (0, 2)),
    ],
)
def test_trim(text: str, span: tuple[int, int]) -> None:
    assert trim(text, 0, len(text)) == Span(*span)


@pytest.mark.parametrize("text", ["", " ", "\r\n\t "])
def test_trim_of_white_space_is_empty(text: str) -> None:
    start, end = trim(text, 0, len(text))
    assert start == end


@pytest.mark.parametrize("unit", ["x", FAMILY, "각", "🇩🇪", "क्ष", "e\u0301\u0302", "\r\n", "ab각"])
@pytest.mark.parametrize("length", [1, 2, 3, 7, 50])
def test_last_boundary_is_one(unit: str, length: int) -> None:
    text = unit * 60
    boundaries = {match.end() for match in regex.finditer(r"\X", text)}
    end = last_boundary(text, 0, length)
    assert end in boundaries
    assert end <= length or end == min(boundaries)


def test_more_marks_than_a_character_has_are_cut() -> None:
    text = "a" + "\u0301" * 1000
    assert last_boundary(text, 0, 10) == 10
    short = "a" + "\u0301" * (LONGEST_CLUSTER - 1)
    assert last_boundary(short + "b" * 100, 0, 10) == LONGEST_CLUSTER
