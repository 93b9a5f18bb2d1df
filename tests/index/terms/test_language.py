"""The language of a document."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import qa_index.terms.language
from qa_index.terms.language import detect

TEXTS = {
    "en": "The council met on Tuesday to decide how the money for the new bridge would be spent.",
    "de": "Der Stadtrat beriet am Dienstag darüber, wie das Geld für die Brücke verwendet wird.",
    "fr": "Le conseil municipal s'est réuni mardi pour décider de l'argent du nouveau pont.",
    "es": "El ayuntamiento se reunió el martes para decidir cómo gastar el dinero del puente.",
    "ru": "Городской совет собрался во вторник, чтобы решить, как потратить деньги на новый мост.",
    "uk": "Міська рада зібралася у вівторок, щоб вирішити, як витратити гроші на новий міст.",
    "ar": "اجتمع مجلس المدينة يوم الثلاثاء ليقرر كيفية إنفاق الأموال المخصصة للجسر الجديد.",
    "fa": "شورای شهر روز سه‌شنبه تشکیل جلسه داد تا درباره هزینه ساخت پل جدید تصمیم بگیرد.",
    "hi": "नगर परिषद की बैठक मंगलवार को हुई जिसमें यह तय किया गया कि नए पुल पर पैसा कैसे खर्च होगा।",
    "zh": "市议会周二开会，决定如何使用新桥的资金。",
    "ja": "市議会は火曜日に会合を開き、新しい橋の資金の使い道を決めた。",
    "ko": "시의회는 화요일에 모여 새 다리에 쓸 돈을 결정했다.",
    "th": "สภาเมืองประชุมเมื่อวันอังคารเพื่อตัดสินใจเรื่องเงินสำหรับสะพานใหม่",
    "el": "Το δημοτικό συμβούλιο συνεδρίασε την Τρίτη για τα χρήματα της νέας γέφυρας.",
}


@pytest.mark.parametrize(("language", "text"), TEXTS.items(), ids=TEXTS)
def test_a_sentence_is_recognised(language: str, text: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", " \n", "42 + 17 = 59", "Ok.", "Bank", "Привет"])
def test_too_little_text_has_the_default(text: str) -> None:
    assert detect(text) == "und"
    assert detect(text, "de") == "de"


@pytest.mark.parametrize(("text", "language"), [("東京", "zh"), ("さくら", "ja"), ("서울", "ko")])
def test_a_script_of_its_own_needs_no_more_than_a_word(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("language", sorted(TEXTS.keys() - {"en"}))
def test_longer_texts_in_other_languages_are_not_taken_for_english(language: str) -> None:
    assert detect(" ".join([TEXTS[language]] * 3)) == language
    assert detect(f"{TEXTS[language] * 3} To be, or not to be: that is the question.") == language


def test_plain_english_needs_no_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = TEXTS["en"] + " It has not been built, and they want it to be paid by those who use it."
    judged = detect(plain[:60])
    monkeypatch.setattr(qa_index.terms.language, "_identifier", None)
    assert detect(plain) == judged == "en"


def test_a_few_foreign_names_do_not_change_the_language() -> None:
    assert detect(TEXTS["zh"] + " NFL, Super Bowl 50") == "zh"
    assert detect(TEXTS["en"] + " (Москва, 東京)") == "en"


def test_a_licence_around_a_book_does_not_decide() -> None:
    licence = (TEXTS["en"] + "\n") * 30
    assert detect(licence + (TEXTS["de"] + "\n") * 40 + licence) == "de"


@given(st.text())
def test_any_text_has_one_language(text: str) -> None:
    language = detect(text)
    assert detect(text) == language
    assert language == "und" or (len(language) == 2 and language.islower())
