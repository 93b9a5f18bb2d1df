"""Paragraph and character styles of a Word document."""

import re
from typing import NamedTuple
from xml.etree.ElementTree import Element

from qa_index.formats.archive import local
from qa_index.formats.office.package import (
    Package,
    attribute,
    child,
    integer,
    is_on,
    value,
)

BODY_LEVEL = 9
"""The outline level of text that is no heading."""
LONGEST_CHAIN = 32
"""Styles based on one another. Real ones have about five; hostile chains take quadratic time."""

_HEADING = re.compile(r"heading (\d)")
CODE_NAME = re.compile(
    r"([\w-]+ )?(code|source ?code|code[ -]?block|preformatted|verbatim|listing)"
    r"( (block|text|sample|example|listing|snippet))?|macro text"
)


class Style(NamedTuple):
    """What a style says, with all that it inherits."""

    names: tuple[str, ...] = ()
    """Its own and those that it is based on, in lower case."""
    outline: int | None = None
    number: str | None = None
    """Identifier of a list."""
    list_level: int | None = None
    number_style: str = ""
    """Identifier of the style that names the list."""
    is_hidden: bool = False
    breaks_page: bool = False

    @property
    def level(self) -> int:
        """Of a heading, from 1; 0 for none."""
        if self.outline is not None:
            return self.outline + 1 if self.outline < BODY_LEVEL else 0
        for name in self.names:
            if found := _HEADING.fullmatch(name):
                return int(found[1])
        return 1 if self.is_title else 0

    @property
    def is_title(self) -> bool:
        """Whether it is the title of the document."""
        return "title" in self.names

    @property
    def is_caption(self) -> bool:
        """Whether it belongs to a figure or table."""
        return "caption" in self.names

    @property
    def is_contents(self) -> bool:
        """Whether it is for tables of contents and figures."""
        return any(name.startswith(("toc ", "table of ")) for name in self.names)

    @property
    def is_code(self) -> bool:
        """Whether it is for program text."""
        return any(CODE_NAME.fullmatch(name) for name in self.names)


class Styles:
    """The styles of a document, by their identifiers."""

    def __init__(self, package: Package, parts: list[str]) -> None:
        self._elements: dict[str, Element] = {}
        self._found: dict[str, Style] = {}
        self.default = ""
        """Identifier of the style of paragraphs that name none."""
        for part in parts[:1]:
            for element in package.root(part):
                if local(element.tag) == "style":
                    identifier = attribute(element, "styleId") or ""
                    self._elements[identifier] = element
                    is_default = attribute(element, "default") in ("1", "true", "on")
                    if is_default and attribute(element, "type") == "paragraph":
                        self.default = identifier

    def __getitem__(self, identifier: str) -> Style:
        found = self._found.get(identifier)
        if found is None:
            found = self._found[identifier] = self._resolve(identifier)
        return found

    def numbers(self) -> dict[str, str]:
        """The list that each numbering style names."""
        found = {}
        for identifier, element in self._elements.items():
            if attribute(element, "type") == "numbering":
                numbering = child(child(element, "pPr"), "numPr")
                found[identifier] = value(numbering, "numId") or ""
        return found

    def _resolve(self, identifier: str) -> Style:
        chain: list[str] = []
        seen: set[str] = set()
        at: str | None = identifier
        while at and at not in seen and at in self._elements and len(chain) < LONGEST_CHAIN:
            seen.add(at)
            chain.append(at)
            at = value(self._elements[at], "basedOn")
        style = Style()
        for each in reversed(chain):
            style = _over(style, each, self._elements[each])
        return style


def _over(base: Style, identifier: str, element: Element) -> Style:
    """The style of this element, based on another."""
    properties = child(element, "pPr")
    numbering = child(properties, "numPr")
    number = value(numbering, "numId")
    level = value(numbering, "ilvl")
    outline = value(properties, "outlineLvl")
    hidden = is_on(child(element, "rPr"), "vanish")
    breaks = is_on(properties, "pageBreakBefore")
    return Style(
        names=((value(element, "name") or "").lower(), *base.names),
        outline=base.outline if outline is None else integer(outline, BODY_LEVEL),
        number=base.number if number is None else number,
        list_level=base.list_level if level is None else integer(level),
        number_style=base.number_style if number is None else identifier,
        is_hidden=base.is_hidden if hidden is None else hidden,
        breaks_page=base.breaks_page if breaks is None else breaks,
    )
