"""Groups the values that passages give as their answer by what they say.

The first passage decides what kind of value is compared. ``subject`` tells which others are about
the same. docs/decisions/agreement.md has the figures.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from pathlib import PurePosixPath
from typing import NamedTuple

from qa.answering.agreement.asking import Asked
from qa.answering.agreement.asking import asked as asked_value
from qa.answering.agreement.finding import Value, answering_value, framed_value
from qa.answering.agreement.subject import Found, Subject, agree
from qa.answering.columns import AskedWords
from qa.answers import Citation
from qa.places import SourceSpan
from qa.values import Agreement, ValueGroup, ValueMember, VersionSource
from qa_index.collection.records import StoredDocument, StoredPassage, dated
from qa_index.records import Span
from qa_index.terms.analyzer import UNKNOWN

FALLBACK = "en"
"""Language if that of no passage is known."""
ENOUGH = 0.5
"""Probability of the reader from which a passage counts as an answer."""
_VERSION = re.compile(
    r"(?<![^\W_])(?:v|ver|version|rev|revision|release|edition)[ ._-]?(\d{1,4}(?:\.\d{1,4}){0,3})"
    r"(?![\w])(?!\.\d)",
    re.IGNORECASE,
)


class Cited(NamedTuple):
    """A citation with what it is of."""

    citation: Citation
    passage: StoredPassage
    best: Span
    """Its best sentence."""
    language: str
    """Of its document; that of the others where it is unknown, as in a text of few words."""


def may_agree(question: str) -> bool:
    """Whether a question asks for a value of a plain kind."""
    asked = asked_value(question)
    return asked is not None and bool(asked.kinds)


def agreement_of(
    question: str, words: AskedWords, found: Sequence[tuple[Citation, StoredPassage, Span]]
) -> Agreement | None:
    """The values of the kind asked for in several citations, each with its best sentence.

    ``None`` if the kind is not plain, or not at least two citations hold such a value, one of them
    the first.
    """
    asked = asked_value(question)
    if asked is None or not asked.kinds or len(found) < 2:
        return None
    first, *others = _with_languages(found)
    one = _read(first, asked)
    if one is None:
        return None
    values = [one]
    asked = asked._replace(kinds=(one.value.kind,))
    subject = Subject(words, asked, one)
    for each in others:
        other = _read(each, asked)
        if other and (other.value.form != one.value.form or not subject.is_of(other)):
            other = None
        other = other or _framed(each, asked, one, subject)
        if other is not None:
            values.append(other)
    return Agreement(one.value.kind, _grouped(values)) if len(values) > 1 else None


def _with_languages(found: Sequence[tuple[Citation, StoredPassage, Span]]) -> list[Cited]:
    told = [passage.document.language for _, passage, _ in found]
    known = Counter(each for each in told if each != UNKNOWN)
    most = max(known, key=known.__getitem__, default=FALLBACK)
    return [
        Cited(*each, most if language == UNKNOWN else language)
        for each, language in zip(found, told, strict=True)
    ]


def _read(cited: Cited, asked: Asked) -> Found | None:
    """The value that the reader found in a citation."""
    citation, passage, best, language = cited
    reading = citation.scores.reading
    if reading is None or reading < ENOUGH:
        return None
    answer = citation.answer_span
    sentences = [best, *(Span(each.start, each.end) for each in citation.evidence)]
    if answer is not None:
        held = (each for each in passage.sentences if each.start <= answer.start < each.end)
        sentences = [next(held, best)]
    found = []
    for sentence in dict.fromkeys(sentences):
        text = _text(passage, sentence)
        told = None
        if answer is not None:
            told = Span(answer.start - sentence.start, answer.end - sentence.start)
        if value := answering_value(text, told, language, asked):
            found.append(Found(citation, passage, sentence, text, value))
    return found[0] if len(found) == 1 else None


def _framed(cited: Cited, asked: Asked, first: Found, subject: Subject) -> Found | None:
    """The value of a citation that stands between the same words as the first."""
    citation, passage, _, language = cited
    for span in citation.evidence:
        sentence = Span(span.start, span.end)
        text = _text(passage, sentence)
        value = framed_value(text, language, asked, first.value, first.text)
        if value is not None:
            found = Found(citation, passage, sentence, text, value)
            if subject.is_of(found, between_same_words=True):
                return found
    return None


def _text(passage: StoredPassage, sentence: Span) -> str:
    return passage.text[sentence.start - passage.start : sentence.end - passage.start]


def _grouped(found: Sequence[Found]) -> tuple[ValueGroup, ...]:
    """Values that agree together, in the order of their first.

    A value that agrees with two that do not agree with each other is grouped with its like alone.
    So every two values of a group agree, and their order changes no group.
    """
    values = [each.value for each in found]
    ambiguous = {each.normal for each in values if _is_ambiguous(each, values)}

    def together(one: Value, other: Value) -> bool:
        if one.normal == other.normal:
            return True
        return agree(one, other) and ambiguous.isdisjoint((one.normal, other.normal))

    groups: list[list[Found]] = []
    for each in found:
        fitting = (group for group in groups if together(group[0].value, each.value))
        group = next(fitting, None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return tuple(
        ValueGroup(members[0].text, group[0].value.normal, members)
        for group in groups
        if (members := tuple(map(_member, group)))
    )


def _is_ambiguous(value: Value, among: Sequence[Value]) -> bool:
    agreeing = [each for each in among if agree(each, value)]
    return not all(agree(*pair) for pair in combinations(agreeing, 2))


def _member(found: Found) -> ValueMember:
    citation, value, sentence = found.citation, found.value, found.sentence
    span = SourceSpan(sentence.start + value.start, sentence.start + value.end)
    document = found.passage.document
    date = dated(document)
    version, version_from = version_of(document)
    return ValueMember(
        rank=citation.rank,
        citation=citation.id,
        span=span,
        text=found.text[value.start : value.end],
        sentence=SourceSpan(*sentence),
        quote=found.text,
        date=date.date if date else None,
        date_from=date.source if date else None,
        version=version,
        version_from=version_from,
        copies=len(citation.also_in),
    )


def version_of(document: StoredDocument) -> tuple[str | None, VersionSource | None]:
    """The version that the file's name or the title states, if it states one."""
    stem = PurePosixPath(document.path).stem
    for text, source in ((stem, VersionSource.FILE_NAME), (document.title, VersionSource.TITLE)):
        found = {match[1] for match in _VERSION.finditer(text)}
        if len(found) == 1:
            return found.pop(), source
    return None, None
