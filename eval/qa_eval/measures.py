"""Measures of a question's result and of a whole run.

Retrieval measures are computed by ``ir_measures``, with its names and trec_eval's numbers. Our own:

=====================  ======  ==================================================================
name                   better  over
=====================  ======  ==================================================================
evidence_precision     high    answerable questions: share of right sentences in the first passage
citation_recall        high    answerable questions: share of gold's characters that the first
                               three passages hold
citation_precision     high    answerable questions: share of their characters that are gold
mark_recall            high    answerable questions: share of gold's characters that are marked in
                               the first passage
mark_precision         high    answerable questions: share of the marked characters that are gold
mark_f1                high    answerable questions: harmonic mean of the two
answered_rate          high    answerable questions: share that was answered
false_answer_rate      low     unanswerable questions: share that was answered
AUROC                  high    all: probability, answerable against unanswerable questions
AURC                   low     all: area under the risk-coverage curve
ECE                    low     all: expected calibration error of the probability
=====================  ======  ==================================================================

Shares of characters need gold spans. The last five are computed only for sets with unanswerable
questions.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qa_eval.errors import MeasureError
from qa_eval.records import Question

DEFAULT_MEASURES = ("nDCG@10", "RR@10", "R@10", "R@100", "Success@1", "Success@3")

SUPPORTED = ("nDCG", "RR", "R", "P", "AP", "Success", "Rprec")
"""Families of ``ir_measures`` that depend only on ranks and grades of relevant items. Others
distinguish irrelevant from unjudged items, which gold places cannot."""

_PARAMETERS = {"cutoff", "rel"}
"""``judged_only`` is excluded for the same reason; other gains need an external program."""

EVIDENCE_PRECISION = "evidence_precision"
CITATION_RECALL = "citation_recall"
CITATION_PRECISION = "citation_precision"
MARK_RECALL = "mark_recall"
MARK_PRECISION = "mark_precision"
MARK_F1 = "mark_f1"
ANSWERED_RATE = "answered_rate"
FALSE_ANSWER_RATE = "false_answer_rate"
AUROC = "AUROC"
AURC = "AURC"
ECE = "ECE"

OF_TEXT = (
    EVIDENCE_PRECISION,
    CITATION_RECALL,
    CITATION_PRECISION,
    MARK_RECALL,
    MARK_PRECISION,
    MARK_F1,
)
"""Measures of a question that compare the text shown with gold. They follow from more than the
ranks."""

OWN = (*OF_TEXT, ANSWERED_RATE, FALSE_ANSWER_RATE, AUROC, AURC, ECE)
"""All of our own, in the order they are shown."""

LOWER_IS_BETTER = frozenset({FALSE_ANSWER_RATE, AURC, ECE})

CITED = 3
"""Number of passages whose characters count in ``CITATION_RECALL`` and ``CITATION_PRECISION``."""


def parse_measures(names: Iterable[str]) -> tuple[str, ...]:
    """Normalise the names as ``ir_measures`` prints them, without duplicates.

    Raises ``MeasureError`` for an unknown name.
    """
    return tuple(dict.fromkeys(str(_parse(name)) for name in names))


def depth(names: Iterable[str]) -> int:
    """Number of passages to retrieve per question: the deepest cutoff, or 100 without one."""
    return max((_parse(name).params.get("cutoff", 100) for name in names), default=10)


def retrieval_measures(
    questions: Sequence[Question], found: Mapping[str, Mapping[str, int]], names: Iterable[str]
) -> dict[str, dict[str, float]]:
    """Value by measure by question id, for every answerable question.

    ``found`` has, by question id, the rank of each gold part that was found; a question missing
    there scores 0.
    """
    import ir_measures

    answerable = [question for question in questions if question.answerable]
    parsed = [_parse(name) for name in names]
    values = {question.id: {str(measure): 0.0 for measure in parsed} for question in answerable}
    if not answerable or not parsed:
        return values
    # Numbers replace ids: trec_eval ends a name at a NUL and fails on a lone surrogate.
    qrels: list[Any] = []
    run: list[Any] = []
    for number, question in enumerate(answerable):
        parts = question.parts
        qrels += [
            ir_measures.Qrel(str(number), f"gold {item}", golds[0].grade)
            for item, golds in enumerate(parts.values())
        ]
        run += [
            ir_measures.ScoredDoc(str(number), name, -float(rank))
            for rank, name in _ranking(list(parts), found.get(question.id, {}))
        ]
    for metric in ir_measures.iter_calc(parsed, qrels, run):
        question = answerable[int(metric.query_id)]
        values[question.id][str(metric.measure)] = float(metric.value)
    return values


def _ranking(parts: list[str], found: Mapping[str, int]) -> list[tuple[int, str]]:
    """Ranks and items down to the last part found; lower ranks affect no measure."""
    ranking = {rank: f"other {rank}" for rank in range(1, max(found.values(), default=0) + 1)}
    ranking |= {found[part]: f"gold {item}" for item, part in enumerate(parts) if part in found}
    return list(ranking.items())


def _parse(name: str) -> Any:
    import ir_measures

    try:
        measure = ir_measures.parse_measure(name)
    except (NameError, ValueError, SyntaxError, TypeError, KeyError) as error:
        raise MeasureError(
            f'"{name}" is no retrieval measure; examples are {", ".join(DEFAULT_MEASURES)}'
        ) from error
    if measure.NAME not in SUPPORTED or not measure.params.keys() <= _PARAMETERS:
        raise MeasureError(
            f'"{name}" cannot be measured with gold places; '
            f"use {', '.join(SUPPORTED)} with a cutoff"
        )
    return measure
