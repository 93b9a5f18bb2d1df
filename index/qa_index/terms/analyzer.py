"""Turns text into the terms of BM25.

A *token* is a run of letters, digits and the joiners between them (``COVID-19``, ``foo.bar``,
``2.8``, ``O'Brien``). It yields one term per segment between joiners, one for the whole without the
joiners, and one per longer run inside a segment that mixes letters and digits, so that
``COVID-19``, ``covid 19`` and ``COVID19`` match. Terms are case folded, stemmed by language and
then stripped of accents. Stop words are dropped. Scripts without spaces yield pairs of characters,
those of South-East Asia pairs of clusters of them.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from itertools import chain, pairwise, repeat
from typing import Any, NamedTuple, Self

import Stemmer

from qa_index.terms.stopwords import stopwords

UNKNOWN = "und"
"""ISO 639-2 code of an unknown language: no stemming, no stop words."""

VERSION = 3
"""Increase it with any change that gives other terms for some text."""

MAX_TERM = 64
"""Code points of a term, at most; longer ones are cut (a "word" can have a million)."""

MAX_WRITTEN = 40
"""Letters of the longest word that is kept as it is written; longer ones are data."""

STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}
"""Snowball algorithm for each ISO 639-1 code."""

# `\w` excludes combining marks (vowel signs, diacritics) and the joiners and soft hyphens inside
# words. The ranges include unassigned characters and letters between marks.
MARKS = (
    "\u00ad\u200c\u200d\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0711-\u07f3\u07fd"
    "\u0816-\u082d\u0859-\u085b\u0898-\u08e1\u08e3-\u0963\u0981-\u09e3\u09fe-\u0a75\u0a81-\u0ae3"
    "\u0afa-\u0b63\u0b82-\u0bd7\u0c00-\u0c63\u0c81-\u0c83\u0cbc-\u0d4d\u0d57-\u0d63\u0d81-\u0df3"
    "\u0e31-\u0e3a\u0e47-\u0e4e\u0eb1-\u0ecd\u0f18\u0f19\u0f35\u0f37\u0f39\u0f3e-\u0f84"
    "\u0f86-\u0fbc\u0fc6\u102b-\u103e\u1056-\u109d\u135d-\u135f\u1712-\u1734\u1752-\u17d3\u17dd"
    "\u180b-\u180d\u180f-\u193b\u1a17-\u1a1b\u1a55-\u1a7f\u1ab0-\u1b44\u1b6b-\u1b73\u1b80-\u1bf3"
    "\u1c24-\u1c37\u1cd0-\u1cd2\u1cd4-\u1dff\u302a-\u302f\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f"
)
_JOINERS = r".'’·@&\-\u2010\u2011"
_TOKEN = re.compile(rf"[\w{MARKS}]++(?:(?:[{_JOINERS}]|(?<=\d),(?=\d))[\w{MARKS}]++){{0,15}}")
_NUMBER = r"\d++(?:[.,]\d++)*+"
_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})*,\d+|\d+,\d{1,3}")
"""What can be one number with commas; others are several numbers, as in a file of values."""
_NUMBERS = re.compile(r"\d+(?:[.,]\d+)+")
_RUN = re.compile(rf"{_NUMBER}|[^\d\s_{_JOINERS}]++")
# Soft hyphen, joiners, variation selectors; Arabic vowel signs and the tatweel.
_UNSEEN = re.compile("[\u00ad\u200c\u200d\ufe00-\ufe0f\u0640\u064b-\u065f\u0670]")
_DIGIT = re.compile(r"\d")
_ACCENTS = re.compile("[\u0300-\u036f]")
_ARABIC_PREFIX = re.compile("(?:[وبكف]?ال|لل)(?=.{3})", re.DOTALL)
"""The Arabic article, alone or with an attached conjunction or preposition."""

# Scripts written without spaces, and Hangul, whose particles are attached to words: character
# pairs are the usual remedy.
UNSPACED_SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029"
    "\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\uff66-\uffdc\U00020000-\U0003ffff"
)
_CLUSTERED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer, whose syllables have several code points each."""
# A vowel that is written before its consonant, the consonant, those joined to it, other signs.
_CLUSTER = re.compile(
    "[\u0e40-\u0e44\u0ec0-\u0ec4]?.(?:[\u1039\u17d2].|[\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc"
    "\u0ec8-\u0ece\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074"
    "\u1082-\u108d\u108f\u109a-\u109d\u17b4-\u17d3\u17dd]){0,7}+",
    re.DOTALL,
)
_FOLD_AT_ONCE = 256
"""Characters normalised at a time: normalising is quadratic in a run of marks."""


