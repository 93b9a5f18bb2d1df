"""Numbers in a text: in digits by the separators of its language, and in words."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from qa.answering.agreement.numeral_words import JOINING, number_words

_POINT = {"en", "zh", "ja", "ko", "he", "hi", "th"}
"""Languages with a decimal point; the others have a decimal comma."""
_SPACED = {
    "fr",
    "ru",
    "uk",
    "pl",
    "cs",
    "sv",
    "fi",
    "nb",
    "no",
    "bg",
    "hu",
    "de",
    "es",
    "it",
    "pt",
    "nl",
}
"""Languages that put a common space between thousands; a no-break space is one in any."""

_DIGITS = re.compile(
    r"(?<![\w.,])(?:(?<=[^\d\s])(?<![a-z])|(?<![-–/]))"
    r"(?:\d{1,3}(?:[\u00a0\u2009\u202f'’]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
    r"(?![\w]|[.,]\d|/\d)|[½¼¾⅓⅔]|(?<![\w/])\d{1,2}/\d{1,2}(?![\w/])"
)
_WITH_SPACES = re.compile(r"(?<![\w.,])\d{1,3}(?: \d{3})+(?:[.,]\d+)?(?![\w]|[.,]\d| \d)")
_UNSPACED_DIGITS = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)*(?![.,]?\d)")
_VERSION = re.compile(r"\d+(?:[.,]\d+){2,}")
_FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3"}

_HUNDRED, _THOUSAND = 100, 1000

_CHINESE = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"两": 2}
_CHINESE_TENS = {"十": 10, "百": 100, "千": 1000}
_CHINESE_SCALES = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_CHINESE_RUN = re.compile(f"[{''.join((*_CHINESE, *_CHINESE_TENS))}]+")
_SCALE = re.compile(
    r"[ \u00a0-]?([^\W\d_]+)(?:(?<=mio|mrd|mln|mld|тыс|млн)\.(?=\s*[^\W\d_]|\s*[€$]))?",
    re.IGNORECASE,
)
"""With the point of abbreviations such as "Mio.", unless it ends the sentence."""
_WORD = re.compile(r"[^\W\d_]+")


class Number(NamedTuple):
    """A number and its position in a text."""

    start: int
    end: int
    plain: str
    """With a decimal point and no other separator; as written if it could be two numbers."""
    scale: int = 1
    """By what it was multiplied: a million in "3.5 million"."""

    def times(self, scale: int) -> "Number":
        """The number multiplied by a power of ten, if it is a plain one."""
        whole, _, decimals = self.plain.partition(".")
        zeros = len(str(scale)) - 1
        if not f"{whole}{decimals}".isdecimal() or len(decimals) > zeros:
            return self
        value = str(int(whole + decimals.ljust(zeros, "0")))
        return self._replace(plain=value, scale=scale)


def numbers(text: str, language: str) -> list[Number]:
    """The numbers of a text, in order; a scale such as "million" belongs to its number."""
    found: list[Number] = []
    for each in sorted((*_in_digits(text, language), *_in_words(text, language))):
        if not found or each.start >= found[-1].end:
            found.append(_scaled(text, each, language))
    return found


def plain(written: str, language: str) -> str:
    """A number in digits without thousands separators and trailing zeros, with a decimal point.

    As written if it could be two numbers.
    """
    digits = _FRACTIONS.get(written) or re.sub(r"[\s'’]", "", written)
    signs = [sign for sign in digits if sign in ".,"]
    if not signs:
        return digits if "/" in digits else str(int(digits))
    whole, _, rest = digits.rpartition(signs[-1])
    thousands = "," if language in _POINT else "."
    grouped = re.fullmatch(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*", digits)
    if grouped and (len(signs) > 1 or grouped[1] == thousands):
        return re.sub(r"[.,]", "", digits)
    if len(signs) == 1:
        if grouped and language not in _POINT:  # 1,000 may be a thousand where 1.000 is written
            return digits
        if signs[0] == thousands and thousands == ",":
            return digits
        return _trimmed(whole, rest)
    mixed = len(set(signs[:-1])) == 1 and signs[0] != signs[-1]
    if mixed and re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", whole):
        return _trimmed(re.sub(r"[.,]", "", whole), rest)
    return digits


def _trimmed(whole: str, decimals: str) -> str:
    return f"{int(whole)}.{decimals.rstrip('0')}".rstrip(".")


def _in_digits(text: str, language: str) -> Iterator[Number]:
    unspaced = language in {"zh", "ja"}
    patterns = [_UNSPACED_DIGITS if unspaced else _DIGITS]
    if language in _SPACED:
        patterns.insert(0, _WITH_SPACES)
    taken = 0
    for match in sorted(
        (match for pattern in patterns for match in pattern.finditer(text)),
        key=lambda match: (match.start(), -match.end()),
    ):
        if match.start() >= taken and len(match[0]) <= 40:
            taken = match.end()
            told = plain(match[0], language)
            if not _VERSION.fullmatch(told):
                yield Number(*match.span(), told)


def _in_words(text: str, language: str) -> Iterator[Number]:
    if language in {"zh", "ja"}:
        for match in _CHINESE_RUN.finditer(text):
            value = _chinese(match[0])
            if value is not None:
                yield Number(*match.span(), str(value))
        return
    values = number_words(language)
    if not values:
        return
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        last, value = _run(text, words, at, values, JOINING.get(language, ""))
        if value is not None:
            scale = values[words[last][0].casefold()]
            scale = scale if scale >= _THOUSAND else 1
            yield Number(words[at].start(), words[last].end(), str(value), scale)
        at = last + 1


def _run(
    text: str, words: list[re.Match[str]], at: int, values: dict[str, int], joining: str
) -> tuple[int, int | None]:
    """The last word of the number that begins at a word, and the number, if there is one."""
    total = current = 0
    last, begun = at, False
    for place in range(at, min(at + 12, len(words))):
        word = words[place][0].casefold()
        if begun and text[words[place - 1].end() : words[place].start()] not in {" ", "-", "‑"}:
            break
        if begun and word == joining:
            continue
        value = values.get(word)
        if value is None:
            break
        if not begun and value >= 1_000_000:  # "millions of people"
            break
        if value == 20 and current == 4 and word.startswith("vingt"):
            current = 80
        elif value < _HUNDRED:
            room = 10 if value < 10 else 20 if current % _HUNDRED in {60, 80} else _HUNDRED
            if current % room or (value < 10 and 10 <= current % _HUNDRED < 20):
                return last, None
            current += value
        elif value < _THOUSAND:
            if current >= _HUNDRED:
                return last, None
            current = max(1, current) * _HUNDRED if value == _HUNDRED else current + value
        else:
            total += max(1, current) * value
            current = 0
        begun, last = True, place
    return last, total + current if begun else None


def _chinese(run: str) -> int | None:
    if not any(sign in _CHINESE_TENS for sign in run):
        return _CHINESE[run] if len(run) == 1 else None
    total, digit = 0, None
    for sign in run:
        if sign in _CHINESE_TENS:
            total += (1 if digit is None else digit) * _CHINESE_TENS[sign]
            digit = None
        elif digit:
            return None
        else:
            digit = _CHINESE[sign]
    return total + (digit or 0)


def _scaled(text: str, number: Number, language: str) -> Number:
    """A number with the scale after it, as in "3.5 million"."""
    if language in {"zh", "ja"}:
        scale = _CHINESE_SCALES.get(text[number.end : number.end + 1])
        end = number.end + 1
    else:
        match = _SCALE.match(text, number.end)
        scale = number_words(language).get(match[1].casefold()) if match else None
        end = match.end() if match else 0
    if scale is None or scale < _THOUSAND:
        return number
    scaled = number.times(scale)
    return number if scaled is number else scaled._replace(end=end)
