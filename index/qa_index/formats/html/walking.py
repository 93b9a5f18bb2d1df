"""Collects the text of a page in pieces, as a browser would break it into blocks and lines."""

import re
from collections.abc import Callable
from typing import NamedTuple

from qa_index.formats.html.elements import (
    BLOCKS,
    HEADINGS,
    LANDMARKS,
    LISTS,
    NOTE_MARKS,
    NOTES,
    PREFORMATTED,
    ROLES,
    SKIPPED,
    SKIPPED_IN_SVG,
    is_around_content,
    is_block,
    is_hidden,
    tokens,
    words,
)
from qa_index.formats.html.events import Attributes
from qa_index.formats.html.meta import Meta
from qa_index.formats.html.pieces import Listing, Mark, Page, Piece, Region
from qa_index.formats.html.tables import Cell, OpenTable, Row, pieces_of, span
from qa_index.formats.html.tree import walk
from qa_index.records import BlockKind

_LONGEST_HEADING = 300
"""Characters; more is a heading that was not closed."""
_DEEPEST_TABLE = 6
"""Deeper ones only lay out; each level moves the pieces inside once more."""
_DEEPEST_LIST = 8
"""Levels that are indented."""
_LONGEST_MARK = 6
"""Characters of a reference to a note, and of a page number."""
_LONGEST_PAGE_LABEL = 20

_DROPPED = {0xAD: None, 0xFEFF: None, 0x2060: None}
"""Soft hyphens, byte order marks and word joiners: what is invisible inside a word."""
_WIDE = "[\u2e80-\u303f\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef]"
_WIDE_LINE_END = re.compile(f"(?<={_WIDE})[ \t]*\n\\s*(?={_WIDE})")
"""Chinese and Japanese have no space where a line of the source ends."""
_BULLET = re.compile(r"[•◦▪·–—*-]\s|\(?(?:\d{1,3}|[a-zA-Z]|[ivxlIVXL]{1,6})[.)]\s")
"""What an item says itself, for a list whose markers are switched off in the style sheet."""
_PERMALINK = frozenset({"¶", "#", "§", "🔗", "\u200b"})
_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|svg|webp|bmp|tiff?)|(?:image|img|photo|picture)s?")
_TEX_STYLE = re.compile(r"\{\\(?:display|text)style\s*(.*)\}", re.DOTALL)
_SUPERSCRIPT = re.compile(r"[-+−]?\d+")
_NO_VALUES: dict[str, str | None] = {}


class _Item:
    """A list item whose marker is written before its first text."""

    __slots__ = ("depth", "listing", "marker")

    def __init__(self, listing: Listing, depth: int, marker: str | None) -> None:
        self.listing = listing
        self.depth = depth
        self.marker = marker
        """``None`` when it is written."""


class _OpenList:
    __slots__ = ("depth", "listing", "next", "step", "style")

    def __init__(self, listing: Listing, depth: int, style: str, start: int, step: int) -> None:
        self.listing = listing
        self.depth = depth
        self.style = style
        """As the attribute ``type``: ``1``, ``a``, ``A``, ``i``, ``I``; else the marker itself."""
        self.next = start
        self.step = step


class _State(NamedTuple):
    """What applies to the text inside the innermost open elements."""

    region: Region
    kind: BlockKind = BlockKind.PROSE
    level: int = 0
    preformatted: bool = False
    linked: bool = False
    sectioned: bool = False
    """Inside an article or the like, which has headers and footers of its own."""
    item: _Item | None = None
    list: _OpenList | None = None


class _Frame(NamedTuple):
    """What to do when an element ends."""

    state: _State
    is_block: bool
    leave: Callable[[], None] | None


class _Start(NamedTuple):
    """A position in the current paragraph that can be returned to."""

    flushed: int
    part: int
    length: int


def read_page(markup: str, *, is_book: bool = False) -> Page:
    """The pieces of a page. In a book, all is content but ``nav``, and pages may be marked."""
    walker = _Walker(is_book=is_book)
    walk(markup, walker)
    return walker.finish()


