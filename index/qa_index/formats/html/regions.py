"""Tells the content of a page from what is around it: navigation, menus, lists of links."""

from collections.abc import Sequence

from qa_index.formats.html.pieces import Listing, Page, Piece, Region
from qa_index.formats.structure.debris import is_label, is_phrase
from qa_index.formats.structure.paragraphs import ends_sentence
from qa_index.records import BlockKind

_LEAST_CONTENT = 200
"""Characters that an element marked as main content must hold to be believed."""
_MAIN_SHARE = 0.25
_ARTICLE_SHARE = 0.6
"""Shares of the text outside navigation that ``main``, or all articles, must hold to be the
content. Cards of other articles are articles as well."""
_LINKED_ASIDE = 0.3
_LINKED = 0.8
"""Shares of linked characters of debris."""
_LARGEST_SUSPECT = 0.25
"""Share of the page beyond which a class name does not make a part debris."""
_LONGEST_LINK = 60
"""Characters of an average entry of a menu or table of contents."""
_LEAST_ITEMS = 3
_MOST_LISTED = 0.5
"""Share of the content that lists of links may be; otherwise they are the content."""
_LONGEST_CONTROL = 30
"""Characters; longer labels of buttons are questions that unfold an answer."""
_LONGEST_PHRASE = 160
_LEAST_REPEATED_WORDS = 6
_FLOW = frozenset({BlockKind.PROSE, BlockKind.LIST})


def mark_debris(page: Page, *, is_book: bool) -> list[Piece]:
    """The pieces of the page, with the kind ``DEBRIS`` for what is not content."""
    content = _mark_regions(page.regions, is_book=is_book)
    titled = any(region.titles for region in content)
    pieces = page.pieces
    for piece in pieces:
        region = piece.region
        outside = bool(content) and not region.inside
        if not (region.debris or outside):
            continue
        # The title of a page may stand above its main content.
        shown = piece.text.casefold()
        if (
            piece.level == 1
            and not titled
            and region.kind != "nav"
            and shown in page.title.casefold()
        ):
            titled = True
            continue
        _make_debris(piece)
    if not is_book:
        _mark_links(pieces)
        _mark_phrases(pieces)
        _mark_headings_of_debris(pieces)
    return pieces


def _make_debris(piece: Piece) -> None:
    piece.kind = BlockKind.DEBRIS
    piece.level = 0


def _mark_regions(regions: Sequence[Region], *, is_book: bool) -> list[Region]:
    """Set what each region is. Returns those that are the main content, if the page tells."""
    for region in reversed(regions):
        if region.parent:
            region.parent.chars += region.chars
            region.parent.linked += region.linked
            region.parent.titles += region.titles
    page = regions[0]
    content = [] if is_book else _main_content(regions)
    for region in content:
        region.inside = True
        above = region.parent
        while above and not above.holds_content:
            above.holds_content = True
            above = above.parent
    for region in regions[1:]:
        parent = region.parent or page
        region.inside = region.inside or parent.inside
        region.debris = parent.debris or (
            not region.holds_content
            and region not in content
            and _is_debris(region, page, has_content=bool(content), is_book=is_book)
        )
        if region.kind in ("main", "article") and region in content:
            region.debris = False
    return content


def _main_content(regions: Sequence[Region]) -> list[Region]:
    """The regions that are the content by their elements; empty if these cannot be believed."""
    around = sum(
        region.chars
        for region in regions
        if region.kind in ("nav", "footer") and region.parent and not _within_around(region)
    )
    text = regions[0].chars - around
    for kind, share in (("main", _MAIN_SHARE), ("article", _ARTICLE_SHARE)):
        found = [region for region in regions if region.kind == kind and not _nested(region, kind)]
        chars = sum(region.chars for region in found)
        if chars >= _LEAST_CONTENT and chars >= share * text:
            return found
    return []


def _within_around(region: Region) -> bool:
    return bool(region.parent) and _is_below(region.parent, ("nav", "footer"))


def _nested(region: Region, kind: str) -> bool:
    return bool(region.parent) and _is_below(region.parent, (kind,))


