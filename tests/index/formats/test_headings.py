"""Headings in plain text: lines that recur regularly are headings, a stray line is not."""

import pytest

from qa_index.formats import parse

WORDS = (
    "The lamps along the quay had been lit before the rain began, and the men who waited there "
    "drew nearer to the wall without a word. Nobody had thought of the boat until the bell rang."
)
MORE = (
    "She put the letter back into the drawer and turned the key twice, as her father had always "
    "done. It was a habit of the house, and nobody would have known how to give it up."
)


def headings_of(text: str) -> list[tuple[int, str]]:
    parsed = parse(text.encode(), name="book.txt")
    return [(heading.level, heading.title) for heading in parsed.headings]


def titles_of(text: str) -> list[str]:
    return [title for _, title in headings_of(text)]


def joined(*paragraphs: str) -> str:
    """The paragraphs, with long ones made distinct: copies would be classified as debris."""
    long = 100
    parts = (
        f"{part} So it was in {1800 + number}." if len(part) > long else part
        for number, part in enumerate(paragraphs)
    )
    return "\n\n".join(parts) + "\n"


def wrapped(text: str, width: int = 66) -> str:
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


DIALOGUE = [
    "He replied:--",
    '"Not to-night, I think"',
    "“And the boat?”",
    "She looked at him and said—",
    "'We shall see'",
    "The old man answered only this --",
    "I could not believe it",
    "He went on more slowly",
    "[_Exit_]",
    "* * * * *",
    "(Here the page is torn)",
]


def scene(*lines: str) -> list[str]:
    """Paragraphs of a novel with these lines between them."""
    return [each for line in lines for each in (wrapped(WORDS), line)] + [wrapped(MORE)]


class TestNovels:
    def test_lines_of_dialogue_are_none(self) -> None:
        assert titles_of(joined(wrapped(WORDS), *scene(*DIALOGUE))) == []
        assert titles_of(joined(wrapped(WORDS), *scene(*DIALOGUE * 3))) == []

    @pytest.mark.parametrize("line", DIALOGUE)
    def test_not_even_one_in_a_short_text(self, line: str) -> None:
        assert titles_of(joined(wrapped(WORDS), line, wrapped(MORE), wrapped(WORDS))) == []

    @pytest.mark.parametrize(
        "names",
        [
            ["CHAPTER I", "CHAPTER II", "CHAPTER III"],
            ["CHAPTER I.", "CHAPTER II.", "CHAPTER III."],
            ["Chapter 1", "Chapter 2", "Chapter 3"],
            ["CHAPTER ONE", "CHAPTER TWO", "CHAPTER THREE"],
            ["Chapter the First", "Chapter the Second", "Chapter the Last"],
            ["CHAPTER I. The Quay.", "CHAPTER II. In Which Nothing Is Said.", "CHAPTER III. Hark!"],
            ["Letter 1", "Letter 2", "Letter 3"],
            ["I.", "II.", "III."],
            ["I", "II", "III"],
            ["§ 1", "§ 2", "§ 3"],
            ["Kapitel 1", "Kapitel 2", "Kapitel 3"],
        ],
    )
    def test_chapters_are_all(self, names: list[str]) -> None:
        text = joined(*(part for name in names for part in (name, *scene(*DIALOGUE[:4]))))
        assert titles_of(text) == names

    def test_a_chapter_needs_no_long_text_below(self) -> None:
        text = joined("CHAPTER I", "Rain.", wrapped(WORDS), "CHAPTER II", "He wrote:--", MORE)
        assert titles_of(text) == ["CHAPTER I", "CHAPTER II"]

    def test_chapters_stand_below_parts_and_have_titles(self) -> None:
        text = joined(
            "THE QUAY", "PART ONE", "CHAPTER I", "THE LAMPS.", wrapped(WORDS), "CHAPTER II",
            "THE LETTER.", wrapped(MORE), "PART TWO", "CHAPTER I", "THE BOAT.", wrapped(WORDS),
        )  # fmt: skip
        assert headings_of(text) == [
            (1, "THE QUAY"),
            (2, "PART ONE"),
            (3, "CHAPTER I"),
            (4, "THE LAMPS."),
            (3, "CHAPTER II"),
            (4, "THE LETTER."),
            (2, "PART TWO"),
            (3, "CHAPTER I"),
            (4, "THE BOAT."),
        ]

    def test_dashes_of_two_hyphens_set_titles_off(self) -> None:
        text = joined(
            *(
                "PART ONE--The Old Inn",
                "1",
                WORDS,
                MORE,
                "PART TWO--The Sea-cook",
                "2",
                WORDS,
                MORE,
            ),
            *("PART THREE--The Shore", "3", WORDS, MORE),
        )
        assert [each for each in titles_of(text) if each.startswith("PART")] == [
            "PART ONE--The Old Inn",
            "PART TWO--The Sea-cook",
            "PART THREE--The Shore",
        ]

    def test_a_word_after_a_hyphen_may_be_small(self) -> None:
        text = joined("CHAPTER 1", "The Ebb-tide Runs", WORDS, "CHAPTER 2", "The Sea-chest", MORE)
        titles = ["CHAPTER 1", "The Ebb-tide Runs", "CHAPTER 2", "The Sea-chest"]
        assert titles_of(text) == titles

    def test_a_table_of_contents_has_none(self) -> None:
        contents = [f"CHAPTER {number}" for number in ("I", "II", "III")]
        chapters = [part for name in contents for part in (name, wrapped(WORDS), wrapped(MORE))]
        assert titles_of(joined(*contents, *chapters)) == contents

    def test_a_sentence_that_names_a_chapter_is_none(self) -> None:
        line = "Chapter 5 of this account was lost."
        assert titles_of(joined(*scene(line))) == []
        paragraphs = [wrapped(WORDS), wrapped(MORE)] * 40
        paragraphs[40:40] = ["Part I liked best, said the boy"]
        assert titles_of(joined(*paragraphs)) == []

    def test_a_signature_is_none(self) -> None:
        letters = [wrapped(WORDS), "Your affectionate brother,", "Robert Hale"] * 3
        assert titles_of(joined(*letters, wrapped(MORE))) == []

    def test_broken_lines_are_none(self) -> None:
        lines = [
            "One secret that I alone possessed was the hope to",
            "which I had given myself up.",
        ]
        assert titles_of(joined(wrapped(MORE), *lines, wrapped(WORDS), *lines, MORE)) == []

    def test_one_date_heads_a_letter_and_many_a_diary(self) -> None:
        dates = ["March 3rd", "March 4th", "March 9th"]
        diary = [part for date in dates for part in (date, wrapped(WORDS), wrapped(MORE))]
        assert titles_of(joined(wrapped(MORE), *diary)) == dates
        assert titles_of(joined(wrapped(MORE), *diary[:3], wrapped(WORDS))) == []

    def test_a_few_short_lines_in_a_long_text_are_none(self) -> None:
        paragraphs = [wrapped(WORDS), wrapped(MORE)] * 40
        paragraphs[40:40] = ["The boat was gone by then"]
        assert titles_of(joined(*paragraphs)) == []


