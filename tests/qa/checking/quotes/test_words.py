"""Words of a text, folded for comparison."""

import pytest

from qa.checking.quotes.numerals import numbers_in
from qa.checking.quotes.words import words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\u201cI don\u2019t\u201d \u2014 he", ['"', "I", "don't", '"', "-", "he"]),
        ("1,000.5 km\u00b2 and 10\u201315", ["1,000.5", "km\u00b2", "and", "10", "-", "15"]),
        ("\ufb01sh o\ufb03ce Cafe\u0301", ["fish", "office", "Caf\u00e9"]),
        ("exam-\nple", ["example"]),
        ("exam\u00ad\n  ple co\u00adop", ["example", "coop"]),
        ("*very* _good_ snake_case `code`", ["very", "good", "snake_case", "code"]),
        ("[so](https://example.org/a) it[^1] is", ["so", "it", "is"]),
        ("l\u2019homme n'est qu'un", ["l'", "homme", "n'", "est", "qu'", "un"]),
        ("\u6771\u4eac\u306f big", ["\u6771", "\u4eac", "\u306f", "big"]),
        ("a ... b \u2026 c . . . d", ["a", "\u2026", "b", "\u2026", "c", "\u2026", "d"]),
        ("x--y --- z \u22125", ["x", "-", "y", "-", "z", "-", "5"]),
        ("a\u200bb \ufeffc", ["ab", "c"]),
        ("", []),
    ],
)
def test_folded(text: str, words: list[str]) -> None:
    assert [word.folded for word in words_of(text)] == words


def test_known_words_tell_whether_a_hyphen_stays() -> None:
    text = "a well-\nknown exam-\nple"
    folded = [word.folded for word in words_of(text, {"well", "known", "example"})]
    assert folded == ["a", "well", "-", "known", "example"]


def test_places() -> None:
    text = "  \u201cSo it\n\nis.\u201d"
    assert [text[word.start : word.end] for word in words_of(text)] == [
        "\u201c", "So", "it", "is", ".", "\u201d",
    ]  # fmt: skip


def test_numbers() -> None:
    assert numbers_in(words_of("Nine of 12 in May 2020, twenty, one, zw\u00f6lf")) == [
        "9", "12", "2020", "20", "12",
    ]  # fmt: skip
