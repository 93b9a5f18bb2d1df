"""Splits plain text into paragraphs by deciding which lines belong together.

Three kinds of text look alike: prose wrapped at a column, one paragraph per line, and rows (tables,
logs, code). A line continues the previous one if that one was full (the first word of the next line
would not have fitted), or if it starts with a lower-case letter in the middle of a sentence.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum, auto
from typing import NamedTuple

from qa_index.formats.lines import lines_of


class Form(Enum):
    """The kind of a paragraph's lines."""

    FLOW = auto()
    """Running text."""
    ITEM = auto()
    """Running text after a number or a bullet."""
    SHORT_LINES = auto()
    """Short lines broken on purpose: verse, addresses, menus."""
    FIELDS = auto()
    """A line of ``Name: value``."""
    ROWS = auto()
    """Tables and logs."""
    CODE = auto()
    UNDERLINED = auto()
    """A heading and its underline."""


class Paragraph(NamedTuple):
    """Whole lines, ``text[start:end]``, without the last line end."""

    start: int
    end: int
    form: Form
    lines: int
    gap_before: bool
    """Whether it follows an empty line or begins the text."""
    gap_after: bool


class Entry(NamedTuple):
    """A paragraph and its stripped text; of a long paragraph, only both ends of the text."""

    paragraph: Paragraph
    line: str


WIDEST_WRAP = 120
"""Characters; text is wrapped at 65 to 100, and paragraphs of one line are mostly longer."""
_NARROWEST_WRAP = 40
_SHORT_LINE = 60
"""Characters; the lines of verse and addresses are shorter."""
_LONGEST_TITLE = 100
_MOST_LINES = 0.5
"""Share of its lines above which a group is rows or code; the other lines may be anything."""
_LOOK = 400
"""Characters of a line that are examined."""

ITEM = re.compile(
    r"\s*(?:[-*+•‣◦▪·]\s+|\(?(?:\d{1,3}|[a-z]|[ivx]{2,4})[.)]\s+|\d+(?:\.\d+)+\.?\s+)\S"
)
_UNDERLINE = re.compile(r"\s*(?:={3,}|-{3,}|~{3,}|\*{3,})\s*")
FIELD = re.compile(r"\s*[^\W\d_][\w -]{0,30}:\s+\S")
_STAMP = re.compile(
    r"\s*\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d|\d\d:\d\d:\d\d)"
)
"""Time stamp at the beginning of a log line."""
_CODE_LINE = re.compile(
    r"\s*(?:#include|>>> |\$ |</?\w+[^<>]*>$|//|/\*|[{}()\[\]]+;?$|[\w.\[\]]+ [-+*/]?= "
    r"|import \w[\w.]*$|from [\w.]+ import |return\b.*[\w)\]}\"';]$|[\w.]+\(.*\)[;:]?$"
    r"|(?:def|class|if|elif|else|for|while|with|try|except|switch|function|fn|func|public|private"
    r"|static|void|int|struct|impl|let|var|const)\b.*[:{;(]$)"
)
_CODE_INSIDE = re.compile(r"[{}=\]]|\w\(")
_INDEX = re.compile(r"\d{1,2}[+-]?\s*")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।۔:;][\"'”’»)\]*_]*$")


def ends_sentence(line: str) -> bool:
    """Whether the line ends like a sentence or a lead-in."""
    return _SENTENCE_END.search(line[-8:].rstrip()) is not None


def goes_on(line: str) -> bool:
    """Whether the line begins in the middle of a sentence.

    A subscript that was moved to the line may come first, as in "H", "2 is a gas".
    """
    line = line.lstrip()
    index = _INDEX.match(line)
    first = line[index.end() :][:1] if index else line[:1]
    return first.islower() or (first != "" and first in ").,;")


def paragraphs(text: str) -> list[Paragraph]:
    """Paragraphs in order; every character that is not white space is in one of them."""
    found: list[Paragraph] = []
    group: list[tuple[int, int]] = []
    for line in lines_of(text):
        if text[line.start : line.end].isspace() or line.start == line.end:
            found += _of_group(text, group)
            group = []
        else:
            group.append(line)
    found += _of_group(text, group)
    return found


