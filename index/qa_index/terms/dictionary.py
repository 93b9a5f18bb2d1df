"""Whether a word is one of a language: what a dictionary has is not misspelt.

The word lists are those of the package pyspellchecker, read without it: it takes up to a second to
open one, reading the text 5 to 60 ms.
"""

import gzip
import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from qa_index.terms.analyzer import Analyzer, without_accents
from qa_index.terms.stopwords import LISTED, stopwords

_WITH_ALL_FORMS = frozenset({"en"})
"""Languages whose dictionary lists every form, so that a stem says no more."""

_SAME = 3
"""Letters at the start that the forms of a word have in common."""


def spoken(words: Iterable[str]) -> list[str]:
    """The languages with the most stop words among ``words``; none if no language has any."""
    lowered = [word.lower() for word in words]
    counts = {each: sum(word in stopwords(each) for word in lowered) for each in LISTED}
    most = max(counts.values())
    return [each for each, count in counts.items() if count == most and most > 0]


def is_listed(language: str) -> bool:
    """Whether there is a dictionary of the language."""
    return _words(language) is not None


def is_word(word: str, language: str) -> bool:
    """Whether the dictionary of a language has a folded word, or another form of it.

    Accents do not matter. False if there is no dictionary.
    """
    text = _words(language)
    if text is None:
        return False
    if f"{json.dumps(word, ensure_ascii=False)}:" in text:
        return True
    if language in _WITH_ALL_FORMS:
        return False
    analyze, bare = Analyzer().analyze, without_accents(word)
    terms = analyze(word, language)
    start = "".join(map(_with_or_without_accent, bare[:_SAME]))
    forms = re.findall(rf'"({start}[^" ]*)":', text)
    return any(len(form) < 2 * len(word) and analyze(form, language) == terms for form in forms)


def _with_or_without_accent(letter: str) -> str:
    return rf"(?:{re.escape(letter)}|[^\x00-\x7f])" if letter.isascii() else letter


@cache
def _words(language: str) -> str | None:
    """The text of a dictionary: words in quotes, a colon after each."""
    file = files("spellchecker") / "resources" / f"{language}.json.gz"
    return gzip.decompress(file.read_bytes()).decode() if file.is_file() else None
