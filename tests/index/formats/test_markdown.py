"""Markdown: CommonMark blocks at their places in the raw text."""

import pytest

from qa_index.formats import parse
from qa_index.records import Parsed, heading_path


def reading_of(text: str) -> Parsed:
    return parse(text.encode(), name="notes.md")


def blocks_of(text: str) -> list[tuple[str, str]]:
    parsed = reading_of(text)
    assert parsed.text == text
    return [(str(kind), text[start:end]) for kind, start, end in parsed.blocks]


def test_headings_of_both_styles() -> None:
    parsed = reading_of("# The `qa` *tool* &amp; [more](x)\n\nTwo\nlines\n---\n\n### Deep ###\n")
    assert [(heading.level, heading.title) for heading in parsed.headings] == [
        (1, "The qa tool & more"),
        (2, "Two lines"),
        (3, "Deep"),
    ]
    assert heading_path(parsed.headings, 2) == ("The qa tool & more", "Two lines", "Deep")


def test_paragraphs_quotes_lists_code_and_tables() -> None:
    text = (
        "A paragraph\nof two lines.\n\n> A quote.\n\n- one\n  goes on\n  - nested\n- two\n\n"
        "```py\nx = 1\n\n```\n\n    indented\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
    )
    assert blocks_of(text) == [
        ("prose", "A paragraph\nof two lines."),
        ("prose", "> A quote."),
        ("list", "- one\n  goes on"),
        ("list", "  - nested"),
        ("list", "- two"),
        ("code", "```py\nx = 1\n\n```"),
        ("code", "    indented"),
        ("table", "| a | b |\n|---|---|\n| 1 | 2 |"),
    ]


def test_headings_inside_other_blocks_open_no_section() -> None:
    assert [kind for kind, _ in blocks_of("> # quoted\n\n- # listed\n\n```\n# code\n```\n")] == [
        "prose",
        "list",
        "code",
    ]


def test_front_matter_is_debris_and_gives_the_title() -> None:
    text = '---\ntitle: "A title"\ntags: [x]\n---\n# Other\n'
    assert blocks_of(text)[0] == ("debris", '---\ntitle: "A title"\ntags: [x]\n---')
    assert reading_of(text).title == "A title"


@pytest.mark.parametrize(
    "text", ["---\nno field\n---\n", "---\ntitle: x\n", "text\n---\na: b\n---\n"]
)
def test_a_rule_is_no_front_matter(text: str) -> None:
    assert all(content == "---" for kind, content in blocks_of(text) if kind == "debris")


@pytest.mark.parametrize(
    "debris",
    [
        "[![Build](https://a.b/c.svg)](https://a.b)",
        "![Logo](logo.png) ![Other][ref]",
        "<!-- a comment -->",
        "<div align=\"center\">",
        "[ref]: https://example.org \"Title\"",
        "[a]: <x>\n[b]: y",
        "<https://example.org/page>",
        "***",
    ],
)  # fmt: skip
def test_what_says_nothing_is_debris(debris: str) -> None:
    assert blocks_of(f"Some text.\n\n{debris}\n\nMore text.\n") == [
        ("prose", "Some text."),
        ("debris", debris),
        ("prose", "More text."),
    ]


@pytest.mark.parametrize(
    "prose", ["[Home](https://a.b): all about it.", "<p>Some words</p>", "See https://a.b for it."]
)
def test_what_says_something_is_kept(prose: str) -> None:
    assert blocks_of(prose) == [("prose", prose)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_keep_their_places(end: str) -> None:
    text = f"# Title{end}{end}One{end}two.{end}{end}- item{end}"
    assert blocks_of(text) == [
        ("heading", "# Title"), ("prose", f"One{end}two."), ("list", "- item")
    ]  # fmt: skip


def test_other_separators_are_no_line_ends() -> None:
    text = "One\u2028# two\x0b# three\f# four\u0085# five\r\n\r# Six\n\rEnd."
    assert blocks_of(text) == [
        ("prose", "One\u2028# two\x0b# three\f# four\u0085# five"),
        ("heading", "# Six"),
        ("prose", "End."),
    ]


def test_what_is_nested_too_deep_is_kept_as_prose() -> None:
    text = "> " * 50 + "Deep words."
    assert blocks_of(text) == [("prose", text)]
    assert blocks_of("- " * 200 + "Deep words.")[-1][0] in ("prose", "list")


def test_titles() -> None:
    assert reading_of("# First\n\nText.\n").title == "First"
    assert reading_of("Text first.\n\n## Part\n\nText.\n").title == "notes"
    assert reading_of("Text first.\n\n# Whole\n\nText.\n").title == "Whole"


@pytest.mark.parametrize(
    "unit",
    ["[a]: b\n", "[a]: \n", "> ", "- ", "[", "`", "<!-- ", "<a ", "word, ", "* x\n", "|a|b|\n"],
)
def test_time_is_bounded(unit: str) -> None:
    text = unit * (40_000 // len(unit))  # if quadratic, some would take minutes
    assert reading_of(text).blocks
