"""Code pages of Latin scripts: Western, Central European or Turkish, of Windows, DOS or the Mac.

All bytes are valid in each of them, so the language decides: its letters beyond ASCII are
common, and those that a wrong code page gives are rare in it.
"""

import math
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from typing import NamedTuple

_LETTERS = {
    "ca": "í29 è21 à21 é14 ç14 ó10 ò10 ú5 ï2 ü1",
    "cs": "í23 á16 ř11 ě11 ž10 é8 ý6 š5 č5 ů4 ú1 ň1 ó1 ť1 ď1",
    "da": "æ38 å33 ø29 é1",
    "de": "ü45 ä33 ö15 ß7",
    "en": "é50 è10 ï10 ö10 ü10 ç5 ñ5",
    "es": "á32 ó31 í12 é11 ú10 ñ5 ü1",
    "fi": "ä93 ö7 å1",
    "fr": "é66 à13 è10 ô5 ê4 î1 ù1 ç1 û1 â1 œ1 ë1 ï1",
    "hr": "č32 š27 ć17 ž14 đ10",
    "hu": "á30 é23 ö14 ó9 ő7 ü7 í7 ű3 ú1",
    "is": "ð20 á15 í15 þ10 ó10 ú8 ö8 æ6 é5 ý3",
    "it": "è46 à19 ù12 ò9 é8 ì5",
    "nl": "é58 ë20 ï18 ü1 ó1 è1",
    "pl": "ł17 ż16 ą15 ę15 ó13 ć12 ś9 ź2 ń1",
    "pt": "ê15 ã17 á15 é12 ç11 ó9 í4 ú4 õ4 à1 â1 ô1",
    "ro": "ă39 ţ26 ş17 î14 â4",
    "sk": "á19 í11 ť11 ú10 ý10 é9 č9 ž8 š5 ľ5 ô2 ó1 ä1 ň1 ď1 ĺ1 ŕ1",
    "sl": "č57 š28 ž14 ć1",
    "sv": "ä49 ö31 å20 é1",
    "tr": "ı46 ş15 ğ11 ü11 ç11 ö7 â1 î1 û1",
}
"""Letters of each language beyond ASCII, with their percentage among them: counted in translated
manuals and messages, but for Icelandic and English, which are estimates."""

_WORDS = {
    "ca": "de la el els que i un per a en una les no es del amb",
    "cs": "a v na se je do k s pokud nebo z jako o to tak ale jsou jeho",
    "da": "er og for i en til af eller at med hvis den et som der",
    "de": "der die das und in den ist mit von zu auf wenn ein des dem nicht",
    "en": "the of to a and in is that for it with on are be this not",
    "es": "de el en que la y un para se los es una con si por no las del al",
    "fi": "on ja se jos tai ei joka kun ovat mutta sen",
    "fr": "de la le les un et est que pour en dans des une sur ce qui du par",
    "hr": "je i u na za se ako ili ne od da su kao s iz bez to",
    "hu": "a az egy is ha nem hogy de meg vagy ez csak mint ki kell van",
    "is": "og er ekki sem til af um en",
    "it": "di il un che per e in la a non i se con una le da del si",
    "nl": "de het een te en in van is dat die om op dit met voor zijn of",
    "pl": "w i na z do nie to jest o jak lub od oraz dla aby po przez",
    "pt": "o de que um para e a do em se no uma da os com ou na por",
    "ro": "de a este un cu care din o la pe mai nu sau ce pentru fi prin",
    "sk": "a v na sa je do k s ak alebo z ako o to pre nie od bude",
    "sl": "je v se z na s in za ali ki ni ne so od da pa kot",
    "sv": "och en som av att till med ett den eller kan det i inte om",
    "tr": "bir ve bu da de olarak ya daha ile en o ne gibi sonra kadar her",
}
"""Frequent words of each language in ASCII, which are the same in every code page."""

_CENTRAL = ("cs", "hr", "hu", "pl", "ro", "sk", "sl")
_WESTERN = tuple(sorted(_LETTERS.keys() - {*_CENTRAL, "tr"}))
_LANGUAGES = {
    "cp1252": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp1254": ("tr",),  # also ISO 8859-9, which lacks some of its characters
    "mac_roman": _WESTERN,
    "cp850": _WESTERN,
    "cp437": _WESTERN,
}
CODECS = tuple(codec for codec in _LANGUAGES if codec != "cp1252")
"""In all of them the bytes 10 and 13 are line ends."""

