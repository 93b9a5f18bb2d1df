"""Layout of verbatim text in a column."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.rendering.characters import character_width, visible, width
from qa.rendering.layout import Row, lay_out
from qa.rendering.terminal import ASCII, UNICODE

TEXT = st.text(st.sampled_from("ab.c d\t\n\r é世界。́‍👨👩🏽🇩🇪\x1b‮­\xa0　"), max_size=80)


def text_of(row: Row) -> str:
    return "".join(piece.text for piece in row.pieces)


def rows_of(text: str, columns: int) -> list[str]:
    return [text_of(row) for row in lay_out(text, columns)]


def _only(characters: str, text: str) -> str:
    return "".join(character for character in text if character in characters)


class TestEveryCharacterIsShown:
    """A row holds part of one line of the source; only white space at a break is dropped."""

    @given(TEXT, st.integers(1, 30))
    def test_rows_in_order_make_up_the_text(self, text: str, columns: int) -> None:
        rows = list(lay_out(text, columns))
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for number, line in enumerate(lines):
            shown = "".join(text_of(row) for row in rows if row.line == number)
            expected = visible(line.replace("\t", " "))
            assert "".join(shown.split()) == "".join(expected.split())

    @given(TEXT, st.integers(1, 30))
    def test_nothing_unsafe_is_left(self, text: str, columns: int) -> None:
        for row in rows_of(text, columns):
            assert visible(row) == row

    @given(TEXT, st.integers(12, 30))
    def test_rows_fit(self, text: str, columns: int) -> None:
        for row in rows_of(text, columns):
            # A grapheme cluster is never split, however wide it is.
            assert width(row.rstrip()) <= columns or "\u200d" in row or "\U0001f3fd" in row

    @given(TEXT, st.integers(1, 30), st.integers(0, 40), st.integers(1, 40))
    def test_emphasis_falls_on_its_span(
        self, text: str, columns: int, start: int, length: int
    ) -> None:
        text = text.replace("\u200d", "")  # a joined character has the style of its first part
        marked = "".join(
            piece.text
            for row in lay_out(text, columns, [(start, start + length)])
            for piece in row.pieces
            if piece.emphasised
        )
        # Neither occurs in an escaped character.
        assert _only("c.", marked) == _only("c.", text[start : start + length])


def test_breaks_at_words_and_keeps_line_ends() -> None:
    assert rows_of("one two three\r\nfour\rfive", 8) == ["one two", "three", "four", "five"]


def test_a_word_longer_than_a_row_is_broken_anywhere() -> None:
    assert rows_of("abcdefgh ij", 3) == ["abc", "def", "gh", "ij"]


def test_wide_characters_take_two_cells_and_break_between_each_other() -> None:
    assert rows_of("日本語。文", 6) == ["日本", "語。文"]


def test_what_a_person_sees_as_one_sign_is_not_torn() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert rows_of("e\u0301e\u0301", 1) == ["e\u0301", "e\u0301"]
    assert rows_of(family + family, 2) == [family, family]
    assert rows_of("\U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7", 1) == [
        "\U0001f1e9\U0001f1ea",
        "\U0001f1eb\U0001f1f7",
    ]


def test_a_tab_is_shown_as_the_spaces_it_stands_for() -> None:
    assert rows_of("a\tb", 20) == ["a   b"]


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b31m", r"\x9b31m"),
        ("\x1b]52;c;aGk=\x07", r"\x1b]52;c;aGk=\x07"),
        ("a\u202eb\u2066", r"a\u202eb\u2066"),
        ("\u2028", r"\u2028"),
        ("\U000e0041", r"\U000e0041"),
        ("\udc80\0", r"\udc80\x00"),
    ],
)
def test_what_would_steer_a_terminal_is_written_out(hostile: str, shown: str) -> None:
    assert visible(hostile) == shown
    assert rows_of(hostile, 80) == [shown]


@pytest.mark.parametrize("text", ["x" * 300_000, "e" + "\u0301" * 300_000, "世" * 300_000])
def test_a_word_without_end_takes_linear_time(text: str) -> None:
    started = time.process_time()
    rows = rows_of(text, 80)
    assert "".join(rows) == text
    assert time.process_time() - started < 20  # quadratic would take hours


def test_marks_are_one_cell_wide() -> None:
    for marks in (UNICODE, ASCII):
        assert [character_width(mark) for mark in (marks.quote, marks.evidence)] == [1, 1]
