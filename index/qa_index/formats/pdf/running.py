"""Running heads, page numbers and line numbers."""

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from qa_index.formats.pdf.lines import Line, PageText

_MARGIN = 0.12
"""Share of the height at the top and bottom in which running heads stand."""
_FEWEST_PAGES = 3
_SHARE_OF_TEXT = 0.1
"""Share of the pages on which a line is repeated."""
_SHARE_OF_PLACE = 0.4
"""Share of the pages on which something stands apart in the same place."""
_APART = 1.6
"""Distance to the next line, in font sizes."""
_EDGE = 50
"""Points from the edge of the paper, which text does not reach."""
_FAR = 1.8
"""Distance from the text, in font sizes, of a head that no other page repeats."""
_LONGEST_HEAD = 80
"""Characters."""
_NUMBERS = re.compile(r"\d+|\b[ivxlc]+\b")
_PAGE_NUMBER = re.compile(
    r"[-–—\[(]?\s*(?:(?:page|seite|p\.|pág\.|página|pagina|стр\.)\s*)?(?:\d{1,4}|[ivxlc]{1,7})"
    r"(?:\s*(?:of|von|de|di|/)\s*\d{1,5})?\s*[-–—\])]?",
    re.IGNORECASE,
)
_FEWEST_LINE_NUMBERS = 10


def running_lines(pages: Sequence[PageText], body: float) -> list[set[int]]:
    """For each page, the indices of lines that are repeated around the text.

    ``body`` is the font size of most of the text.
    """
    exact: Counter[tuple[str, int]] = Counter()
    texts: Counter[tuple[str, int]] = Counter()
    places: Counter[tuple[int, float]] = Counter()
    margins = [_margin(page) for page in pages]
    for page, margin in zip(pages, margins, strict=True):
        exact.update({_exact_key(page.lines[index]) for index in margin})
        texts.update({_text_key(page.lines[index]) for index in margin})
        places.update({_place_key(page.lines[index]) for index, apart in margin.items() if apart})
    by_text = max(_FEWEST_PAGES, _SHARE_OF_TEXT * len(pages))
    by_place = max(_FEWEST_PAGES, _SHARE_OF_PLACE * len(pages))
    found = []
    for page, margin in zip(pages, margins, strict=True):
        running = _line_numbers(page)
        inwards = sorted(margin, key=lambda index: -abs(page.lines[index].y0 - page.height / 2))
        reached = {True: False, False: False}
        waiting: dict[bool, list[int]] = {True: [], False: []}
        for index in inwards:
            line = page.lines[index]
            apart = margin[index]
            upper = line.y0 > page.height / 2
            number = apart and _PAGE_NUMBER.fullmatch(line.text) is not None
            if number and _is_alone_in_the_middle(line, page):
                running |= {each for each in inwards[: inwards.index(index)]
                            if (page.lines[each].y0 > page.height / 2) == upper}  # fmt: skip
                reached[upper] = False
            # Whatever lies further in than a line of the text is text.
            if reached[upper]:
                continue
            if not apart and exact[_exact_key(line)] < by_text <= texts[_text_key(line)]:
                # Rows of a table may differ by their numbers alone, so what has other numbers on
                # each page counts only with white space between it and the text.
                waiting[upper].append(index)
            elif (
                exact[_exact_key(line)] >= by_text
                # Titles of slides stand in the same place, too, and headings such as "Title 2" may
                # each begin a page, but they are larger than the text.
                or (
                    apart
                    and line.size <= body
                    and (texts[_text_key(line)] >= by_text or places[_place_key(line)] >= by_place)
                )
                or number
                or (len(pages) < _FEWEST_PAGES and _is_at_the_edge(line, page))
            ):
                running.add(index)
                if apart:
                    running.update(waiting[upper])
            elif index not in running:
                reached[upper] = True
        found.append(running)
    return found


def _is_alone_in_the_middle(line: Line, page: PageText) -> bool:
    """Whether a line is centred on the page and has nothing beside it."""
    return abs((line.x0 + line.x1) / 2 - page.width / 2) < 0.03 * page.width and not any(
        each is not line and each.y0 < line.y1 and line.y0 < each.y1 for each in page.lines
    )


def _is_at_the_edge(line: Line, page: PageText) -> bool:
    """Whether a line stands where only heads and feet do, far from the text, in small letters."""
    upper = line.y0 > page.height / 2
    edge = page.height - line.y1 if upper else line.y0
    others = [each for each in page.lines if each.y0 != line.y0]
    if edge > _EDGE or not others or len(line.text) > _LONGEST_HEAD:
        return False
    if line.bold or line.size > min(each.size for each in others):
        return False
    gaps = (line.y0 - each.y1 if upper else each.y0 - line.y1 for each in others)
    return min(gaps) > _FAR * line.size


def _exact_key(line: Line) -> tuple[str, int]:
    return line.text.strip().lower(), round(line.y0 / 4)


def _text_key(line: Line) -> tuple[str, int]:
    text, place = _exact_key(line)
    return _NUMBERS.sub("#", text), place


def _place_key(line: Line) -> tuple[int, float]:
    return round(line.y0 / 3), line.size


def _margin(page: PageText) -> dict[int, bool]:
    """Indices of the lines in the margins, each with whether it stands apart from the text."""
    shown = [(i, line) for i, line in enumerate(page.lines) if not (line.sideways or line.outside)]
    if not shown:
        return {}
    top = {i for i, line in shown if line.y0 > (1 - _MARGIN) * page.height}
    bottom = {i for i, line in shown if line.y1 < _MARGIN * page.height}
    tops = sorted(line.y1 for _, line in shown)
    bottoms = sorted(line.y0 for _, line in shown)
    found = {}
    for index, line in shown:
        white = (_APART - 1) * line.size
        if index in top:
            lower = bisect_left(tops, line.y0 + 1)
            found[index] = lower > 0 and line.y0 - tops[lower - 1] > white
        elif index in bottom:
            upper = bisect_right(bottoms, line.y1 - 1)
            found[index] = upper < len(bottoms) and bottoms[upper] - line.y1 > white
    # Page numbers of LaTeX stand below a short page, not at the edge of the paper.
    edges = min(shown, key=lambda each: each[1].y1), max(shown, key=lambda each: each[1].y0)
    for index, line in edges:
        if index not in found and _PAGE_NUMBER.fullmatch(line.text):
            found[index] = True
    return found


def _line_numbers(page: PageText) -> set[int]:
    """Indices of the numbers beside the lines of transcripts and drafts."""
    columns: defaultdict[int, list[int]] = defaultdict(list)
    for index, line in enumerate(page.lines):
        if line.text.isdecimal() and len(line.text) <= 3:
            columns[round(line.x1 / 6)].append(index)
    found: set[int] = set()
    for indices in columns.values():
        numbers = [int(page.lines[index].text) for index in indices]
        steps = {after - before for before, after in pairwise(numbers)}
        if len(indices) >= _FEWEST_LINE_NUMBERS and len(steps) == 1 and min(steps) in (1, 5):
            found.update(indices)
    return found