class TestVerse:
    POEM = "The lamps are low, the tide is high,\nThe bell has rung for three,\nAnd no one asks"

    def test_titles_of_poems_are(self) -> None:
        text = joined("The Quay", self.POEM, "The Letter", self.POEM, "The Boat", self.POEM)
        assert titles_of(text) == ["The Quay", "The Letter", "The Boat"]

    def test_lines_of_verse_are_none(self) -> None:
        assert titles_of(joined(wrapped(WORDS), self.POEM, wrapped(MORE))) == []


class TestPlays:
    def test_acts_and_scenes_are_and_who_speaks_is_not(self) -> None:
        speeches = [part for name in ("ANNA", "BORIS") * 3 for part in (name, wrapped(WORDS))]
        text = joined("ACT I", "SCENE I. A quay.", *speeches, "SCENE II. A house.", *speeches)
        assert headings_of(text) == [
            (2, "ACT I"),
            (2, "SCENE I. A quay."),
            (2, "SCENE II. A house."),
        ]

    def test_acts_in_words(self) -> None:
        acts = ["THE FIRST ACT", "THE SECOND ACT"]
        text = joined(wrapped(MORE), *(part for act in acts for part in (act, *scene("[Exit]"))))
        assert titles_of(text) == acts


class TestDocuments:
    def test_a_memo_with_numbers(self) -> None:
        text = joined(
            "Status of This Memo", f"   {WORDS}", "Abstract", f"   {MORE}", "1.  Introduction",
            f"   {WORDS}", "1.1.  Terms", f"   {MORE}", "2.  Security Considerations",
            f"   {WORDS}",
        )  # fmt: skip
        assert headings_of(text) == [
            (1, "Status of This Memo"),
            (2, "Abstract"),
            (2, "1. Introduction"),
            (3, "1.1. Terms"),
            (2, "2. Security Considerations"),
        ]

    def test_a_statute(self) -> None:
        text = joined(
            "Harbour Act", "PART I. GENERAL", "Section 1. Short title.", MORE,
            "Section 2. Definitions.", WORDS, "PART II. DUTIES", "Section 3. Lamps.", MORE,
        )  # fmt: skip
        assert headings_of(text) == [
            (1, "Harbour Act"),
            (2, "PART I. GENERAL"),
            (3, "Section 1. Short title."),
            (3, "Section 2. Definitions."),
            (2, "PART II. DUTIES"),
            (3, "Section 3. Lamps."),
        ]

    def test_a_licence_whose_numbered_titles_end_with_a_full_stop(self) -> None:
        text = (
            "  1. Open the large lid.\n\n  Wait until the lamp is green, and then go on.\n\n"
            "  15. Disclaimer of Warranty.\n\n  There is no warranty for the program.\n\n"
            "  16. Limitation of Liability.\n\n  In no event will any holder be liable.\n"
        )
        assert titles_of(text) == ["15. Disclaimer of Warranty.", "16. Limitation of Liability."]

    def test_minutes_in_sentence_case(self) -> None:
        text = joined(
            "Minutes of the harbour board", WORDS, "Approval of the budget", MORE, WORDS,
            "Repair of the lamps", WORDS, "Any other business", MORE,
        )  # fmt: skip
        assert titles_of(text) == [
            "Minutes of the harbour board",
            "Approval of the budget",
            "Repair of the lamps",
            "Any other business",
        ]

    def test_a_readme(self) -> None:
        text = joined(
            "lamp\n====", WORDS, "INSTALLATION", "    $ tar xzf lamp.tgz\n    $ make", MORE,
            "USAGE", "    $ lamp --on\n    $ lamp --off", WORDS, "License", MORE,
        )  # fmt: skip
        assert titles_of(text) == ["lamp", "INSTALLATION", "USAGE", "License"]

    def test_an_article_with_one_heading_inside(self) -> None:
        text = joined("Port opens again", WORDS, MORE, "Lamps to be lit by steel and wind", WORDS)
        assert titles_of(text) == ["Port opens again", "Lamps to be lit by steel and wind"]
