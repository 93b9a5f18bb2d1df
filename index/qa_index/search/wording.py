"""What the words of a question that no document holds may stand for.

A misspelt word is read as the word of the documents that is written most like it. A compound that
the documents do not have is searched by its parts.
docs/decisions/search.md has the counts behind the rules.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qa_index.collection.protocol import Collection
from qa_index.records import Correction
from qa_index.terms.analyzer import AnalyzedQuestion, tokens_of, written_words
from qa_index.terms.dictionary import is_listed, is_word, spoken
from qa_index.terms.vocabulary import COMPOUNDING, SHORTEST

LONG = 10
"""Letters from which a word may have two errors."""

SHORTEST_NAME = 6
"""Letters of the shortest name that is taken for misspelt: shorter ones resemble too many others.
A name has one error, and that is a slip."""

SHORTEST_UNLISTED = 6
"""The same for words of languages without a dictionary, which never have two errors either."""

LONG_UNLISTED = 8
"""Letters from which those words may have another error than a slip."""

MOST = 3
"""Terms that a misspelt word may stand for, at most: beyond that it is a guess."""

ALWAYS = "en"
"""Language whose words are used in all others."""

_STOP_WORD = ""
"""In place of the terms of words that have none: they are the commonest."""

CAPITALISING = "de"
"""Language whose nouns begin with a capital, so that it does not show names."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A question as it is searched."""

    text: str
    """With misspelt words corrected."""
    question: AnalyzedQuestion
    corrections: tuple[Correction, ...] = ()


class _Token(NamedTuple):
    """A word of a question that no passage holds."""

    text: str
    word: str
    """As ``written_words`` gives it."""
    is_name: bool


def wording(collection: Collection, text: str) -> Wording:
    """The words of a question as the collection has them.

    Only words that no passage holds are looked up, so that most questions cost nothing.
    """
    question = collection.analyzer.analyze_question(text)
    tokens = tokens_of(text)
    unknown = list(_unknown(collection, question, tokens))
    if not unknown:
        return Wording(text, question)
    own = spoken(tokens)
    corrections: list[Correction] = []
    also: dict[str, tuple[str, ...]] = {}
    for token in unknown:
        if parts := _parts(collection, token):
            also[token.text] = parts
        elif right := _corrected(collection, token, own):
            corrections.append(Correction(token.text, _written_as(token.text, right)))
    if not corrections and not also:
        return Wording(text, question)
    for written, read in corrections:
        text = re.sub(rf"(?<!\w){re.escape(written)}(?!\w)", read, text)
    return Wording(text, collection.analyzer.analyze_question(text, also), tuple(corrections))


def _unknown(
    collection: Collection, question: AnalyzedQuestion, tokens: Sequence[str]
) -> list[_Token]:
    """The distinct tokens of one word that no passage holds."""
    frequencies = _frequencies(collection, [term for word in question.words for term in word])
    missing = {word for word in question.words if not any(map(frequencies.__getitem__, word))}
    if not missing:
        return []
    spoken_capitals = CAPITALISING in spoken(tokens)
    found: list[_Token] = []
    for place, token in enumerate(tokens):
        words = written_words(token, "")
        if len(words) == 1 and not missing.isdisjoint(
            collection.analyzer.analyze_question(token).words
        ):
            is_name = place > 0 and token[0].isupper() and not spoken_capitals
            found.append(_Token(token, next(iter(words)), is_name))
    return list({each.text: each for each in found}.values())


def _frequencies(collection: Collection, terms: Sequence[str]) -> dict[str, int]:
    distinct = tuple(dict.fromkeys(terms))
    return dict(collection.statistics(distinct, None).frequencies) if distinct else {}


def _parts(collection: Collection, token: _Token) -> tuple[str, ...]:
    """The words that a compound is made of, or none."""
    if COMPOUNDING.isdisjoint(collection.analyzer.languages):
        return ()
    return collection.vocabulary.parts(token.word)


def _corrected(collection: Collection, token: _Token, own: Sequence[str]) -> str:
    """The word that a token is a misspelling of; empty if it may be none.

    ``own`` has the languages that the question may be in.
    """
    word = token.word
    languages = tuple(own)
    if not set(own) & set(collection.analyzer.languages):
        languages += collection.analyzer.languages
    listed = all(map(is_listed, languages))
    if len(word) < (SHORTEST if listed else SHORTEST_UNLISTED):
        return ""
    has_capitals = not token.text[1:].islower()  # an acronym
    if len(word) < SHORTEST_NAME and (token.is_name or has_capitals):
        return ""
    similar = collection.vocabulary.similar(
        word,
        errors=2 if listed and not token.is_name and len(word) >= LONG else 1,
        slips=token.is_name or (not listed and len(word) < LONG_UNLISTED),
    )
    if not similar or any(is_word(word, each) for each in dict.fromkeys((*languages, ALWAYS))):
        return ""
    terms = {each: _terms(collection, each) for each in similar}
    if len(set(terms.values())) > MOST:
        return ""
    frequencies = _frequencies(collection, [term for each in terms.values() for term in each])
    frequencies[_STOP_WORD] = collection.passage_count + 1
    return max(similar, key=lambda each: max(map(frequencies.__getitem__, terms[each])))


def _terms(collection: Collection, word: str) -> tuple[str, ...]:
    return collection.analyzer.analyze_question(word).terms or (_STOP_WORD,)


def _written_as(token: str, word: str) -> str:
    """A folded word with the capitals of a token."""
    if token.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if token[0].isupper() else word
