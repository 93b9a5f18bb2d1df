"""The tables shared by the terminal, Markdown and the page, as rows of text."""

from typing import NamedTuple

from qa_eval.comparison import Comparison
from qa_eval.overviews import Overview
from qa_eval.report.numbers import interval, label, milliseconds, p_value, signed


class Table(NamedTuple):
    """A heading row and rows below it; the first column names the row."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def measures_table(view: Overview) -> Table:
    """Measures by mode with intervals, then latency."""
    rows = [
        (
            label(measure),
            *(
                f"{estimates[measure].value:.3f} ({interval(estimates[measure])})"
                for estimates in view.estimates.values()
            ),
        )
        for measure in view.measures
    ]
    timings = [view.run.timings.modes[mode] for mode in view.estimates]
    for percent in (50, 95):
        row = [milliseconds(timing.percentile(percent)) for timing in timings]
        rows.append((f"latency p{percent}", *row))
    return Table("Measures with 95% intervals", ("measure", *view.estimates), tuple(rows))


def comparisons_table(view: Overview) -> Table:
    """Differences of every pair of modes; a star marks significant ones."""
    pairs = list(dict.fromkeys((test.first, test.second) for test in view.comparisons))
    tests = {(test.measure, test.first, test.second): test for test in view.comparisons}
    rows = tuple(
        (label(measure), *(_difference(tests[measure, *pair]) for pair in pairs))
        for measure in view.measures
    )
    return Table(
        f"Differences with adjusted p (* significant at 5%, Holm over {len(tests)} tests)",
        ("measure", *(f"{second} − {first}" for first, second in pairs)),
        rows,
    )


def _difference(test: Comparison) -> str:
    star = " *" if test.significant else ""
    return f"{signed(test.difference)} ({p_value(test.adjusted_p)}){star}"


def slices_table(view: Overview) -> Table:
    """The first measure that a slice has, by tag and mode."""
    modes = list(view.slices)
    rows = tuple(
        (
            parts[0].tag,
            str(parts[0].questions),
            label(next(iter(parts[0].metrics))),
            *(f"{next(iter(part.metrics.values())):.3f}" for part in parts),
        )
        for parts in zip(*view.slices.values(), strict=True)
    )
    return Table("By tag", ("tag", "questions", "measure", *modes), rows)


def tables(view: Overview) -> tuple[Table, ...]:
    """All tables that are not empty."""
    found = [measures_table(view)]
    if view.comparisons:
        found.append(comparisons_table(view))
    if any(view.slices.values()):
        found.append(slices_table(view))
    return tuple(found)


def about(view: Overview) -> str:
    """One line about the questions that were asked."""
    run = view.run
    unanswerable = len(run.questions) - view.answerable
    parts = [f"{view.answerable} answerable"]
    if unanswerable:
        parts.append(f"{unanswerable} unanswerable")
    drawn = f", drawn with seed {run.seed}" if run.limit else ""
    return f"{len(run.questions)} questions ({', '.join(parts)}){drawn} of {run.set_name}"
