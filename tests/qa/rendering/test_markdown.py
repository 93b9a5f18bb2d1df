"""Removal of Markdown marks, and the mapping of characters to their places."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.rendering.markdown import without_marks
from qa.rendering.rewriting import in_one_line, unchanged
from qa_index.records import Span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1\\. one\\_two \\d", "1. one_two \\d"),
        ('The <a name="x"></a>lessor<br/>pays', "The lessor pays"),
        ("a [link](http://e.org/x_(y)) and [two](<a b> 'title')", "a link and two"),
        ("a [link][ref], [this] and [^1]", "a link, [this] and [^1]"),
        ("[![Build](http://a/b.svg)](http://c) passes", "Build passes"),
        ("![a picture](x.png) here", "a picture here"),
        ("**bold *and* more** ***both*** ~~gone~~ *one*", "bold and more both gone one"),
        ("_one_ __two__ snake_case_name a__b__", "one two snake_case_name a__b__"),
        ("2 * 3 * 4 and 5*6 < 7 & a<b", "2 * 3 * 4 and 5*6 < 7 & a<b"),
        ("use `a*b*c` or ``x ` y``", "use a*b*c or x ` y"),
        ("x <!-- hidden\n\n **b** --> y", "x  y"),
        ("## Title\n> quoted\n> more", "Title\nquoted\nmore"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "| a | b |\n| 1 | 2 |"),
        ("```py\na*b*c # d\n```\n*x*", "a*b*c # d\nx"),
        ("<https://e.org/a_b_c> &amp; &#65;", "https://e.org/a_b_c & A"),
        ("[ref]: http://e.org\ntext", "text"),
        ("- [ ] *do* it", "- [ ] do it"),
        ("<!-- nothing else -->", "<!-- nothing else -->"),
        ("", ""),
    ],
)
def test_marks_are_left_out(text: str, shown: str) -> None:
    assert without_marks(text).text == shown


def test_spans_move_along() -> None:
    text = "The **[lessor](http://e.org)** may &amp; must *end* it"
    shown = without_marks(text)
    start = text.index("lessor")
    moved = shown.moved(Span(start, text.index(" it")))
    assert shown.text[slice(*moved)] == "lessor may & must end"
    assert shown.moved(Span(0, len(text))) == (0, len(shown.text))


MARKED = st.text(string.ascii_letters[:3] + " \n*_~`[]()<>!\\&;#|-:/.'\"") | st.text()


class TestAnyText:
    @given(MARKED)
    def test_places_ascend_and_only_marks_go(self, text: str) -> None:
        shown = without_marks(text)
        assert len(shown.places) == len(shown.text) + 1
        assert list(shown.places) == sorted(shown.places)
        assert shown.places[-1] == len(text)
        if "&" not in text and "<" not in text:
            assert all(
                text[place] == character
                for place, character in zip(shown.places, shown.text, strict=False)
            )

    @given(MARKED)
    def test_in_one_line_is_what_splitting_gives(self, text: str) -> None:
        made = in_one_line(text)
        kept = text.replace("\xa0", "\ue000").replace("\u202f", "\ue001")
        shown = " ".join(kept.split()).replace("\ue000", "\xa0").replace("\ue001", "\u202f")
        assert made.text == shown
        assert len(made.places) == len(made.text) + 1
        assert made.moved(Span(0, len(text))) == (0, len(made.text))

    def test_a_number_stays_in_one_row(self) -> None:
        assert in_one_line("10\u202f000\n km\xa0away").text == "10\u202f000 km\xa0away"

    @pytest.mark.parametrize(
        "part", ["[", "`", "<!--", "_a", "**a*", "![[", "[a](", "> ", "|-", "\\"]
    )
    def test_however_hostile_is_done_soon(self, part: str) -> None:
        text = part * (20_000 // len(part))
        assert len(without_marks(text).text) <= len(text)

    def test_what_nobody_reads_through_stays(self) -> None:
        text = "**a** " * 10_000
        assert without_marks(text) == unchanged(text)
