"""Sentence boundaries: hand-written gold cases, and properties of any text."""

import pytest
import regex

from qa_index.records import Span
from qa_index.splitting.sentences import MAX_CHARACTERS, cut, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, 0, len(text))]


# "|" marks where a sentence ends; white space around it is not part of the text's sentences.
ENGLISH = [
    "It rained. | We stayed in.",
    "Mr. Smith met Dr. Jones. | They spoke.",
    "He lives in the U.S. and works in D.C. on weekdays.",
    "The U.S. President spoke. | He left.",
    "He lives in the U.S. | The winters are cold.",
    "Talks were held in St. Petersburg on Friday. | More will follow.",
    "It was taken on Saturday, Jan. 20, 2024 (AP Photo/Ann Lee).",
    "It opened in Jan. | Nobody came.",
    "See e.g. Smith et al. 2020 for details. | Others differ.",
    "Use a fixed seed, i.e. Seed 7, in all runs.",
    "See No. 5 and Fig. 3 on p. 12. | Then stop.",
    "Did he agree? | No. | He refused.",
    "J. R. R. Tolkien wrote it. | John F. Kennedy read it.",
    "The patient lacked vitamin C. | Scurvy followed.",
    "Apple Inc. reported a profit. | Shares rose.",
    "He works for Apple Inc. | The firm is large.",
    "Prices rose 3.5% to $2.8 million. | Analysts cheered.",
    "Version 2.0.1 is out. | Install it.",
    'He said, "We will go." | She stayed.',
    '"Why?" he asked. | Nobody knew.',
    '"[We intend] to grow. | We have a plan," he said.',
    "He left (at noon). | She stayed.",
    "(It was late.) | We went home.",
    "Wait... | What was that?",
    "Well... maybe not. | Let us see.",
    "Really?! | Yes!",
    "Stop! | Who goes there? | A friend.",
    "Yahoo! is a company. | It is old.",
    "Visit https://example.org/a.b?c=d.e for more. | Thanks.",
    "Read file.txt and www.example.com. | Then reply.",
    "1. Russia aims to trade. | It has gas.",
    "a. First point. | It matters.",
    "1.2. Scope of the text. | It is wide.",
    "It grew.[1] | It shrank.[2][3] | It died.",
    "iPhone sales fell. | iPad sales rose.",
    "At 5 p.m. we left. | At 6 p.m. it rained.",
    "It ended at 5 p.m. | The hall was empty.",
    "She holds a Ph.D. in physics. | He holds an M.Sc. in law.",
    "Brown v. Board changed it. | Roe vs. Wade did too.",
    "It is 5 ft. | Measure again.",
    "In 1999. | Then came 2000. | We waited.",
    "He came in 2024. | It was late.",
    "**Bold claim.** | _More of it._ | Done.",
    "»Komm mit.« | Er ging. | »Gut.«",
    "no capital here. still the same sentence by rule.",
    "One sentence without an end",
]
SPANISH = [
    "El Sr. García llegó. | La Sra. López no.",
    "¿Quién es? | ¡No lo sé! | Nadie.",
    "EE. UU. invadió la isla. | Nadie protestó.",
    "Véase el art. 5 de la ley. | Es claro.",
    "Ud. debe pagar. | Hoy mismo.",
    "Costó 3.500 euros. | Era caro.",
]
GERMAN = [
    "Am 3. Oktober ist frei. | Alle feiern.",
    "Der 2. Weltkrieg endete 1945. | Danach war Frieden.",
    "Das gilt z. B. Berlin betreffend. | Andere nicht.",
    "Es gibt z.B. Hunde und Katzen. | Beide bellen nicht.",
    "Dr. Müller und Prof. Weber kamen. | Sie blieben.",
    "Siehe Abs. 2 und Nr. 5. | Das reicht.",
    "„Komm mit.“ | Er ging.",
    "Er wog 3,5 kg. | Das war viel.",
    "Das kostet ca. 500 Euro bzw. Dollar. | Teuer.",
]
FRENCH = [
    "M. Dupont est là. | Mme Durand aussi.",
    "« Venez. » | Il partit.",
    "Il arriva à 5 h. | Personne ne vint.",
    "Voir p. 12 et art. 3. | C'est tout.",
    "Pourquoi ? | Parce que !",
]
RUSSIAN = [
    "В 2020 г. | Москва выросла.",
    "Он живёт в г. Москва. | Она тоже.",
    "Он пришёл. | Она ушла. | Все рады.",
    "А. С. Пушкин родился в Москве. | Он поэт.",
    "Яблоки, груши и т. д. продаются здесь. | Цена высокая.",
    "См. рис. 5 и стр. 12. | Всё ясно.",
    "«Кто там?» | Никто не ответил.",
]
CHINESE = [
    "我们来了。|你好！|谁在那里？|没有人。",
    "他说：“好的。”|我们走了。",
    "价格为3.5元。|很贵！",
    "真的吗？！|是的。",
]
OTHERS = [
    "هل أنت هنا؟ | نعم. | شكرا.",
    "سعره 3.5 دولار. | هذا كثير.",
    "वह आया। | वह गया।",
    "これはペンです。|そうですか。",
    "그는 갔다. | 나는 남았다.",
    "Ήρθε. | Έφυγε.",
]


