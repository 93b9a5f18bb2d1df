"""Numbers of headings and list items, as they are shown."""

from collections.abc import Callable
from dataclasses import dataclass, field
from re import Match
from re import compile as pattern
from xml.etree.ElementTree import Element

from qa_index.formats.archive import local
from qa_index.formats.office.package import Package, attribute, child, integer, is_on, value

BULLET = "•"
LEVELS = 9
_LARGEST = 100_000
"""Numbers above it are shown in digits: Roman ones would become long."""

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"),
    (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def roman(number: int) -> str:
    """In small letters."""
    parts = []
    for worth, letters in _ROMAN:
        count, number = divmod(number, worth)
        parts.append(letters * count)
    return "".join(parts)


def letters(number: int) -> str:
    """``a`` to ``z``, then ``aa``, ``bb`` and so on, as Word counts."""
    times, letter = divmod(number - 1, 26)
    return chr(ord("a") + letter) * (times + 1)


_STYLES: dict[str, Callable[[int], str]] = {
    "lowerRoman": roman,
    "upperRoman": lambda number: roman(number).upper(),
    "lowerLetter": letters,
    "upperLetter": lambda number: letters(number).upper(),
    "decimalZero": lambda number: f"{number:02}",
    "ordinal": lambda number: f"{number}.",
    "none": lambda number: "",
}


def shown(number: int, style: str) -> str:
    """A number in a style of Word, such as ``lowerRoman``; in digits if the style is unknown."""
    if style != "none" and not 0 < number <= (1000 if "etter" in style else _LARGEST // 10):
        return str(number)
    return _STYLES.get(style, str)(number)


_SYMBOL_BULLETS = "·§"
"""The codes of bullets in symbol fonts, as text."""


def bullet(text: str) -> str:
    """A bullet as it is shown. Those of symbol fonts have private code points, or are letters."""
    text = text.strip()
    is_plain = len(text) == 1 and text.isprintable() and not text.isalnum()
    return text if is_plain and text not in _SYMBOL_BULLETS else BULLET


@dataclass(slots=True)
class Level:
    """How one level of a list is numbered."""

    start: int = 1
    style: str = "decimal"
    text: str = ""
    """With ``%1`` for the number of the first level, and so on."""
    restart: int | None = None
    """The highest level, from 1, that restarts this one; 0 for never."""
    is_legal: bool = False
    paragraph_style: str = ""


@dataclass(slots=True)
class _List:
    levels: dict[int, Level] = field(default_factory=dict)
    style_link: str = ""
    counters: list[int | None] = field(default_factory=lambda: [None] * LEVELS)


@dataclass(slots=True)
class _Number:
    abstract: str
    starts: dict[int, int] = field(default_factory=dict)
    levels: dict[int, Level] = field(default_factory=dict)


_PLACEHOLDER = pattern(r"%([1-9])")


class Numbering:
    """The numbering part of a Word document, and how far its lists have counted."""

    def __init__(self, package: Package, parts: list[str], style_numbers: dict[str, str]) -> None:
        self._lists: dict[str, _List] = {}
        self._numbers: dict[str, _Number] = {}
        self._style_numbers = style_numbers
        for part in parts[:1]:
            for element in package.root(part):
                self._define(element)

    def level_of_style(self, number: str, style: str) -> int:
        """The level that a paragraph style is linked to; 0 if to none."""
        for level, definition in self._levels(number).items():
            if definition.paragraph_style == style:
                return level
        return 0

    def marker(self, number: str, level: int) -> str:
        """Count the next paragraph, and return its marker; empty for none."""
        level = min(max(level, 0), LEVELS - 1)
        found = self._numbers.get(number)
        if found is None or found.abstract not in self._lists:
            return ""
        counters = self._list(found).counters
        levels = self._levels(number)
        definition = levels.get(level, Level())
        present = counters[level]
        if level in found.starts:
            present = found.starts.pop(level)
        else:
            present = definition.start if present is None else present + 1
        counters[level] = present
        for deeper in range(level + 1, LEVELS):
            restart = levels[deeper].restart if deeper in levels else None
            if restart is None or level < restart:
                counters[deeper] = None
        if definition.style == "bullet":
            return bullet(definition.text)

        def number_of(match: Match[str]) -> str:
            at = int(match[1]) - 1
            of = levels.get(at, Level())
            count = counters[at]
            style = "decimal" if definition.is_legal else of.style
            return shown(of.start if count is None else count, style)

        return _PLACEHOLDER.sub(number_of, definition.text).strip()

    def _list(self, number: _Number) -> _List:
        """The list, or the one that its style refers to."""
        found = self._lists[number.abstract]
        linked = self._numbers.get(self._style_numbers.get(found.style_link, ""))
        return self._lists.get(linked.abstract, found) if linked else found

    def _levels(self, number: str) -> dict[int, Level]:
        found = self._numbers.get(number)
        if found is None or found.abstract not in self._lists:
            return {}
        levels = self._list(found).levels
        return {**levels, **found.levels} if found.levels else levels

    def _define(self, element: Element) -> None:
        tag = local(element.tag)
        if tag == "abstractNum":
            defined = _List(style_link=value(element, "numStyleLink") or "")
            for each in element:
                if local(each.tag) == "lvl":
                    defined.levels[integer(attribute(each, "ilvl"))] = _level(each)
            self._lists[attribute(element, "abstractNumId") or ""] = defined
        elif tag == "num":
            number = _Number(value(element, "abstractNumId") or "")
            for each in element:
                if local(each.tag) == "lvlOverride":
                    level = integer(attribute(each, "ilvl"))
                    start = value(each, "startOverride")
                    if start is not None:
                        number.starts[level] = integer(start)
                    own = child(each, "lvl")
                    if own is not None:
                        number.levels[level] = _level(own)
            self._numbers[attribute(element, "numId") or ""] = number


def _level(element: Element) -> Level:
    restart = value(element, "lvlRestart")
    return Level(
        start=integer(value(element, "start") or "1", 1),
        style=value(element, "numFmt") or "decimal",
        text=value(element, "lvlText") or "",
        restart=None if restart is None else integer(restart),
        is_legal=bool(is_on(element, "isLgl")),
        paragraph_style=value(element, "pStyle") or "",
    )
