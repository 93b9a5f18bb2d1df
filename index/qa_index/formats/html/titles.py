"""The title of a page."""

import re
from collections.abc import Sequence

from qa_index.formats.structure.titles import title_of
from qa_index.records import Block, BlockKind, Heading

_SEPARATOR = re.compile(r"\s+[|–—·•»:-]+\s+|\s*[|»]\s*")
_LONGEST = 300
"""Characters."""


def page_title(
    stated: str,
    site: str,
    text: str,
    blocks: Sequence[Block],
    headings: Sequence[Heading],
    name: str,
) -> str:
    """What the page states as its title, without the name of its site, or else a heading."""
    stated = stated[:_LONGEST]
    if stated:
        return _without_site(stated, site, [each.title for each in headings])
    flow = [block for block in blocks if block.kind in (BlockKind.PROSE, BlockKind.LIST)]
    starts = flow[0].start if flow else len(text)
    return title_of(headings, text_starts=starts, first_line="", name=name)


def _without_site(stated: str, site: str, headings: Sequence[str]) -> str:
    parts = [part for part in _SEPARATOR.split(stated) if part]
    if len(parts) < 2:
        return stated
    for heading in headings:
        # "Loan - Wikipedia" over the heading "Loan"; a heading that itself has a separator
        if len(heading) > 1 and stated.casefold().startswith(heading.casefold()):
            rest = stated[len(heading) :]
            if _SEPARATOR.match(rest):
                return heading
        if len(heading) > 1 and heading.casefold() == parts[-1].casefold() and len(parts) == 2:
            return heading
    for part, rest in ((parts[-1], stated[: -len(parts[-1])]), (parts[0], stated[len(parts[0]) :])):
        if site and part.casefold() == site.casefold():
            return rest.strip(" \t|–—·•»:-") or stated
    return stated