class _Walker:
    def __init__(self, *, is_book: bool) -> None:
        self._is_book = is_book
        root = Region("", None)
        self._regions = [root]
        self._state = _State(root)
        self._stack: list[_Frame | None] = []
        self._pieces: list[Piece] = []
        self._sink = self._pieces
        self._tables: list[OpenTable] = []
        self._hidden = 0  # open elements inside and including a hidden one
        self._in_svg = 0
        self._drawn: list[str] = []
        self._captions: list[str] = []
        self._title: list[str] = []
        self._in_title = False
        self._site = ""
        self._meta = Meta()
        self._has_scripts = self._has_pictures = False
        self._page_label: list[str] | None = None
        # The paragraph that is being collected:
        self._parts: list[str] = []
        self._length = 0
        self._space = False  # white space that counts if a word follows
        self._links = self._linked = 0
        self._marks: list[Mark] = []
        self._added: list[tuple[int, int]] = []
        self._opens_item = False
        self._flushed = 0

    def finish(self) -> Page:
        self._flush()
        if self._marks and self._pieces:  # after the last text
            last = self._pieces[-1]
            last.marks += [mark._replace(offset=len(last.text)) for mark in self._marks]
        title = " ".join("".join(self._title).split())
        return Page(
            pieces=self._pieces,
            regions=self._regions,
            title=title,
            site=self._site,
            has_scripts=self._has_scripts,
            has_pictures=self._has_pictures,
            meta=self._meta,
        )

    # Events

    def start_element(self, tag: str, attributes: Attributes) -> None:
        if self._hidden:
            self._hidden += 1
            return
        if self._in_svg:
            if tag in SKIPPED_IN_SVG:
                self._hidden = 1
            else:
                self._in_svg += 1
                self._drawn.append(" ")
            return
        if tag in SKIPPED:
            self._has_scripts |= tag == "script"
            self._hidden = 1
            return
        values = dict(attributes) if attributes else _NO_VALUES
        if tag == "svg" and not is_hidden(tag, values):
            self._has_pictures = True
            self._in_svg = 1
            return
        if not values:
            if tag not in BLOCKS and tag not in _ENTER:
                self._stack.append(None)
                return
        elif is_hidden(tag, values):
            self._hidden = 1
            return
        if tag == "math" and values.get("alttext"):
            self._hidden = 1
            self._append_formula(values["alttext"] or "")
            return
        before = self._state
        block = is_block(tag, values)
        if block:
            self._break(tag)
        if values:
            self._mark(values)
            if self._hidden:
                return
        enter = _ENTER.get(tag)
        leave = enter(self, tag, values) if enter else None
        if values:
            self._apply_roles(tag, values)
        if block and not leave and self._state.level and not before.level:
            leave = self._flush
        self._stack.append(
            _Frame(before, block, leave) if block or leave or self._state is not before else None
        )

    def end_element(self, tag: str) -> None:
        if self._hidden:
            self._hidden -= 1
            if not self._hidden and self._page_label is not None:
                self._end_page_label()
            return
        if self._in_svg:
            self._in_svg -= 1
            if not self._in_svg:
                self._captions.append("".join(self._drawn))
                self._drawn = []
                if not self._parts:
                    self._flush()
            return
        frame = self._stack.pop()
        if frame is None:
            return
        if frame.is_block:
            self._break(tag)
        if frame.leave:
            frame.leave()
        self._state = frame.state

    def characters(self, data: str) -> None:
        if self._hidden:
            if self._page_label is not None:
                self._page_label.append(data)
            return
        if self._in_svg:
            self._drawn.append(data)
            return
        if self._in_title:
            self._title.append(data)
            return
        if not data.isascii():
            data = data.translate(_DROPPED)
            if "\n" in data:
                data = _WIDE_LINE_END.sub("", data)
        if self._state.preformatted:
            if data:
                self._append(data)
            return
        words = data.split()
        if not words:
            self._space = self._space or bool(data)
            return
        if self._parts and (self._space or data[0].isspace()) and self._parts[-1] != "\n":
            self._append(" ")
        self._append(" ".join(words))
        self._space = data[-1].isspace()

    # The paragraph

    def _append_formula(self, tex: str) -> None:
        tex = " ".join(tex.split())
        styled = _TEX_STYLE.fullmatch(tex)
        hidden, self._hidden = self._hidden, 0
        self.characters(styled[1].strip() if styled else tex)
        self._hidden = hidden

    def _append(self, text: str) -> None:
        item = self._state.item
        if item and item.marker is not None and not self._state.level:
            marker, item.marker = item.marker, None
            self._opens_item = True
            if marker and not _BULLET.match(text):
                self._parts.append(marker)
                self._added.append((self._length, self._length + len(marker)))
                self._length += len(marker)
        self._parts.append(text)
        self._length += len(text)
        if self._state.linked:
            self._linked += len(text)

    def _add(self, text: str) -> None:
        """Append characters that the page does not have."""
        self._added.append((self._length, self._length + len(text)))
        self._parts.append(text)
        self._length += len(text)

    def _break(self, tag: str) -> None:
        """End the paragraph; inside a heading, blocks are only separated."""
        if self._state.level and tag not in HEADINGS and self._length < _LONGEST_HEADING:
            self._space = True
        else:
            self._flush()

    def _flush(self) -> None:
        if self._parts:
            self._flush_text()
        self._space = False
        if self._captions:
            captions, self._captions = self._captions, []
            for caption in captions:
                self._emit_caption(" ".join(caption.split()))

    def _flush_text(self) -> None:
        text = "".join(self._parts)
        state = self._state
        lead = 0
        if state.preformatted:
            indented = re.match(r"(?:[^\S\n]*\n)*", text)
            lead = indented.end() if indented else 0
        else:
            lead = len(text) - len(text.lstrip())
        text = text[lead:].rstrip()
        marks, added = self._marks, self._added
        if text:
            level, kind = state.level, state.kind
            if level and len(text) > _LONGEST_HEADING:
                level, kind = 0, BlockKind.PROSE
            elif level:
                kind = BlockKind.HEADING
                text = text.replace("\n", " ")
            elif kind is BlockKind.PROSE and state.item:
                kind = BlockKind.LIST
            listing = state.item.listing if state.item else None
            if lead:
                marks = [mark._replace(offset=max(mark.offset - lead, 0)) for mark in marks]
                added = [(max(s - lead, 0), max(e - lead, 0)) for s, e in added]
            size = len(text)
            piece = Piece(
                kind=kind,
                text=text,
                region=state.region,
                level=level,
                links=self._links,
                linked=self._linked,
                listing=listing,
                depth=min(state.item.depth, _DEEPEST_LIST) if state.item else 0,
                opens_item=self._opens_item,
                marks=[mark._replace(offset=min(mark.offset, size)) for mark in marks],
                added=added,
            )
            self._sink.append(piece)
            state.region.chars += size
            state.region.linked += self._linked
            state.region.titles += level == 1
            if listing:
                listing.chars += size
                listing.linked += self._linked
                listing.items += self._opens_item
            marks = []
        # Marks of a paragraph without text belong to the next one.
        self._marks = [mark._replace(offset=0) for mark in marks]
        self._parts = []
        self._added = []
        self._length = self._links = self._linked = 0
        self._opens_item = False
        self._flushed += 1

    def _emit_caption(self, text: str) -> None:
        if text and not (self._sink and self._sink[-1].text == text):
            state = self._state
            self._sink.append(Piece(BlockKind.CAPTION, text, state.region, marks=self._marks))
            self._marks = []
            state.region.chars += len(text)

    def _start(self) -> _Start:
        return _Start(self._flushed, len(self._parts), self._length)

    def _since(self, start: _Start) -> str | None:
        """What was appended since, if it is short and in the same paragraph."""
        if start.flushed != self._flushed or len(self._parts) - start.part > 2 * _LONGEST_MARK:
            return None
        return "".join(self._parts[start.part :])

    def _cut(self, start: _Start) -> None:
        del self._parts[start.part :]
        self._length = start.length
        self._added = [span for span in self._added if span[1] <= start.length]
        self._marks = [m._replace(offset=min(m.offset, start.length)) for m in self._marks]

    # Attributes

    def _mark(self, values: dict[str, str | None]) -> None:
        name = values.get("id") or values.get("name")
        if name:
            self._marks.append(Mark(self._length, name, is_page=False))
        if not self._is_book:
            return
        if tokens(values.get("epub:type"), values.get("role")) & {"pagebreak", "doc-pagebreak"}:
            label = values.get("title") or values.get("aria-label") or ""
            self._marks.append(Mark(self._length, " ".join(label.split()), is_page=True))
            self._page_label = []
            self._hidden = 1

    def _end_page_label(self) -> None:
        text = " ".join("".join(self._page_label or ()).split())
        self._page_label = None
        last = self._marks[-1]
        if len(text) > _LONGEST_PAGE_LABEL:  # the element holds the page, not its number
            self.characters(text)
        elif not last.name:
            self._marks[-1] = last._replace(name=text)

    def _apply_roles(self, tag: str, values: dict[str, str | None]) -> None:
        role = values.get("role") or ""
        if role == "heading" and tag not in HEADINGS and tag in BLOCKS | {"span"}:
            value = values.get("aria-level") or ""
            level = int(value) if value in ("1", "2", "3", "4", "5", "6", "7", "8", "9") else 2
            self._flush()
            self._state = self._state._replace(level=level)
        if tag in BLOCKS and tag not in ("body", "html"):
            names = tokens(role, values.get("epub:type"), values.get("class"))
            if names & NOTES:
                self._state = self._state._replace(kind=BlockKind.NOTE)
                return
            kind = ROLES.get(role, "")
            if not kind and tag not in LANDMARKS and tag in _MAY_BE_AROUND and not self._is_book:
                classes, name = values.get("class") or "", values.get("id") or ""
                kind = "suspect" if is_around_content(f"{classes} {name}") else ""
            if kind:
                self._enter_region(kind)

    def _enter_region(self, kind: str) -> None:
        if self._is_book and kind != "nav":
            return
        state = self._state
        if kind in ("header", "footer") and state.sectioned:
            return
        region = Region(kind, state.region)
        self._regions.append(region)
        sectioned = state.sectioned or kind in ("main", "article", "aside")
        self._state = state._replace(region=region, sectioned=sectioned)

    # Elements

    def _enter_title(self, tag: str, values: dict[str, str | None]) -> Callable[[], None]:
        self._in_title = True
        return self._leave_title

    def _leave_title(self) -> None:
        self._in_title = False

    def _enter_meta(self, tag: str, values: dict[str, str | None]) -> None:
        if (values.get("property") or values.get("name")) in ("og:site_name", "application-name"):
            self._site = self._site or " ".join((values.get("content") or "").split())
        named = values.get("property") or values.get("name") or values.get("itemprop") or ""
        self._meta.add(named, values.get("content") or "")

    def _enter_heading(self, tag: str, values: dict[str, str | None]) -> None:
        self._state = self._state._replace(level=HEADINGS[tag], preformatted=False)

    def _enter_preformatted(self, tag: str, values: dict[str, str | None]) -> None:
        state = self._state
        kind = BlockKind.CODE if state.kind is BlockKind.PROSE else state.kind
        self._state = state._replace(preformatted=True, kind=kind, level=0)

    def _enter_landmark(self, tag: str, values: dict[str, str | None]) -> None:
        if tag == "aside" and tokens(values.get("epub:type"), values.get("role")) & NOTES:
            return
        self._enter_region("nav" if tag == "search" else tag)

    def _enter_control(self, tag: str, values: dict[str, str | None]) -> None:
        if not self._state.level:
            self._enter_region("control")

    def _enter_quote(self, tag: str, values: dict[str, str | None]) -> None:
        self._state = self._state._replace(sectioned=True, level=0)

    def _enter_caption(self, tag: str, values: dict[str, str | None]) -> Callable[[], None] | None:
        self._state = self._state._replace(kind=BlockKind.CAPTION, level=0, item=None)
        if tag == "caption" and self._tables and self._sink is self._tables[-1].loose:
            self._sink = self._tables[-1].caption
            return self._leave_cell
        return None

    def _enter_list(self, tag: str, values: dict[str, str | None]) -> None:
        outer = self._state.list
        listing = outer.listing if outer else Listing()
        depth = outer.depth + 1 if outer else 0
        style, start, step = "• ", 1, 1
        if tag == "dl":
            style = ""
        elif tag == "ol":
            style = values.get("type") or "1"
            start = _integer(values.get("start"), 1)
            step = -1 if "reversed" in values else 1
        css = (values.get("style") or "").lower().replace(" ", "")
        if "list-style:none" in css or "list-style-type:none" in css:
            style = ""
        opened = _OpenList(listing, depth, style, start, step)
        self._state = self._state._replace(list=opened, level=0)

    def _enter_item(self, tag: str, values: dict[str, str | None]) -> None:
        inside = self._state.list
        if inside is None:
            inside = _OpenList(Listing(), 0, "• " if tag == "li" else "", 1, 1)
        marker = ""
        if tag == "li":
            number = inside.next = _integer(values.get("value"), inside.next)
            inside.next += inside.step
            marker = _marker(inside.style, number)
        depth = inside.depth + (tag == "dd")
        self._state = self._state._replace(item=_Item(inside.listing, depth, marker), list=inside)

    def _enter_table(self, tag: str, values: dict[str, str | None]) -> Callable[[], None] | None:
        state = self._state
        if self._tables:
            self._tables[-1].has_tables = True
        self._state = state._replace(item=None, list=None, level=0)
        if len(self._tables) >= _DEEPEST_TABLE:
            return None
        kind = BlockKind.TABLE if state.kind is not BlockKind.NOTE else BlockKind.NOTE
        table = OpenTable(state.region, kind, self._sink, values.get("role") or "")
        self._tables.append(table)
        self._sink = table.loose
        return self._leave_table

    def _leave_table(self) -> None:
        self._flush()
        table = self._tables.pop()
        self._sink = table.outer
        table.rows += table.foot
        self._sink += pieces_of(table)

    def _enter_rows(self, tag: str, values: dict[str, str | None]) -> Callable[[], None] | None:
        if not self._at_table():
            return None
        self._tables[-1].in_head = tag == "thead"
        return None

    def _enter_row(self, tag: str, values: dict[str, str | None]) -> None:
        if self._at_table():
            table = self._tables[-1]
            table.rows.append(Row(table.in_head))

    def _enter_cell(self, tag: str, values: dict[str, str | None]) -> Callable[[], None] | None:
        if not self._at_table() or not self._tables[-1].rows:
            return None
        cell = Cell(tag == "th", span(values.get("colspan")), span(values.get("rowspan")))
        self._tables[-1].rows[-1].cells.append(cell)
        self._sink = cell.pieces
        return self._leave_cell

    def _at_table(self) -> bool:
        """Whether the innermost table is open and none of its cells is."""
        return bool(self._tables) and self._sink is self._tables[-1].loose

    def _leave_cell(self) -> None:
        self._flush()
        self._sink = self._tables[-1].loose

    def _enter_link(self, tag: str, values: dict[str, str | None]) -> Callable[[], None] | None:
        href = values.get("href")
        if href is None:
            return None
        self._links += 1
        start = self._start()
        self._state = self._state._replace(linked=True)
        names = tokens(values.get("epub:type"), values.get("role"), values.get("class"))
        if names & NOTE_MARKS:
            return lambda: self._leave_note_mark(start)
        if href.startswith("#"):
            return lambda: self._leave_internal_link(start)
        return None

    def _leave_internal_link(self, start: _Start) -> None:
        text = self._since(start)
        if text is not None and text.strip() in _PERMALINK:
            self._cut(start)

    def _enter_raised(self, tag: str, values: dict[str, str | None]) -> Callable[[], None]:
        start, links = self._start(), self._links
        return lambda: self._leave_raised(start, links)

    def _leave_raised(self, start: _Start, links: int) -> None:
        """Keep an exponent apart from its base, and the number of a note from its word."""
        if self._links > links:
            self._leave_note_mark(start)
            return
        text = self._since(start)
        if not text or not start.part or not _SUPERSCRIPT.fullmatch(text):
            return
        if self._parts[start.part - 1][-1:].isdigit():
            self._cut(start)
            self._add("^")
            self._append(text)

    def _leave_note_mark(self, start: _Start) -> None:
        text = self._since(start)
        if not text or not start.part or len(text) > _LONGEST_MARK:
            return
        mark = text.strip()
        if mark and mark[0] not in "[(" and any(map(str.isalnum, mark)):
            lead = text[: len(text) - len(text.lstrip())]
            self._cut(start)
            if lead:
                self._append(lead)
            self._add("[")
            self._append(mark)
            self._add("]")

    def _enter_ruby(self, tag: str, values: dict[str, str | None]) -> Callable[[], None]:
        readings: list[str] = []
        outer, self._readings = self._readings, readings

        def leave() -> None:
            self._readings = outer
            if readings and self._parts:
                self._add("(")
                self._append("".join(readings))
                self._add(")")

        return leave

    _readings: list[str] | None = None

    def _enter_reading(self, tag: str, values: dict[str, str | None]) -> Callable[[], None] | None:
        if self._readings is None:
            return None
        start, readings = self._start(), self._readings
        self._space = False

        def leave() -> None:
            text = self._since(start)
            if text is not None:
                readings.append(text.strip())
                self._cut(start)
                self._space = False

        return leave

    def _enter_quotation(self, tag: str, values: dict[str, str | None]) -> Callable[[], None]:
        if self._parts and self._space:
            self._append(" ")
            self._space = False
        self._add("“")
        return lambda: self._add("”")

    def _enter_break(self, tag: str, values: dict[str, str | None]) -> None:
        if self._state.preformatted:
            self._append("\n")
        elif self._state.level:
            self._space = True
        elif self._parts and self._parts[-1] == "\n":
            self._flush()  # an empty line
        elif self._parts:
            self._append("\n")
            self._space = False

    def _enter_image(self, tag: str, values: dict[str, str | None]) -> None:
        self._has_pictures = True
        alt = " ".join((values.get("alt") or "").split())
        if not alt:
            return
        classes = tokens(values.get("class"))
        if any("emoji" in name or "math" in name or name == "tex" for name in classes):
            self._append_formula(alt)
        elif self._state.level:
            if not _FILE_NAME.fullmatch(alt.lower()):
                self.characters(f" {alt} ")
        elif len(alt.split()) > 2 and not _FILE_NAME.fullmatch(alt.lower()):
            self._captions.append(alt)
            if not self._parts:
                self._flush()


