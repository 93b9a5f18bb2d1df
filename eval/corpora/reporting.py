"""The table of a run: a row for each collection, beside that of an earlier run."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from qa_eval.statistics import bootstrap

from .catalogue import Collection, Half
from .measuring import SURE, Asked

Choose = Callable[[Asked], float | None]
"""The value of a question in a column; ``None`` if it does not count there."""


def _answerable(value: Callable[[Asked], float]) -> Choose:
    return lambda each: value(each) if each.answerable else None


def _characters(name: str) -> Choose:
    return lambda each: each.values.get(name)


COLUMNS: dict[str, Choose] = {
    "answered": _answerable(lambda each: each.answered),
    "first right": _answerable(lambda each: each.first),
    "in three": _answerable(lambda each: each.in_three),
    "in thirty": _answerable(lambda each: each.in_thirty),
    "marked right": _answerable(lambda each: each.marked),
    "answered, first wrong": _answerable(lambda each: each.wrong),
    "false answers": lambda each: None if each.answerable else each.answered,
    f"wrong of those {SURE:.0%} sure": (
        lambda each: each.wrong if each.answered and each.probability >= SURE else None
    ),
    "nDCG@10": _characters("nDCG@10"),
    "citation recall": _characters("citation_recall"),
    "mark recall": _characters("mark_recall"),
    "mark precision": _characters("mark_precision"),
    "mark F1": _characters("mark_f1"),
}


class Row(NamedTuple):
    """A row of the table."""

    name: str
    about: str
    holds: Callable[[Asked], bool]
    """Whether a question counts in it."""
    interval: bool = False


def rows(
    collections: Sequence[Collection], public: Sequence[str] = (), *, seeds: bool = False
) -> list[Row]:
    """A row for each collection, the means of the halves, then public sets and the seeds."""
    found = [
        Row(
            each.name,
            ", ".join(filter(None, [each.language, each.kind, each.half])),
            _of(each.name),
        )
        for each in collections
    ]
    for half in Half:
        names = [each.name for each in collections if each.half is half]
        if names:
            found.append(Row(f"**{half}**", f"{len(names)} collections", _of(*names), True))
    found += [Row(name, "public set", _of(name), True) for name in public]
    if seeds:
        found.append(Row("seeds", "core and the rest", _tagged(None), True))
        found += [
            Row(f"seeds, asked in {tag}", "English texts", _tagged(tag)) for tag in ("es", "ru")
        ]
    return found


def _of(*names: str) -> Callable[[Asked], bool]:
    return lambda each: each.collection in names


def _tagged(tag: str | None) -> Callable[[Asked], bool]:
    return lambda each: each.collection == "seeds" and (tag is None or tag in each.tags)


def table(lines: Sequence[Row], results: Sequence[Asked], before: Sequence[Asked]) -> str:
    """A Markdown table of the results, some rows with intervals.

    Means are over questions. With ``before``, a cell reads "earlier → now" over the questions that
    both runs asked.
    """
    runs = [results]
    if before:
        both = {_key(each) for each in before} & {_key(each) for each in results}
        runs = [[each for each in run if _key(each) in both] for run in (before, results)]
    written = [
        "| collection | | " + " | ".join(COLUMNS) + " |",
        "|---|---|" + "--:|" * len(COLUMNS),
    ]
    for line in lines:
        held = [[each for each in run if line.holds(each)] for run in runs]
        cells = [
            " → ".join(_cell(_values(run, choose), line.interval) for run in held)
            for choose in COLUMNS.values()
        ]
        written.append(f"| {line.name} | {line.about} | " + " | ".join(cells) + " |")
    return "\n".join(written) + "\n"


def _key(result: Asked) -> tuple[str, str]:
    return result.collection, result.question


def _values(results: Sequence[Asked], choose: Choose) -> np.ndarray:
    return np.array([value for value in map(choose, results) if value is not None], float)


def _cell(values: np.ndarray, interval: bool) -> str:
    if not len(values):
        return "–"
    told = f"{values.mean():.2f}"
    if interval:
        low, high = bootstrap(values)
        told += f" ({low:.2f}–{high:.2f})"
    return told
