"""Compares the text that is shown with gold: the marked sentences and the cited passages."""

import re
from collections.abc import Iterable, Sequence

from qa_eval import measures
from qa_eval.records import Gold, Place, Question, Retrieved, Span


def text_measures(question: Question, retrieved: tuple[Retrieved, ...]) -> dict[str, float]:
    """Value by name of each of ``measures.OF_TEXT`` that the question's labels allow."""
    if not question.answerable:
        return {}
    found: dict[str, float] = {}
    precision = evidence_precision(question, retrieved)
    if precision is not None:
        found[measures.EVIDENCE_PRECISION] = precision
    if question.by_document:
        return found
    cited = [passage.places for passage in retrieved[: measures.CITED]]
    marked = [
        tuple(_moved(retrieved[0], span, place) for place in retrieved[0].places)
        for span in (retrieved[0].evidence if retrieved else ())
    ]
    recall, precision = shared_characters(question, cited)
    found |= {measures.CITATION_RECALL: recall, measures.CITATION_PRECISION: precision}
    recall, precision = shared_characters(question, marked)
    found |= {measures.MARK_RECALL: recall, measures.MARK_PRECISION: precision}
    found[measures.MARK_F1] = 2 * recall * precision / (recall + precision or 1)
    return found


def shared_characters(
    question: Question, shown: Sequence[tuple[Place, ...]]
) -> tuple[float, float]:
    """Share of gold's characters that are shown, and share of those shown that are gold.

    Each of ``shown`` is one text, with every place where it stands. Of alternatives, the one that
    is shown most counts. Both are 0 if nothing is shown.
    """
    everywhere = [place for places in shown for place in places]
    best = [
        max(
            ((_covered(gold, everywhere), _length(gold)) for gold in golds),
            key=lambda counts: counts[0] / counts[1],
        )
        for golds in question.parts.values()
    ]
    recall = sum(covered for covered, _ in best) / sum(length for _, length in best)
    right = sum(
        max(_union(_overlaps(place, question.gold)) for place in places) for places in shown
    )
    length = sum(places[0].end - places[0].start for places in shown)
    return recall, right / length if length else 0.0


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
            moved = _moved(passage, span, place)
            if moved.path == gold.path and moved.start < gold.end and gold.start < moved.end:
                return True
    text = passage.quote[span.start - passage.start : span.end - passage.start]
    return holds_answer(text, question.answers)


def _moved(passage: Retrieved, span: Span, place: Place) -> Place:
    """A span of the passage where the same passage stands elsewhere."""
    offset = place.start - passage.start
    return Place(place.path, span.start + offset, span.end + offset)


def _covered(gold: Gold, shown: Iterable[Place]) -> int:
    """Characters of a gold span that are shown."""
    return _union(overlap for place in shown for overlap in _overlaps(place, (gold,)))


def _overlaps(place: Place, golds: Iterable[Gold]) -> list[Span]:
    return [
        Span(max(place.start, gold.start), min(place.end, gold.end))
        for gold in golds
        if gold.path == place.path and gold.start is not None and gold.end is not None
    ]


def _length(gold: Gold) -> int:
    if gold.start is None or gold.end is None:
        raise ValueError(f"{gold} has no span")
    return gold.end - gold.start


def _union(spans: Iterable[Span]) -> int:
    """Characters in any of the spans."""
    total, reached = 0, 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total


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
