"""Headings of files that are not tagged: by their outline, otherwise by size and weight."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from qa_index.formats.pdf.paragraphs import Paragraph
from qa_index.formats.pdf.structure import Bookmark
from qa_index.formats.structure.paragraphs import ends_sentence
from qa_index.records import BlockKind

_LARGER = 1.12
"""Times the size of the body."""
_LONGEST = 160
"""Characters."""
_MOST_BOLD = 0.2
"""Share of the characters; where more is bold, it does not mean headings."""
_MOST_LINES = 3
_NOT_WORDS = re.compile(r"[\W_]+")
_NUMBER = re.compile(
    r"(?:(?:chapter|kapitel|chapitre|section|part|teil)\s*)?"
    r"(?:\d{1,3}|[IVX]{1,5}|[A-Z])(?:\.\d+)*[.:]?\s+",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]{2}")
_DEEPEST = 6


def mark_headings(
    found: Sequence[Paragraph],
    bookmarks: Mapping[int, Sequence[Bookmark]],
    body: float,
    *,
    title: str,
) -> None:
    """Make headings of those paragraphs that are headings, with their levels.

    ``body`` is the usual font size. Beside an outline, the document's
    ``title`` and the authors below it are no headings.
    """
    if any(paragraph.kind is BlockKind.HEADING for paragraph in found):
        return
    levels = _by_outline(found, bookmarks)
    if levels:
        _beside_outline(found, levels, body, title)
    else:
        _by_size(found, body)


def _by_outline(
    found: Sequence[Paragraph], bookmarks: Mapping[int, Sequence[Bookmark]]
) -> dict[float, int]:
    """Mark the paragraphs that entries of the outline lead to; the level of each font size."""
    wanted: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for page, entries in bookmarks.items():
        for bookmark in entries:
            for key in _keys(bookmark.title):
                wanted[page, key].append(bookmark.level)
    sizes: defaultdict[float, Counter[int]] = defaultdict(Counter)
    for paragraph in found:
        if not _can_be_heading(paragraph):
            continue
        page = paragraph.lines[0][0]
        for key in _keys(_text(paragraph)):
            if levels := wanted.get((page, key)):
                paragraph.kind, paragraph.level = BlockKind.HEADING, min(levels.pop(0), _DEEPEST)
                sizes[round(paragraph.size)][paragraph.level] += 1
                break
    return {size: levels.most_common(1)[0][0] for size, levels in sizes.items()}


def _beside_outline(
    found: Sequence[Paragraph], levels: Mapping[float, int], body: float, title: str
) -> None:
    """Mark headings that the outline lacks: by the sizes of its own, and bold lines below them."""
    lowest = min(max(levels.values()) + 1, _DEEPEST)
    bold: list[Paragraph] = []
    added: list[tuple[Paragraph, Paragraph]] = []
    below_title = 0  # the page of the title, while there are only large letters
    for paragraph, following in pairwise(found):  # no heading is the last
        text = _text(paragraph)
        if not _can_be_heading(paragraph) or not _LETTERS.search(text) or len(text) > _LONGEST:
            below_title = 0
            continue
        size = round(paragraph.size)
        large = paragraph.size > _LARGER * body
        page = paragraph.lines[0][0]
        if large and (text == title or page == below_title):
            below_title = page
            continue
        below_title = 0
        if large and size >= min(levels):
            if level := levels.get(size, 1 if size > max(levels) else 0):
                paragraph.kind, paragraph.level = BlockKind.HEADING, level
                added.append((paragraph, following))
        elif (
            _is_bold_heading(paragraph, body)
            and paragraph.kind is BlockKind.PROSE
            and len(paragraph.lines) == 1
            and not following.first[:1].islower()
        ):
            bold.append(paragraph)
    for paragraph, following in reversed(added):
        # What stands above a heading in smaller letters, such as "Chapter One", heads nothing.
        if following.kind is BlockKind.HEADING and following.size >= paragraph.size:
            paragraph.kind, paragraph.level = BlockKind.PROSE, 0
    characters = sum(len(line.text) for paragraph in found for _, line in paragraph.lines)
    if sum(len(_text(paragraph)) for paragraph in bold) < _MOST_BOLD * characters:
        for paragraph in bold:
            paragraph.kind, paragraph.level = BlockKind.HEADING, lowest


def _is_bold_heading(paragraph: Paragraph, body: float) -> bool:
    return paragraph.bold and paragraph.size > 0.9 * body and not ends_sentence(_text(paragraph))


def _by_size(found: Sequence[Paragraph], body: float) -> None:
    """Mark short paragraphs in larger letters, and bold ones in letters of the body's size."""
    large: list[Paragraph] = []
    bold: list[Paragraph] = []
    for paragraph in found[:-1]:  # no heading is the last
        if not _can_be_heading(paragraph):
            continue
        text = _text(paragraph)
        if not _LETTERS.search(text) or len(text) > _LONGEST:
            continue
        if paragraph.size > _LARGER * body:
            large.append(paragraph)
        elif _is_bold_heading(paragraph, body):
            bold.append(paragraph)
    characters = sum(len(line.text) for paragraph in found for _, line in paragraph.lines)
    if sum(len(_text(paragraph)) for paragraph in [*large, *bold]) > 0.5 * characters:
        return
    _drop_authors(found, large, bold)
    sizes = Counter(round(paragraph.size) for paragraph in large)
    ranks = {size: rank for rank, size in enumerate(sorted(sizes, reverse=True), start=1)}
    for paragraph in large:
        paragraph.kind = BlockKind.HEADING
        paragraph.level = min(ranks[round(paragraph.size)], _DEEPEST)
    for paragraph in bold:
        paragraph.kind = BlockKind.HEADING
        paragraph.level = min(len(ranks) + 1, _DEEPEST)


def _drop_authors(
    found: Sequence[Paragraph], large: list[Paragraph], bold: Sequence[Paragraph]
) -> None:
    """Remove names and dates below a title: they head nothing but a line of their rank."""
    if not large:
        return
    title = max(large, key=lambda paragraph: paragraph.size)
    heads = {id(paragraph) for paragraph in [*large, *bold]}
    start = next(at for at, paragraph in enumerate(found) if paragraph is title) + 1
    for paragraph, following in pairwise(found[start:]):
        if id(paragraph) not in heads or following.lines[0][0] != title.lines[0][0]:
            return
        if (
            paragraph in large
            and id(following) in heads
            and following.size >= paragraph.size
            and not _NUMBER.match(_text(paragraph))
        ):
            large.remove(paragraph)


def _can_be_heading(paragraph: Paragraph) -> bool:
    return (
        paragraph.kind in (BlockKind.PROSE, BlockKind.LIST) and len(paragraph.lines) <= _MOST_LINES
    )


def _text(paragraph: Paragraph) -> str:
    return " ".join(line.text for _, line in paragraph.lines)


def _keys(title: str) -> list[str]:
    """What a title and an entry of the outline have in common: with its number, and without."""
    keys = (
        _NOT_WORDS.sub("", each).casefold() for each in (title, _NUMBER.sub("", title, count=1))
    )
    return list(dict.fromkeys(key for key in keys if key))
