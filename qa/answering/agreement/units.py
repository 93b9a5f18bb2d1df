"""Units of measure and money, as they are written in several languages."""

import re
from functools import cache
from typing import NamedTuple

TIMES = {
    "second": "seconds sec secs sekunde sekunden segundo segundos seconde secondes secondo secondi "
    "seconden sekunder sekund sekundy секунда секунды секунд 秒 秒钟",
    "minute": "minutes min mins minuten minuto minutos minuti minuut minuter minuta minuty minut "
    "минута минуты минут минуту 分钟 分",
    "hour": "hours hr hrs h stunde stunden std hora horas heure heures ora ore uur uren timme "
    "timmar godzina godziny godzin час часа часов 小时 个小时 小時",
    "day": "days tag tage tagen tages día días dia dias jour jours giorno giorni dag dagen dagar "
    "dzień dni день дня дней сутки суток 天 日",
    "week": "weeks woche wochen semana semanas semaine semaines settimana settimane weken vecka "
    "veckor tydzień tygodnie tygodni неделя недели недель 周 星期 个星期",
    "month": "months monat monate monaten monats mes meses mois mese mesi mês maand maanden månad "
    "månader miesiąc miesiące miesięcy месяц месяца месяцев 个月 月",
    "year": "years yr yrs jahr jahre jahren jahres año años an ans année années anno anni ano anos "
    "jaar jaren år rok lata lat год года лет 年",
    "decade": "decades jahrzehnt jahrzehnte década décadas décennie décennies",
    "century": "centuries jahrhundert jahrhunderte siglo siglos siècle siècles",
}
_OTHERS = {
    "percent": "% percent prozent ٪ процент процента процентов procent procenta",
    "percentage point": "pp prozentpunkte prozentpunkten",
    "degree Celsius": "°C",
    "degree Fahrenheit": "°F",
    "degree": "° degrees grad grados degrés gradi graus градус градуса градусов 度",
    "millimetre": "mm millimetres millimeters millimeter milímetros millimètres мм 毫米",
    "centimetre": "cm centimetres centimeters centimeter zentimeter centímetros centimètres "
    "см 厘米",
    "metre": "m metres meters meter metern metros metro mètres mètre metri м метр метра метров 米",
    "kilometre": "km kilometres kilometers kilometer kilometern kilómetros kilomètres chilometri "
    "quilômetros quilómetros км километр километра километров 公里 千米",
    "inch": "inches zoll",
    "foot": "feet ft fuß",
    "yard": "yards yd",
    "mile": "miles mi meilen millas milles miglia",
    "square metre": "m² m2 sqm 平方米",
    "square kilometre": "km² km2 quadratkilometer 平方公里",
    "square foot": "sqft",
    "hectare": "hectares ha hektar hectáreas ettari га",
    "acre": "acres",
    "milligram": "mg milligrams milligramm мг 毫克",
    "microgram": "µg μg mcg",
    "gram": "g grams gramm gramos grammes grammi г грамм 克",
    "kilogram": "kg kilograms kilogramm kilogramos kilogrammes кг килограмм килограммов 公斤 千克",
    "tonne": "tonnes t tonnen toneladas tonnellate тонн тонны 吨",
    "ton": "tons",
    "pound (weight)": "lb lbs",
    "ounce": "ounces oz",
    "millilitre": "ml mL millilitres milliliters 毫升",
    "litre": "l L litres liters liter litern litros litri литр литра литров 升",
    "gallon": "gallons",
    "barrel": "barrels bbl barril barriles barils баррелей 桶",
    "km/h": "km/h kmh kph км/ч",
    "mph": "mph",
    "watt": "W watts",
    "kilowatt": "kW kilowatts kilowatt",
    "megawatt": "MW megawatts megawatt",
    "gigawatt": "GW gigawatts gigawatt",
    "kilowatt hour": "kWh",
    "volt": "V volts",
    "hertz": "Hz",
    "megahertz": "MHz",
    "gigahertz": "GHz",
    "byte": "bytes octets байт",
    "bit": "bits",
    "kilobyte": "KB kB kilobytes Ko",
    "megabyte": "MB megabytes Mo мб",
    "gigabyte": "GB gigabytes Go гб",
    "terabyte": "TB terabytes To",
    "kibibyte": "KiB",
    "mebibyte": "MiB",
    "gibibyte": "GiB",
    "tebibyte": "TiB",
    "nanometre": "nm",
    "kilobase": "kb kilobases",
}
MONEY = {
    "dollar": "$ dollars",
    "USD": "US$ usd",
    "EUR": "€ eur euro euros евро 欧元",
    "GBP": "£ gbp",
    "JPY": "¥ jpy yen 日元",
    "CNY": "cny rmb yuan 元 人民币",
    "RUB": "₽ rub руб рубль рубля рублей",
    "CHF": "chf franken",
    "INR": "₹ inr rupees",
    "PLN": "zł pln złotych",
    "SEK": "kr kronor sek",
    "peso": "pesos",
    "BRL": "R$ reais",
    "pound": "pounds",
    "cent": "cents cent",
}
_DAYS = {
    "working day": (
        r"(?:business|working|work)[ -]days?|werktage?n?|arbeitstage?n?|bankarbeitstage?n?|"
        r"días? (?:hábil(?:es)?|laborables?)|jours? (?:ouvrables?|ouvrés?)|giorni lavorativi|"
        r"dias? úteis|werkdag(?:en)?|arbetsdagar|dni robocz\w+|рабочих дн\w+|个?工作日"
    ),
    "calendar day": (
        r"(?:calendar|consecutive)[ -]days?|kalendertage?n?|días? naturales|"
        r"jours? calendaires?|giorni (?:di calendario|naturali)|dias? corridos|kalenderdagen|"
        r"календарных дн\w+|个?日历日|个?自然日"
    ),
    "percentage point": r"percentage points?|puntos porcentuales|points? de pourcentage",
    "percent": r"per cent|por cien(?:to)?|pour cent|per cento|por cento",
    "square kilometre": r"square kilometers?|square kilometres?|km 2|kilómetros cuadrados",
    "square mile": r"(?:square|sq\.?) (?:miles?|mi\b)",
    "square metre": r"square met(?:re|er)s?|metros cuadrados|quadratmetern?",
    "square foot": r"(?:square|sq\.?) (?:feet|foot|ft)",
    "degree Celsius": r"degrees? (?:celsius|c\b)|grad celsius|° C\b",
    "degree Fahrenheit": r"degrees? (?:fahrenheit|f\b)|° F\b",
}
_LATER = re.compile(
    "|".join(f"(?P<u{place}>{pattern})" for place, pattern in enumerate(_DAYS.values())),
    re.IGNORECASE,
)
_LATER_UNITS = tuple(_DAYS)
_TOKEN = re.compile(r"[^\W\d_]+(?:/[^\W\d_]+)?[²2]?|°[CF]?|[%٪$€£¥₽₹]")
_UNSPACED_TOKEN = re.compile(
    "|".join(
        sorted(
            {
                word
                for words in ({**TIMES, **_OTHERS, **MONEY}).values()
                for word in words.split()
                if re.match("[\u4e00-\u9fff]", word)
            },
            key=len,
            reverse=True,
        )
    )
)
_BEFORE = re.compile(r"(US\$|R\$|[$€£¥₽₹]|\b(?:EUR|USD|GBP|CHF|Rs\.?))[ \u00a0]?$")
_PER = re.compile(
    r"[ \u00a0]?(?:/|(?:per|a|an|each|every|pro|je|par|por|al|à la|alla|op|om|на|в|za) |pro[- ])"
    r"[ \u00a0]?([^\W\d_]+)",
    re.IGNORECASE,
)


