"""Which values are about the same as the first, by made-up readings."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from qa.answering.agreement.asking import asked
from qa.answering.agreement.finding import Value
from qa.answering.agreement.subject import Found, Subject
from qa.answering.columns import AskedWords
from qa.values import NormalValue, ValueKind
from qa_index.records import Span
from qa_index.terms.analyzer import Analyzer

QUESTION = "When did the council introduce the ferry tax?"
FIRST = "The council introduced the ferry tax in 1923."


def found(text: str, year: str, *, reading: float = 0.95, language: str = "en") -> Found:
    """A year in a passage of one sentence."""
    start = text.index(year)
    value = Value(start, start + len(year), ValueKind.DATE, NormalValue(date=year), "date")
    document = SimpleNamespace(title="", language=language)
    passage = SimpleNamespace(text=text, document=document, heading_path=())
    citation = SimpleNamespace(scores=SimpleNamespace(reading=reading))
    return Found(cast("Any", citation), cast("Any", passage), Span(0, len(text)), text, value)


@pytest.fixture(scope="module")
def subject() -> Subject:
    analyzer = Analyzer(languages=("en",))
    words = AskedWords(QUESTION, analyzer.analyze_question(QUESTION), analyzer)
    kind = asked(QUESTION)
    assert kind
    return Subject(words, kind, found(FIRST, "1923"))


@pytest.mark.parametrize(
    ("reading", "language", "expected"),
    [(0.9, "en", True), (0.89, "en", False), (0.85, "de", True), (0.84, "de", False)],
)
def test_a_differing_value_must_be_read_with_more_in_english(
    subject: Subject, reading: float, language: str, *, expected: bool
) -> None:
    other = FIRST.replace("1923", "1931")
    assert subject.is_of(found(other, "1931", reading=reading, language=language)) is expected


@pytest.mark.parametrize(("reading", "expected"), [(0.85, True), (0.84, False)])
def test_the_limit_is_that_of_the_network_that_reads(reading: float, *, expected: bool) -> None:
    """A German question to English text is read by the multilingual one."""
    question = "Wann starb Ottokar Brandstätter aus Überlingen?"
    text = "Ottokar Brandstätter of Überlingen died in 1923."
    analyzer = Analyzer(languages=("de", "en"))
    words = AskedWords(question, analyzer.analyze_question(question), analyzer)
    kind = asked(question)
    assert kind
    subject = Subject(words, kind, found(text, "1923"))
    assert subject.is_of(found(text.replace("1923", "1931"), "1931", reading=reading)) is expected


def test_an_equal_value_need_not(subject: Subject) -> None:
    assert subject.is_of(found(FIRST, "1923", reading=0.67))
    assert not subject.is_of(found(FIRST, "1923", reading=0.66))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In 1931, the council introduced the ferry tax.", True),
        ("The council introduced the tax in 1931, for the ferry.", True),
        ("Trade grew until 1931, when the council introduced the ferry tax.", False),
    ],
)
def test_the_clause_of_a_differing_value_holds_half_of_the_words(
    subject: Subject, text: str, *, expected: bool
) -> None:
    assert subject.is_of(found(text, "1931")) is expected


def test_that_of_an_equal_one_need_not(subject: Subject) -> None:
    text = "Trade grew until 1923, when the council introduced the ferry tax."
    assert subject.is_of(found(text, "1923"))


def test_without_a_word_of_the_question_there_is_none(subject: Subject) -> None:
    assert not subject.is_of(found("The council introduced the tax in 1931.", "1931"))
