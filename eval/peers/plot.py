"""The comparison as one SVG: a row for each tool, a panel for each measure."""

from collections.abc import Collection, Sequence
from html import escape

from . import table
from .comparing import Comparison, Row
from .table import Column

ROW_HEIGHT = 26
PANEL_WIDTH = 128
BAR_WIDTH = 78
NAME_WIDTH = 152
TOP = 62
MARGIN = 16
OURS_COLOUR = "#0b6e4f"
PEER_COLOUR = "#9aa5b1"
INK = "#1f2933"

# Left out to keep the plot small; the table has them.
LEFT_OUT = frozenset({"query p95, ms", "memory indexing, MiB"})


def text(x: float, y: float, content: str, *, weight: str = "normal", size: int = 12) -> str:
    """One SVG text element."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" '
        f'fill="{INK}">{escape(content)}</text>'
    )


def panel(column: Column, rows: dict[str, Row], ours: Collection[str], left: float) -> list[str]:
    """Bars from zero, so that lengths are comparable, with the value beside each."""
    longest = max(column.value(row) for row in rows.values()) or 1.0
    name, _, unit = column.heading.partition(", ")
    better = "more is better" if column.more_is_better else "less is better"
    parts = [
        text(left, TOP - 24, name, weight="bold"),
        text(left, TOP - 9, f"{unit}, {better}" if unit else better, size=10),
    ]
    for number, (key, row) in enumerate(rows.items()):
        y = TOP + number * ROW_HEIGHT
        width = BAR_WIDTH * column.value(row) / longest
        colour = OURS_COLOUR if key in ours else PEER_COLOUR
        parts.append(
            f'<rect x="{left:.1f}" y="{y + 5}" width="{width:.1f}" height="15" fill="{colour}"/>'
        )
        parts.append(text(left + width + 4, y + 17, column.form.format(column.value(row)), size=11))
    return parts


def columns(comparison: Comparison) -> Sequence[Column]:
    """The measures that get a panel."""
    return [column for column in table.columns(comparison) if column.heading not in LEFT_OUT]


def svg(comparison: Comparison, *, ours: Collection[str]) -> str:
    """Draw a comparison that has at least one row; ``ours`` are the keys of the rows to colour."""
    rows = comparison.rows
    width = 2 * MARGIN + NAME_WIDTH + len(columns(comparison)) * PANEL_WIDTH
    height = TOP + len(rows) * ROW_HEIGHT + MARGIN
    title = (
        f"{comparison.set_name}: {comparison.documents:,} documents, "
        f"{comparison.questions:,} questions"
    )
    parts = [text(MARGIN, 20, title, weight="bold", size=14)]
    for number, (key, row) in enumerate(rows.items()):
        weight = "bold" if key in ours else "normal"
        parts.append(text(MARGIN, TOP + number * ROW_HEIGHT + 17, row.label, weight=weight))
    for number, column in enumerate(columns(comparison)):
        parts += panel(column, rows, ours, MARGIN + NAME_WIDTH + number * PANEL_WIDTH)
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" font-family="system-ui, sans-serif" role="img" '
        f'aria-label="{escape(title)}">\n'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )
