"""Recognises headings of plain text by layout.

Marked headings are underlined, numbered, or named: "CHAPTER II", "§ 4 Notice". Others are short
lines that are set off. Those count only if their form is regular in the document: a novel has
hundreds of short lines, nearly all of them direct speech.
"""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from enum import Enum, auto
from itertools import pairwise

from qa_index.formats.structure.paragraphs import FIELD, Entry, Form, ends_sentence, goes_on
from qa_index.formats.structure.titles import LONGEST_HEADLINE, MOST_HEADLINE_WORDS

_LONGEST = 80
_MOST_WORDS = 12
_LEAST_TEXT_WORDS = 12
"""A line of this many words is text even if it does not end with a full stop."""
_LEAST_TEXT_BELOW = 80
"""Characters that must follow a heading that is not followed by an empty line."""

_PART = (
    r"chapter|section|article|part|appendix|annex|schedule|kapitel|abschnitt|artikel|teil|anhang|"
    r"capítulo|artículo|sección|título|parte|anexo|artigo|seção|chapitre|titre|annexe|partie|"
    r"capitolo|titolo|articolo|hoofdstuk|rozdział|dział|kapitola|hlava|článek|capitolul|titlul|"
    r"articolul|bölüm|madde|глава|раздел|статья|приложение"
)
_NUMBERED = re.compile(
    rf"(?:(?:(?i:{_PART})\s+|§+\s*)(?:\d+(?:\.\d+)*(?!\w)|(?:[IVXLC]+|[A-Z])(?!\w|\s+[a-z]))"
    r"|(?P<number>\d{1,3}(?:\.\d{1,3})*|[IVXLC]{1,6}(?=\.))[.)]?\s+[^\W\d_])"
)
_OUTER = (
    r"part|book|title|volume|vol\.|act|teil|buch|band|akt|parte|libro|título|titolo|titre|"
    r"titlul|dział|partie|livre|tome|часть|книга"
)
_COUNTED = (
    r"(?:the\s+)?(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|"
    r"fourteen|fifteen|sixteen|seventeen|eighteen|nineteen|twenty|first|second|third|fourth|fifth|"
    r"sixth|seventh|eighth|ninth|tenth|last)"
)
_INNER = (
    rf"{_PART}|sec\.|art\.|scene|canto|letter|stave|tale|adventure|lecture|essay|szene|brief|scène|"
    r"lettre"
)
_NAMED = re.compile(
    rf"[_*]*(?:§+\s*\d+[a-z]?|(?:(?P<outer>(?i:{_OUTER}))|(?i:{_INNER}))"
    rf"\s+(?:\d+(?:\.\d+)*|[IVXLC]+|[A-Z]|(?i:{_COUNTED})))(?!\w)"
    r"(?:[_*]*$|\s*(?:[.:)\]—–]|--)|\s+-)"
)
"""The name of a part, its number, and then nothing or a separator before its title."""
_NUMERAL = re.compile(r"[IVXLC]+\.?")
_FINAL = re.compile(r"[.!?…。！？؟।:;,、，：；]$")
_COLUMNS = re.compile(r"\S(?: {3,}|\t)\S")
_NUMBER_ONLY = re.compile(r"\d[\d.]*\.$")

_SPEECH = re.compile(r"[\"“”„«»‘'`\[(*]|.*(?:[\"“”»’']|--|[—–-])$", re.DOTALL)
"""Direct speech, its introduction, and lines in brackets or between rules."""
_SENTENCE = re.compile(r"(?:I|[Hh]e|[Ss]he|[Tt]hey|[Ww]e|[Yy]ou|[Ii]t)\b")
_DATE = re.compile(
    r"(?=.*\d)(?:\S+\s+){0,2}(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|"
    r"Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\S*(?:\s+\S+){0,2}$"
)
_SMALL_WORD = 4
"""Letters; shorter words may be lower-case in a title, such as "of" and "the"."""

_REGULAR = 2
"""Number of lines of one form that make it a form of headings."""
_REGULAR_DATES = 3
"""A letter has one or two, a diary many."""
_DENSE = 1 / 30
"""Least number of headings of one form per paragraph of text. A saved news page has one to six; in
five novels and a play, at most one paragraph in 260 looks like such a heading but is not one."""
_LABEL = 4
"""Number of copies that make a line a label, such as the name of a speaker in a play."""

_HEADLINE, _SECTION = 1, 2


class _Look(Enum):
    """The look of an unmarked heading."""

    CAPITALS = auto()
    TITLE = auto()
    DATE = auto()
    OTHER = auto()


