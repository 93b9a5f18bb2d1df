"""Text of charts and diagrams, which are parts of their own in Office."""

from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element

from qa_index.formats.archive import local
from qa_index.formats.office.composing import Composer
from qa_index.formats.office.package import Package, attribute, child, integer
from qa_index.records import BlockKind

_MOST_POINTS = 10_000
"""Points of a chart; more are left out, and a hostile index makes no longer table."""


class _Series(NamedTuple):
    name: str
    categories: dict[int, str]
    values: dict[int, str]


def add_chart(composer: Composer, package: Package, part: str) -> None:
    """Add the titles of a chart as captions and its cached figures as a table."""
    titles: list[str] = []
    series: list[_Series] = []
    _collect_chart(package.root(part), titles, series)
    for title in titles:
        composer.add(BlockKind.CAPTION, title)
    rows = sorted({at for each in series for at in (*each.categories, *each.values)})
    table = [["", *(each.name for each in series)]]
    for row in rows:
        category = next((one.categories[row] for one in series if row in one.categories), "")
        table.append([category, *(each.values.get(row, "") for each in series)])
    composer.add_table(table, header_rows=1)


def add_diagram(composer: Composer, package: Package, part: str) -> None:
    """Add the texts of a diagram, each as an item of a list."""
    for element in package.root(part).iter():
        if local(element.tag) == "pt":
            for each in element:
                if local(each.tag) == "t":
                    composer.add(BlockKind.LIST, "\n".join(paragraphs(each)))


def paragraphs(element: Element) -> Iterator[str]:
    """The text of each paragraph of DrawingML inside."""
    for each in element.iter():
        if local(each.tag) == "p":
            text = "".join(
                one.text or "" if local(one.tag) == "t" else "\n"
                for one in each.iter()
                if local(one.tag) in ("t", "br")
            )
            if text.strip():
                yield text


def _collect_chart(element: Element, titles: list[str], series: list[_Series]) -> None:
    for each in element:
        tag = local(each.tag)
        if tag == "title":
            titles.append(" ".join(paragraphs(each)))
        elif tag == "ser":
            name = " ".join(_points(child(each, "tx")).values())
            categories = _points(_first(each, "cat", "xVal"))
            series.append(_Series(name, categories, _points(_first(each, "val", "yVal"))))
        elif tag not in ("externalData", "txPr", "spPr", "Fallback"):
            _collect_chart(each, titles, series)


def _first(element: Element, *names: str) -> Element | None:
    return next((each for each in element if local(each.tag) in names), None)


def _points(element: Element | None) -> dict[int, str]:
    """The cached values by their positions."""
    if element is None:
        return {}
    found: dict[int, str] = {}
    for each in element.iter():
        if local(each.tag) == "pt" and len(found) < _MOST_POINTS:
            at = integer(attribute(each, "idx"))
            text = next((one.text or "" for one in each if local(one.tag) == "v"), "")
            # Categories of several levels repeat the positions.
            found[at] = f"{text} {found[at]}" if at in found else text
    return found
