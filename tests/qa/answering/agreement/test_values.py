"""What is read as a number, a date, a name, and a permission, and what is equal."""

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.answering.agreement.asking import asked
from qa.answering.agreement.dates import dates
from qa.answering.agreement.finding import Value
from qa.answering.agreement.names import is_part, name_in, same
from qa.answering.agreement.permissions import permission
from qa.answering.agreement.quantities import quantities
from qa.answering.agreement.subject import Found
from qa.values import NormalValue, ValueKind
from qa_index.records import Span


def told(text: str, language: str = "en") -> list[tuple[str, ...]]:
    """Each quantity as it is written, then what its normal form holds."""
    return [
        (text[each.start : each.end], *map(str, each.normal.to_dict().values()))
        for each in quantities(text, language)
    ]


def normals(language: str, *texts: str) -> set[tuple[str, ...]]:
    """The normal forms of some texts with one quantity each."""
    found = [told(text, language) for text in texts]
    assert all(len(each) == 1 for each in found), found
    return {each[0][1:] for each in found}


class TestQuantities:
    @pytest.mark.parametrize(
        ("language", "texts"),
        [
            ("en", ("30 days", "thirty days", "30-day", "30.0 days")),
            ("en", ("1,000 km", "1000 km", "1\u00a0000 km", "one thousand kilometres")),
            ("en", ("$3.5 million", "$3,500,000", "3.5 million dollars")),
            (
                "en",
                ("at least 5%", "not less than five percent", "≥ 5 %", "no less than 5 per cent"),
            ),
            ("en", ("a month", "one month", "1 month")),
            ("en", ("$5 a month", "$5 per month", "$5/month")),
            ("de", ("30 Tage", "dreißig Tage", "binnen 30 Tagen")),
            ("de", ("1.000 km", "1000 km", "1 000 km", "tausend Kilometer")),
            ("de", ("1,5 Mio. Euro", "1.500.000 €", "1,50 Millionen EUR")),
            ("de", ("einundzwanzig Tage", "21 Tage")),
            ("de", ("mindestens drei Monate", "wenigstens 3 Monate")),
            ("fr", ("1 000 jours", "1\u202f000 jours", "mille jours")),
            ("fr", ("quatre-vingt-dix jours", "90 jours", "90\u00a0jours")),
            ("es", ("treinta y cinco días", "35 días")),
            ("it", ("trenta giorni", "30 giorni")),
            ("pt", ("vinte e quatro horas", "24 horas")),
            ("nl", ("tweeëntwintig dagen", "22 dagen")),
            ("sv", ("minst sju dagar", "minst 7 dagar")),
            ("pl", ("siedem dni", "7 dni")),
            ("ru", ("тридцать дней", "30 дней", "30 дня")),
            ("zh", ("三十天", "30天", "30 天")),
            ("zh", ("十五个工作日", "15个工作日")),
        ],
    )
    def test_that_are_the_same(self, language: str, texts: tuple[str, ...]) -> None:
        assert len(normals(language, *texts)) == 1

    @pytest.mark.parametrize(
        ("language", "texts"),
        [
            ("en", ("30 days", "one month", "30 working days", "30 calendar days", "720 hours")),
            ("en", ("0.5 km", "1/2 km", "50% km")),
            ("en", ("12 months", "a year", "one year or 12")[:2]),
            ("en", ("5 days", "at least 5 days", "up to 5 days", "about 5 days", "5 to 7 days")),
            ("en", ("$5", "€5", "US$5", "5 cents", "5%")),
            ("en", ("$5 a month", "$5 a year", "$5")),
            ("en", ("-5 °C", "5 °C", "5 °F")),
            ("de", ("1,000 km", "1.000 km")),  # a thousand or one?
            ("en", ("12,34 km", "12.34 km")),
        ],
    )
    def test_that_are_not(self, language: str, texts: tuple[str, ...]) -> None:
        assert len(normals(language, *texts)) == len(texts)

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("between 5 and 7 weeks", ("5 and 7 weeks", "5", "7", "week")),
            ("no more than 60 days", ("no more than 60 days", "60", "day", "at_most")),
            ("1,500 barrels per day", ("1,500 barrels per day", "1500", "barrel", "day")),
        ],
    )
    def test_the_whole_of_it(self, text: str, found: tuple[str, ...]) -> None:
        assert told(text) == [found]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("three to five million people", [("3000000", "5000000")]),
            ("from 3 million to 5 million people", [("3000000", "5000000")]),
            ("from 5 million to 3 billion people", [("5000000", "3000000000")]),
            ("from 2 billion to 500 million people", [("2000000000", None), ("500000000", None)]),
            ("between 5 million and 6 people", [("5000000", None), ("6", None)]),
        ],
    )
    def test_each_end_of_a_range_may_have_its_scale(
        self, text: str, found: list[tuple[str, str | None]]
    ) -> None:
        normal = [each.normal for each in quantities(text, "en")]
        assert [(each.number, each.to) for each in normal] == found

    @pytest.mark.parametrize("text", ["v1.2.3", "COVID-19", "H5N1", "ten twenty thirty hundred"])
    def test_that_is_none(self, text: str) -> None:
        assert all(each[0] != text for each in told(text))

    @given(st.text(max_size=80), st.sampled_from(["en", "de", "fr", "zh", "ru", "xx", "und"]))
    def test_of_anything(self, text: str, language: str) -> None:
        """Whatever a document holds, spans lie in it and in order."""
        end = 0
        for each in quantities(text, language):
            assert end <= each.end <= len(text)
            assert 0 <= each.start < each.end
            end = each.number.end

    def test_a_number_of_a_million_digits_is_none(self) -> None:
        assert not told(f"{'9' * 1_000_000} days")


