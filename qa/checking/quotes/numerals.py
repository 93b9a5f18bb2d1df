"""Numbers of a text, in digits or as words in a few languages."""

from collections.abc import Iterable

from qa.checking.quotes.words import Word

_WORDS = {
    2: "two second twice zwei zweite zweiten zweiter deux deuxième dos segundo segunda два две",
    3: "three third drei dritte dritten dritter trois troisième tres tercero tercera три третий",
    4: "four fourth vier vierte vierten quatre quatrième cuatro cuarto четыре",
    5: "five fifth fünf fünfte fünften cinq cinquième cinco quinto пять",
    6: "six sixth sechs sechste sechsten sixième seis sexto шесть",
    7: "seven seventh sieben siebte siebten sept septième siete séptimo семь",
    8: "eight eighth acht achte achten huit huitième ocho octavo восемь",
    9: "nine ninth neun neunte neunten neuf neuvième nueve noveno девять",
    10: "ten tenth zehn zehnte zehnten dix dixième diez décimo десять",
    11: "eleven eleventh elf elfte elften onze once одиннадцать",
    12: "twelve twelfth zwölf zwölfte zwölften douze doce двенадцать",
    13: "thirteen thirteenth dreizehn treize trece тринадцать",
    14: "fourteen fourteenth vierzehn quatorze catorce четырнадцать",
    15: "fifteen fifteenth fünfzehn quinze quince пятнадцать",
    16: "sixteen sixteenth sechzehn seize dieciséis шестнадцать",
    17: "seventeen siebzehn diecisiete семнадцать",
    18: "eighteen achtzehn dieciocho восемнадцать",
    19: "nineteen nineteenth neunzehn diecinueve девятнадцать",
    20: "twenty twentieth zwanzig vingt veinte двадцать",
    30: "thirty dreißig trente treinta тридцать",
    40: "forty vierzig quarante cuarenta сорок",
    50: "fifty fünfzig cinquante cincuenta пятьдесят",
    60: "sixty sechzig soixante sesenta шестьдесят",
    70: "seventy siebzig setenta семьдесят",
    80: "eighty achtzig ochenta восемьдесят",
    90: "ninety neunzig noventa девяносто",
    100: "hundred hundert cent cien ciento сто",
    1_000: "thousand tausend mille mil тысяча тысяч",
    1_000_000: "million millions millionen millones миллион миллионов",
    1_000_000_000: "billion billions milliarde milliarden milliard milliards миллиард миллиардов",
}
"""One is left out: in most languages it is also an article."""
_VALUES = {word: str(value) for value, words in _WORDS.items() for word in words.split()}


def number_in(folded: str) -> str | None:
    """The number that a folded word is or holds, as it is compared; ``None`` for other words."""
    if any(map(str.isdigit, folded)):
        return folded
    return _VALUES.get(folded.casefold())


def numbers_in(words: Iterable[Word]) -> list[str]:
    """The numbers among some words, in order."""
    return [number for word in words if (number := number_in(word.folded)) is not None]
