"""Resolves labels: every gold quote is found in its source, or the set is refused."""

import unicodedata
from dataclasses import replace

from qa_eval.errors import QuestionSetError
from qa_eval.records import Gold, Question, QuestionSet, TextOf

_SHOWN = 60
"""Characters of a quote that a message repeats."""


def resolve(question_set: QuestionSet, text_of: TextOf) -> QuestionSet:
    """The set with ``quote``, ``start`` and ``end`` of every gold place filled in.

    Raises ``QuestionSetError`` whose ``problems`` name every label that is not in its source,
    occurs there more than once, or belongs to a source that is not indexed.
    """
    texts: dict[str, str | None] = {}
    problems: list[str] = []
    questions: list[Question] = []
    for question in question_set.questions:
        gold: list[Gold] = []
        for place in question.gold:
            if place.path not in texts:
                texts[place.path] = text_of(place.path)
            try:
                gold.append(located(place, texts[place.path]))
            except LookupError as error:
                problems.append(f'{question.where}: question "{question.id}": {error.args[0]}')
        questions.append(replace(question, gold=tuple(gold)))
    if texts and all(text is None for text in texts.values()):
        raise QuestionSetError(
            f"{question_set.name}: none of the {len(texts)} sources it names is indexed; "
            "it is a set for another index, or was indexed under other paths "
            f'(the first is "{next(iter(texts))}")',
            problems,
        )
    if problems:
        raise QuestionSetError.of(problems)
    return replace(question_set, questions=tuple(questions))


def check(question_set: QuestionSet, text_of: TextOf) -> None:
    """Validate the labels only; raises as ``resolve`` does."""
    resolve(question_set, text_of)


def located(gold: Gold, text: str | None) -> Gold:
    """The place with its quote and its span in the text of its document.

    Raises ``LookupError`` with the problem and the remedy.
    """
    if text is None:
        raise LookupError(f'source "{gold.path}" is not indexed; index it or correct the path')
    if gold.is_document:
        return gold
    if gold.quote is None:
        return _fill(gold, text, gold.start or 0, gold.end or 0)
    shown = gold.quote if len(gold.quote) <= _SHOWN else gold.quote[:_SHOWN] + "…"
    if gold.start is not None:
        end = gold.start + len(gold.quote)
        if not text.startswith(gold.quote, gold.start) or gold.end not in (None, end):
            raise LookupError(f'quote "{shown}" does not stand at {gold.start} of "{gold.path}"')
        return _fill(gold, text, gold.start, end)
    start = text.find(gold.quote)
    if start < 0:
        raise LookupError(f'quote "{shown}" is not in "{gold.path}"; {_hint(gold.quote, text)}')
    again = text.find(gold.quote, start + 1)
    if again >= 0:
        raise LookupError(
            f'quote "{shown}" stands more than once in "{gold.path}" (at {start} and {again}); '
            'make it longer or add "start"'
        )
    return _fill(gold, text, start, start + len(gold.quote))


def _fill(gold: Gold, text: str, start: int, end: int) -> Gold:
    if end > len(text):
        raise LookupError(
            f'span {start}-{end} goes past the end of "{gold.path}", {len(text)} characters long'
        )
    return replace(gold, quote=text[start:end], start=start, end=end)


def _hint(quote: str, text: str) -> str:
    if _plain(quote) in _plain(text):
        return "it is there with other white space, case or Unicode forms: copy it exactly"
    return "copy it from the source as it is"


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