class TestDates:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("on 12 January 2010", ["2010-01-12"]),
            ("on January 12, 2010", ["2010-01-12"]),
            ("12th of January 2010", ["2010-01-12"]),
            ("am 12. Januar 2010", ["2010-01-12"]),
            ("el 12 de enero de 2010", ["2010-01-12"]),
            ("le 1er janvier 2010", ["2010-01-01"]),
            ("12 января 2010 года", ["2010-01-12"]),
            ("2010年1月12日", ["2010-01-12"]),
            ("2010-01-12", ["2010-01-12"]),
            ("13/04/2024", ["2024-04-13"]),
            ("03.04.2024", ["2024-04-03"]),
            ("in May 2012", ["2012-05"]),
            ("in 2012.", ["2012"]),
            ("by 31 March", ["--03-31"]),
            ("03/04/2024", ["03/04/2024"]),  # in March or in April?
            ("31 February 2010", []),
            ("1914–1918", []),
            ("the 1990s", []),
        ],
    )
    def test_in_digits_and_words(self, text: str, found: list[str]) -> None:
        assert [each.normal for each in dates(text)] == found


@pytest.mark.parametrize(
    ("text", "value", "clause"),
    [
        ("It ran until 1902, due to the pier.", "1902", "It ran until"),
        ("It was built in 1902 (and burnt in 1913).", "1902", "It was built in"),
        ("Long before, it was built in 1902.", "1902", "it was built in ."),
        ("On 4 May 1902, it was built.", "4 May 1902", "On , it was built."),
        ("Of 1,902 houses there are 17,000 left.", "17,000", "Of 1,902 houses there are left."),
        ("In 1902, as told.", "1902", "In , as told."),
        ("1902, perhaps", "1902", ", perhaps"),
        ("1902", "1902", ""),
        ("到期后，三十天内拒不参加。", "三十天", "内拒不参加。"),
    ],
)
def test_the_clause_of_a_value(text: str, value: str, clause: str) -> None:
    """What is not between the punctuation marks around it, unless that is next to nothing."""
    start = text.index(value)
    normal = NormalValue(number=value)
    held = Value(start, start + len(value), ValueKind.NUMBER, normal, "plain")
    nothing = cast("Any", None)
    found = Found(nothing, nothing, Span(0, len(text)), text, held)
    assert found.clause.split() == clause.split()


class TestNames:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Aleksey Valkov", "ALEKSEY VALKOV"),
            ("Aleksey Valkov", "Mr. Aleksey Valkov"),
            ("Aleksey Valkov", "A. Valkov"),
            ("Ian Murdock", "Ian A. Murdock"),
            ("the European Council", "European Council"),
            ("Frau Dr. Katrin Vogel", "Katrin Vogel"),
        ],
    )
    def test_that_are_the_same(self, one: str, other: str) -> None:
        first, second = name_in(one), name_in(other)
        assert first
        assert second
        assert same(first, second)

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Aleksey Valkov", "Sergey Valkov"),
            ("Aleksey Valkov", "B. Valkov"),
            ("Council", "European Council"),
            ("George Walker Bush", "George Herbert Bush"),
        ],
    )
    def test_that_are_not(self, one: str, other: str) -> None:
        first, second = name_in(one), name_in(other)
        assert first
        assert second
        assert not same(first, second)

    def test_a_family_name_is_part_of_one(self) -> None:
        first, second = name_in("Valkov"), name_in("Aleksey Valkov")
        assert first
        assert second
        assert is_part(first, second)

    @pytest.mark.parametrize(
        "text", ["the manager", "those who came", "12 men", "Ann and her son", ""]
    )
    def test_that_are_none(self, text: str) -> None:
        assert name_in(text) is None