class Token(NamedTuple):
    """The terms of one token."""

    words: tuple[tuple[str, ...], ...]
    """For each word in it the terms that can match it, its own first; none for a stop word. The
    number of words is the same in every language."""
    extra: tuple[str, ...]
    """Terms of the whole, and of parts that are not words."""
    terms: tuple[str, ...]
    """Every term, in a fixed order."""


def _token(words: Iterable[tuple[str, ...]], extra: Iterable[str] = ()) -> Token:
    words, extra = tuple(words), tuple(extra)
    return Token(words, extra, (*(word[0] for word in words if word), *extra))


MAX_QUESTION_TERMS = 1024
"""Distinct terms of a question that are scored, the rarest first. Limits a question of 1 MB."""


@dataclass(frozen=True, slots=True)
class AnalyzedQuestion:
    """A question as input of the search."""

    terms: tuple[str, ...]
    """Terms to score; repeated terms count repeatedly."""
    words: tuple[tuple[str, ...], ...]
    """For each content word the terms that can match it: other languages' stems, or the compound
    that it is part of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyzer:
    """Turns documents and questions of one index into terms."""

    languages: tuple[str, ...] = ("en",)
    """ISO 639-1 codes of its documents, with ``und`` if the language of any is unknown."""
    version: int = VERSION
    stemmers: str = Stemmer.version()
    """Release of Snowball: stems of another release might not match."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, for the manifest."""
        return asdict(self) | {"languages": list(self.languages)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Self:
        """Reverse of ``to_dict``. Raises ``ValueError`` if it would give other terms today."""
        stored = cls(
            languages=tuple(data["languages"]), version=data["version"], stemmers=data["stemmers"]
        )
        if not all(isinstance(language, str) for language in stored.languages):
            raise ValueError("its languages are not named")
        today = cls(languages=stored.languages)
        if stored != today:
            raise ValueError(
                f"analyzer {stored.version} with Snowball {stored.stemmers}, "
                f"where {today.version} with {today.stemmers} is installed"
            )
        return stored

    def analyze(self, text: str, language: str) -> list[str]:
        """The terms of a document's text in a language, in order; linear in the text."""
        tokens = map(_token_terms, tokens_of(text), repeat(language))
        return [term for token in tokens for term in token.terms]

    def analyze_question(
        self, text: str, also: Mapping[str, Sequence[str]] | None = None
    ) -> AnalyzedQuestion:
        """The terms of a question, in the languages of the index that its words may be in.

        ``also`` has further words that a token may stand for.

        The question's own language is the one with the most stop words in it, or several if they
        tie. Its stop words are dropped. A word is analysed in other languages only if it may belong
        to them, since every further language matches rare terms by accident.
        """
        found = tokens_of(text)
        tokens = [[_token_terms(token, language) for language in self.languages] for token in found]
        spoken = _most_stopwords(tokens)
        terms: list[str] = []
        words: list[tuple[str, ...]] = []
        for place, (token, readings) in enumerate(zip(found, tokens, strict=True)):
            own = [readings[language] for language in spoken]
            is_own = len(own) < len(readings) and not _may_be_foreign(token, own, first=not place)
            counted = own if is_own else readings
            for own_word, word in zip(_by_word(own), _by_word(counted), strict=True):
                if all(own_word):
                    others = self._terms_of((also or {}).get(token, ()))
                    words.append(_distinct((*word, others)))
                    terms += _distinct((*(alternatives[:1] for alternatives in word), others))
            terms += _distinct(reading.extra for reading in counted)
        return AnalyzedQuestion(terms=tuple(terms), words=tuple(words))

    def _terms_of(self, words: Iterable[str]) -> tuple[str, ...]:
        """The terms of single words in every language of the index."""
        return _distinct(
            alternatives[:1]
            for word in words
            for language in self.languages
            for alternatives in _token_terms(word, language).words
        )


def word_count(terms: Iterable[str]) -> float:
    """How many words these terms stand for: two pairs of clusters for one, any other for itself."""
    return sum(0.5 if _CLUSTERED.match(term) else 1.0 for term in terms)


def written_words(text: str, language: str) -> frozenset[str]:
    """The distinct words of a text as they are written but for their case.

    Only words of letters, of 3 to ``MAX_WRITTEN``; not of scripts without spaces.
    """
    return frozenset(
        run
        for token in set(tokens_of(text))
        for run in _RUN.findall(_fold(token[:MAX_TERM], language))
        if 3 <= len(run) <= MAX_WRITTEN
        and run.isalpha()
        and (run.isascii() or not _unspaced().match(run))
    )


def _most_stopwords(tokens: list[list[Token]]) -> list[int]:
    """Indices of the languages with the most stop words among the tokens; all if none has any."""
    counts = [
        sum(reading.words.count(()) for reading in readings)
        for readings in zip(*tokens, strict=True)
    ]
    return [place for place, count in enumerate(counts) if count == max(counts)]


def _may_be_foreign(token: str, own: list[Token], *, first: bool) -> bool:
    """Return True if a token may belong to another language than the question's.

    That is so for names, and for words that the question's own language has no stem for.
    """
    if not first and token != token.lower():
        return True
    plain = _token_terms(token, UNKNOWN).terms
    return all(reading.terms == plain for reading in own)


def _by_word(readings: Iterable[Token]) -> Iterable[tuple[tuple[str, ...], ...]]:
    """For each word of a token its alternatives in each language."""
    return zip(*(reading.words for reading in readings), strict=True)


def _distinct(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chain.from_iterable(groups)))


