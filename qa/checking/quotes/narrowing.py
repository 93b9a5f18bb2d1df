"""Which documents can hold a quote, by the postings of its rarest words."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qa_index.collection.protocol import Collection
from qa_index.terms.analyzer import UNSPACED_SCRIPTS

_WORD = re.compile(rf"[^\W\d_{UNSPACED_SCRIPTS}]{{2,40}}")
_SOUND = re.compile(rf"(?<=\s){_WORD.pattern}(?=\s)")
"""A word between white space: every document that holds the quote has its terms. At the quote's
edges a word may be joined to others in the source."""

_LOOKED_AT = 400
"""Words of a quote that are looked up, to find the rarest."""

_INTERSECTED = 3
"""Rarest words whose documents are intersected; more hardly leave fewer."""

_MOST_ROWS = 200_000
"""Rows of a word that are read. More common words do not narrow."""


class _Term(NamedTuple):
    rows: int
    terms: tuple[str, ...]
    """In the languages of the index."""


def sound_words(quote: str) -> list[str]:
    """The distinct words that every document with this quote holds, character by character."""
    return list(dict.fromkeys(match.group() for match in _SOUND.finditer(quote)))


def documents_holding(index: Collection, words: Sequence[str]) -> set[int] | None:
    """Numbers of the documents that hold the rarest of some words; ``None`` if they do not tell."""
    plain = [word for word in dict.fromkeys(words[:_LOOKED_AT]) if _WORD.fullmatch(word)]
    found: set[int] | None = None
    for word in sorted(_terms(index, plain))[:_INTERSECTED]:
        if word.rows > _MOST_ROWS:
            break
        documents = _documents(index, word)
        found = documents if found is None else found & documents
        if not found:
            break
    return found


def _documents(index: Collection, word: _Term) -> set[int]:
    if not word.rows:
        return set()
    block = index.candidates(word.terms, None, depth=word.rows)
    return set(block.documents.tolist())


def _terms(index: Collection, words: Iterable[str]) -> Iterable[_Term]:
    """The terms of each word that is a stop word in no language of the index."""
    analyze, languages = index.analyzer.analyze, index.analyzer.languages
    by_word = {
        word: terms
        for word in words
        if all(terms := [analyze(word, language) for language in languages])
    }
    every = {term for terms in by_word.values() for each in terms for term in each[:1]}
    counts = index.statistics(sorted(every), None).frequencies
    for terms in by_word.values():
        distinct = tuple(dict.fromkeys(each[0] for each in terms))
        yield _Term(sum(counts[term] for term in distinct), distinct)