def _is_below(region: Region | None, kinds: tuple[str, ...]) -> bool:
    for _ in range(_DEEPEST):
        if region is None:
            return False
        if region.kind in kinds:
            return True
        region = region.parent
    return False


_DEEPEST = 50
"""Regions that are looked through upwards; a hostile page nests any number."""


def _is_debris(region: Region, page: Region, *, has_content: bool, is_book: bool) -> bool:
    kind, chars = region.kind, region.chars
    linked = region.linked / chars if chars else 0.0
    if kind == "nav":
        return True
    if is_book:
        return False
    if kind == "control":
        return chars <= _LONGEST_CONTROL
    if kind == "footer":
        return chars <= page.chars / 2
    if kind == "header":
        return not region.inside and (has_content or linked >= _LINKED_ASIDE)
    if kind == "aside":
        if region.inside or not has_content:
            return linked >= _LINKED_ASIDE
        return True
    if kind == "suspect":
        return chars <= _LARGEST_SUSPECT * page.chars
    return False


def _mark_links(pieces: Sequence[Piece]) -> None:
    """Mark lists and runs of links, unless they are most of the page."""
    found = [piece for piece in pieces if piece.listing and _is_menu(piece.listing)]
    found = [piece for piece in found if piece.kind in _FLOW]
    run: list[Piece] = []
    for piece in pieces:
        if piece.kind is BlockKind.PROSE and _is_link(piece):
            run.append(piece)
            continue
        if len(run) >= _LEAST_ITEMS:
            found += run
        run = []
        if piece.kind in _FLOW and _is_row_of_links(piece):
            found.append(piece)
    if len(run) >= _LEAST_ITEMS:
        found += run
    content = sum(len(piece.text) for piece in pieces if piece.kind is not BlockKind.DEBRIS)
    if sum(len(piece.text) for piece in found) <= _MOST_LISTED * content:
        for piece in found:
            _make_debris(piece)


def _is_menu(listing: Listing) -> bool:
    return (
        listing.items >= _LEAST_ITEMS
        and listing.linked >= _LINKED * (listing.chars - 2 * listing.items)
        and listing.chars <= (_LONGEST_LINK + 2) * listing.items
    )


def _is_link(piece: Piece) -> bool:
    size = len(piece.text)
    return size <= _LONGEST_LINK and piece.linked >= 0.9 * size and not ends_sentence(piece.text)


def _is_row_of_links(piece: Piece) -> bool:
    """Such as a trail of breadcrumbs."""
    size = len(piece.text)
    return (
        piece.links >= _LEAST_ITEMS
        and piece.linked >= _LINKED * (size - 3 * piece.links)
        and size <= _LONGEST_LINK * piece.links
        and not ends_sentence(piece.text)
    )


def _mark_phrases(pieces: Sequence[Piece]) -> None:
    """Mark pieces without letters or digits, known phrases of web pages, and repetitions."""
    seen: set[str] = set()
    for piece in pieces:
        text = piece.text
        if piece.kind is BlockKind.CODE:
            if text.replace("\n", "").replace(" ", "").isdigit() and "\n" in text:
                _make_debris(piece)  # numbers of the lines of a listing beside it
            continue
        if piece.kind not in _FLOW:
            continue
        if not any(map(str.isalnum, text)) or (
            len(text) <= _LONGEST_PHRASE
            and (is_phrase(text) or (2 * piece.linked > len(text) and is_label(text)))
        ):
            _make_debris(piece)
        elif len(text.split(None, _LEAST_REPEATED_WORDS)) >= _LEAST_REPEATED_WORDS:
            if text in seen:
                _make_debris(piece)
            seen.add(text)


def _mark_headings_of_debris(pieces: Sequence[Piece]) -> None:
    """Mark headings, other than the title, over nothing but debris."""
    below: BlockKind | None = None
    deeper = 0  # level of the next heading
    for piece in reversed(pieces):
        if piece.kind is BlockKind.HEADING:
            alone = below is BlockKind.DEBRIS and deeper <= piece.level
            level = piece.level
            if alone and piece.level > 1:
                _make_debris(piece)
            else:
                deeper, below = level, None
        elif piece.kind is not BlockKind.DEBRIS:
            below = piece.kind
        elif below is None:
            below = BlockKind.DEBRIS
