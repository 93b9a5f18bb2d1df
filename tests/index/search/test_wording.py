"""What the unknown words of a question are read as: right or silent."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from qa_index.building.build import build
from qa_index.collection.local.stored import StoredIndex
from qa_index.search.wording import wording
from tests.support.hashing_encoder import HashingEncoder

ENGLISH = (
    "The function is called again by the service after an error, and it will retry a failed "
    "invocation twice. The government of Katy has its own policy for employees who retry. "
    "Johnson wrote the recommendations of the department in November."
)
GERMAN = (
    "Die Kaution ist bei der Anmeldung zu hinterlegen. Der Hund ist an der Leine zu halten, und "
    "die Flagge des Bundes ist schwarz, rot und gold. Über die Mülltonne und den Sperrmüll "
    "entscheidet die Gemeinde. Normalerweise ist das in der Satzung geregelt."
)
POLISH = (
    "Każdy pracownik ma prawo do urlopu. Wniosek o urlop składa się na piśmie, a pracodawca jest "
    "zobowiązany go rozpatrzyć w terminie i zapłacić wynagrodzenie."
)


def of(folder: Path, text: str, language: str) -> StoredIndex:
    (folder / "text.txt").write_text(text, encoding="utf-8")
    build([folder], folder / ".qa", encoder=HashingEncoder(), language=language)
    return StoredIndex(folder / ".qa")


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> StoredIndex:
    return of(tmp_path_factory.mktemp("en"), ENGLISH, "en")


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> StoredIndex:
    return of(tmp_path_factory.mktemp("de"), GERMAN, "de")


@pytest.fixture(scope="module")
def polish(tmp_path_factory: pytest.TempPathFactory) -> StoredIndex:
    return of(tmp_path_factory.mktemp("pl"), POLISH, "pl")


def read(index: StoredIndex, question: str) -> Sequence[tuple[str, str]]:
    return [(each.written, each.read) for each in wording(index, question).corrections]


class TestCorrections:
    """Misspelt words are read as the nearest word of the documents."""

    @pytest.mark.parametrize(
        ("question", "corrections"),
        [
            (
                "how often will it rety a failed ivnocation",
                [("rety", "retry"), ("ivnocation", "invocation")],
            ),
            (
                "Goverment policy for emplyees?",
                [("Goverment", "Government"), ("emplyees", "employees")],
            ),
            ("what are the recomendatoins", [("recomendatoins", "recommendations")]),
            ("RETRY OF A FAILD CALL", []),
            ("what is the policy on faild calls", [("faild", "failed")]),
        ],
    )
    def test_of_misspelt_words(
        self, english: StoredIndex, question: str, corrections: list[tuple[str, str]]
    ) -> None:
        assert read(english, question) == corrections

    def test_the_question_is_searched_as_corrected(self, english: StoredIndex) -> None:
        found = wording(english, "Will it rety? (rety, not reties)")
        assert found.text == "Will it retry? (retry, not retries)".replace("retries", "reties")
        assert found.question.terms.count("retri") == 2

    @pytest.mark.parametrize(
        "question",
        [
            "how often does it retry a failed invocation",  # nothing is unknown
            "what is the party of the mayor",  # "policy" and others are near, but these are words
            "which services did Kathy call",
            "did Johnston write it",  # another name is no misspelling
            "what did the CLAL do",
            "what did the cALl do",
            "will it xetry",  # a wrong first letter
            "wi it tw",  # too short
            "",
            "???",
        ],
    )
    def test_silent_in_doubt(self, english: StoredIndex, question: str) -> None:
        found = wording(english, question)
        assert found.corrections == ()
        assert found.text == question

    def test_a_stop_word_is_the_commonest(self, tmp_path: Path) -> None:
        words = of(tmp_path, "A washt, and what is a wheat? The wheat.", "en")
        found = wording(words, "waht is wheat")
        assert found.text == "what is wheat"
        assert found.question.terms == ("wheat",)

    def test_words_of_another_language_are_none(self, german: StoredIndex) -> None:
        assert read(german, "Is there a form for a dog, and how long must I hold the line?") == []
        assert read(german, "Wie hoch ist die Kuation?") == [("Kuation", "Kaution")]
        assert read(german, "Wer entscheidet über den Spermüll?") == [("Spermüll", "Sperrmüll")]

    def test_a_language_without_a_dictionary_allows_long_words_and_slips(
        self, polish: StoredIndex
    ) -> None:
        assert read(polish, "Ile urlpu ma pracwnik?") == [("pracwnik", "pracownik")]
        assert read(polish, "Czy jest terman na wniosak?") == []

    def test_the_commonest_of_several(self, tmp_path: Path) -> None:
        words = of(tmp_path, "The cart.\n\nA care home.\n\nTake care of it.", "en")
        assert read(words, "how to caare") == [("caare", "care")]


class TestCompounds:
    """A compound that no document has is searched by its parts."""

    def test_a_compound_is_its_parts(self, german: StoredIndex) -> None:
        found = wording(german, "Welche Farben hat die Bundesflagge?")
        assert found.corrections == ()
        assert ("bundesflagg", "bund", "flagg") in found.question.words
        assert found.question.terms[-3:] == ("bundesflagg", "bund", "flagg")

    def test_a_part_need_not_be_known_but_the_last(self, german: StoredIndex) -> None:
        assert wording(german, "ein Kampfhund").question.words == (("kampfhund", "hund"),)
        assert wording(german, "eine Hundekette").question.words == (("hundekett",),)

    def test_in_english_it_is_not_looked_for(self, english: StoredIndex) -> None:
        assert wording(english, "is there an overservice").question.words[-1] == ("overservic",)