# Four numbers chosen on 494 Central European and Turkish texts of eight paragraphs and 412 Western
# ones, and on their paragraphs and lines: manual pages. docs/formats.md has the result.
_STRANGE = 0.001
"""Probability of a letter that the language does not have, or that cannot stand where it does."""
_SYMBOL = 0.005
"""Probability of a symbol other than the usual punctuation."""
_WORD_WEIGHT = 3.0
"""Natural logarithm by which frequent words of one language, and none of another, favour it, for
every character beyond ASCII."""
_PRIOR = {"cp1252": 1.5, "mac_roman": -2.0, "cp850": -2.0, "cp437": -2.0}
"""The same for a code page, once: Windows-1252 is the commonest, those of DOS and the Mac are old.
"""
_INVALID = 0.000_01
"""Probability of a byte that the code page does not have."""
_PUNCTUATION = 0.1
_USUAL = frozenset("“”„‘’–—…•«»‚‹›§°·\xa0€")
_DRAWN = frozenset("─│┌┐└┘├┤┬┴┼═║╔╗╚╝╠╣╦╩╬")
"""Of tables in DOS; usual, too, but directly beside a letter."""
_WITHIN_WORDS = frozenset("’–—…·\xa0\xad")
"""What is no letter and yet stands between two."""
_OPENING = frozenset("„‚")
"""Never directly after a letter."""


class Choice(NamedTuple):
    """The code page in which bytes are likeliest text."""

    codec: str
    """``cp1252`` or one of ``CODECS``."""
    margin: float
    """Natural logarithm of how much likelier it is than the next that gives another text;
    infinite if none does."""
    next: str
    """That one; empty if there is none."""


@lru_cache(maxsize=1)  # to read a file and to doubt it, the same is asked one after the other
def choose_latin(sample: bytes) -> Choice:
    """The code page of these bytes; ``cp1252`` if none is beyond ASCII."""
    beyond = sum(byte > 0x7F for byte in sample)
    words = Counter("".join(map(chr, sample)).lower().split())
    known = {
        language: sum(words[word] for word in listed.split()) for language, listed in _WORDS.items()
    }
    most = max(known.values()) + 1

    def likelihood(codec: str) -> float:
        counts = _characters(sample.decode(codec, "replace"))
        return _PRIOR.get(codec, 0.0) + max(
            _likelihood(counts, language) + _WORD_WEIGHT * beyond * (known[language] + 1) / most
            for language in _LANGUAGES[codec]
        )

    found = {codec: likelihood(codec) for codec in _LANGUAGES}
    best = max(found, key=found.__getitem__)  # the first of those that are equal
    text = sample.decode(best, "replace")
    others = [codec for codec in found if sample.decode(codec, "replace") != text]
    if not others:
        return Choice(best, math.inf, "")
    second = max(others, key=found.__getitem__)
    return Choice(best, found[best] - found[second], second)


def _likelihood(counts: Counter[str], language: str) -> float:
    """Natural logarithm of the probability of these characters beyond ASCII in a language."""
    letters = _frequencies(language)
    return sum(
        count * math.log(letters.get(character, _STRANGE)) for character, count in counts.items()
    )


@cache
def _frequencies(language: str) -> dict[str, float]:
    listed = {each[0]: int(each[1:]) / 100 for each in _LETTERS[language].split()}
    return {**listed, ".": _PUNCTUATION, "~": _SYMBOL, "\ufffd": _INVALID}


def _characters(text: str) -> Counter[str]:
    """The characters beyond ASCII in lower case: punctuation as ``.``, other symbols as ``~``, and
    letters where no language has them as ``?``. Of a run of the same, as in a drawn line, one."""
    counts: Counter[str] = Counter()
    for place, character in enumerate(text):
        if character.isascii() or character == text[place - 1 : place]:
            continue
        before, after = text[place - 1 : place], text[place + 1 : place + 2]
        if character == "\ufffd":
            counts[character] += 1
        elif character.isalpha() and character not in "ªº":
            counts["?" if _is_misplaced(character, before, after) else _lower(character)] += 1
        elif _is_inside(character, before, after):
            counts["?"] += 1
        elif character in _USUAL or character in _DRAWN:
            counts["."] += 1
        else:
            counts["~" if character.isprintable() else "?"] += 1
    return counts


def _is_inside(symbol: str, before: str, after: str) -> bool:
    """Whether it stands in a word, where it cannot."""
    if symbol in _DRAWN:
        return before.isalpha() or after.isalpha()
    if not before.isalpha() or symbol in _WITHIN_WORDS:
        return False
    return after.isalpha() or symbol in _OPENING


def _is_misplaced(letter: str, before: str, after: str) -> bool:
    """Whether it is a capital after a small letter, or a consonant that is no part of a word."""
    if letter.isupper() and before.islower():
        return True
    is_vowel = unicodedata.normalize("NFD", letter.lower())[0] in "aeiouy"
    return not (before.isalpha() or after.isalpha() or is_vowel)


def _lower(letter: str) -> str:
    return "ı" if letter == "İ" else letter.lower()
