"""Encodings of before Unicode: told from the bytes by script and language."""

import json
import struct
from collections import Counter
from pathlib import Path

import pytest

from qa_index.formats import latin, parse
from qa_index.formats.decoding import (
    HEAD_BYTES,
    UnreadableSource,
    check_text,
    decode,
    decode_as,
    doubt,
)
from qa_index.formats.legacy import CODECS, SAMPLE_BYTES
from tests.support.command import run_command

TEXTS = {
    "ru": "Договор аренды заключён на три года. Арендатор платит залог в размере двух месячных "
    "платежей и может расторгнуть договор за три месяца до конца квартала.",
    "uk": "Мешканці зобов'язані дотримуватися тиші після десятої години вечора. Їхні скарги "
    "приймає управитель будинку щосереди; відповідь надсилають протягом тижня.",
    "zh": "图书馆每天上午九点开门，晚上八点关门。读者一次最多可以借五本书，借期为四个星期，"
    "到期前可以续借一次。逾期不还的读者每天应当支付两角钱。",
    "tw": "圖書館每天上午九點開門，晚上八點關門。讀者一次最多可以借五本書，借期為四個星期，"
    "到期前可以續借一次。逾期不還的讀者每天應當支付罰款。",
    "ja": "社員は毎年二十日の有給休暇を取ることができます。休暇を希望する人は、二週間前までに上司に"
    "申し出てください。病気のときは、その日の朝に電話で知らせます。",
    "ko": "도서관은 매일 오전 아홉 시에 문을 열고 저녁 여덟 시에 닫습니다. 한 사람이 한 번에 다섯 "
    "권까지 빌릴 수 있으며, 기간은 네 주입니다. 늦게 돌려주면 벌금을 냅니다.",
    "el": "Η βιβλιοθήκη ανοίγει κάθε μέρα στις εννέα το πρωί και κλείνει στις οκτώ το βράδυ. Άλλοι "
    "αναγνώστες μπορούν να δανειστούν έως πέντε βιβλία για τέσσερις εβδομάδες.",
    "he": "הספרייה נפתחת בכל יום בתשע בבוקר ונסגרת בשמונה בערב. אפשר להשאיל עד חמישה ספרים בכל פעם "
    "לתקופה של ארבעה שבועות, ולהאריך את ההשאלה פעם אחת.",
    "ar": "تفتح المكتبة أبوابها كل يوم في التاسعة صباحا وتغلق في الثامنة مساء. يستطيع القارئ "
    "أن يستعير خمسة كتب في المرة الواحدة لمدة أربعة أسابيع.",
    "th": "ห้องสมุดเปิดทุกวันเวลาเก้าโมงเช้าและปิดเวลาสองทุ่ม ผู้อ่านยืมหนังสือได้ครั้งละไม่เกินห้าเล่ม "
    "เป็นเวลาสี่สัปดาห์ และต่ออายุได้หนึ่งครั้งก่อนถึงกำหนด",
}
RIGHTS = {
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni "
    "obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.",
    "cs": "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni "
    "rozumem a svědomím a mají spolu jednat v duchu bratrství.",
    "sk": "Všetci ľudia sa rodia slobodní a sebe rovní, čo sa týka ich dôstojnosti a práv. Sú "
    "obdarení rozumom a majú navzájom jednať v bratskom duchu.",
    "hu": "Minden emberi lény szabadon születik és egyenlő méltósága és joga van. Az emberek, "
    "ésszel és lelkiismerettel bírván, egymással szemben testvéri szellemben kell hogy "
    "viseltessenek.",
    "ro": "Toate fiinţele umane se nasc libere şi egale în demnitate şi în drepturi. Ele sunt "
    "înzestrate cu raţiune şi conştiinţă şi trebuie să se comporte unele faţă de altele în "
    "spiritul fraternităţii.",
    "hr": "Sva ljudska bića rađaju se slobodna i jednaka u dostojanstvu i pravima. Ona su "
    "obdarena razumom i sviješću i trebaju jedno prema drugome postupati u duhu bratstva.",
    "sl": "Vsi ljudje se rodijo svobodni in imajo enako dostojanstvo in enake pravice. Obdarjeni "
    "so z razumom in vestjo in bi morali ravnati drug z drugim kakor bratje.",
    "tr": "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana "
    "sahiptirler ve birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler.",
}
"""Article 1 of the Universal Declaration of Human Rights, in languages whose scripts are Latin and
whose code pages are not Windows-1252."""
TEXTS |= RIGHTS
CENTRAL = ("cp1250", "iso8859_2")
WRITTEN = [
    *(("ru", codec) for codec in ("cp1251", "koi8_r", "iso8859_5", "cp866")),
    *(("uk", codec) for codec in ("cp1251", "koi8_u")),
    *(("zh", "gb18030"), ("tw", "cp950"), ("ja", "cp932"), ("ja", "euc_jp"), ("ko", "cp949")),
    *(("el", "cp1253"), ("el", "iso8859_7"), ("he", "cp1255")),
    *(("ar", "cp1256"), ("ar", "iso8859_6"), ("th", "cp874")),
    *((each, codec) for each in RIGHTS if each != "tr" for codec in CENTRAL),
    ("tr", "cp1254"),
]


