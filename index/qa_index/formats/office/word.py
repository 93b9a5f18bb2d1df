"""Parses Word documents."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from qa_index.formats.archive import local
from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.office.composing import PAGE_BREAK, Composer, Position, alternative_text
from qa_index.formats.office.drawing import add_chart, add_diagram
from qa_index.formats.office.numbering import Numbering, shown
from qa_index.formats.office.package import (
    Package,
    Relationship,
    attribute,
    child,
    integer,
    is_on,
    value,
)
from qa_index.formats.office.styles import BODY_LEVEL, Style, Styles
from qa_index.formats.office.symbols import symbol
from qa_index.records import BlockKind, Gap, Parsed, UnitKind

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_SKIPPED = frozenset({
    "del", "moveFrom", "delText", "instrText", "delInstrText", "rPr", "pPr", "rt", "rubyPr",
    "sdtPr", "sdtEndPr", "tblPr", "tblGrid", "trPr", "tcPr", "ffData", "fldData", "pgNum",
    "annotationRef", "customXmlPr", "smartTagPr",
})  # fmt: skip
"""What is deleted, moved away, code of fields or properties, but no text."""
_GIVEN = {"tab": "\t", "ptab": "\t", "cr": "\n", "noBreakHyphen": "-"}
"""Text that elements stand for. Soft hyphens are left out: they show only at the end of a line."""
_MOST_SPAN = 63
"""Columns of a table in Word."""


@dataclass(slots=True)
class _Inline:
    """The text of a paragraph or cell, and what is attached to it."""

    pieces: list[str] = field(default_factory=list)
    notes: list[tuple[str, int]] = field(default_factory=list)
    """Text of each note, and how many pages began before its mark."""
    boxes: list[Element] = field(default_factory=list)
    captions: list[str] = field(default_factory=list)
    parts: list[Relationship] = field(default_factory=list)
    """Charts and diagrams."""
    pictures: int = 0
    breaks: int = 0

    @property
    def text(self) -> str:
        return "".join(self.pieces)


def parse_word(data: bytes, *, name: str) -> Parsed:
    """Parse a Word document; raises ``UnreadableSource``."""
    package = Package(data, accepted=("wordprocessingml", "ms-word"), called="Word document")
    return _Document(package).parsed(name)


class _Document:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._composer = Composer(UnitKind.PAGE)
        self._relationships = package.relationships(package.main)
        self._styles = Styles(package, self._related("styles"))
        self._numbering = Numbering(package, self._related("numbering"), self._styles.numbers())
        self._titles: list[str] = []
        self._gaps: list[Gap] = []
        self._fields: list[bool] = []
        """For each open field of the paragraph, whether its code continues."""
        self._codes = 0
        """Number of open fields whose code continues."""
        self._inline = _Inline()
        self._code: list[str] = []
        # Breaks that Word recorded when it saved the document; others count only beside those.
        self._has_pages = False
        self._section_start: Position | None = None
        self._restarts = False
        self._at_top = True
        self._broken_by_hand = False
        # Notes are read first, since they stand in parts of their own.
        self._marks: dict[tuple[str, str], str] = {}
        self._counts = {"footnote": 0, "endnote": 0}
        self._note_styles = self._read_settings()
        self._is_body = False
        self._notes = {kind: self._read_notes(kind) for kind in ("footnote", "endnote", "comment")}
        self._is_body = True

    def parsed(self, name: str) -> Parsed:
        self._composer.turn(1)
        for block in self._body():
            self._block(block)
        self._end_paragraph(Style(), "")
        self._end_code()
        for text in self._notes["comment"].values():
            self._composer.add(BlockKind.NOTE, text)
        self._composer.turn(0)
        self._is_body = False
        self._add_running("header", "footer")
        return self._composer.parsed(
            name=name,
            media_type=_MEDIA_TYPE,
            titles=[self._package.title(), *self._titles],
            metadata=self._package.metadata(),
            gaps=[*self._gaps, *self._package.gaps],
            has_units=self._has_pages,
            by_look=True,
        )

    def _related(self, kind: str) -> list[str]:
        return self._package.related(self._package.main, kind)

    # The stream of blocks

    def _body(self) -> Iterator[Element]:
        """Paragraphs and tables of the body, each cleared when the next is asked for."""
        parents: list[Element] = []
        block: Element | None = None
        skipped = 0
        for event, element in self._package.iterparse(self._package.main):
            tag = local(element.tag)
            if event == "start":
                if not parents and tag != "document":
                    raise UnreadableSource(
                        "it is no Word document: its main part holds no document"
                    )
                parents.append(element)
                skipped += tag in ("del", "moveFrom", "Fallback")
                if block is None and tag in ("p", "tbl"):
                    block = element
                continue
            parents.pop()
            skipped -= tag in ("del", "moveFrom", "Fallback")
            if element is block:
                if not skipped:
                    yield element
                block = None
                parents[-1].clear()
            elif block is None and tag == "altChunk":
                self._embedded(attribute(element, "id"))
            elif tag == "sectPr" and local(parents[-1].tag) == "body":
                self._section(element)

    def _section(self, properties: Element) -> None:
        """The properties of a section stand at its end, and say how it begins.

        One that begins on an odd or even page can leave an empty page before it, of which nothing
        is recorded. Which pages are odd is uncertain when a section has numbers of its own.
        """
        numbers = child(properties, "pgNumType")
        if numbers is not None and attribute(numbers, "start") is not None:
            self._restarts = True
        kind = value(properties, "type")
        if self._section_start is not None and kind in ("oddPage", "evenPage"):
            if self._restarts:
                self._composer.lose_units(self._section_start)
            else:
                self._composer.skip_to(self._section_start, is_odd=kind == "oddPage")
        self._section_start = self._composer.position()

    def _block(self, element: Element) -> None:
        tag = local(element.tag)
        if tag == "p":
            self._paragraph(element)
        elif tag == "tbl":
            self._table(element)
        elif tag == "AlternateContent":
            self._blocks(_choice(element))
        elif tag not in _SKIPPED:
            self._blocks(element)

    def _blocks(self, elements: Iterable[Element]) -> None:
        for element in elements:
            self._block(element)

    # Paragraphs

    def _paragraph(self, element: Element) -> None:
        properties = child(element, "pPr")
        identifier = value(properties, "pStyle") or self._styles.default
        style = self._styles[identifier]
        breaks = is_on(properties, "pageBreakBefore")
        if (style.breaks_page if breaks is None else breaks) and not self._at_top:
            self._break_page()
        self._collect(element, self._inline, hidden=style.is_hidden)
        self._end_fields()
        mark = child(properties, "rPr")
        if child(mark, "del") is None and child(mark, "moveFrom") is None:
            outline = value(properties, "outlineLvl")
            if outline is not None:
                style = style._replace(outline=integer(outline, BODY_LEVEL))
            self._end_paragraph(style, self._marker(properties, style))
        section = child(properties, "sectPr")
        if section is not None and self._is_body:
            self._section(section)

    def _marker(self, properties: Element | None, style: Style) -> str:
        """Count the paragraph in its list, and return its number or bullet; empty without text."""
        numbering = child(properties, "numPr")
        own = value(numbering, "numId")
        number = style.number if own is None else own
        if not number or number == "0" or not self._inline.text.strip():
            return ""
        level = value(numbering, "ilvl")
        if level is not None:
            at = integer(level)
        elif style.list_level is not None and own is None:
            at = style.list_level
        else:
            at = self._numbering.level_of_style(number, style.number_style)
        return self._numbering.marker(number, at)

    def _end_paragraph(self, style: Style, marker: str) -> None:
        """Add the collected text as a block, followed by what is attached to it."""
        inline, self._inline = self._inline, _Inline()
        text = inline.text
        kind = self._kind(style, marker)
        if kind is BlockKind.CODE and not (inline.notes or inline.boxes or inline.parts):
            if text.strip() or self._code:
                self._code.append(text)
            return
        self._end_code()
        page = self._composer.number
        if style.is_title and text.strip():
            self._titles.append(text.replace(PAGE_BREAK, ""))
        self._composer.add(kind, _marked(marker, text), level=max(style.level, 1))
        self._add_attached(inline, page)

    def _kind(self, style: Style, marker: str) -> BlockKind:
        if style.is_contents:
            return BlockKind.DEBRIS
        if style.level:
            return BlockKind.HEADING
        if style.is_caption:
            return BlockKind.CAPTION
        if marker:
            return BlockKind.LIST
        return BlockKind.CODE if style.is_code else BlockKind.PROSE

    def _end_code(self) -> None:
        """Paragraphs of code that follow one another are one block."""
        if self._code:
            self._composer.add(BlockKind.CODE, "\n".join(self._code))
            self._code.clear()

    def _add_attached(self, inline: _Inline, page: int) -> None:
        for _ in range(inline.pictures):
            self._composer.picture()
        for caption in inline.captions:
            self._composer.add(BlockKind.CAPTION, caption)
        for box in inline.boxes:
            self._blocks(box)
        for each in inline.parts:
            if each.kind == "chart":
                add_chart(self._composer, self._package, each.target)
            else:
                add_diagram(self._composer, self._package, each.target)
        for text, breaks in inline.notes:
            self._composer.add_note(text, number=page + breaks)

    # What stands in a paragraph

    def _collect(self, element: Element, inline: _Inline, *, hidden: bool = False) -> None:
        for each in element:
            tag = local(each.tag)
            if tag == "r":
                self._run(each, inline, hidden)
            elif tag == "t":
                # Of mathematics, drawings and runs; line ends there are only those of the XML.
                if each.text and not hidden and not self._codes:
                    inline.pieces.append(each.text.replace("\n", " "))
                    self._at_top = self._at_top and not each.text.strip()
                    self._broken_by_hand = self._broken_by_hand and self._at_top
            elif tag == "txbxContent":
                inline.boxes.append(each)
            elif tag == "AlternateContent":
                for one in _choice(each):
                    self._collect_one(one, inline, hidden)
            elif tag not in _SKIPPED:
                self._collect_one(each, inline, hidden)

    def _run(self, element: Element, inline: _Inline, hidden: bool) -> None:
        properties = child(element, "rPr")
        if properties is not None:
            own = is_on(properties, "vanish")
            style = value(properties, "rStyle")
            if own is not None:
                hidden = own
            elif style and self._styles[style].is_hidden:
                hidden = True
        self._collect(element, inline, hidden=hidden)

    def _collect_one(self, element: Element, inline: _Inline, hidden: bool) -> None:
        tag = local(element.tag)
        if tag in _GIVEN:
            if not hidden:
                inline.pieces.append(_GIVEN[tag])
        elif tag == "br":
            self._line_break(element, inline)
        elif tag == "lastRenderedPageBreak":
            if self._is_body:
                self._has_pages = True
                if not self._broken_by_hand:
                    self._break_page(inline)
                self._broken_by_hand = False
        elif tag == "sym":
            if not hidden:
                inline.pieces.append(symbol(attribute(element, "font"), attribute(element, "char")))
        elif tag == "fldChar":
            self._field(attribute(element, "fldCharType"))
        elif tag in ("footnoteReference", "endnoteReference"):
            if not hidden:
                self._note(tag.removesuffix("Reference"), element, inline)
        elif tag == "commentReference":
            text = self._notes["comment"].pop(attribute(element, "id") or "", "")
            inline.notes.append((text, inline.breaks))
        elif tag in ("f", "sSup", "sSub"):
            self._fraction_or_script(tag, element, inline)
        elif tag in ("docPr", "cNvPr"):
            caption = alternative_text(attribute(element, "descr"))
            if caption and caption not in inline.captions:
                inline.captions.append(caption)
        elif tag in ("blip", "imagedata"):
            inline.pictures += 1
        elif tag in ("chart", "relIds"):
            self._part(attribute(element, "id" if tag == "chart" else "dm"), inline)
        elif tag == "OLEObject":
            self._embedded(attribute(element, "id"))
        else:
            self._collect(element, inline, hidden=hidden)

    def _line_break(self, element: Element, inline: _Inline) -> None:
        kind = attribute(element, "type")
        if kind == "page":
            self._break_page(inline)
            self._broken_by_hand = True
        inline.pieces.append("\n")

    def _break_page(self, inline: _Inline | None = None) -> None:
        if not self._is_body:
            return
        inline = self._inline if inline is None else inline
        inline.pieces.append(PAGE_BREAK)
        inline.breaks += 1
        self._at_top = True
        self._broken_by_hand = True

    def _field(self, kind: str | None) -> None:
        """A field is its code and then its result; only the result is shown."""
        if kind == "begin":
            self._fields.append(True)
            self._codes += 1
        elif kind == "separate" and self._fields:
            self._codes -= self._fields[-1]
            self._fields[-1] = False
        elif kind == "end" and self._fields:
            self._codes -= self._fields.pop()

    def _end_fields(self) -> None:
        """A result may continue in the next paragraph; code may not, or it would hide text."""
        self._fields.clear()
        self._codes = 0

    def _fraction_or_script(self, tag: str, element: Element, inline: _Inline) -> None:
        between = {"f": "/", "sSup": "^", "sSub": "_"}[tag]
        is_first = True
        for each in element:
            if local(each.tag) in ("num", "den", "e", "sup", "sub"):
                if not is_first:
                    inline.pieces.append(between)
                self._collect(each, inline)
                is_first = False

    def _part(self, identifier: str | None, inline: _Inline) -> None:
        found = self._relationships.get(identifier or "")
        if self._is_body and found and found.target in self._package:
            del self._relationships[identifier or ""]  # each is added once
            inline.parts.append(found)

    def _embedded(self, identifier: str | None) -> None:
        found = self._relationships.get(identifier or "")
        if found is not None:
            file = found.target.rpartition("/")[2][-80:]
            self._gaps.append(Gap("document", f"embedded document {file} is not read"))

    # Notes

    def _note(self, kind: str, element: Element, inline: _Inline) -> None:
        identifier = attribute(element, "id") or ""
        text = self._notes[kind].get(identifier)
        if text is None:
            return
        mark = self._marks.get((kind, identifier))
        if mark is None:
            mark = ""
            if attribute(element, "customMarkFollows") not in ("1", "true", "on"):
                self._counts[kind] += 1
                mark = f"[{shown(self._counts[kind], self._note_styles[kind])}]"
            self._marks[kind, identifier] = mark
            inline.notes.append((f"{mark} {text}".strip(), inline.breaks))
        inline.pieces.append(mark)

    def _read_settings(self) -> dict[str, str]:
        """How footnotes and endnotes are numbered."""
        styles = {"footnote": "decimal", "endnote": "lowerRoman"}
        for part in self._related("settings")[:1]:
            for element in self._package.root(part):
                for kind in styles:
                    if local(element.tag) == f"{kind}Pr":
                        styles[kind] = value(element, "numFmt") or styles[kind]
        return styles

    def _read_notes(self, kind: str) -> dict[str, str]:
        """The notes of this kind by their identifiers."""
        notes = {}
        for part in self._related(f"{kind}s")[:1]:
            for element in self._package.root(part):
                if local(element.tag) != kind or attribute(element, "type") not in (None, "normal"):
                    continue
                text = self._flat(element, "\n")
                if kind == "comment" and text.strip():
                    author = attribute(element, "author")
                    text = f"Comment by {author}: {text}" if author else f"Comment: {text}"
                notes[attribute(element, "id") or ""] = text
        return notes

    def _flat(self, element: Element, separator: str) -> str:
        inline = _Inline()
        self._flatten(element, inline, separator)
        return inline.text.strip()

    def _add_running(self, *kinds: str) -> None:
        """Headers and footers, each text once."""
        seen = set()
        for kind in kinds:
            for part in self._related(kind):
                text = self._flat(self._package.root(part), "\n")
                if text not in seen:
                    seen.add(text)
                    self._composer.add(BlockKind.DEBRIS, text)

    # Tables

    def _table(self, element: Element) -> None:
        """A table of one cell is a frame: its content is added as if outside a table.

        A table within another is part of its cell: its cells follow one another, with spaces
        between.
        """
        rows = [row for row in _within(element, "tr") if not _is_deleted(row, "trPr")]
        cells = list(_within(rows[0], "tc")) if len(rows) == 1 else []
        if len(cells) == 1:
            self._blocks(cells[0])
            return
        self._end_paragraph(Style(), "")
        self._end_code()
        inline = _Inline()
        page = self._composer.number
        table = [self._row(row, inline) for row in rows]
        self._composer.add_table(table, header_rows=_header_rows(element, rows))
        self._add_attached(inline, page)

    def _row(self, row: Element, inline: _Inline) -> list[str]:
        before = value(child(row, "trPr"), "gridBefore")
        cells = [""] * min(integer(before), _MOST_SPAN)
        for cell in _within(row, "tc"):
            properties = child(cell, "tcPr")
            if child(properties, "cellDel") is not None:
                continue
            # A cell that goes on from the row above holds no text of its own.
            inline.pieces.clear()
            self._flatten(cell, inline, "\n")
            cells.append(inline.text)
            span = integer(value(properties, "gridSpan"), 1)
            cells.extend([""] * (min(span, _MOST_SPAN) - 1))
        inline.pieces.clear()
        return cells

    def _flatten(self, element: Element, inline: _Inline, separator: str) -> None:
        """Collect the text of all blocks inside, each followed by the separator."""
        for each in element:
            tag = local(each.tag)
            if tag == "p":
                self._flatten_paragraph(each, inline)
                inline.pieces.append(separator)
            elif tag == "AlternateContent":
                for one in _choice(each):
                    self._flatten(one, inline, separator)
            elif tag not in _SKIPPED and not _is_deleted(each, "trPr"):
                self._flatten(each, inline, separator)

    def _flatten_paragraph(self, element: Element, inline: _Inline) -> None:
        properties = child(element, "pPr")
        style = self._styles[value(properties, "pStyle") or self._styles.default]
        before, boxes = inline.pieces, len(inline.boxes)
        inline.pieces = []
        self._collect(element, inline, hidden=style.is_hidden)
        self._end_fields()
        own, inline.pieces = inline.pieces, before
        # The marker depends on whether there is text.
        self._inline, outer = _Inline(own), self._inline
        marker = self._marker(properties, style)
        self._inline = outer
        inline.pieces.append(_marked(marker, "".join(own)))
        for box in inline.boxes[boxes:]:
            inline.pieces.append("\n")
            self._flatten(box, inline, "\n")
        del inline.boxes[boxes:]


def _marked(marker: str, text: str) -> str:
    """A paragraph behind its number or bullet; pages that begin before the text come first."""
    if not marker:
        return text
    content = text.lstrip(" \t\n" + PAGE_BREAK)
    breaks = text[: len(text) - len(content)].count(PAGE_BREAK)
    return f"{PAGE_BREAK * breaks}{marker} {content}"


def _choice(element: Element) -> list[Element]:
    """The first choice of alternative contents, or else the fallback."""
    choices = [each for each in element if local(each.tag) == "Choice"]
    return choices[:1] or [each for each in element if local(each.tag) == "Fallback"][:1]


def _within(element: Element, wanted: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, also those in content controls."""
    for each in element:
        tag = local(each.tag)
        if tag == wanted:
            yield each
        elif tag in ("sdt", "sdtContent", "customXml", "ins", "moveTo"):
            yield from _within(each, wanted)


def _is_deleted(element: Element, properties: str) -> bool:
    return child(child(element, properties), "del") is not None


def _header_rows(table: Element, rows: list[Element]) -> int:
    """Rows marked as header; else the first if the table's style sets it off."""
    marked = 0
    for row in rows:
        if not is_on(child(row, "trPr"), "tblHeader"):
            break
        marked += 1
    if marked:
        return marked
    look = child(child(table, "tblPr"), "tblLook")
    if look is None or len(rows) < 2:
        return 0
    first = attribute(look, "firstRow")
    if first is not None:
        return int(first in ("1", "true", "on"))
    flags = attribute(look, "val") or "0"
    try:
        return int(bool(int(flags[:8], 16) & 0x20))
    except ValueError:
        return 0
