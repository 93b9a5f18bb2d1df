"""Text to terms."""

import re
import sys
import time
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_index.collection.local.bm25 import SparseBM25
from qa_index.terms import analyzer
from qa_index.terms.analyzer import MAX_TERM, STEMMERS, UNKNOWN, Analyzer

languages = st.sampled_from([*STEMMERS, UNKNOWN, "zh", "ja"])
# Characters that rules apply to, mixed with any others.
texts = st.text(
    st.one_of(st.sampled_from("aIİß1٣-.,'’&@_ \u0301\u0323\u00ad\u0640ا日が한ไ"), st.characters())
)


def terms(text: str, language: str = "en") -> list[str]:
    return Analyzer(languages=(language,)).analyze(text, language)


class TestWords:
    """Words are case-folded, stemmed by language and stripped of accents."""

    @pytest.mark.parametrize(
        ("language", "one", "other"),
        [
            ("en", "Bridges", "BRIDGE"),
            ("en", "the council’s", "councils"),
            ("en", "naïve ﬁnances", "naive finance"),
            ("de", "Straßen", "STRASSE"),
            ("de", "Häuser", "Haus"),
            ("es", "CANCIÓN", "canciones"),
            ("fr", "l’homme", "Hommes"),
            ("ru", "счёты", "СЧЕТ"),
            ("tr", "ISPARTA", "ısparta"),
            ("el", "ΟΔΟΣ", "οδός"),
            ("ar", "الكِتَاب", "كتاب"),
            ("ar", "كـــتاب", "كتاب"),
            ("hi", "किताबें", "किताबों"),
            (UNKNOWN, "ＷＩＤＥ", "wide"),
            (UNKNOWN, "cafe\u0301", "CAFÉ"),
            (UNKNOWN, "hy\u00adphen", "hyphen"),
        ],
    )
    def test_that_meet(self, language: str, one: str, other: str) -> None:
        assert terms(one, language) == terms(other, language) != []

    def test_stop_words_are_dropped_by_language(self) -> None:
        assert terms("What is the bridge?") == ["bridg"]
        assert terms("the bridge", "de") == ["the", "bridg"]
        assert terms("the bridge", UNKNOWN) == ["the", "bridge"]

    @pytest.mark.parametrize("language", STEMMERS)
    def test_every_stemmer_is_installed(self, language: str) -> None:
        assert terms("word", language)


class TestCompounds:
    """Numbers, amounts, hyphenated and dotted terms are found however they are written."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("COVID-19", ["covid", "19", "covid19"]),
            ("COVID19", ["covid", "19", "covid19"]),
            ("e-mail", ["e", "mail", "email"]),
            ("$2.8 million", ["2.8", "million"]),
            ("72%", ["72"]),
            ("1,250.50", ["1250.50"]),
            ("1.000.000", ["1000000"]),
            ("1,8", ["1.8"]),
            ("1.250,75", ["1250.75"]),
            ("5034,4832", ["5034", "4832"]),
            ("12,7,300", ["12", "7", "300"]),
            ("€1,250,000", ["1250000"]),
            ("٣٤", ["34"]),
            ("3.11.7", ["3.11.7"]),
            ("v3.11.7", ["v3.11.7", "3.11.7"]),
            ("1990-1995", ["1990", "1995"]),
            ("U.S.", ["us"]),
            ("R&D", ["rd"]),
            ("AT&T", ["att"]),
            ("O'Brien", ["o", "brien", "obrien"]),
            ("don't", []),
            ("foo.bar", ["foo", "bar", "foobar"]),
            ("snake_case", ["snake", "case", "snakecas"]),
            ("H1N1", ["h1n1"]),
            ("all-MiniLM-L6-v2", ["minilm", "l6", "v2"]),
            ("end.", ["end"]),
            ("___ -- '", []),
        ],
    )
    def test_terms(self, text: str, expected: list[str]) -> None:
        assert terms(text) == expected

    @pytest.mark.parametrize("asked", ["COVID-19", "covid 19", "COVID19", "Covid‑19"])
    @pytest.mark.parametrize("written", ["COVID-19", "covid 19", "COVID19"])
    def test_each_spelling_finds_each(self, asked: str, written: str) -> None:
        index = SparseBM25.from_corpus([terms("nineteen others"), terms(f"about {written}")])
        question = Analyzer().analyze_question(asked)
        assert index.score(question.terms).top(1)[0].tolist() == [1]
        _, held = index.held([term for word in question.words for term in word], np.array([1]))
        assert all(any(term in index for term in word) for word in question.words)
        assert held.all()


class TestUnspacedScripts:
    """Scripts without spaces are indexed by pairs of characters."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("市议会周二", ["市议", "议会", "会周", "周二"]),
            ("分", ["分"]),
            ("NFL橄榄球50强", ["nfl", "橄榄", "榄球", "50", "强"]),
            ("さくら", ["さく", "くら"]),
            ("한국어", ["한국", "국어"]),
            ("ﾊﾝﾀﾞ", ["ハン", "ンダ"]),
        ],
    )
    def test_pairs(self, text: str, expected: list[str]) -> None:
        assert terms(text, "zh") == terms(text, "en") == expected

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("ไทย", ["ไทย"]),
            ("ที่คะแนน", ["ที่คะ", "คะแน", "แนน"]),
            ("เท่าไร", ["เท่าไร"]),
            ("ປະເທດລາວ", ["ປະເທ", "ເທດ", "ດລາ", "ລາວ"]),
            ("ភាសាខ្មែរ", ["ភាសា", "សាខ្មែ", "ខ្មែរ"]),
            ("မြန်မာဘာသာ", ["မြန်", "န်မာ", "မာဘာ", "ဘာသာ"]),
            ("กำ", ["กํา"]),
            ("ก" + "่" * 9, ["ก" + "่" * 9]),
        ],
    )
    def test_pairs_of_clusters(self, text: str, expected: list[str]) -> None:
        assert terms(text, "th") == terms(text, "en") == expected

    def test_two_pairs_of_clusters_stand_for_a_word(self) -> None:
        assert analyzer.word_count(terms("ที่คะแนน", "th")) == 1.5
        assert analyzer.word_count(terms("ประเทศลาว NFL 2015", "th")) == 2 + 2.5
        assert analyzer.word_count(terms("市议会周二", "zh")) == 4

    def test_marks_belong_to_words(self) -> None:
        """Python's ``\\w`` excludes them, which would split Hindi words at each vowel sign."""
        word = re.compile(f"[{analyzer.MARKS}]")
        for character in map(chr, range(0x2000)):
            if unicodedata.category(character) in ("Mn", "Mc"):
                assert word.match(character), hex(ord(character))

    def test_nothing_that_parts_words_is_taken_for_a_mark(self) -> None:
        word = re.compile(f"[{analyzer.MARKS}]")
        for character in map(chr, range(sys.maxunicode + 1)):
            if word.match(character) and character not in "\u00ad\u200c\u200d":
                assert unicodedata.category(character)[0] == "M" or (
                    character.isalnum() or unicodedata.category(character) == "Cn"
                ), hex(ord(character))