def heading_levels(entries: Sequence[Entry]) -> list[int]:
    """The level of each entry that is a heading, 0 for the others."""
    numerals = _regular_numerals(entries)
    levels = _levels(entries, frozenset(_Look), numerals)
    regular = _regular(entries, levels)
    if regular != frozenset(_Look):
        levels = _levels(entries, regular, numerals)
    return _nested(entries, levels)


def heading_title(entry: Entry) -> str:
    """The heading's words, on one line."""
    line = entry.line
    if entry.paragraph.form is Form.UNDERLINED:
        line = line.splitlines()[0]
    return " ".join(line.split())


def _levels(
    entries: Sequence[Entry], regular: Collection[_Look], numerals: Collection[int]
) -> list[int]:
    """Levels, counting unmarked headings of these looks and the numerals at these positions.

    Whether a short line is a heading depends on what follows, so entries are processed backwards.
    """
    levels = [0] * len(entries)
    flowing = (n for n, entry in enumerate(entries) if entry.paragraph.form is Form.FLOW)
    first = next(flowing, None)
    copies = Counter(entry.line for entry in entries if len(entry.line) <= _LONGEST)
    below: Entry | None = None
    level_below = 0
    for number in range(len(entries) - 1, -1, -1):
        entry = entries[number]
        above = entries[number - 1] if number > 0 else None
        if entry.paragraph.form is Form.UNDERLINED:
            level = _HEADLINE if entry.line[-1] in "=*" else _SECTION
        elif below is None:
            level = 0
        elif number in numerals:
            level = _SECTION
        elif _is_named(entry):
            level = 0 if _is_named(below) and _same_name(entry, below) else _SECTION
        elif number == first and not _NUMBERED.match(entry.line):
            level = _headline_level(entry, below, level_below)
        elif _NUMBERED.match(entry.line):
            level = _numbered_level(entry, above, below, level_below)
        elif above is not None and _entitles(entry, above) and _has_text_below(entry, below):
            level = _SECTION
        elif len(entry.line) <= _LONGEST and _look(entry.line) in regular:
            is_label = copies[entry.line] >= _LABEL
            level = 0 if is_label else _unmarked_level(entry, above, below, level_below)
        else:
            level = 0
        levels[number] = level_below = level
        below = entry
    return levels


def _is_named(entry: Entry) -> bool:
    """Whether it is "CHAPTER II" or the like, with a title or without."""
    line = entry.line
    if not _is_short_line(entry):
        return False
    return not line[0].islower() and not _COLUMNS.search(line) and _NAMED.match(line) is not None


def _entitles(entry: Entry, above: Entry) -> bool:
    """Whether it is the title of a chapter whose number stands alone on the line above."""
    name = _NAMED.match(above.line)
    if name is None or not _is_named(above) or above.line[name.end() :].strip("_*. "):
        return False
    line = entry.line
    if not _is_short_line(entry) or _SPEECH.match(line):
        return False
    look = _look(line)
    return look is _Look.CAPITALS or (look is _Look.TITLE and not _FINAL.search(line))


def _same_name(entry: Entry, other: Entry) -> bool:
    """Whether both begin with the same word, as in a table of contents."""
    names = (re.split(r"[\s\d]", each.line, maxsplit=1)[0].casefold() for each in (entry, other))
    return next(names) == next(names)


def _regular_numerals(entries: Sequence[Entry]) -> frozenset[int]:
    """Positions of lines that are just a Roman numeral, if they number chapters: I, II, III."""
    found = [
        number
        for number, entry in enumerate(entries)
        if entry.paragraph.gap_before and _NUMERAL.fullmatch(entry.line)
    ]
    values = [_value(entries[number].line) for number in found]
    counts = sum(two == one + 1 for one, two in pairwise(values))
    regular = counts >= _REGULAR and counts > len(values) / 2
    return frozenset(found if regular else ())


def _value(numeral: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[each] for each in numeral.rstrip(".")]
    following = [*values[1:], 0]
    return sum(-one if one < two else one for one, two in zip(values, following, strict=True))


def _regular(entries: Sequence[Entry], levels: Sequence[int]) -> frozenset[_Look]:
    """The looks of unmarked headings that are regular in this text."""
    headings = [entry for entry, level in zip(entries, levels, strict=True) if level]
    looks = Counter(_look(entry.line) for entry in headings if _is_unmarked(entry))
    least = {look: _DENSE * (len(entries) - len(headings)) for look in _Look}
    least[_Look.CAPITALS] = min(least[_Look.CAPITALS], _REGULAR)
    least[_Look.TITLE] = min(least[_Look.TITLE], _REGULAR)
    least[_Look.DATE] = _REGULAR_DATES
    return frozenset(look for look in _Look if looks[look] >= least[look])