@pytest.mark.parametrize(("language", "codec"), WRITTEN)
def test_a_text_is_read_in_its_encoding(language: str, codec: str) -> None:
    text = TEXTS[language] + "\r\n\r\nA line in English.\n"
    data = text.encode(codec)
    read, encoding = decode(data)
    assert read == text
    assert decode_as(data, encoding) == text


def test_every_codec_is_tried() -> None:
    assert {*(codec for _, codec in WRITTEN), *DOS_AND_MAC} == set(CODECS)


@pytest.mark.parametrize("language", ["pl", "cs", "hu", "ro", "tr"])
@pytest.mark.parametrize("english", ["“Rights” – see § 3.\n", "The text follows, “as adopted”.\n"])
def test_an_english_line_with_typography_does_not_make_it_western(
    language: str, english: str
) -> None:
    codec = "cp1254" if language == "tr" else "cp1250"
    text = english + TEXTS[language]
    assert decode(text.encode(codec)) == (text, codec)


LATIN = {
    "fr": "Le locataire doit payer le loyer avant le cinquième jour du mois ; à défaut, une "
    "pénalité est exigée. Les pièces à fournir sont énumérées à l'annexe n° 3.",
    "de": "Die Kündigungsfrist beträgt drei Monate. Für Mängel, die später auftreten, gilt § 536.",
    "pt": "A inscrição é gratuita; não são aceites inscrições após o prazo. Não há exceções.",
    "it": "È una città; il prezzo è più alto perché l'affitto è caro. La metà paga già di più.",
    "is": "Félagið má lána út bækur til þeirra sem eru orðnir átján ára, ef þeir óska þess.",
    "sv": "Föreningen får låna ut böcker åt sina medlemmar, om de är över sjutton år.",
    "en": "The café opens at nine – the “garden” costs £5 more.",
    "units": "The tank holds 5 m³ ±2%, at 20 °C ¾ full; µ = 0.3. © Example® ¿no?",
    "quoted": "Der Wert »neu« gilt ab »1. Mai«.",
}


@pytest.mark.parametrize("language", LATIN)
def test_latin_text_stays_western(language: str) -> None:
    for times in (1, 40):
        text = "\n".join([LATIN[language]] * times)
        assert decode(text.encode("cp1252")) == (text, "cp1252")


def test_a_russian_word_in_an_english_text_does_not_decide() -> None:
    text = "The word for a letter is written on the envelope, and nothing else is. " * 3
    assert decode(text.encode() + "да".encode("cp1251"))[1] == "cp1252"


