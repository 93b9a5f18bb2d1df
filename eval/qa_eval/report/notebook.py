"""Runs in notebooks: the tables of the report, without its style sheet and script."""

from qa_eval.overviews import overview
from qa_eval.report.markup import Markup, element
from qa_eval.report.tables import Table, about, tables
from qa_eval.runs import Run

_BOX = "max-width:60em;line-height:1.5;text-align:left"
_SUMMARY = "cursor:pointer"
_CELL = "padding:.1em .7em;border-bottom:1px solid rgba(128,128,128,.4)"
_NAME, _NUMBER = f"{_CELL};text-align:left", f"{_CELL};text-align:right"
_TABLE = "border-collapse:collapse;margin:.3em 0;background:none"


def run_to_html(run: Run) -> str:
    """A run's measures with intervals; differences between modes and tags are closed.

    Takes some seconds for thousands of questions.
    """
    view = overview(run)
    first, *rest = tables(view)
    return str(
        element(
            "div",
            element("div", about(view), style="opacity:.7"),
            element("div", element("strong", first.title)),
            _table(first),
            *(
                element("details", element("summary", each.title, style=_SUMMARY), _table(each))
                for each in rest
            ),
            style=_BOX,
        )
    )


def _table(table: Table) -> Markup:
    head = element("tr", *_cells("th", table.head))
    rows = (element("tr", *_cells("td", row)) for row in table.rows)
    return element("table", element("thead", head), element("tbody", *rows), style=_TABLE)


def _cells(name: str, row: tuple[str, ...]) -> list[Markup]:
    return [
        element(name, cell, style=_NUMBER if column else _NAME) for column, cell in enumerate(row)
    ]