@pytest.mark.parametrize("marked", ENGLISH + SPANISH + GERMAN + FRENCH + RUSSIAN + CHINESE + OTHERS)
def test_gold(marked: str) -> None:
    text = marked.replace("|", "") if "。" in marked else marked.replace(" |", "")
    assert split(text) == [part.strip() for part in marked.split("|")]


def test_line_breaks_are_spaces() -> None:
    assert split("One line\ngoes on.\r\nThe next.") == ["One line\ngoes on.", "The next."]


def test_only_the_given_range_is_split() -> None:
    text = "One. Two. Three."
    assert sentences(text, 5, 9) == [Span(5, 9)]


@pytest.mark.parametrize("text", ["", " ", "\n\t\u00a0\u3000"])
def test_white_space_has_no_sentences(text: str) -> None:
    assert split(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "He left.\u0301 She stayed.",  # a mark on the full stop
        "Hello. \u0301She stayed.",  # a mark on the space
        "你好。\ufe0f再见。",
        "End.\u200d Next.",
    ],
)
def test_no_cut_inside_a_character(text: str) -> None:
    boundaries = {0} | {match.end() for match in regex.finditer(r"\X", text)}
    for start, end in sentences(text, 0, len(text)):
        assert {start, end} <= boundaries


class TestLongSentences:
    def test_are_cut_after_clauses(self) -> None:
        text = ", ".join(["a clause of some words that says little"] * 60)
        parts = split(text)
        assert len(parts) > 1
        assert all(part.endswith(",") for part in parts[:-1])
        assert all(len(part) <= MAX_CHARACTERS for part in parts)

    def test_are_cut_between_words_without_clauses(self) -> None:
        words = [f"word{n}" for n in range(500)]
        assert [word for part in split(" ".join(words)) for word in part.split()] == words

    def test_of_one_word_are_cut_between_characters(self) -> None:
        family = "👨‍👩‍👧‍👦"
        parts = split(family * 1000)
        assert "".join(parts) == family * 1000
        assert all(len(part) % len(family) == 0 for part in parts)

    def test_pieces_are_about_equal(self) -> None:
        text = "word " * 250
        lengths = [end - start for start, end in cut(text, Span(0, 1249), 1000)]
        assert len(lengths) == 2
        assert min(lengths) > 450

    def test_marks_without_end_are_cut_all_the_same(self) -> None:
        text = "a" + "\u0301" * 5000
        assert all(len(part) <= MAX_CHARACTERS for part in split(text))

    @pytest.mark.parametrize(
        "unit", ["x", "가", "!", "a. ", "ab, ", "👍🏽", "\u0301", " ", "。", "("]
    )
    def test_time_is_linear(self, unit: str) -> None:
        text = unit * (200_000 // len(unit))  # if quadratic, each would take minutes
        spans = sentences(text, 0, len(text))
        assert sum(not char.isspace() for char in text) == sum(
            not char.isspace() for start, end in spans for char in text[start:end]
        )