class TestPermissions:
    @pytest.mark.parametrize(
        ("sentence", "language", "affirms"),
        [
            ("Guests may smoke here.", "en", True),
            ("Guests may not smoke here.", "en", False),
            ("Smoking is prohibited.", "en", False),
            ("Smoking is not permitted.", "en", False),
            ("Hunde dürfen hier nicht frei laufen.", "de", False),
            ("Rauchen ist erlaubt.", "de", True),
            ("No se puede fumar.", "es", False),
            ("不得扣留货物。", "zh", False),
            ("Здесь запрещено курить.", "ru", False),
        ],
    )
    def test_of_plain_sentences(self, sentence: str, language: str, *, affirms: bool) -> None:
        found = permission(sentence, language, obligation=False)
        assert found
        assert found.affirms is affirms

    @pytest.mark.parametrize(
        "sentence",
        [
            "Guests may smoke only on the balcony.",
            "Guests may smoke unless others mind.",
            "Guests may smoke, and children may not.",
            "Guests smoke here.",
            "You must not smoke, but may drink.",
        ],
    )
    def test_anything_else_is_not_plain(self, sentence: str) -> None:
        assert permission(sentence, "en", obligation=False) is None

    def test_of_duties(self) -> None:
        required = permission("Visitors must wear a badge.", "en", obligation=True)
        spared = permission("Visitors are not required to wear a badge.", "en", obligation=True)
        assert required
        assert spared
        assert (required.affirms, spared.affirms) == (True, False)
        assert permission("Visitors must not wear a badge.", "en", obligation=True) is None


class TestAsking:
    @pytest.mark.parametrize(
        ("question", "kind"),
        [
            ("How many people live there?", ValueKind.NUMBER),
            ("How many days does it take?", ValueKind.DURATION),
            ("How long is the notice period?", ValueKind.DURATION),
            ("What is the notice period for the flat?", ValueKind.DURATION),
            ("What is the fee for members?", ValueKind.NUMBER),
            ("When was it built?", ValueKind.DATE),
            ("In what year was it built?", ValueKind.DATE),
            ("Who founded it?", ValueKind.NAME),
            ("May I smoke here?", ValueKind.YES_NO),
            ("Must visitors wear a badge?", ValueKind.YES_NO),
            ("May members of the board vote?", ValueKind.YES_NO),
            ("Is a permit of the city required?", ValueKind.YES_NO),
            ("May I leave at 5 o'clock?", ValueKind.YES_NO),
            ("Wie lange dauert es?", ValueKind.DURATION),
            ("Wie viele Einwohner hat der Ort?", ValueKind.NUMBER),
            ("Wer leitet den Verein?", ValueKind.NAME),
            ("Darf man hier rauchen?", ValueKind.YES_NO),
            ("¿Cuántos días de permiso hay?", ValueKind.DURATION),
            ("¿En qué año se fundó?", ValueKind.DATE),
            ("Combien de jours de congé a-t-on ?", ValueKind.DURATION),
            ("Quanto tempo dura?", ValueKind.DURATION),
            ("É permitido usar o elevador?", ValueKind.YES_NO),
            ("Posso usar o telefone?", ValueKind.YES_NO),
            ("Devo pagar o imposto?", ValueKind.YES_NO),
            ("Posso usare il telefono?", ValueKind.YES_NO),
            ("Quantos dias são?", ValueKind.DURATION),
            ("Hoe lang moet men ze bewaren?", ValueKind.DURATION),
            ("Hur länge gäller den?", ValueKind.DURATION),
            ("Ile dni mam na to?", ValueKind.DURATION),
            ("Сколько дней это займёт?", ValueKind.DURATION),
            ("Кто основал город?", ValueKind.NAME),
            ("有多少天？", ValueKind.DURATION),
            ("是谁建的？", ValueKind.NAME),
        ],
    )
    def test_a_plain_kind(self, question: str, kind: ValueKind) -> None:
        found = asked(question)
        assert found
        assert found.kinds[0] is kind

    @pytest.mark.parametrize(
        ("question", "subject"),
        [
            ("Is smoking allowed on the balcony?", "smoking on the balcony"),
            ("Is a permit of the city required?", "a permit of the city"),
            ("Ist Rauchen auf dem Balkon gestattet?", "Rauchen auf dem Balkon"),
        ],
    )
    def test_what_asks_if_it_is_permitted_is_not_the_subject(
        self, question: str, subject: str
    ) -> None:
        found = asked(question)
        assert found
        assert found.subject.rstrip("?").split() == subject.split()

    @pytest.mark.parametrize(
        "question",
        [
            "What is a lease?",
            "Why did it end?",
            "How does it work?",
            "May I smoke or drink?",
            "Darf man rauchen oder trinken?",
            "¿Se puede fumar o beber?",
            "¿Se puede llevar siete u ocho perros?",
            "Puis-je fumer ou boire ?",
            "Posso usar o telefone ou o rádio?",
            "Posso usare il telefono o la radio?",
            "Posso far entrare cani o gatti?",
            "Mag ik hier roken of drinken?",
            "Можно ли курить или пить?",
            "Is it blue?",
            "In May 2010, where was it relocated?",
            "Which towns are there?",
            "",
            "?",
            "notice period",
        ],
    )
    def test_no_plain_kind(self, question: str) -> None:
        assert asked(question) is None
