"""The words for numbers, in ten languages."""

from functools import cache

_WORDS = {
    "en": (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen",
        "twenty thirty forty fifty sixty seventy eighty ninety",
        "hundred=100 thousand=1000 million=1000000 billion=1000000000 trillion=1000000000000",
    ),
    "de": (
        "null - zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn "
        "fünfzehn sechzehn siebzehn achtzehn neunzehn",
        "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
        "dreissig=30 hundert=100 einhundert=100 zweihundert=200 dreihundert=300 fünfhundert=500 "
        "tausend=1000 eintausend=1000 zweitausend=2000 million=1000000 millionen=1000000 "
        "mio=1000000 milliarde=1000000000 milliarden=1000000000 mrd=1000000000",
    ),
    "es": (
        "cero - dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
        "dieciséis diecisiete dieciocho diecinueve",
        "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
        "veintiuno=21 veintiún=21 veintidós=22 veintitrés=23 veinticuatro=24 veinticinco=25 "
        "veintiséis=26 veintisiete=27 veintiocho=28 veintinueve=29 cien=100 ciento=100 "
        "doscientos=200 doscientas=200 trescientos=300 trescientas=300 cuatrocientos=400 "
        "quinientos=500 quinientas=500 seiscientos=600 setecientos=700 ochocientos=800 "
        "novecientos=900 mil=1000 millón=1000000 millones=1000000",
    ),
    "fr": (
        "zéro - deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
        "seize",
        "vingt trente quarante cinquante soixante septante octante nonante",
        "cent=100 cents=100 mille=1000 million=1000000 millions=1000000 milliard=1000000000 "
        "milliards=1000000000",
    ),
    "it": (
        "zero - due tre quattro cinque sei sette otto nove dieci undici dodici tredici "
        "quattordici quindici sedici diciassette diciotto diciannove",
        "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
        "ventuno=21 ventidue=22 ventitré=23 ventiquattro=24 venticinque=25 ventisei=26 "
        "ventisette=27 ventotto=28 ventinove=29 trentuno=31 cento=100 duecento=200 trecento=300 "
        "mille=1000 duemila=2000 mila=1000 milione=1000000 milioni=1000000 miliardo=1000000000 "
        "miliardi=1000000000",
    ),
    "pt": (
        "zero - dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze "
        "dezesseis dezessete dezoito dezenove",
        "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
        "duas=2 quatorze=14 dezasseis=16 dezassete=17 dezanove=19 cem=100 cento=100 duzentos=200 "
        "trezentos=300 quinhentos=500 mil=1000 milhão=1000000 milhões=1000000",
    ),
    "nl": (
        "nul - twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien "
        "zestien zeventien achttien negentien",
        "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
        "honderd=100 tweehonderd=200 driehonderd=300 duizend=1000 miljoen=1000000 "
        "miljard=1000000000",
    ),
    "sv": (
        "noll - två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton "
        "sjutton arton nitton",
        "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio",
        "hundra=100 etthundra=100 tusen=1000 miljon=1000000 miljoner=1000000 "
        "miljard=1000000000 miljarder=1000000000",
    ),
    "pl": (
        "zero - dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście "
        "trzynaście czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście",
        "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt "
        "osiemdziesiąt dziewięćdziesiąt",
        "dwie=2 dwóch=2 trzech=3 czterech=4 pięciu=5 sześciu=6 siedmiu=7 dziesięciu=10 sto=100 "
        "tysiąc=1000 tysiące=1000 tysięcy=1000 milion=1000000 miliony=1000000 milionów=1000000 "
        "mln=1000000 miliard=1000000000 miliardów=1000000000 mld=1000000000",
    ),
    "ru": (
        "ноль - два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать "
        "тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
        "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
        "две=2 двух=2 трёх=3 трех=3 четырёх=4 четырех=4 пяти=5 шести=6 семи=7 восьми=8 девяти=9 "
        "десяти=10 пятнадцати=15 двадцати=20 тридцати=30 сорока=40 пятидесяти=50 сто=100 ста=100 "
        "двести=200 триста=300 пятьсот=500 тысяча=1000 тысячи=1000 тысяч=1000 тыс=1000 "
        "миллион=1000000 миллиона=1000000 миллионов=1000000 млн=1000000 миллиард=1000000000 "
        "миллиарда=1000000000 миллиардов=1000000000 млрд=1000000000",
    ),
}
"""Zero to nineteen, the tens, and others. One is left out where it is also an article."""

JOINING = {"en": "and", "es": "y", "fr": "et", "pt": "e", "it": "e", "nl": "en"}
"""Between tens or hundreds and what is added to them."""
_LINKED = {"de": "und", "nl": "en"}
"""Between units and tens of one word, as in ``einundzwanzig``."""

LANGUAGES = tuple(_WORDS)
"""ISO 639 codes."""


@cache
def number_words(language: str) -> dict[str, int]:
    """The numbers by their words in lower case; empty for other languages."""
    if language not in _WORDS:
        return {}
    first, tens, others = _WORDS[language]
    units = {word: value for value, word in enumerate(first.split()) if word != "-"}
    values = units | {word: 10 * value for value, word in enumerate(tens.split(), 2)}
    values |= _linked(language, units, tens.split())
    for pair in others.split():
        word, _, value = pair.partition("=")
        values[word] = int(value)
    return {word.casefold(): value for word, value in values.items()}


def _linked(language: str, units: dict[str, int], tens: list[str]) -> dict[str, int]:
    """Numbers in one word, the unit before the ten, such as ``einundzwanzig``."""
    if language not in _LINKED:
        return {}
    own = {word: value for word, value in units.items() if 0 < value < 10}
    own |= {"ein" if language == "de" else "een": 1}
    return {
        word + _link(language, word) + ten: 10 * number + value
        for number, ten in enumerate(tens, 2)
        for word, value in own.items()
    }


def _link(language: str, word: str) -> str:
    """What joins them: ``und`` or ``en``, and ``ën`` after an e."""
    return "ën" if language == "nl" and word.endswith("e") else _LINKED[language]