def test_a_long_line_is_told_by_its_beginning() -> None:
    text = TEXTS["zh"] * (SAMPLE_BYTES // 50)
    for shift in ("", "x"):  # either half of a character is the last byte of the sample
        assert decode((shift + text).encode("gb18030")) == (shift + text, "gb18030")


@pytest.mark.parametrize("suffix", ["txt", "log", "json", "js"])
def test_a_long_line_that_begins_in_ascii(suffix: str) -> None:
    """As in minified files: the letters beyond ASCII tell, wherever they stand."""
    data = b"x" * 40_000 + b"\xe9"
    assert parse(data, name=f"a.{suffix}").text == "x" * 40_000 + "é"
    text = "{" + "a: 1, " * SAMPLE_BYTES + RIGHTS["pl"] + "}"
    parsed = parse(text.encode("cp1250"), name=f"a.{suffix}")
    assert (parsed.text, parsed.encoding, parsed.gaps) == (text, "cp1250", ())


@pytest.mark.parametrize("data", [b"", b"abc"])
def test_ascii_is_not_doubted(data: bytes) -> None:
    """A format of another package may say that it read it in a code page."""
    assert doubt(data, "cp1252") == ""


def test_a_file_cut_within_a_character_is_read_but_for_that() -> None:
    data = (TEXTS["ja"] * 3).encode("cp932")[:-1]
    read, encoding = decode(data)
    assert encoding == "cp932"
    assert read[:-1] == (TEXTS["ja"] * 3)[:-1]
    assert read.endswith("\ufffd")


def test_mdx_is_markdown_with_code() -> None:
    text = (
        "import Tabs from '@theme/Tabs';\n\n# Billing\n\nInvoices are sent monthly.\n\n"
        "export const rate = 5;\n\nImport duties are not included (see above).\n"
    )
    parsed = parse(text.encode(), name="billing.mdx")
    assert (parsed.text, parsed.format, parsed.title) == (text, "markdown", "Billing")
    assert [str(block.kind) for block in parsed.blocks] == [
        *("code", "heading", "prose", "code", "prose")
    ]


def test_a_quote_from_shift_jis_is_found_and_verified(tmp_path: Path) -> None:
    (tmp_path / "rules.txt").write_bytes(TEXTS["ja"].encode("cp932"))
    asked = run_command(
        "ask", "--in", "rules.txt", "--json", "有給休暇は何日ですか", folder=tmp_path
    )
    first = json.loads(asked.stdout)["citations"][0]
    assert "二十日の有給休暇" in first["quote"]
    assert first["source"]["encoding"] == "cp932"
    (tmp_path / "answer.json").write_text(asked.stdout, encoding="utf-8")
    assert run_command("verify", "answer.json", folder=tmp_path).returncode == 0


DOS_AND_MAC = ("cp437", "cp850", "mac_roman")
WESTERN_RIGHTS = {
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft "
    "und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen. Jeder hat das "
    "Recht auf Leben, Freiheit und Sicherheit der Person. Die Würde der Größten zählt für alle.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués "
    "de raison et de conscience et doivent agir les uns envers les autres dans un esprit de "
    "fraternité. Nul ne sera tenu en esclavage ; l'esclavage est interdit là où il existait déjà.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como "
    "están de razón y conciencia, deben comportarse fraternalmente los unos con los otros. Los "
    "niños tendrán educación gratuita. ¿Quién podrá privarlos de ella?",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati "
    "di ragione e di coscienza, perché è così che la società può vivere in libertà; più di ciò non "
    "è dovuto.",
    "sv": "Alla människor är födda fria och lika i värde och rättigheter. De är utrustade med "
    "förnuft och samvete och bör handla gentemot varandra i en anda av broderskap. Var och en har "
    "rätt till åtnjutande av alla de friheter som förklaringen anger.",
    "fi": "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan. Heille on "
    "annettu järki ja omatunto, ja heidän on toimittava toisiaan kohtaan veljeyden hengessä. "
    "Älköön ketään pidettäkö orjana.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd "
    "met verstand en geweten en behoren zich jegens elkaar in een geest van broederschap te "
    "gedragen; vóór de reünie beëindigt één familie de coördinatie van drieëntwintig ideeën.",
}
"""Article 1 of the Universal Declaration of Human Rights, and sentences like those after it."""


@pytest.mark.parametrize("codec", DOS_AND_MAC)
@pytest.mark.parametrize("language", WESTERN_RIGHTS)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_western_text_of_dos_and_the_mac(language: str, codec: str, ends: str) -> None:
    text = f"1. {WESTERN_RIGHTS[language]}{ends}A line in English.{ends}"
    data = text.encode(codec)
    parsed = parse(data, name="rights.txt")
    assert (parsed.text, parsed.gaps) == (text, ())
    assert decode_as(data, parsed.encoding) == text


def test_lines_drawn_in_dos_are_no_letters() -> None:
    rule = "─" * 20
    text = f"┌{rule}┐\n│ Preis für Größe 5  │\n│ Höhe über dem Türrahmen │\n└{rule}┘\n"
    assert decode(text.encode("cp437"))[0] == text


def test_an_encoding_that_is_not_sure_is_told() -> None:
    """One letter could be one of several: it is read, and what else it may be is a gap."""
    parsed = parse("Herr Müller\n".encode("cp850"), name="name.txt")
    [gap] = parsed.gaps
    assert gap.place == "the text"
    assert gap.reason.startswith(f"the encoding is not sure: read as {parsed.encoding}, it may be ")
    assert parse("Herr Müller prüft das Gerät.\n".encode("cp1252"), name="name.txt").gaps == ()


def test_the_code_page_is_chosen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes longer than everything else in reading a small file."""
    looked_at: list[str] = []
    characters = latin._characters

    def noted(text: str) -> "Counter[str]":
        looked_at.append(text)
        return characters(text)

    monkeypatch.setattr(latin, "_characters", noted)
    parsed = parse("Der Träger haftet für Schäden.\n".encode("cp850"), name="once.txt")
    assert parsed.encoding == "cp850"
    assert len(looked_at) == 1 + len(latin.CODECS)


def test_an_index_tells_which_encodings_are_not_sure(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes(b"The price is \x9c5 for a day.\n")
    (tmp_path / "new.txt").write_text("The price is £6 for a day.\n", encoding="utf-8")
    run_command("index", "old.txt", "new.txt", "--model", "minilm", folder=tmp_path)
    told = json.loads(run_command("status", "--json", folder=tmp_path).stdout)
    assert told["documents"] == 2
    [gap] = told["gaps"]
    assert gap["path"] == "old.txt"
    assert "the encoding is not sure" in gap["reason"]


WIDE = ("utf-16-le", "utf-16-be")


@pytest.mark.parametrize("codec", WIDE)
@pytest.mark.parametrize("language", [*TEXTS, *LATIN])
def test_utf_16_without_a_mark(language: str, codec: str) -> None:
    plain = (TEXTS | LATIN)[language] + "\r\n"
    text = plain + "2. 😀\r\n"
    # Cyrillic, Arabic and Thai letters in UTF-16 are valid in UTF-8, too.
    for written in (plain, text, plain * 200, text * 200):
        data = written.encode(codec)
        check_text(data[:HEAD_BYTES])
        assert decode(data) == (written, codec)
        assert decode_as(data, codec) == written


@pytest.mark.parametrize(
    "data",
    [
        b"A text in English with a stray \0 in it, at an even place or at an odd one.",
        b"A text in English with a stray \0in it, at an even place or at an odd one..",
        "Größe und Maß: ein Text mit einem \0 darin.".encode("cp1252"),
        "Половина знака".encode("utf-16-le")[:-1],
        struct.pack("<200h", *range(-100, 100)),
        struct.pack("<200i", *range(32, 232)),
        "A text in UTF-32".encode("utf-32-le"),
    ],
)
def test_other_data_with_nuls_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableSource):
        decode(data)


@pytest.mark.parametrize("before", ["", "1"])
@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("2024-01-05,17.50", "utf-8"),
        ("Привет, мир. Это короткий текст.", "utf-8"),
        ("2024-01-05;17,50 €", "cp1252"),
        ("Договор № 17/3", "cp1251"),
    ],
)
def test_a_stray_nul_in_other_text_is_named(text: str, codec: str, before: str) -> None:
    """As UTF-16 it would give Chinese letters, or half a one if the number of bytes is odd."""
    data = (before + text).encode(codec)
    for stray in (data + b"\0", b"\0" + data):
        with pytest.raises(UnreadableSource, match="NUL characters"):
            decode(stray)


def test_a_long_text_in_utf8_with_nuls_is_not_read_as_utf_16() -> None:
    """Its first bytes end within a character."""
    data = ("x" + "Привет, мир\0" * HEAD_BYTES).encode()
    with pytest.raises(UnreadableSource, match="NUL characters"):
        decode(data)
