"""Decides which retrieved passages match gold, and at which rank.

The rules, with reasons, are in docs/evaluation.md:

- A passage matches a gold place if it overlaps half of it, or ``ENOUGH`` characters of a long one.
- A passage longer than ``WINDOW`` takes one rank per window, and gold counts at the window that
  completes the overlap. Long passages thus rank like the shorter ones they could be cut into.
- Each part counts once, at its best rank.
- For gold documents, ranks count documents, each at its first passage.
"""

from enum import StrEnum
from typing import NamedTuple

from qa_eval.records import Gold, Place, Question, Retrieved

WINDOW = 1500
"""Characters per rank: more than an encoder of 256 word pieces reads, so that the usual passages of
100 to 200 words take one rank."""

ENOUGH = 200
"""Overlap in characters that is enough for a long gold place: about two sentences."""


class Verdict(StrEnum):
    """Verdict on a retrieved passage."""

    FOUND = "found"
    """It has gold that no passage above it has."""
    REPEATED = "repeated"
    """It has only gold that passages above it have."""
    OTHER = "other"
    """It has no gold."""


class Judgment(NamedTuple):
    """One question's retrieved passages compared with its gold."""

    found: dict[str, int]
    """Rank, from 1, of each part that was found, best first; two parts never share a rank."""
    verdicts: tuple[Verdict, ...]
    """One for each retrieved passage, in order."""


def judge(question: Question, retrieved: tuple[Retrieved, ...]) -> Judgment:
    """Compare the passages with the question's gold, whose spans must be resolved."""
    if question.by_document:
        return _judge_documents(question, retrieved)
    return _judge_spans(question, retrieved)


def _judge_spans(question: Question, retrieved: tuple[Retrieved, ...]) -> Judgment:
    parts = question.parts
    found: dict[str, int] = {}
    verdicts: list[Verdict] = []
    taken = 0
    for passage in retrieved:
        held = [
            (window, -golds[0].grade, part)
            for part, golds in parts.items()
            if (window := _window(passage, golds)) is not None
        ]
        # In order of windows; the better grade first within a window.
        fresh = sorted(hit for hit in held if hit[2] not in found)
        verdicts.append(_verdict(fresh=bool(fresh), held=bool(held)))
        rank = taken
        for window, _, part in fresh:
            # Two parts in one window take a rank each, as they would in separate passages.
            rank = max(rank, taken + window) + 1
            found[part] = rank
        length = passage.end - passage.start
        taken = max(rank, taken + max(1, -(-length // WINDOW)))
    return Judgment(found, tuple(verdicts))


def _judge_documents(question: Question, retrieved: tuple[Retrieved, ...]) -> Judgment:
    part_of = {gold.path: gold.part for gold in question.gold}
    seen: set[str] = set()
    found: dict[str, int] = {}
    verdicts: list[Verdict] = []
    rank = 0
    for passage in retrieved:
        paths = [place.path for place in passage.places]
        fresh = [path for path in dict.fromkeys(paths) if path not in seen]
        seen.update(fresh)
        parts = list(dict.fromkeys(part_of[path] for path in paths if path in part_of))
        new = [part for part in parts if part not in found]
        verdicts.append(_verdict(fresh=bool(new), held=bool(parts)))
        for number, part in enumerate(new, start=1):
            found[part] = rank + number
        rank += max(len(new), 1 if fresh else 0)
    return Judgment(found, tuple(verdicts))


def _verdict(*, fresh: bool, held: bool) -> Verdict:
    if fresh:
        return Verdict.FOUND
    return Verdict.REPEATED if held else Verdict.OTHER


def _window(passage: Retrieved, golds: tuple[Gold, ...]) -> int | None:
    """Number, from 0, of the window in which one of the alternatives is found; ``None`` if none."""
    windows = [
        window
        for place in passage.places
        for gold in golds
        if (window := _window_of(place, gold)) is not None
    ]
    return min(windows, default=None)


def _window_of(place: Place, gold: Gold) -> int | None:
    if place.path != gold.path or gold.start is None or gold.end is None:
        return None
    start = max(place.start, gold.start)
    read = start + min(-(-(gold.end - gold.start) // 2), ENOUGH)
    if read > min(place.end, gold.end):
        return None
    return (read - place.start - 1) // WINDOW
