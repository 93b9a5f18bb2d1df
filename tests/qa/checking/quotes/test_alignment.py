"""The bit-parallel alignment, beside one that tries every run of words."""

import random
from collections.abc import Sequence

import pytest
from rapidfuzz.distance import Levenshtein

from qa.checking.quotes.alignment import changes_between, nearest_words
from qa.checking.quotes.words import words_of


def slow(quote: Sequence[str], words: Sequence[str]) -> int:
    """The least distance of the quote from any run of words."""
    return min(
        Levenshtein.distance(quote, words[start:end])
        for start in range(len(words) + 1)
        for end in range(start, len(words) + 1)
    )


def test_equals_trying_every_run() -> None:
    chance = random.Random(1)
    for _ in range(500):
        quote = chance.choices("abc", k=chance.randint(1, 7))
        words = chance.choices("abcd", k=chance.randint(0, 10))
        found = nearest_words(quote, words)
        assert found.distance == slow(quote, words)
        assert Levenshtein.distance(quote, words[found.start : found.end]) == found.distance


@pytest.mark.parametrize(
    ("quote", "text", "run"),
    [
        ("the only one in summer", "it was the only one in winter then", "the only one in winter"),
        ("did sign it", "she did not sign it then", "did not sign it"),
        ("a b", "x a b y a b", "a b"),
        ("nothing here", "quite other words", "quite other"),
    ],
)
def test_words_at_the_edge_are_changed_not_added(quote: str, text: str, run: str) -> None:
    words = text.split()
    found = nearest_words(quote.split(), words)
    assert " ".join(words[found.start : found.end]) == run


def test_a_long_quote() -> None:
    words = [f"w{number % 997}" for number in range(5_000)]
    quote = [*words[1_000:2_000], "x", *words[2_000:3_000]]
    assert nearest_words(quote, words) == (1, 3, 2003)  # the words repeat


def test_changes_cover_both_texts() -> None:
    written, stands = "He did sign, in 2020.", "She did not sign in 2019."
    changes = changes_between(written, words_of(written), stands, words_of(stands))
    assert [(str(each.kind), each.written, each.stands) for each in changes] == [
        ("changed", "He", "She"),
        ("same", "did", "did"),
        ("left_out", "", "not"),
        ("same", "sign", "sign"),
        ("added", ",", ""),
        ("same", "in", "in"),
        ("changed", "2020", "2019"),
        ("same", ".", "."),
    ]
