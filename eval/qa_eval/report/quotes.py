"""A quote with its evidence highlighted and gold underlined."""

from collections.abc import Sequence
from itertools import pairwise

from qa_eval.records import Question, Span
from qa_eval.report.markup import Markup, element, join
from qa_eval.runs import Judged

_SHOWN = 1500
"""Most characters of a quote on the page; passages are seldom longer."""


def quote(question: Question, judged: Judged) -> Markup:
    """The passage's text: ``<mark>`` for evidence, ``<u>`` for gold."""
    passage = judged.passage
    text = passage.quote[:_SHOWN]
    evidence = _relative(passage.evidence, passage.start, len(text))
    gold = _relative(
        [
            Span(place.start, place.end)
            for place in question.gold
            if place.path == passage.path and place.start is not None and place.end is not None
        ],
        passage.start,
        len(text),
    )
    edges = sorted({0, len(text), *(edge for span in (*evidence, *gold) for edge in span)})
    pieces: list[str] = []
    for start, end in pairwise(edges):
        piece: str = text[start:end]
        if any(span.start <= start and end <= span.end for span in gold):
            piece = element("u", piece)
        if any(span.start <= start and end <= span.end for span in evidence):
            piece = element("mark", piece)
        pieces.append(piece)
    return join(*pieces, "…" if len(passage.quote) > _SHOWN else "")


def _relative(spans: Sequence[Span], start: int, length: int) -> list[Span]:
    """The spans relative to ``start``, cut to the text shown."""
    moved = [Span(max(0, s - start), min(length, e - start)) for s, e in spans]
    return [span for span in moved if span.start < span.end]
