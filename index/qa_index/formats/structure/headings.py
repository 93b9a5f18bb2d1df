"""Headings of plain text, told by layout: underlined, numbered, or short and set off."""

import re
from collections.abc import Sequence

from qa_index.formats.structure.paragraphs import FIELD, Entry, Form, ends_sentence, goes_on

_LONGEST = 80
_MOST_WORDS = 12
_LONGEST_HEADLINE = 150
_MOST_HEADLINE_WORDS = 25
_LEAST_TEXT_WORDS = 12
"""A line of so many words is text even if no full stop ends it."""
_LEAST_TEXT_BELOW = 80
"""Characters that must follow a heading which no empty line sets off."""

_PART = (
    r"chapter|section|article|part|appendix|annex|schedule|kapitel|abschnitt|artikel|teil|anhang|"
    r"capítulo|artículo|sección|parte|anexo|chapitre|annexe|partie|глава|раздел|статья|приложение"
)
_NUMBERED = re.compile(
    rf"(?:(?:(?i:{_PART})\s+|§+\s*)(?:\d+(?:\.\d+)*|[IVXLC]+|[A-Z])(?!\w)"
    r"|(?P<number>\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6}(?=\.))[.)]?\s+[^\W\d_])"
)
_FINAL = re.compile(r"[.!?…。！？؟।:;,、，：；]$")
_COLUMNS = re.compile(r"\S(?: {3,}|\t)\S")
_NUMBER_ONLY = re.compile(r"\d[\d.]*\.$")

_HEADLINE, _SECTION = 1, 2


def heading_levels(entries: Sequence[Entry]) -> list[int]:
    """The level of each entry that is a heading, 0 for the others.

    A short line is a heading only by what follows it, so they are looked at from the end.
    """
    levels = [0] * len(entries)
    flowing = (n for n, entry in enumerate(entries) if entry.paragraph.form is Form.FLOW)
    first = next(flowing, None)
    below: Entry | None = None
    level_below = 0
    for number in range(len(entries) - 1, -1, -1):
        entry = entries[number]
        if entry.paragraph.form is Form.UNDERLINED:
            level = _HEADLINE if entry.line[-1] in "=*" else _SECTION
        elif below is None:
            level = 0
        elif number == first and not _NUMBERED.match(entry.line):
            level = _headline_level(entry, below, level_below)
        else:
            above = entries[number - 1] if number > 0 else None
            level = _section_level(entry, above, below, level_below)
        levels[number] = level_below = level
        below = entry
    return levels


def heading_title(entry: Entry) -> str:
    """The heading's words, on one line."""
    line = entry.line
    if entry.paragraph.form is Form.UNDERLINED:
        line = line.splitlines()[0]
    return " ".join(line.split())


def _headline_level(entry: Entry, below: Entry, level_below: int) -> int:
    if not _is_short(entry, _LONGEST_HEADLINE, _MOST_HEADLINE_WORDS):
        return 0
    return _HEADLINE if level_below or _has_text_below(entry, below) else 0


def _section_level(entry: Entry, above: Entry | None, below: Entry, level_below: int) -> int:
    if not _is_short(entry, _LONGEST, _MOST_WORDS):
        return 0
    numbered = _NUMBERED.match(entry.line)
    if numbered is None and (entry.paragraph.form is not Form.FLOW or FIELD.match(entry.line)):
        return 0
    level = _SECTION
    if numbered is not None:
        level += (numbered["number"] or "").count(".")
        if level_below > level:
            return level
        if above is not None and _are_siblings(numbered, above):
            return 0
    if level_below or not _has_text_below(entry, below):
        return 0
    breaks_in = not entry.paragraph.gap_before and above is not None
    return 0 if breaks_in and not ends_sentence(above.line) else level  # type: ignore[union-attr]


def _is_short(entry: Entry, longest: int, most_words: int) -> bool:
    """Whether it is one line that could be a heading by its looks."""
    line = entry.line
    if entry.paragraph.lines > 1 or len(line) > longest or len(line.split()) > most_words:
        return False
    if _COLUMNS.search(line) or (_FINAL.search(line) and not _NUMBER_ONLY.search(line)):
        return False
    letter = next(filter(str.isalpha, line), "")
    return letter != "" and not letter.islower() and line.count("(") == line.count(")")


def _has_text_below(entry: Entry, below: Entry) -> bool:
    """Whether ``below`` is text that ``entry`` can be the heading of."""
    if not entry.paragraph.gap_after:
        if goes_on(below.line):
            return False
        return len(below.line) >= max(_LEAST_TEXT_BELOW, len(entry.line)) and _is_text(below)
    if below.paragraph.form in (Form.FLOW, Form.ITEM):
        return _is_text(below) and len(below.line) > len(entry.line)
    return below.paragraph.form is not Form.UNDERLINED


def _is_text(entry: Entry) -> bool:
    return ends_sentence(entry.line) or len(entry.line.split()) >= _LEAST_TEXT_WORDS


def _are_siblings(numbered: re.Match[str], above: Entry) -> bool:
    """Whether both are entries of one numbered list."""
    other = _NUMBERED.match(above.line)
    if other is None or numbered["number"] is None or other["number"] is None:
        return False
    return numbered["number"].count(".") == other["number"].count(".") and not _is_text(above)