def tokens_of(text: str) -> list[str]:
    """The tokens of a text; runs of unspaced scripts are tokens of their own."""
    tokens: list[str] = _TOKEN.findall(text)
    if "," in text:
        tokens = [part for token in tokens for part in _separated(token)]
    if text.isascii() or not _unspaced().search(text):
        return tokens
    return [part for token in tokens for part in _unspaced().split(token) if part]


def _separated(token: str) -> list[str]:
    """A token, cut at its commas if these separate numbers."""
    runs = _NUMBERS.findall(token) if "," in token else ()
    are_amounts = all("," not in run or _AMOUNT.fullmatch(run) for run in runs)
    return [token] if are_amounts else token.split(",")


@cache
def _unspaced() -> re.Pattern[str]:
    """A run of an unspaced script. Compiled lazily: it takes milliseconds and is seldom needed."""
    return re.compile(f"([{UNSPACED_SCRIPTS}]++)")


def _token_terms(token: str, language: str) -> Token:
    return (_cached if len(token) <= MAX_TERM else _terms)(token, language)


def _terms(token: str, language: str) -> Token:
    folded = _fold(token, language)
    if not token.isascii() and _unspaced().match(token):
        return _token((pair,) for pair in _pairs(folded))
    for possessive in ("'s", "’s"):
        folded = folded.removesuffix(possessive)
    segments = _segments(folded)
    texts = ["".join(runs) for runs in segments]
    if len(texts) > 1 and all(len(text) == 1 for text in texts):  # U.S., R&D
        return _token([(_term("".join(texts), UNKNOWN),)])
    stop = _stopwords(language)
    words: list[tuple[str, ...]] = []
    extra: list[str] = []
    for runs, text in zip(segments, texts, strict=True):
        term = _term(text, language)
        longer = [run for run in runs if len(run) > 1]
        if len(runs) == 1 or len(longer) < len(runs):
            words.append(() if text in stop else (term,))
            if len(runs) > 1:
                extra += [_term(run, language) for run in longer]
        else:
            words += [() if run in stop else (_term(run, language), term) for run in runs]
            extra.append(term)
    # With a stop word in it the whole is not a word (`don't`, `l'homme`), except names (`AT&T`).
    if len(texts) > 1 and (all(words) or "&" in folded) and not all(map(_is_number, texts)):
        whole = _term("".join(texts), language)
        words = [(*word, whole) if word else () for word in words]
        extra.append(whole)
    return _token(words, extra)