class Unit(NamedTuple):
    """A unit and where its name ends."""

    name: str
    end: int


@cache
def _names() -> tuple[dict[str, str], dict[str, str]]:
    """Units by word in lower case, and by symbol, whose case matters."""
    words: dict[str, str] = {}
    symbols: dict[str, str] = {}
    for unit, names in ({**TIMES, **_OTHERS, **MONEY}).items():
        if " " not in unit and "/" not in unit and unit.islower():
            words[unit] = unit
        for name in names.split():
            is_code = unit in MONEY and len(name) == 3  # written in either case
            if len(name) <= 3 and name.isascii() and name not in _SHORT_WORDS and not is_code:
                symbols[name] = unit
            else:
                words[name.casefold()] = unit
    return words, symbols


_SHORT_WORDS = {
    "min", "day", "dia", "dag", "uur", "mes", "lat", "rok", "ans", "an", "ano", "yen", "std", "ore",
    "ora", "dni",
}  # fmt: skip


def unit_after(text: str, place: int, *, unspaced: bool = False) -> Unit | None:
    """The unit whose name follows a number that ends at ``place``."""
    start = place
    while start < place + 2 and text[start : start + 1] in {" ", "\u00a0", "\u202f", "-", "‑"}:
        start += 1
    if match := _LATER.match(text, start):
        return Unit(_LATER_UNITS[int((match.lastgroup or "u0")[1:])], match.end())
    if unspaced and (match := _UNSPACED_TOKEN.match(text, start)):
        return Unit(_names()[0].get(match[0], ""), match.end())
    match = _TOKEN.match(text, start)
    if match is None or len(match[0]) > 20:
        return None
    words, symbols = _names()
    unit = symbols.get(match[0]) or words.get(match[0].casefold())
    if unit is None and start == place and match[0][-1:] in "0123456789":
        return None
    return Unit(unit, match.end()) if unit else None


def money_before(text: str, place: int) -> tuple[str, int] | None:
    """The currency whose sign precedes a number at ``place``, and where the sign begins."""
    match = _BEFORE.search(text, max(0, place - 6), place)
    if match is None:
        return None
    words, symbols = _names()
    sign = match[1]
    unit = symbols.get(sign) or words.get(sign.casefold())
    return (unit, match.start()) if unit else None


def rate_after(text: str, place: int) -> Unit | None:
    """The unit of time of a rate whose value ends at ``place``, as in "$5 a month"."""
    match = _PER.match(text, place)
    unit = _names()[0].get(match[1].casefold()) if match else None
    return Unit(unit, match.end()) if match and unit in TIMES else None


def is_unit_word(word: str) -> str | None:
    """The unit that a word names, if it names one."""
    return _names()[0].get(word.casefold())