class TestAnyText:
    """Any text gives terms: deterministic, of bounded length, in linear time."""

    @given(texts, languages)
    def test_gives_bounded_terms_each_time_the_same(self, text: str, language: str) -> None:
        found = terms(text, language)
        assert found == terms(text, language)
        assert all(0 < len(term) <= MAX_TERM for term in found)

    @given(texts, languages)
    def test_gives_a_question_the_terms_of_a_document(self, text: str, language: str) -> None:
        question = Analyzer(languages=(language,)).analyze_question(text)
        assert list(question.terms) == terms(text, language)
        assert {term for word in question.words for term in word} <= set(question.terms)

    @given(texts, st.lists(languages, unique=True, max_size=4))
    def test_can_be_asked_in_any_mixture_of_languages(self, text: str, mixed: list[str]) -> None:
        question = Analyzer(languages=tuple(mixed)).analyze_question(text)
        possible = {term for language in mixed for term in terms(text, language)}
        assert set(question.terms) <= possible

    @pytest.mark.parametrize(
        "unit",
        ["a", "a-", "a_", "a1", "1,", "1.1", "_", "'s", "日", "a\u0301\u0323", "\u0e38\u0e48", "ا"],
    )
    def test_takes_linear_time(self, unit: str) -> None:
        text = unit * (300_000 // len(unit))
        started = time.process_time()
        found = terms(text)
        # Quadratic code takes minutes here; a busy machine may need a second.
        assert time.process_time() - started < 5
        assert max(map(len, found), default=0) <= MAX_TERM
        assert len(found) <= len(text)


class TestQuestionsOfMixedIndexes:
    """In an index of several languages a word is looked up in each language it may belong to."""

    analyzer = Analyzer(languages=("de", "en"))

    def test_without_stop_words_it_may_be_of_any(self) -> None:
        question = self.analyzer.analyze_question("Häuser")
        assert question.words == (("haus", "hauser"),)
        assert question.terms == ("haus", "hauser")

    def test_stop_words_of_the_language_that_has_most_of_them_are_dropped(self) -> None:
        german = self.analyzer.analyze_question("Wer war die Königin in der Stadt?")
        assert german.words == (("konigin",), ("stadt",))
        english = self.analyzer.analyze_question("Why did the queen die in a city?")
        assert ("die",) in english.words

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("How do infections spread in a city?", ("infect",)),
            ("Infections of the skin?", ("infect",)),
            ("How do Infections spread in a city?", ("infection", "infect")),
            ("What does ordnungswidrigkeit mean?", ("ordnungswidr", "ordnungswidrigkeit")),
        ],
        ids=["no other", "a capital at the beginning", "a name", "no stem of its own"],
    )
    def test_the_questions_language_says_which_stems_count(
        self, text: str, word: tuple[str, ...]
    ) -> None:
        assert word in self.analyzer.analyze_question(text).words

    def test_without_stop_words_nothing_is_dropped(self) -> None:
        assert self.analyzer.analyze_question("Stadt Königin").words == (
            ("stadt",),
            ("konigin",),
        )

    def test_a_part_of_a_compound_may_be_found_by_the_whole(self) -> None:
        assert Analyzer().analyze_question("e-mail").words == (("e", "email"), ("mail", "email"))


class TestSettings:
    """The settings are stored in the index, so that questions are analysed in the same way."""

    def test_come_back_as_they_were(self) -> None:
        analyzer = Analyzer(languages=("de", "en", "und"))
        assert Analyzer.from_dict(analyzer.to_dict()) == analyzer

    @pytest.mark.parametrize("changed", [{"version": 0}, {"stemmers": "1.0"}])
    def test_of_another_analyzer_are_refused(self, changed: dict[str, object]) -> None:
        with pytest.raises(ValueError, match="is installed"):
            Analyzer.from_dict(Analyzer().to_dict() | changed)

    def test_that_lack_a_field_are_refused(self) -> None:
        with pytest.raises(KeyError):
            Analyzer.from_dict({"languages": ["en"]})


def test_heavy_modules_stay_off_the_question_path() -> None:
    source = Path(analyzer.__file__).read_text(encoding="utf-8")
    assert not re.search(r"import (regex|py3langid|numpy)", source)
