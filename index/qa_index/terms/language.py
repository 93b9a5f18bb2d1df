"""Detects the language of a document by its script, then by its letters.

Used when documents are indexed, never when a question is asked.
"""

import re
from collections import Counter
from copy import copy
from functools import cache
from typing import Any

from qa_index.terms.analyzer import STEMMERS, UNKNOWN
from qa_index.terms.stopwords import stopwords

_SAMPLE = 1000
"""Characters examined. Four times as many gave no better result on 4,328 documents of 7 sets."""

_ENGLISH_SHARE = 0.06
"""Share of a text's characters in English stop words above which it is English. The test takes a
thirtieth of the classifier's time. In other languages the share hardly ever exceeds 0.04."""

_ENGLISH_WORDS = 20
"""Least number of words for that test."""

_LEAST_LETTERS = 40
"""Least number of letters to distinguish languages of one script."""

_SCRIPTS = {
    "ja": "\u3040-\u30ff",
    "ko": "\u1100-\u11ff\uac00-\ud7af",
    "zh": "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff",
    "th": "\u0e00-\u0e7f",
    "lo": "\u0e80-\u0eff",
    "my": "\u1000-\u109f",
    "km": "\u1780-\u17ff",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "hy": "\u0530-\u058f",
    "he": "\u0590-\u05ff",
    "ta": "\u0b80-\u0bff",
    "ka": "\u10a0-\u10ff",
    "Arab": "\u0600-\u06ff\u0750-\u077f",
    "Cyrl": "\u0400-\u052f",
    "Deva": "\u0900-\u097f",
    "Latn": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
}
"""The letters of each language with a script of its own, and of each shared script."""

_CANDIDATES = {
    "Arab": ("ar", "fa", "ur", "ps"),
    "Cyrl": ("ru", "uk", "be", "bg", "mk", "sr", "kk"),
    "Deva": ("hi", "ne", "mr"),
    "Latn": tuple(
        sorted(
            (STEMMERS.keys() - {"ar", "el", "fa", "hi", "hy", "ne", "ru", "sr", "ta", "yi"})
            | {"hr", "lv", "sk", "sl", "sq", "vi"}
        )
    ),
}
"""Languages of each shared script: those with a stemmer, and those likely to be mistaken for one of
them, which are reported as detected and analysed without stemming."""

_JAPANESE_SHARE = 0.05
"""Share of Kana among Han and Kana above which a text is Japanese; Chinese has hardly any."""


def detect(text: str, default: str = UNKNOWN) -> str:
    """ISO 639-1 code of the language of a text, or ``default`` if the evidence is too weak.

    Deterministic; examines only the middle of the text, since books and pages begin and end with
    licences, prefaces and menus that may be in another language.
    """
    middle = max(len(text) - _SAMPLE, 0) // 2
    sample = text[middle : middle + _SAMPLE]
    scripts = ["Latn"] if sample.isascii() else _SCRIPTS
    counts = Counter({script: len(_letters(script).findall(sample)) for script in scripts})
    if counts["ja"] > _JAPANESE_SHARE * (counts["ja"] + counts["zh"]):
        counts["ja"] += counts.pop("zh")
    script = max(counts, key=lambda name: counts[name])
    if not counts[script]:
        return default
    if script not in _CANDIDATES:
        return script
    if counts[script] < _LEAST_LETTERS:
        return default
    if script == "Latn" and _is_plain_english(sample):
        return "en"
    language: str = _identifier(script).classify(sample)[0]
    return language


def _is_plain_english(sample: str) -> bool:
    own, words = _english_words(), sample.lower().split()
    known = sum(len(word) for word in words if word in own)
    return len(words) >= _ENGLISH_WORDS and known > _ENGLISH_SHARE * len(sample)


@cache
def _english_words() -> frozenset[str]:
    """Stop words of English and of no other language."""
    return stopwords("en").difference(*(stopwords(other) for other in STEMMERS.keys() - {"en"}))


@cache
def _letters(script: str) -> re.Pattern[str]:
    return re.compile(f"[{_SCRIPTS[script]}]")


@cache
def _model() -> Any:
    """The classifier for all languages; loading takes about a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


@cache
def _identifier(script: str) -> Any:
    """A classifier for the languages of one script."""
    identifier = copy(_model())
    identifier.set_languages(_CANDIDATES[script])
    return identifier
