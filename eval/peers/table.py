"""The comparison as Markdown."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from .comparing import Comparison, Row


class Column(NamedTuple):
    """One measure: heading, accessor, format, whether higher is better, and whether it is time."""

    heading: str
    value: Callable[[Row], float]
    form: str
    more_is_better: bool
    is_time: bool = False


COLUMNS = (
    Column("nDCG@10", lambda row: row.measures["nDCG@10"], "{:.3f}", True),
    Column("R@100", lambda row: row.measures["R@100"], "{:.3f}", True),
    Column("index, s", lambda row: row.index_s, "{:.1f}", False, is_time=True),
    Column("query p50, ms", lambda row: row.query_p50_ms, "{:.1f}", False, is_time=True),
    Column("query p95, ms", lambda row: row.query_p95_ms, "{:.1f}", False, is_time=True),
    Column("cold start, s", lambda row: row.cold_start_s, "{:.2f}", False, is_time=True),
    Column("memory indexing, MiB", lambda row: row.index_peak_mib, "{:.0f}", False),
    Column("memory answering, MiB", lambda row: row.ask_peak_mib, "{:.0f}", False),
)


def columns(comparison: Comparison) -> list[Column]:
    """The measures that mean something: all, or on a busy machine those that are no time."""
    return [column for column in COLUMNS if not (comparison.busy and column.is_time)]


def cells(column: Column, rows: Sequence[Row]) -> list[str]:
    """A column's printed values, the best in bold."""
    printed = [column.form.format(column.value(row)) for row in rows]
    pick = max if column.more_is_better else min
    # Compared as printed, so that equal-looking values are marked equally.
    best = pick(printed, key=float)
    return [f"**{text}**" if text == best else text for text in printed]


def markdown_row(values: Sequence[str]) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(values)} |"


def section(comparison: Comparison) -> str:
    """Heading, table, plot and the commands of one set."""
    rows = list(comparison.rows.values())
    told = columns(comparison)
    printed = [[row.label for row in rows], *(cells(column, rows) for column in told)]
    busy = " The machine did other work, so times are left out." if comparison.busy else ""
    failed = [f"- {name} failed: {why}" for name, why in comparison.failures.items()]
    lines = [
        f"## {comparison.set_name}",
        "",
        f"{comparison.documents:,} documents, {comparison.questions:,} questions.{busy}",
        "",
        markdown_row(["tool", *(column.heading for column in told)]),
        markdown_row(["---", *("--:" for _ in told)]),
        *(markdown_row(values) for values in zip(*printed, strict=True)),
        "",
        *([*failed, ""] if failed else []),
        f"![{comparison.set_name}]({comparison.set_name}.svg)",
        "",
        "```",
        *comparison.commands,
        "```",
    ]
    return "\n".join(lines)


def notes(rows: Sequence[Row]) -> str:
    """How each tool was set up, and what a cold start of it does."""
    entries = []
    for row in {row.name: row for row in rows}.values():  # the same with either model
        versions = ", ".join(f"{name} {version}" for name, version in row.versions.items())
        entries.append(
            f"- **{row.name}**: {row.settings}. Cold start: {row.cold_start}. {versions}."
        )
    return "\n".join(entries)


def page(comparisons: Sequence[Comparison]) -> str:
    """The whole page: one section a set, then the notes."""
    first = comparisons[0]
    machine = first.machine
    rows = {key: row for comparison in comparisons for key, row in comparison.rows.items()}
    head = (
        f"# Peers side by side\n\n{first.date}, commit {first.commit}. {machine['processor']}, "
        f"{machine['cores']} cores, {machine['memory']}; {machine['system']}; thread limits: "
        f"{machine['thread_limits']}. What each column means: eval/peers/README.md."
    )
    sections = "\n\n".join(section(comparison) for comparison in comparisons)
    return f"{head}\n\n{sections}\n\n## How each was set up\n\n{notes(list(rows.values()))}\n"