_MAY_BE_AROUND = words("div section form ul ol dl table p header footer")

_ENTER: dict[str, Callable[..., Callable[[], None] | None]] = {
    **dict.fromkeys(HEADINGS, _Walker._enter_heading),
    **dict.fromkeys(LISTS | {"dl"}, _Walker._enter_list),
    **dict.fromkeys(("li", "dt", "dd"), _Walker._enter_item),
    **dict.fromkeys(PREFORMATTED, _Walker._enter_preformatted),
    **dict.fromkeys(LANDMARKS, _Walker._enter_landmark),
    **dict.fromkeys(("select", "textarea", "button"), _Walker._enter_control),
    **dict.fromkeys(("thead", "tbody", "tfoot"), _Walker._enter_rows),
    **dict.fromkeys(("td", "th"), _Walker._enter_cell),
    **dict.fromkeys(("figcaption", "caption"), _Walker._enter_caption),
    "title": _Walker._enter_title,
    "meta": _Walker._enter_meta,
    "blockquote": _Walker._enter_quote,
    "table": _Walker._enter_table,
    "tr": _Walker._enter_row,
    "a": _Walker._enter_link,
    "sup": _Walker._enter_raised,
    "ruby": _Walker._enter_ruby,
    "rt": _Walker._enter_reading,
    "q": _Walker._enter_quotation,
    "br": _Walker._enter_break,
    "img": _Walker._enter_image,
}


def _integer(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"-?\d{1,9}", value.strip()) else default


def _marker(style: str, number: int) -> str:
    """What stands before an item: ``3. ``, ``c. `` or a bullet."""
    if style in ("a", "A") and number > 0:
        letters = ""
        while number:
            number, letter = divmod(number - 1, 26)
            letters = chr(ord(style) + letter) + letters
        return f"{letters}. "
    if style in ("i", "I") and 0 < number < 4000:
        digits = _roman(number)
        return f"{digits if style == 'I' else digits.lower()}. "
    if style in ("1", "a", "A", "i", "I"):
        return f"{number}. "
    return style if style in ("", "• ") else f"{number}. "


def _roman(number: int) -> str:
    result = ""
    for value, digits in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
        (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        count, number = divmod(number, value)
        result += digits * count
    return result
