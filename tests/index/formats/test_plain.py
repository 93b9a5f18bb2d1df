"""Plain text: paragraphs, headings, lists, rows, code and debris recognised by layout."""

from pathlib import Path

import pytest

from qa_index.formats import parse
from qa_index.records import BlockKind, Parsed

SEEDS = Path(__file__).parents[3] / "seeds"
LONG = (
    "This paragraph is long enough to be running text, since it has a number of words and it ends "
    "with a full stop as sentences do."
)
OTHER = (
    "Another paragraph follows it on a line of its own, as saved web pages have it, and it says "
    "something else about the same matter."
)


def reading_of(text: str, name: str = "notes.txt") -> Parsed:
    return parse(text.encode(), name=name)


def blocks_of(text: str) -> list[tuple[str, str]]:
    parsed = reading_of(text)
    return [(str(kind), text[start:end].strip()) for kind, start, end in parsed.blocks]


def kinds_of(text: str) -> list[str]:
    return [kind for kind, _ in blocks_of(text)]


def debris_of(text: str) -> list[str]:
    return [line for kind, line in blocks_of(text) if kind == "debris"]


class TestParagraphs:
    def test_empty_lines_part_them(self) -> None:
        assert blocks_of("One.\n\nTwo.\n \t\nThree.") == [
            ("prose", "One."),
            ("prose", "Two."),
            ("prose", "Three."),
        ]

    def test_long_lines_are_one_each(self) -> None:
        assert [text for _, text in blocks_of(f"{LONG}\n{OTHER}\n{LONG} More.")] == [
            LONG,
            OTHER,
            f"{LONG} More.",
        ]

    def test_wrapped_lines_are_joined(self) -> None:
        text = (
            "It was a bright cold day in April, and the clocks were striking\n"
            "thirteen. Winston Smith, his chin nuzzled into his breast in an\n"
            "effort to escape the vile wind, slipped quickly through the\n"
            "glass doors."
        )
        assert blocks_of(text) == [("prose", text)]

    def test_a_sentence_broken_at_any_width_is_joined(self) -> None:
        text = f"{LONG}\nThe tool reads files,\nsplits them into passages\nand stores them."
        assert blocks_of(text)[1:] == [
            ("prose", "The tool reads files,\nsplits them into passages\nand stores them.")
        ]

    def test_an_index_that_slipped_to_the_next_line_is_joined(self) -> None:
        text = f"{LONG}\nThe process yields large quantities of H\n2 as a gas.\n{OTHER}"
        assert "The process yields large quantities of H\n2 as a gas." in dict(
            map(reversed, blocks_of(text))  # type: ignore[arg-type]
        )

    def test_verse_stays_together(self) -> None:
        text = "Two roads diverged in a wood,\nAnd sorry I could not travel\nAnd be one traveler"
        assert blocks_of(text) == [("prose", text)]


class TestListsRowsAndCode:
    @pytest.mark.parametrize(
        "markers", ["1. |2. |3. ", "- |- |- ", "(a) |(b) |(c) ", "•\t|•\t|•\t"]
    )
    def test_items(self, markers: str) -> None:
        items = [marker + "An item; it says little" for marker in markers.split("|")]
        assert blocks_of("\n".join(items)) == [("list", item) for item in items]

    def test_items_keep_their_hanging_lines(self) -> None:
        assert blocks_of("* small and\n  Portable\n* free\n") == [
            ("list", "* small and\n  Portable"),
            ("list", "* free"),
        ]

    def test_fields(self) -> None:
        text = "From: Ann <ann@example.org>\nTo: Bob\nSubject: The budget"
        assert blocks_of(text) == [("list", line) for line in text.split("\n")]

    @pytest.mark.parametrize(
        "text",
        [
            "name      price\napples    3.50\npears     4",
            "a\tb\n1\t2",
            "| a | b |\n| 1 | 2 |",
            "2024-01-01 12:00:00 INFO started\n2024-01-01 12:00:05 ERROR failed\nValueError: bad",
        ],
    )
    def test_rows(self, text: str) -> None:
        assert blocks_of(text) == [("table", text)]

    @pytest.mark.parametrize(
        "text",
        [
            "def walk(path):\n    for name in path:\n        print(name)",
            'int main(void) {\n    printf("x");\n    return 0;\n}',
            "    $ tar xzf a.tgz\n    $ make",
        ],
    )
    def test_code(self, text: str) -> None:
        assert blocks_of(text) == [("code", text.strip())]

    def test_clauses_that_end_in_semicolons_are_no_code(self) -> None:
        assert kinds_of("(a) fifty percent (net) on signature;\n(b) the rest (gross) later;") == [
            "list",
            "list",
        ]


