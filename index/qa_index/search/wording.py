"""What the words of a question that no document holds may stand for.

A misspelt word is read as the word of the documents that is written most like it. A compound that
the documents do not have is searched by its parts, and a word by the compounds that end with it.
"""

import re
from dataclasses import dataclass

from qa_index.collection.protocol import Collection
from qa_index.records import Correction
from qa_index.terms.analyzer import AnalyzedQuestion, tokens_of, written_words
from qa_index.terms.vocabulary import COMPOUNDING, Vocabulary, is_word


@dataclass(frozen=True, slots=True)
class Wording:
    """A question as it is searched."""

    text: str
    """With misspelt words corrected."""
    question: AnalyzedQuestion
    corrections: tuple[Correction, ...] = ()


def wording(collection: Collection, text: str) -> Wording:
    """The words of a question as the collection has them.

    Only words that no passage holds are looked up, so that most questions cost nothing. A word
    that a dictionary has is not misspelt.
    """
    analyzer = collection.analyzer
    question = analyzer.analyze_question(text)
    if not question.words:
        return Wording(text, question)
    terms = tuple(dict.fromkeys(term for word in question.words for term in word))
    frequencies = collection.statistics(terms, None).frequencies
    unknown = {word for word in question.words if not any(frequencies[term] for term in word)}
    if not unknown:
        return Wording(text, question)
    vocabulary = collection.vocabulary
    corrections: list[Correction] = []
    also: dict[str, tuple[str, ...]] = {}
    for token in dict.fromkeys(tokens_of(text)):
        if unknown.isdisjoint(analyzer.analyze_question(token).words):
            continue
        word, others = _meaning(token, vocabulary, analyzer.languages)
        if word:
            correction = Correction(token, _written_as(token, word))
            corrections.append(correction)
            text = re.sub(rf"(?<!\w){re.escape(token)}(?!\w)", correction.read, text)
            also[correction.read] = others
        elif others:
            also[token] = others
    if not also:
        return Wording(text, question)
    return Wording(text, analyzer.analyze_question(text, also), tuple(corrections))


def _meaning(
    token: str, vocabulary: Vocabulary, languages: tuple[str, ...]
) -> tuple[str, tuple[str, ...]]:
    """The word that a token is a misspelling of, if it is, and others to search for."""
    words = written_words(token, "")
    if len(words) != 1:
        return "", ()
    [word] = words
    if not COMPOUNDING.isdisjoint(languages):
        related = vocabulary.parts(word) or vocabulary.containing(word)
        if related:
            return "", related
    if is_word(word, languages):
        return "", ()
    similar = vocabulary.similar(word)
    return (similar[0], similar[1:]) if similar else ("", ())


def _written_as(token: str, word: str) -> str:
    """A folded word with the capitals of a token."""
    if token.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if token[0].isupper() else word
