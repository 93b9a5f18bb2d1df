"""Checks whether the marked sentences contain the answer."""

import re

from qa_eval.records import Question, Retrieved, Span


def evidence_verdicts(question: Question, passage: Retrieved) -> tuple[bool, ...]:
    """For each evidence span of the passage, whether it overlaps gold or has an answer string.

    Gold documents do not identify sentences, so only answer strings count for them.
    """
    return tuple(_is_right(question, passage, span) for span in passage.evidence)


def evidence_precision(question: Question, retrieved: tuple[Retrieved, ...]) -> float | None:
    """Share of the first passage's evidence that is right; 0 if there is none.

    ``None`` if the question has neither gold spans nor answer strings.
    """
    if question.by_document and not question.answers:
        return None
    verdicts = evidence_verdicts(question, retrieved[0]) if retrieved else ()
    return sum(verdicts) / len(verdicts) if verdicts else 0.0


def holds_answer(text: str, answers: tuple[str, ...]) -> bool:
    """Return True if the text has an answer as whole words, ignoring case and white space."""
    plain = _plain(text)
    return any(_stands_in(_plain(answer), plain) for answer in answers)


def _is_right(question: Question, passage: Retrieved, span: Span) -> bool:
    for gold in question.gold:
        if gold.start is None or gold.end is None:
            continue
        for place in passage.places:
            # The same passage elsewhere: its evidence has the same offset from its start.
            moved = place.start - passage.start
            start, end = span.start + moved, span.end + moved
            if place.path == gold.path and start < gold.end and gold.start < end:
                return True
    text = passage.quote[span.start - passage.start : span.end - passage.start]
    return holds_answer(text, question.answers)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _stands_in(answer: str, text: str) -> bool:
    start = text.find(answer)
    while answer and start >= 0:
        end = start + len(answer)
        if not (
            _joined(text[start - 1 : start], answer[0]) or _joined(answer[-1], text[end : end + 1])
        ):
            return True
        start = text.find(answer, start + 1)
    return False


_SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\U0003ffff]")
"""Thai, Lao, Burmese, Khmer, Chinese, Japanese, Korean: words have no visible boundaries."""


def _joined(left: str, right: str) -> bool:
    """Return True if two adjacent characters belong to one word or number."""
    if not left or not right or _SPACELESS.match(left) or _SPACELESS.match(right):
        return False
    return left.isalnum() and right.isalnum()
