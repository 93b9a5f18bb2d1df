"""Styles and list styles of OpenDocument, as far as text depends on them."""

from dataclasses import dataclass, field
from typing import NamedTuple
from xml.etree.ElementTree import Element

from qa_index.formats.archive import local
from qa_index.formats.office.numbering import LEVELS, bullet, shown
from qa_index.formats.office.package import attribute, integer
from qa_index.formats.office.styles import CODE_NAME, LONGEST_CHAIN

_NUMBER_STYLES = {
    "1": "decimal",
    "a": "lowerLetter",
    "A": "upperLetter",
    "i": "lowerRoman",
    "I": "upperRoman",
    "": "none",
}
_ESCAPED_SPACE = "_20_"
_CAPTIONS = {"caption", "illustration", "figure", "drawing", "table"}


class ListLevel(NamedTuple):
    """How one level of a list is numbered."""

    bullet: str = ""
    """Of items without number; empty for numbers."""
    style: str = "none"
    prefix: str = ""
    suffix: str = ""
    shown_levels: int = 1
    start: int = 1


class _Style(NamedTuple):
    parent: str
    list_style: str | None
    is_hidden: bool
    breaks_page: bool


@dataclass(slots=True)
class OdfStyles:
    """Styles by their names. Automatic ones come last and may replace others."""

    lists: dict[str, dict[int, ListLevel]] = field(default_factory=dict)
    """Levels from 0. The outline of headings has the name ``""``."""
    _styles: dict[str, _Style] = field(default_factory=dict)
    _names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def define(self, element: Element) -> None:
        """Add a style, a list style or the outline style; ignore other elements."""
        tag = local(element.tag)
        name = attribute(element, "name") or ""
        if tag == "style":
            hidden = breaks = False
            for each in element:
                hidden |= attribute(each, "display") == "none"
                breaks |= attribute(each, "break-before") == "page"
            breaks |= bool(attribute(element, "master-page-name"))
            self._styles[name] = _Style(
                attribute(element, "parent-style-name") or "",
                attribute(element, "list-style-name"),
                hidden,
                breaks,
            )
        elif tag in ("list-style", "outline-style"):
            levels = {integer(attribute(each, "level"), 1) - 1: _level(each) for each in element}
            self.lists["" if tag == "outline-style" else name] = levels

    def names(self, name: str) -> tuple[str, ...]:
        """The name of a style and those of its parents, in lower case."""
        found = self._names.get(name)
        if found is None:
            chain: list[str] = []
            at = name
            while at and at not in chain and len(chain) < LONGEST_CHAIN:
                chain.append(at)
                at = self._styles[at].parent if at in self._styles else ""
            found = tuple(each.replace(_ESCAPED_SPACE, " ").lower() for each in chain)
            self._names[name] = found
        return found

    def is_hidden(self, name: str) -> bool:
        """Whether text of this style is not shown."""
        return name in self._styles and self._styles[name].is_hidden

    def breaks_page(self, name: str) -> bool:
        """Whether a paragraph of this style begins a page."""
        return name in self._styles and self._styles[name].breaks_page

    def list_of(self, name: str) -> str | None:
        """The list style that a paragraph style asks for."""
        return self._styles[name].list_style if name in self._styles else None

    def is_title(self, name: str) -> bool:
        """Whether it is the title of the document."""
        return "title" in self.names(name)

    def is_caption(self, name: str) -> bool:
        """Whether it belongs to a figure or table."""
        return not _CAPTIONS.isdisjoint(self.names(name))

    def is_table_heading(self, name: str) -> bool:
        """Whether it is for the cells that name columns."""
        return "table heading" in self.names(name)

    def is_code(self, name: str) -> bool:
        """Whether it is for program text."""
        return any(CODE_NAME.fullmatch(each) for each in self.names(name))


@dataclass(slots=True)
class Counter:
    """How far a list has counted on each level."""

    counts: list[int] = field(default_factory=lambda: [0] * LEVELS)

    def marker(self, levels: dict[int, ListLevel], level: int, start: int | None = None) -> str:
        """Count, and return the number or bullet; empty for none. ``start`` sets the number."""
        level = min(max(level, 0), LEVELS - 1)
        definition = levels.get(level, ListLevel())
        if start is not None:
            self.counts[level] = start
        else:
            self.counts[level] = self.counts[level] + 1 if self.counts[level] else definition.start
        self.counts[level + 1 :] = [0] * (LEVELS - level - 1)
        if definition.bullet:
            return definition.bullet
        if definition.style == "none":
            return ""
        first = max(level + 1 - definition.shown_levels, 0)
        numbers = []
        for at in range(first, level + 1):
            style = levels.get(at, definition).style
            if style != "none":
                numbers.append(shown(self.counts[at] or levels.get(at, definition).start, style))
        return f"{definition.prefix}{'.'.join(numbers)}{definition.suffix}".strip()


def _level(element: Element) -> ListLevel:
    tag = local(element.tag)
    if tag in ("list-level-style-bullet", "list-level-style-image"):
        return ListLevel(bullet=bullet(attribute(element, "bullet-char") or ""))
    return ListLevel(
        style=_NUMBER_STYLES.get(attribute(element, "num-format") or "", "decimal"),
        prefix=attribute(element, "num-prefix") or "",
        suffix=attribute(element, "num-suffix") or "",
        shown_levels=integer(attribute(element, "display-levels"), 1),
        start=integer(attribute(element, "start-value"), 1),
    )