class TestHeadings:
    def headings_of(self, text: str) -> list[tuple[int, str]]:
        return [(heading.level, heading.title) for heading in reading_of(text).headings]

    def test_underlined(self) -> None:
        text = f"The Tool\n========\n\n{LONG}\nUse it\n------\n{OTHER}"
        assert self.headings_of(text) == [(1, "The Tool"), (2, "Use it")]

    def test_the_first_line_is_the_headline(self) -> None:
        assert self.headings_of(f"Ministers meet in Mexico\n{LONG}") == [
            (1, "Ministers meet in Mexico")
        ]

    def test_short_lines_above_text(self) -> None:
        text = f"Title\n\n{LONG}\n\nNext part\n\n{OTHER}\nSet off by nothing\n{LONG} More."
        assert self.headings_of(text) == [(1, "Title"), (2, "Next part"), (2, "Set off by nothing")]

    def test_numbered(self) -> None:
        text = f"Agreement\n\n1. Terms\n\n1.1 Scope\n\n{LONG}\n\nArticle 2. Price\n\n{OTHER}"
        assert self.headings_of(text) == [
            (1, "Agreement"),
            (2, "1. Terms"),
            (3, "1.1 Scope"),
            (2, "Article 2. Price"),
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "It ends with a stop.",
            "An announcement:",
            "Dear Ann,",
            "lower case at first",
            "Unbalanced (as H",
            "2024",
            "A line of far more words than any heading has, so that it cannot be one at all",
            "Name: value",
        ],
    )
    def test_other_lines_are_none(self, line: str) -> None:
        assert self.headings_of(f"{LONG}\n\n{line}\n\n{OTHER}") == []

    def test_lists_are_none(self) -> None:
        assert self.headings_of(f"{LONG}\n\n1. Apples\n\n2. Pears\n\n3. Plums\n\n{OTHER}") == []

    def test_nothing_below_makes_none(self) -> None:
        assert self.headings_of(f"{LONG}\n\nThe End") == []
        assert self.headings_of("Buy milk\nCall Bob tomorrow") == []


class TestDebris:
    @pytest.mark.parametrize(
        "line",
        [
            "-",
            "* * *",
            "Skip to content",
            "Scroll to Top",
            "Read also:",
            "    Latest",
            "Share on Facebook",
            "Subscribe to our newsletter",
            "We use cookies to improve your experience. Accept all",
            "© 2024 The Paper. All rights reserved.",
            "Read more: Tariffs mark a shift: WSJ",
            "Читайте также:",
            "https://example.org/a",
            "[1] https://example.org/a [2] https://example.org/b [3] www.example.org",
        ],
    )
    def test_furniture(self, line: str) -> None:
        assert debris_of(f"{LONG}\n\n{line}\n\n- \n\n") == [line.strip(), "-"]

    def test_a_repeated_headline(self) -> None:
        headline = "Leader aims to set up a corridor with Mexico."
        text = f"{headline}\n\n{LONG}\n\n{headline}\n\n{OTHER}"
        assert blocks_of(text)[0] == ("prose", headline)
        assert debris_of(text) == [headline]

    def test_a_truncated_headline_before_the_full_one(self) -> None:
        cut = "Leader aims to set up a corridor..."
        text = f"{cut}\nLeader aims to set up a corridor with Mexico.\n\n{LONG}"
        assert debris_of(text) == [cut]

    def test_links_at_the_end(self) -> None:
        text = f"{LONG}\n\nFurther Reading\n\nA guide to Central America (with maps)\n\nTop"
        assert debris_of(text) == [
            "Further Reading",
            "A guide to Central America (with maps)",
            "Top",
        ]

    def test_a_menu_at_the_beginning(self) -> None:
        text = f"Home\n\nNews\n\nSport\n\nLogin\n\nWeather\n\n{LONG}"
        assert debris_of(text) == ["Home", "News", "Sport", "Login"]
        assert reading_of(text).title == "Weather"

    def test_running_heads_of_pages(self) -> None:
        pages = [f"{LONG} {page}.\n\nBradner      RFC      [Page {page}]\n\n" for page in range(3)]
        assert debris_of("".join(pages)) == [
            f"Bradner      RFC      [Page {page}]" for page in range(3)
        ]

    @pytest.mark.parametrize(
        "line",
        [
            "Call Bob tomorrow",
            "Homepage: https://example.org",
            "The manual is at https://example.org/manual.html for all versions.",
            "People watch the ceremony at the Zocalo (AP Photo/Ann Lee)",
            "Share prices fell on Friday.",
            "[1] Smith, J. (2020). A title. https://doi.org/10.1/2",
            "John Smith",
            "42",
            "It is unclear...",
        ],
    )
    def test_whatever_may_say_something_is_kept(self, line: str) -> None:
        assert debris_of(f"{LONG}\n\n{line}\n\n{OTHER}") == []
        assert debris_of(f"{LONG}\n\n{line}") == []
        assert debris_of(line) == []

    def test_a_label_above_text_is_a_heading(self) -> None:
        assert kinds_of(f"{LONG}\n\nSearch\n\n{OTHER}") == ["prose", "heading", "prose"]

    def test_repeated_short_headings_and_rows_are_kept(self) -> None:
        text = f"{LONG}\n\nExample\n\n{OTHER}\n\nExample\n\n{LONG} More."
        assert kinds_of(text) == ["prose", "heading", "prose", "heading", "prose"]


