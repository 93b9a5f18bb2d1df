"""Parses texts and presentations of OpenDocument, zipped or flat."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from qa_index.formats.archive import ENCRYPTED, Archive, iterparse, local
from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.office.composing import PAGE_BREAK, Composer, alternative_text
from qa_index.formats.office.numbering import LEVELS
from qa_index.formats.office.odfstyles import Counter, OdfStyles
from qa_index.formats.office.package import attribute, child, integer
from qa_index.formats.office.properties import Properties
from qa_index.formats.office.signatures import OLE, ZIP
from qa_index.formats.structure.titles import tidy
from qa_index.records import BlockKind, Gap, Parsed, UnitKind

_MEDIA_TYPE = "application/vnd.oasis.opendocument."
_CALLED = {"text": "text", "presentation": "presentation"}

_STYLES = ("styles", "automatic-styles", "master-styles")
_SKIPPED = frozenset({
    "tracked-changes", "annotation-end", "ruby-text", "forms", "sequence-decls", "variable-decls",
    "user-field-decls", "dde-connection-decls", "event-listeners", "hidden-text", "thumbnail",
    "settings", "index-title-template", "alphabetical-index-auto-mark-file",
})  # fmt: skip
"""Deleted text, settings, and what is not shown."""
_CONTENTS = frozenset({
    "table-of-content", "illustration-index", "table-index", "object-index", "user-index",
    "alphabetical-index",
})  # fmt: skip
_SHAPES = frozenset({
    "frame", "custom-shape", "rect", "ellipse", "circle", "line", "connector", "path", "polygon",
    "polyline", "regular-polygon", "caption", "measure", "text-box",
})  # fmt: skip
_RUNNING = ("header", "footer", "date-time", "page-number")
_WHITE_SPACE = re.compile(r"[ \t\r\n]+")
_MOST_SPACES = 100
"""One element can ask for any number of spaces."""
_MOST_COLUMNS = 64
"""One element can ask for any number of columns."""


@dataclass(slots=True)
class _Inline:
    """The text of a paragraph or cell, and what is attached to it."""

    pieces: list[str] = field(default_factory=list)
    notes: list[tuple[str, int]] = field(default_factory=list)
    """Text of each note, and how many pages began before its mark."""
    frames: list[Element] = field(default_factory=list)
    breaks: int = 0

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def parse_opendocument(data: bytes, *, name: str, body: str) -> Parsed:
    """Parse a document whose body is a ``text`` or ``presentation``.

    Raises ``UnreadableSource``.
    """
    if data.startswith(OLE):
        raise UnreadableSource(f"it is no OpenDocument {body}, but an old Office file")
    document = _Document(body)
    if data.startswith(ZIP):
        archive = Archive(data)
        if "content.xml" not in archive:
            raise UnreadableSource(f"it is no OpenDocument {body}: its part content.xml is missing")
        _check_encryption(archive)
        for part in ("meta.xml", "styles.xml", "content.xml"):
            if part in archive:
                document.read(archive.iterparse(part))
    else:
        document.read(iterparse([data], name="the document"))
    return document.parsed(name)


def _check_encryption(archive: Archive) -> None:
    if "META-INF/manifest.xml" in archive:
        # Manifests of old programs declare a document type.
        for event, element in archive.iterparse("META-INF/manifest.xml", doctype=True):
            if event == "end" and local(element.tag) == "encryption-data":
                raise UnreadableSource(ENCRYPTED)


class _Document:
    def __init__(self, body: str) -> None:
        self._body = body
        self._composer = Composer(UnitKind.PAGE if body == "text" else UnitKind.SLIDE)
        self._styles = OdfStyles()
        self._titles: list[str] = []
        self._meta_title = ""
        self._properties = Properties()
        self._gaps: list[Gap] = []
        self._running: list[str] = []
        self._code: list[str] = []
        self._outline = Counter()
        self._counters: dict[str, Counter] = {}
        self._has_pages = False
        self._at_top = True
        self._is_found = False
        self._slides = 0
        self._in_contents = False

    def parsed(self, name: str) -> Parsed:
        if not self._is_found:
            raise UnreadableSource(
                f"it is no OpenDocument {self._body}: its content is of another kind"
            )
        self._end_code()
        self._composer.turn(0)
        for text in dict.fromkeys(self._running):
            self._composer.add(BlockKind.DEBRIS, text)
        return self._composer.parsed(
            name=name,
            media_type=_MEDIA_TYPE + self._body,
            titles=[self._meta_title, *self._titles],
            metadata=self._properties.metadata(),
            gaps=self._gaps,
            has_units=self._body != "text" or self._has_pages,
            by_look=self._body == "text",
        )

    def read(self, events: Iterable[tuple[str, Element]]) -> None:
        """Process a part: metadata, styles or the body."""
        parents: list[Element] = []
        tags: list[str] = []
        block: Element | None = None
        for event, element in events:
            tag = local(element.tag)
            if event == "start":
                if block is None and self._is_whole(tag, tags):
                    block = element
                parents.append(element)
                tags.append(tag)
                if tags[-2:] == ["body", self._body] and len(tags) == 3:
                    self._begin_body()
                continue
            parents.pop()
            tags.pop()
            if tag == "title" and tags[-1:] == ["meta"]:
                self._meta_title = element.text or ""
            elif tags[-1:] == ["meta"]:
                self._properties.add(element)
            if element is block:
                if "body" in tags:
                    self._in_contents = not _CONTENTS.isdisjoint(tags)
                    self._block(element)
                elif "master-styles" in tags:
                    self._master(element)
                else:
                    self._styles.define(element)
                block = None
                parents[-1].clear()

    def _is_whole(self, tag: str, tags: list[str]) -> bool:
        """Whether an element with these parents is processed when it is complete."""
        if tags[1:3] == ["body", self._body]:
            return tag not in ("section", "index-body", "index-title", *_CONTENTS)
        return len(tags) == 2 and tags[-1] in _STYLES

    def _begin_body(self) -> None:
        self._is_found = True
        if self._body == "text":
            self._composer.turn(1)

    def _master(self, element: Element) -> None:
        """Running heads; those of slides stand in placeholders and are not repeated here."""
        if self._body == "text":
            for each in element:
                if local(each.tag).startswith(("header", "footer")):
                    self._running.append(self._flat(each))

    # Blocks

    def _blocks(self, elements: Iterable[Element]) -> None:
        for each in elements:
            self._block(each)

    def _block(self, element: Element) -> None:
        tag = local(element.tag)
        if tag in ("p", "h"):
            self._paragraph(element, "")
        elif tag == "list":
            self._list(element, 0, "")
        elif tag == "table":
            self._table(element)
        elif tag == "page":
            self._slide(element)
        elif tag == "soft-page-break":
            self._break_page(is_soft=True)
        elif tag in _SHAPES:
            self._frame(element)
        elif tag not in _SKIPPED:
            self._blocks(element)

    def _paragraph(self, element: Element, marker: str) -> None:
        style = attribute(element, "style-name") or ""
        if self._styles.breaks_page(style):
            self._break_page(is_soft=False)
        inline = _Inline()
        if not self._styles.is_hidden(style):
            self._collect(element, inline)
        text = inline.text
        kind = self._kind(element, style, marker)
        page = self._composer.number
        if kind is BlockKind.CODE and not (inline.notes or inline.frames):
            if text.strip() or self._code:
                self._code.append(text)
            return
        self._end_code()
        level = integer(attribute(element, "outline-level"), 1)
        if kind is BlockKind.HEADING and not marker and local(element.tag) == "h":
            marker = self._heading_number(element, level, text)
        if self._styles.is_title(style) and text.strip():
            self._titles.append(text.replace(PAGE_BREAK, ""))
        self._composer.add(kind, f"{marker} {text.strip(' ')}" if marker else text, level=level)
        self._add_attached(inline, page)

    def _kind(self, element: Element, style: str, marker: str) -> BlockKind:
        if self._in_contents:
            return BlockKind.DEBRIS
        if local(element.tag) == "h" or self._styles.is_title(style):
            return BlockKind.HEADING
        if self._styles.is_caption(style):
            return BlockKind.CAPTION
        if marker:
            return BlockKind.LIST
        return BlockKind.CODE if self._styles.is_code(style) else BlockKind.PROSE

    def _heading_number(self, element: Element, level: int, text: str) -> str:
        levels = self._styles.lists.get("", {})
        unnumbered = attribute(element, "is-list-header") == "true"
        if unnumbered or not text.strip() or self._body != "text":
            return ""
        if self._styles.list_of(attribute(element, "style-name") or "") == "":
            return ""
        return self._outline.marker(levels, level - 1)

    def _end_code(self) -> None:
        """Paragraphs of code that follow one another are one block."""
        if self._code:
            self._composer.add(BlockKind.CODE, "\n".join(self._code))
            self._code.clear()

    def _add_attached(self, inline: _Inline, page: int) -> None:
        for frame in inline.frames:
            self._frame(frame)
        for text, breaks in inline.notes:
            self._composer.add_note(text, number=page + breaks)

    def _break_page(self, *, is_soft: bool) -> None:
        """Breaks by hand count where the program also recorded its own."""
        self._has_pages |= is_soft
        if not self._at_top:
            self._end_code()
            self._composer.turn(self._composer.number + 1)
            self._at_top = True

    # Lists

    def _list(self, element: Element, level: int, style: str) -> None:
        for item, marked in self._items(element, level, style):
            self._item(item, marked)

    def _item(self, item: Element, marker: str) -> None:
        if local(item.tag) in ("p", "h"):
            self._paragraph(item, marker)
        else:
            self._block(item)

    def _items(self, element: Element, level: int, style: str) -> Iterator[tuple[Element, str]]:
        """What stands in a list, in order; the first paragraph of an item with its marker."""
        own = attribute(element, "style-name") or style
        is_other, style = own != style, own
        continues = attribute(element, "continue-numbering") == "true" or attribute(
            element, "continue-list"
        )
        if level == 0 and not continues:
            self._counters[style] = Counter()
        counter = self._counters.setdefault(style, Counter())
        if is_other and not continues:
            counter.counts[level:] = [0] * (LEVELS - level)
        levels = self._styles.lists.get(style, {})
        for item in element:
            is_new = local(item.tag) == "list-item"
            for each in item:
                tag = local(each.tag)
                if tag == "list":
                    yield from self._items(each, level + 1, style)
                elif tag in ("p", "h") and is_new:
                    is_new = False
                    start = attribute(item, "start-value")
                    yield each, counter.marker(levels, level, integer(start) if start else None)
                elif tag != "number":
                    yield each, ""

    # What stands in a paragraph

    def _collect(self, element: Element, inline: _Inline) -> None:
        self._append(element.text, inline)
        for each in element:
            self._collect_one(each, inline)
            self._append(each.tail, inline)

    def _append(self, text: str | None, inline: _Inline) -> None:
        if text:
            text = _WHITE_SPACE.sub(" ", text)
            # White space at the start of a paragraph, or after other white space, is none.
            if text[0] == " " and (not inline.pieces or inline.pieces[-1][-1:] in " \n"):
                text = text[1:]
            if text:
                inline.pieces.append(text)
                self._at_top = self._at_top and text == " "

    def _collect_one(self, element: Element, inline: _Inline) -> None:
        tag = local(element.tag)
        if tag == "s":
            count = integer(attribute(element, "c"), 1)
            inline.pieces.append(" " * min(count, _MOST_SPACES))
        elif tag == "tab":
            inline.pieces.append("\t")
        elif tag == "line-break":
            inline.pieces.append("\n")
        elif tag == "soft-page-break":
            self._has_pages = self._at_top = True
            inline.pieces.append(PAGE_BREAK)
            inline.breaks += 1
        elif tag == "note":
            self._note(element, inline)
        elif tag == "annotation":
            self._annotation(element, inline)
        elif tag in _SHAPES:
            inline.frames.append(element)
        elif tag == "hidden-paragraph" or tag in _SKIPPED:
            pass
        elif not self._styles.is_hidden(attribute(element, "style-name") or ""):
            self._collect(element, inline)

    def _note(self, element: Element, inline: _Inline) -> None:
        citation = child(element, "note-citation")
        mark = f"[{tidy(''.join(citation.itertext()))}]" if citation is not None else ""
        body = child(element, "note-body")
        if body is not None:
            inline.pieces.append(mark)
            inline.notes.append((f"{mark} {self._flat(body)}".strip(), inline.breaks))

    def _annotation(self, element: Element, inline: _Inline) -> None:
        creator = child(element, "creator")
        author = "" if creator is None else tidy("".join(creator.itertext()))
        text = "\n".join(
            self._flat_one(each) for each in element if local(each.tag) in ("p", "list")
        ).strip()
        if text:
            by = f"Comment by {author}" if author else "Comment"
            inline.notes.append((f"{by}: {text}", inline.breaks))

    # Frames and slides

    def _frame(self, element: Element) -> None:
        """A text box or shape with its text, a picture, a table or an embedded document."""
        caption = ""
        has_image = has_object = False
        for each in element:
            tag = local(each.tag)
            if tag == "image":
                has_image = True
            elif tag in ("object", "object-ole"):
                has_object = True
                self._embedded(each)
            elif tag == "desc" or (tag == "title" and not caption):
                caption = alternative_text("".join(each.itertext())) or caption
        if has_image and not has_object:
            self._composer.picture()
        self._composer.add(BlockKind.CAPTION, caption)
        self._blocks(
            each
            for each in element
            if local(each.tag) not in ("image", "object", "object-ole", "desc", "title")
        )

    def _embedded(self, element: Element) -> None:
        file = (attribute(element, "href") or "").rpartition("/")[2][-80:]
        place = f"slide {self._slides}" if self._slides else "document"
        self._gaps.append(Gap(place, f"embedded document {file} is not read".replace("  ", " ")))

    def _slide(self, element: Element) -> None:
        self._slides += 1
        shapes = list(_shapes(element))
        title = next((each for each in shapes if _class(each) == "title"), None)
        label = "" if title is None else tidy(self._flat(title))
        self._composer.turn(self._slides, label)
        self._composer.add(BlockKind.HEADING, label, level=1)
        for each in shapes:
            if _class(each) in _RUNNING:
                self._composer.add(BlockKind.DEBRIS, self._flat(each))
            elif each is not title:
                self._block(each)
        inline = _Inline()
        for each in element:
            if local(each.tag) == "annotation":
                self._annotation(each, inline)
            elif local(each.tag) == "notes":
                for shape in _shapes(each):
                    if _class(shape) == "notes":
                        self._composer.add(BlockKind.NOTE, self._flat(shape))
        for text, _ in inline.notes:
            self._composer.add(BlockKind.NOTE, text)

    # Tables

    def _table(self, element: Element) -> None:
        """A table of one cell is a frame: its content is added as if outside a table.

        A table within another is part of its cell: its cells follow one another, with spaces
        between.
        """
        rows = list(_rows(element))
        cells = [each for each in rows[0][0] if local(each.tag) == "table-cell"] if rows else []
        if len(rows) == 1 and len(cells) == 1:
            self._blocks(cells[0])
            return
        self._end_code()
        inline = _Inline()
        page = self._composer.number
        table = [self._row(row, inline) for row, _ in rows]
        headers = sum(is_header for _, is_header in rows)
        if not headers and len(rows) > 1 and self._names_columns(rows[0][0]):
            headers = 1
        self._composer.add_table(table, header_rows=headers)
        self._add_attached(inline, page)

    def _names_columns(self, row: Element) -> bool:
        styles = [
            attribute(each, "style-name") or "" for each in row.iter() if local(each.tag) == "p"
        ]
        return bool(styles) and all(self._styles.is_table_heading(each) for each in styles)

    def _row(self, row: Element, inline: _Inline) -> list[str]:
        cells: list[str] = []
        for each in row:
            tag = local(each.tag)
            if tag == "soft-page-break":
                self._has_pages = True
                cells.append(PAGE_BREAK)
                continue
            if tag not in ("table-cell", "covered-table-cell"):
                continue
            # Covered cells hold text that is not shown.
            inline.pieces = []
            if tag == "table-cell":
                self._flatten(each, inline)
            cells.append(inline.text)
            repeated = integer(attribute(each, "number-columns-repeated"), 1)
            left = _MOST_COLUMNS - len(cells)
            cells.extend([""] * min(repeated - 1, max(left, 0)))
        if PAGE_BREAK in cells:
            cells.remove(PAGE_BREAK)
            cells[:1] = [PAGE_BREAK + "".join(cells[:1])]
        inline.pieces = []
        return cells

    # Text without structure

    def _flat(self, element: Element) -> str:
        inline = _Inline()
        self._flatten(element, inline)
        return inline.text.replace(PAGE_BREAK, "").strip()

    def _flat_one(self, element: Element) -> str:
        holder = Element("holder")
        holder.append(element)
        return self._flat(holder)

    def _flatten(self, element: Element, inline: _Inline) -> None:
        """Collect the text of all paragraphs inside, a line each."""
        for each in element:
            tag = local(each.tag)
            if tag in ("p", "h"):
                self._flatten_paragraph(each, "", inline)
            elif tag == "list":
                for item, marker in self._items(each, 0, ""):
                    if local(item.tag) in ("p", "h"):
                        self._flatten_paragraph(item, marker, inline)
                    else:
                        self._flatten(item, inline)
            elif tag == "image":
                self._composer.picture()
            elif tag not in _SKIPPED and tag not in ("desc", "title", "covered-table-cell"):
                self._flatten(each, inline)

    def _flatten_paragraph(self, element: Element, marker: str, inline: _Inline) -> None:
        if self._styles.is_hidden(attribute(element, "style-name") or ""):
            return
        own = _Inline(breaks=inline.breaks)
        self._collect(element, own)
        inline.pieces.append(f"{marker} {own.text}\n" if marker else f"{own.text}\n")
        inline.notes.extend(own.notes)
        inline.breaks = own.breaks
        for frame in own.frames:
            self._flatten(frame, inline)


def _shapes(element: Element) -> Iterator[Element]:
    """All shapes of a slide in the order of the file, those of groups in their place."""
    for each in element:
        tag = local(each.tag)
        if tag in _SHAPES or tag == "table":
            yield each
        elif tag in ("g", "a"):
            yield from _shapes(each)


def _class(element: Element) -> str:
    return attribute(element, "class") or ""


def _rows(element: Element, is_header: bool = False) -> Iterator[tuple[Element, bool]]:
    """Rows of a table, and whether each is a header."""
    for each in element:
        tag = local(each.tag)
        if tag == "table-row":
            yield each, is_header
        elif tag == "table-header-rows":
            yield from _rows(each, True)
        elif tag in ("table-rows", "table-row-group"):
            yield from _rows(each, is_header)
