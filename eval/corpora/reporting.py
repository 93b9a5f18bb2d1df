"""The table of a run: a row for each collection, beside that of an earlier run."""

from collections.abc import Callable, Sequence

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


def table(
    collections: Sequence[Collection], results: Sequence[Asked], before: Sequence[Asked]
) -> str:
    """A Markdown table: collections, then the means of each half and of all, with intervals.

    Means are over questions. With ``before``, a cell reads "earlier → now" over the questions that
    both runs asked.
    """
    now = {(each.collection, each.question): each for each in results}
    earlier = {(each.collection, each.question): each for each in before}
    if before:
        now = {key: each for key, each in now.items() if key in earlier}
        earlier = {key: each for key, each in earlier.items() if key in now}
    lines = [
        "| collection | | " + " | ".join(COLUMNS) + " |",
        "|---|---|" + "--:|" * len(COLUMNS),
    ]
    for each in collections:
        about = ", ".join([each.language, each.kind, *([each.half] if each.half else [])])
        lines.append(_line(each.name, about, {each.name}, now, earlier))
    for half in Half:
        names = {each.name for each in collections if each.half is half}
        if names:
            lines.append(
                _line(f"**{half}**", f"{len(names)} collections", names, now, earlier, True)
            )
    names = {each.name for each in collections}
    lines.append(_line("**all**", f"{len(names)} collections", names, now, earlier, True))
    return "\n".join(lines) + "\n"


_ByQuestion = dict[tuple[str, str], Asked]


def _line(
    name: str,
    about: str,
    names: set[str],
    now: _ByQuestion,
    earlier: _ByQuestion,
    interval: bool = False,
) -> str:
    cells = []
    for choose in COLUMNS.values():
        told = [_cell(_values(each, names, choose), interval) for each in (earlier, now) if each]
        cells.append(" → ".join(told))
    return f"| {name} | {about} | " + " | ".join(cells) + " |"


def _values(results: _ByQuestion, names: set[str], choose: Choose) -> np.ndarray:
    chosen = (choose(each) for each in results.values() if each.collection in names)
    return np.array([value for value in chosen if value is not None], float)


def _cell(values: np.ndarray, interval: bool) -> str:
    if not len(values):
        return "–"
    told = f"{values.mean():.2f}"
    if interval:
        low, high = bootstrap(values)
        told += f" ({low:.2f}–{high:.2f})"
    return told