class TestTitles:
    def test_the_heading_that_opens_the_text(self) -> None:
        assert reading_of(f"Skip to content\n\nThe  title\n\n{LONG}").title == "The title"

    def test_a_first_line_that_is_short(self) -> None:
        assert reading_of(f"It happened today.\n\n{LONG}").title == "It happened today."

    def test_the_file_name(self) -> None:
        assert reading_of(f"{LONG} {LONG}\n\nPart\n\n{LONG}", "my_notes.txt").title == "my notes"
        assert reading_of("One short line.", "my_notes.txt").title == "my notes"
        assert reading_of("", "my_notes.txt").title == "my notes"


class TestSeeds:
    """Every informative sentence is prose or list, every menu, URL and repeat is debris."""

    def parsed(self, number: str) -> Parsed:
        [path] = SEEDS.glob(f"{number}_*.txt")
        return parse(path.read_bytes(), name=path.name)

    def debris(self, number: str) -> list[str]:
        parsed = self.parsed(number)
        return [
            parsed.text[start:end].strip()
            for kind, start, end in parsed.blocks
            if kind is BlockKind.DEBRIS
        ]

    def headings(self, number: str) -> list[str]:
        return [heading.title for heading in self.parsed(number).headings]

    def test_000(self) -> None:
        assert self.debris("000") == []
        assert self.headings("000") == []
        assert len(self.parsed("000").blocks) == 16

    def test_001(self) -> None:
        assert self.headings("001") == [
            "Russia, Mexico, Bilateral Relations: July 2025 Update",
            "Mexico",
            "Mexico Map",
        ]
        first, guide, last = self.debris("001")
        assert (first, last) == ("Further Reading", "Scroll to Top")
        assert guide.startswith("Further Image")

    def test_002(self) -> None:
        skip, truncated, repeated, links, also, latest = self.debris("002")
        assert (skip, also, latest) == ("Skip to content", "Read also:", "Latest")
        assert truncated.endswith("Yucatan, Cuba, and...")
        assert repeated == self.parsed("002").title
        assert links.startswith("[1] https://www.reuters.com")
        assert [kind for kind, _, _ in self.parsed("002").blocks].count(BlockKind.LIST) == 4

    def test_003(self) -> None:
        dash, more = self.debris("003")
        assert dash == "-"
        assert more.startswith("Read more: Trump")
        assert self.headings("003") == [
            "Russia, Mexico explore more energy ties ahead of joint business forum",
            "Mexico to boost steel, aluminum, and car production",
        ]


@pytest.mark.parametrize(
    "unit",
    ["x", "x\n", "(", "(((( \n", "x  \n", "http://a ", "- ", "...\n", "Word\n\n", "=\n", "a: b\n"],
)
def test_time_is_linear(unit: str) -> None:
    text = unit * (200_000 // len(unit))  # if quadratic, some would take minutes
    assert reading_of(text).blocks
