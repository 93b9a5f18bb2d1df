"""Words and marks of a text, folded so that texts which differ in typography alone are equal.

Quotation marks of all kinds fold to one sign, dashes of all kinds to another. White space between
words does not count. Inside words, ligatures and presentation forms become letters, and soft
hyphens vanish. Numbers, superscripts and case stay as they are.
"""

import re
import unicodedata
from collections.abc import Iterator, Set
from functools import lru_cache
from typing import NamedTuple

from qa_index.terms.analyzer import MARKS, UNSPACED_SCRIPTS

QUOTE_MARK = '"'
DASH = "-"
ELLIPSIS = "\u2026"
"""What quotation marks, dashes and ellipses of all kinds are folded to."""

QUOTE_MARKS = (
    "\"'\u00ab\u00bb\u00b4\u2018-\u201f\u2032\u2033\u2039\u203a\u300c-\u300f"
    "\u301d-\u301f\uff02\uff07\uff62\uff63"
)
"""Quotation marks and apostrophes, as a class of a regular expression."""
DASHES = "\\-\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
"""Dashes, as a class of a regular expression."""

_APOSTROPHES = "'\u2019\u02bc\uff07"
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff\u202a-\u202e\u2066-\u2069\ufffe"
"""Soft hyphen, zero-width characters, marks of direction, and what PDFium writes for a hyphen."""
_SOFT_HYPHEN = "\u00ad"
_LETTER = rf"(?:[^\W_{UNSPACED_SCRIPTS}]|[{MARKS}])"
_TOKEN = re.compile(
    rf"(?P<unspaced>[{UNSPACED_SCRIPTS}])"
    # French and Italian write an article or a negation to the word that follows.
    rf"|(?P<elided>(?i:[cdjlmnst]|(?:jus|lors|puis|quoi)?qu|(?:de|a|ne|su|da|que)ll|un|gl)"
    rf"[{_APOSTROPHES}](?=[^\W\d_]))"
    # Letters and digits with the signs between them that belong to one word or number. An
    # underscore joins the parts of a name; at the edge of a word it is emphasis.
    rf"|(?P<word>{_LETTER}+(?:(?:(?<=\d)[.,](?=\d)|[{_APOSTROPHES}](?=[^\W_])|_+(?=[^\W_])"
    rf"|[{_UNSEEN}]{{1,4}}(?=[^\W_])|(?<={_SOFT_HYPHEN})\s{{1,40}}(?=[^\W\d_])){_LETTER}+)*)"
    rf"|(?P<quote>[{QUOTE_MARKS}]+|``)"
    rf"|(?P<dash>[{DASHES}]+)"
    r"|(?P<ellipsis>\u2026|\.(?:[ \u00a0]?\.){2,})"
    rf"|(?P<ignored>[\s{_UNSEEN}*_`]+"
    # Marks of notes, and links of Markdown but for their text.
    r"|\[\^[^\[\]\s]{1,40}\]|\[(?=[^\[\]\n]{1,300}\]\()|\]\([^()\s]{1,1000}\))"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_LINE_BREAK = re.compile(r"(?<=[^\W\d_])[-\u2010][ \t]*(?:\r\n?|\n|\f)\s*(?=[^\W\d_])")
"""A word that is hyphenated at the end of a line."""


_LONGEST = 256
"""Characters of the longest word that is folded: normalising is quadratic in a run of marks."""


class Word(NamedTuple):
    """A word, number or mark of a text, ``text[start:end]``."""

    folded: str
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """Whether it has a letter or digit."""
        return self.folded[0].isalnum()


def words_of(text: str, known: Set[str] = frozenset()) -> list[Word]:
    """The words and marks of ``text`` in order.

    ``known`` are the folded words of another text. They tell whether a hyphen at the end of a line
    belongs to the word: in ``well-\\nknown`` it is kept unless ``wellknown`` is known.
    """
    found = list(_tokens(text))
    broken = {match.start() for match in _LINE_BREAK.finditer(text)}
    return _rejoined(found, broken, known) if broken else found


def _tokens(text: str) -> Iterator[Word]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind in {"word", "elided", "unspaced"}:
            folded = fold(match.group())
            if folded:
                yield Word(folded, match.start(), match.end())
        elif kind == "quote":
            yield Word(QUOTE_MARK, match.start(), match.end())
        elif kind == "dash":
            yield Word(DASH, match.start(), match.end())
        elif kind == "ellipsis":
            yield Word(ELLIPSIS, match.start(), match.end())
        elif kind == "sign":
            yield Word(fold(match.group()) or match.group(), match.start(), match.end())


def _rejoined(found: list[Word], broken: Set[int], known: Set[str]) -> list[Word]:
    joined: list[Word] = []
    place = 0
    while place < len(found):
        word = found[place]
        follows = found[place + 1] if place + 1 < len(found) else None
        if joined and follows and word.start in broken and joined[-1].end == word.start:
            whole = joined[-1].folded + follows.folded
            parts = {joined[-1].folded, follows.folded}
            if whole in known or not parts <= known:
                joined[-1] = Word(whole, joined[-1].start, follows.end)
                place += 2
                continue
        joined.append(word)
        place += 1
    return joined


@lru_cache(maxsize=1 << 13)
def fold(word: str) -> str:
    """A word with its ligatures and presentation forms as letters, without what is not seen."""
    if word.isascii() or len(word) > _LONGEST:
        return word
    word = "".join(map(_letter, "".join(word.split())))
    return unicodedata.normalize("NFC", word)


_FOLDED_FORMS = ("<compat>", "<wide>", "<narrow>", "<initial>", "<medial>", "<final>", "<isolated>")
"""Decompositions that leave the meaning alone; superscripts and fractions are other numbers."""
_INVISIBLE = re.compile(f"[{_UNSEEN}]")


def _letter(character: str) -> str:
    if character < "\u0080":
        return character
    if character in _APOSTROPHES:
        return "'"
    if _INVISIBLE.match(character):
        return ""
    if unicodedata.decomposition(character).startswith(_FOLDED_FORMS):
        return unicodedata.normalize("NFKC", character)
    return character
