"""Words as they are written: similar ones, parts of compounds, and those of dictionaries."""

import random
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from qa_index.terms.analyzer import STEMMERS, written_words
from qa_index.terms.dictionary import is_listed, is_word, spoken
from qa_index.terms.vocabulary import SHORTEST, Vocabulary

WORDS = ("failed", "invocation", "mietvertrag", "retry", "retries", "tenant", "vertrag", "written")


def of(*words: str) -> Vocabulary:
    return Vocabulary("\n".join(sorted(words)))


class TestSimilar:
    """The words with the fewest errors, with slips before other letters."""

    @pytest.mark.parametrize(
        ("word", "expected"),
        [
            ("rety", ["retry"]),
            ("rretry", ["retry"]),
            ("rerty", ["retry"]),
            ("ertry", ["retry"]),
            ("tenent", ["tenant"]),
            ("ivnocation", ["invocation"]),
            ("xetry", []),
            ("invcaton", []),
            ("zebra", []),
        ],
    )
    def test_one_error(self, word: str, expected: list[str]) -> None:
        assert of(*WORDS).similar(word, errors=1) == expected

    def test_two_errors_if_none_is_nearer(self) -> None:
        assert of(*WORDS).similar("invcaton", errors=2) == ["invocation"]
        assert of("written", "witten").similar("wrtten", errors=2) == ["written"]

    def test_a_slip_is_likelier_than_another_letter(self) -> None:
        words = of("retry", "rely", "rets")
        assert words.similar("rety", errors=1) == ["retry"]
        assert of("rely").similar("rety", errors=1) == ["rely"]
        assert of("rely").similar("rety", errors=1, slips=True) == []

    @given(
        st.sets(st.text("abcd", min_size=1, max_size=7)), st.text("abcd", min_size=4, max_size=7)
    )
    def test_they_are_those_of_a_full_scan(self, words: set[str], word: str) -> None:
        distances = {
            each: OSA.distance(word, each)
            for each in words
            if len(each) >= SHORTEST and each[0] in word[:2]
        }
        least = min(distances.values(), default=9)
        nearest = {each for each, distance in distances.items() if distance == least <= 2}
        found = set(of(*words).similar(word, errors=2))
        assert found <= nearest
        assert bool(found) == bool(nearest)


class TestVocabulary:
    """Words are found whole, whatever lies beside them."""

    @given(st.sets(st.text(string.ascii_lowercase + "äß", min_size=1, max_size=4)))
    def test_it_holds_its_words_alone(self, words: set[str]) -> None:
        vocabulary = of(*words)
        assert len(vocabulary) == len(words)
        assert all(word in vocabulary for word in words)
        assert not any(f"{word}x" in vocabulary for word in words if f"{word}x" not in words)

    def test_written_words_are_folded_and_of_letters(self) -> None:
        text = "Die Straße, ROT-grün; COVID-19 und 5034 in Αθήνα, 東京 und so"
        assert written_words(text, "de") == {
            *("die", "strasse", "rot", "grün", "covid", "und", "αθήνα"),
        }


class TestDictionary:
    """What a dictionary has, in any form, is a word."""

    @pytest.mark.parametrize(
        ("word", "language"),
        [
            ("revenue", "en"),
            ("animales", "es"),
            ("educacion", "es"),
            ("heissen", "de"),
            ("groesse", "en"),
            ("élève", "fr"),
            ("eleve", "fr"),
        ],
    )
    def test_words(self, word: str, language: str) -> None:
        assert is_word(word, language) == (word != "groesse")

    @pytest.mark.parametrize("word", ["rety", "invocaton", "revenu e", 'reve"nue', "a.*", "("])
    def test_no_words(self, word: str) -> None:
        assert not is_word(word, "en")

    def test_languages_without_one(self) -> None:
        assert is_listed("en")
        assert not is_listed("pl")
        assert not is_word("jest", "pl")

    def test_no_misspelling_is_a_word(self) -> None:
        """Most are none; a few happen to be another word."""
        chance = random.Random(3)
        words = ["government", "invocation", "temperature", "employee", "contract", "insurance"]
        wrong = set()
        for word in words * 10:
            place = chance.randrange(1, len(word) - 3)
            wrong.add(word[:place] + word[place + 1 :])
        assert sum(is_word(word, "en") for word in wrong) <= len(wrong) / 5


class TestSpoken:
    """The languages of a question, by its stop words."""

    @pytest.mark.parametrize(
        ("question", "expected"),
        [
            ("Wie hoch ist die Steuer für einen Hund?", ["de"]),
            ("How long is the notice period?", ["en"]),
            ("¿Cuánto cuesta la matrícula?", ["es"]),
            ("kde plasma disk space", []),
        ],
    )
    def test_languages(self, question: str, expected: list[str]) -> None:
        assert spoken(question.strip("¿?").split()) == expected

    def test_every_list_is_asked(self) -> None:
        assert set(spoken(["и"])) <= STEMMERS.keys()