# More than the distinct words of a few thousand pages, about 30 MB when full.
_cached = lru_cache(maxsize=1 << 16)(_terms)


def _segments(folded: str) -> list[list[str]]:
    """The segments of a token, each split into runs of letters and numbers."""
    segments: list[list[str]] = []
    end = -1
    for match in _RUN.finditer(folded):
        run = _number(match.group()) if _is_number(match.group()) else match.group()
        if match.start() == end:
            segments[-1].append(run)
        else:
            segments.append([run])
        end = match.end()
    return segments


def _is_number(text: str) -> bool:
    return text[0].isdecimal() and text[-1].isdecimal() and not any(map(str.isalpha, text))


def _number(text: str) -> str:
    """A number without its thousands separators and with a decimal point."""
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(c, c)) for c in text)
    if 0 <= text.rfind(".") < text.find(","):  # 1.250,50
        text = text.replace(".", "")
    for separator, least in ((",", 1), (".", 2)):
        head, *groups = text.split(separator)
        if len(groups) >= least and all(len(group.split(".")[0]) == 3 for group in groups):
            text = head + "".join(groups)
    return text.replace(",", ".")


def _fold(text: str, language: str) -> str:
    """Fold compatibility characters and case."""
    if language == "tr":
        text = text.replace("I", "ı")
    if text.isascii():
        return text.lower()
    pieces = (text[start : start + _FOLD_AT_ONCE] for start in range(0, len(text), _FOLD_AT_ONCE))
    folded = "".join(
        unicodedata.normalize("NFKC", _one_case(unicodedata.normalize("NFKC", piece)))
        for piece in pieces
    )
    folded = _UNSEEN.sub("", folded)
    return folded.replace("ё", "е") if language == "ru" else folded


def _one_case(text: str) -> str:
    # Folding turns the dotted capital I into two characters; Turkish has one.
    return text.replace("İ", "i").casefold()


def _term(text: str, language: str) -> str:
    """The term of a folded word: cut, stemmed, and without accents."""
    text = text[:MAX_TERM]
    if language == "ar":
        text = _ARABIC_PREFIX.sub("", text, count=1) if _ARABIC_PREFIX.match(text) else text
    if language in STEMMERS and not _DIGIT.search(text):
        text = _stemmer(language).stemWord(text)
    return without_accents(text)[:MAX_TERM] or text


def without_accents(text: str) -> str:
    """A text without its diacritics; empty if it is nothing else."""
    if text.isascii():
        return text
    bare = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare)


def _pairs(text: str) -> tuple[str, ...]:
    """Pairs of adjacent characters, or clusters of them; a single one alone."""
    parts = _CLUSTER.findall(text) if _CLUSTERED.search(text) else text
    if len(parts) < 2:
        return (text,)
    return tuple(map("".join, pairwise(parts)))


@cache
def _stopwords(language: str) -> frozenset[str]:
    return frozenset(_fold(word, language) for word in stopwords(language))


@cache
def _stemmer(language: str) -> Any:
    return Stemmer.Stemmer(STEMMERS[language], 0)