def entry(text: str, paragraph: Paragraph) -> Entry:
    """The paragraph with as much of its text as is needed to classify it."""
    start, end = paragraph.start, paragraph.end
    if end - start > 2 * _LOOK:
        return Entry(paragraph, (text[start : start + _LOOK] + text[end - _LOOK : end]).strip())
    return Entry(paragraph, text[start:end].strip())


def _of_group(text: str, group: Sequence[tuple[int, int]]) -> Iterator[Paragraph]:
    """Paragraphs of lines without an empty one between them."""
    last = len(group)
    for first, end, form in _forms([text[start:end] for start, end in group]):
        yield Paragraph(
            group[first][0], group[end - 1][1], form, end - first, first == 0, end == last
        )


def _forms(lines: list[str]) -> Iterator[tuple[int, int, Form]]:
    """First line, end and form of each paragraph."""
    if not lines:
        return
    heads = [line[:_LOOK].rstrip() for line in lines]
    whole = _form_of_all(heads)
    if whole is not None:
        if whole is Form.FIELDS:
            yield from ((number, number + 1, whole) for number in range(len(lines)))
        else:
            yield 0, len(lines), whole
        return
    width = max(len(line.rstrip()) for line in lines)
    first = 0
    while first < len(lines):
        end = first + 1
        form = Form.ITEM if _is_item(heads[first]) else Form.FLOW
        if _titled(heads, first):
            end += 1
            form = Form.UNDERLINED
        else:
            while (
                end < len(lines)
                and not _titled(heads, end)
                and (
                    _continues(lines[end - 1], heads[end], width)
                    or (form is Form.ITEM and _hangs(heads[end], heads[first]))
                )
            ):
                end += 1
        yield first, end, form
        first = end


def _form_of_all(heads: list[str]) -> Form | None:
    """The form of a group whose lines are all of one kind, otherwise ``None``."""
    if len(heads) < 2:
        return Form.CODE if heads[0].startswith((">>> ", "$ ")) else None
    if _most(_is_item, heads):
        return None
    if _most(_is_code, heads):
        return Form.CODE
    if _most(_is_row, heads):
        return Form.ROWS
    if all(map(FIELD.match, heads)) and not all(map(ends_sentence, heads)):
        return Form.FIELDS
    short = all(len(head) <= _SHORT_LINE for head in heads)
    if len(heads) >= 3 and short and not any(map(_starts_anew, heads)):
        return Form.SHORT_LINES
    return None


def _most(is_one: Callable[[str], bool], heads: list[str]) -> bool:
    return sum(map(is_one, heads)) > _MOST_LINES * len(heads)


def _is_item(head: str) -> bool:
    return ITEM.match(head) is not None


def _is_code(head: str) -> bool:
    if head[-1] in ";{}" and _CODE_INSIDE.search(head):
        return True
    return _CODE_LINE.match(head) is not None


def _is_row(head: str) -> bool:
    columns = head.lstrip()
    if "   " in columns or "\t" in columns or " | " in columns or columns[0] == columns[-1] == "|":
        return True
    return _STAMP.match(head) is not None


def _starts_anew(head: str) -> bool:
    return _is_item(head) or _UNDERLINE.fullmatch(head) is not None


def _titled(heads: list[str], number: int) -> bool:
    """Whether the next line underlines this one."""
    if number + 1 == len(heads) or not _UNDERLINE.fullmatch(heads[number + 1]):
        return False
    title, line = heads[number].strip(), heads[number + 1].strip()
    if len(title) > _LONGEST_TITLE or _UNDERLINE.fullmatch(title):
        return False
    return len(title) // 2 <= len(line) <= max(2 * len(title), WIDEST_WRAP)


def _hangs(line: str, item: str) -> bool:
    """Whether the line is indented below the item that it belongs to."""
    return not _starts_anew(line) and _indent(line) > _indent(item)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _continues(line: str, following: str, width: int) -> bool:
    """Whether ``following`` continues the paragraph of ``line``."""
    if _starts_anew(following) or _UNDERLINE.fullmatch(line[:_LOOK]):
        return False
    line = line.rstrip()
    words = following.split(None, 1)
    if _NARROWEST_WRAP <= width <= WIDEST_WRAP and len(line) + 1 + len(words[0]) > width:
        return True
    if ends_sentence(line) or not goes_on(following):
        return False
    return line.endswith((",", "-")) or line.count(" ") >= 3
