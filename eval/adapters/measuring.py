"""Reduces what a retriever returned to a row of the table."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import qa_eval
from qa_eval import Question, Retrieved

CORE = "core"
"""Tag of the questions in plain words."""

Returned = Mapping[str, Sequence[Mapping[str, Any]]]
"""What was returned for each question, best first: ``text``, and the ``path`` and ``start`` that
its metadata name; ours also says whether it ``answered``."""


@dataclass(frozen=True, slots=True)
class Row:
    """Measurements of one retriever; shares are 0 to 1."""

    first: float
    """Answerable questions in plain words whose right passage is first; all of them in a set that
    does not tag these."""
    in_three: float
    all_first: float
    """The same of all answerable questions."""
    all_in_three: float
    silent: float
    """Unanswerable questions for which nothing is returned."""
    verbatim: float
    """Texts that are a slice of a source."""
    placed: float
    """Texts that are the slice of the source that their metadata name."""
    characters: float
    """Mean over the answerable questions of what is returned for one."""
    p50_ms: float
    cpu_ms: float
    """Mean processor time of a question."""


def measure(
    questions: Sequence[Question],
    returned: Returned,
    sources: Mapping[str, str],
    *,
    p50_ms: float,
    cpu_ms: float,
) -> Row:
    """The row of a retriever. The questions' gold must be resolved, with the sources' names."""
    answerable = [each for each in questions if each.answerable]
    plain = [each for each in answerable if CORE in each.tags] or answerable
    ranks = {each.id: _rank(each, returned[each.id], sources) for each in answerable}
    everything = [passage for found in returned.values() for passage in found]

    def within(some: Sequence[Question], most: int) -> float:
        return statistics.fmean(0 < ranks[each.id] <= most for each in some)

    return Row(
        first=within(plain, 1),
        in_three=within(plain, 3),
        all_first=within(answerable, 1),
        all_in_three=within(answerable, 3),
        silent=statistics.fmean(not returned[q.id] for q in questions if not q.answerable),
        verbatim=statistics.fmean(
            any(each["text"] in text for text in sources.values()) for each in everything
        ),
        placed=statistics.fmean(_is_placed(each, sources) for each in everything),
        characters=statistics.fmean(
            sum(len(each["text"]) for each in returned[q.id]) for q in answerable
        ),
        p50_ms=p50_ms,
        cpu_ms=cpu_ms,
    )


def silent_unless_answered(returned: Returned) -> Returned:
    """What our adapter returns by default, from what it returns with the nearest passages."""
    return {
        question: [each for each in found if each["answered"]]
        for question, found in returned.items()
    }


def _rank(
    question: Question, found: Sequence[Mapping[str, Any]], sources: Mapping[str, str]
) -> int:
    """Rank, from 1, of the first right passage, by the rules of ``qa eval``; 0 if none is."""
    retrieved = tuple(_located(each, sources) for each in found)
    return min(qa_eval.judge(question, retrieved).found.values(), default=0)


def _located(passage: Mapping[str, Any], sources: Mapping[str, str]) -> Retrieved:
    """A text where it stands: where its metadata say, else where it occurs first, else nowhere."""
    path, text = passage["path"], passage["text"]
    start = passage["start"] if _is_placed(passage, sources) else sources[path].find(text)
    return Retrieved(path, start, start + len(text)) if start >= 0 else Retrieved(path, 0, 0)


def _is_placed(passage: Mapping[str, Any], sources: Mapping[str, str]) -> bool:
    text, start = passage["text"], passage["start"]
    return start is not None and sources[passage["path"]].startswith(text, start)
