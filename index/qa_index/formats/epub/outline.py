"""Fits the headings of a chapter to the table of contents of its book."""

from collections.abc import Sequence

from qa_index.formats.epub.navigation import Entry
from qa_index.formats.html.pieces import Piece
from qa_index.records import BlockKind

_LOOKED_AT = 3
"""Pieces after the target of an entry among which its heading is; a number or a picture's caption
may stand above it."""


def fit_headings(pieces: list[Piece], entries: Sequence[Entry], depth: int) -> int:
    """Give headings the level of their entry, and a chapter without headings those of its entries.

    Headings that have no entry go below the entry before them; ``depth`` is that of the last entry
    of the chapters before. Returns the depth of the last entry of this one.
    """
    if not entries:
        _place_below(pieces, {}, depth)
        return depth
    without = not any(piece.level for piece in pieces)
    positions = {mark.name: at for at, piece in enumerate(pieces) for mark in piece.marks}
    depths: dict[int, int] = {}  # piece: depth of its entry
    missing: list[tuple[int, Entry]] = []
    for entry in entries:
        target = positions.get(entry.fragment, 0)
        found = _heading_of(pieces, entry, target, depths)
        if found is not None:
            depths[found] = entry.depth
        elif without and entry.title and pieces:
            missing.append((target, entry))
    _place_below(pieces, depths, depth)
    for at, entry in sorted(missing, key=lambda each: -each[0]):
        title = entry.title
        pieces.insert(
            at,
            Piece(
                BlockKind.HEADING,
                title,
                pieces[at].region,
                level=entry.depth,
                added=[(0, len(title))],
            ),
        )
        # What is named at the start of the text is now named at its heading.
        below = pieces[at + 1]
        pieces[at].marks = [mark for mark in below.marks if not mark.offset]
        below.marks = [mark for mark in below.marks if mark.offset]
    return entries[-1].depth


def _heading_of(
    pieces: Sequence[Piece], entry: Entry, target: int, taken: dict[int, int]
) -> int | None:
    near = range(target, min(target + _LOOKED_AT, len(pieces)))
    title = _normalized(entry.title)
    same = (at for at in near if at not in taken and _normalized(pieces[at].text) == title)
    for at in same:
        if pieces[at].kind in (BlockKind.HEADING, BlockKind.PROSE):
            pieces[at].kind = BlockKind.HEADING
            pieces[at].level = pieces[at].level or 1
            return at
    return next((at for at in near if at not in taken and pieces[at].level), None)


def _place_below(pieces: Sequence[Piece], depths: dict[int, int], depth: int) -> None:
    own = 0  # level in the chapter of the heading with the last entry
    for at, piece in enumerate(pieces):
        if not piece.level:
            continue
        if at in depths:
            depth, own = depths[at], piece.level
            piece.level = depth
        elif depth:
            piece.level = depth + max(piece.level - own, 1) if own else depth + piece.level


def _normalized(title: str) -> str:
    return " ".join(title.split()).casefold()