def _is_unmarked(entry: Entry) -> bool:
    marked = _NUMBERED.match(entry.line) or _NUMERAL.fullmatch(entry.line) or _is_named(entry)
    return not marked and entry.paragraph.form is not Form.UNDERLINED


def _look(line: str) -> _Look:
    if _DATE.match(line):
        return _Look.DATE
    words = [word for word in re.findall(r"(?<!\w-)[^\W\d_]+", line) if len(word) >= _SMALL_WORD]
    if line.upper() == line and line.lower() != line:
        return _Look.CAPITALS
    if words and all(not word[0].islower() for word in words):
        return _Look.TITLE
    return _Look.OTHER


def _nested(entries: Sequence[Entry], levels: list[int]) -> list[int]:
    """Put chapters below parts, and unmarked headings below both."""
    names = [_NAMED.match(entry.line) if _is_named(entry) else None for entry in entries]
    headed = [name for name, level in zip(names, levels, strict=True) if name and level]
    outer = sum(name["outer"] is not None for name in headed)
    inner = len(headed) - outer
    depth = (outer >= _REGULAR) + (inner >= _REGULAR)
    nested = []
    for entry, name, level in zip(entries, names, levels, strict=True):
        if name is not None and level:
            level += name["outer"] is None and depth > 1
        elif level > _HEADLINE and (_is_unmarked(entry) or _NUMERAL.fullmatch(entry.line)):
            level += depth
        nested.append(level)
    return nested


def _headline_level(entry: Entry, below: Entry, level_below: int) -> int:
    if not _looks_like_heading(entry, LONGEST_HEADLINE, MOST_HEADLINE_WORDS):
        return 0
    return _HEADLINE if level_below or _has_text_below(entry, below) else 0


def _numbered_level(entry: Entry, above: Entry | None, below: Entry, level_below: int) -> int:
    numbered = _NUMBERED.match(entry.line)
    if numbered is None or not _looks_like_heading(entry):
        return 0
    level = _SECTION + (numbered["number"] or "").count(".")
    if level_below > level:
        return level
    if above is not None and _are_siblings(numbered, above):
        return 0
    return level if _heads(entry, above, below, level_below) else 0


def _unmarked_level(entry: Entry, above: Entry | None, below: Entry, level_below: int) -> int:
    if entry.paragraph.form is not Form.FLOW or not _looks_like_heading(entry):
        return 0
    line = entry.line.strip("_")
    if FIELD.match(line) or _SPEECH.match(line) or _FINAL.search(line) or _SENTENCE.match(line):
        return 0
    # Broken lines, and signatures under a letter.
    if goes_on(below.line) or (above is not None and above.line.endswith(",")):
        return 0
    return _SECTION if _heads(entry, above, below, level_below) else 0


def _heads(entry: Entry, above: Entry | None, below: Entry, level_below: int) -> bool:
    """Whether text follows that the entry can head, and it does not interrupt a sentence."""
    if level_below or not _has_text_below(entry, below):
        return False
    breaks_in = not entry.paragraph.gap_before and above is not None
    return not breaks_in or ends_sentence(above.line)  # type: ignore[union-attr]


def _is_short_line(entry: Entry, longest: int = _LONGEST, most_words: int = _MOST_WORDS) -> bool:
    """Whether it is one line of at most this many characters and words."""
    line = entry.line
    return entry.paragraph.lines == 1 and len(line) <= longest and len(line.split()) <= most_words


def _looks_like_heading(
    entry: Entry, longest: int = _LONGEST, most_words: int = _MOST_WORDS
) -> bool:
    """Whether it is one short line that could be a heading."""
    line = entry.line
    if not _is_short_line(entry, longest, most_words):
        return False
    if _COLUMNS.search(line):
        return False
    if _FINAL.search(line) and not _NUMBER_ONLY.search(line) and not _is_numbered_title(entry):
        return False
    letter = next(filter(str.isalpha, line), "")
    return letter != "" and not letter.islower() and line.count("(") == line.count(")")


def _is_numbered_title(entry: Entry) -> bool:
    """Whether it is "15. Disclaimer of Warranty." between empty lines, as licences have them."""
    line, paragraph = entry.line, entry.paragraph
    is_set_off = paragraph.gap_before and paragraph.gap_after and line.endswith(".")
    is_title = _look(line) in {_Look.TITLE, _Look.CAPITALS}
    return is_set_off and is_title and _NUMBERED.match(line) is not None


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
