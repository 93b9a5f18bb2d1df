"""Parses presentations of PowerPoint."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from qa_index.formats.archive import local
from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.office.composing import Composer, alternative_text
from qa_index.formats.office.drawing import add_chart, add_diagram, paragraphs
from qa_index.formats.office.numbering import LEVELS, bullet, shown
from qa_index.formats.office.package import Package, Relationship, attribute, child, integer
from qa_index.formats.structure.titles import tidy
from qa_index.records import BlockKind, Gap, Parsed, UnitKind

_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

_TITLES = ("title", "ctrTitle")
_RUNNING = ("dt", "ftr", "sldNum", "hdr")
_OUTLINED = ("body", "obj", None)
"""Placeholders whose text is an outline; the master says which bullets it has."""
_NUMBER_STYLES = {
    "arabic": "decimal",
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_SURROUNDINGS = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})", "Plain": "{}"}

_Add = Callable[[Composer, Package, str], None]
Bullets = dict[int, Element | None]
"""By level, from 0, the element that defines the bullet; ``None`` for no bullet."""


@dataclass(frozen=True, slots=True)
class _Placeholder:
    kind: str | None
    """Such as ``title``; ``None`` for general content."""
    index: str


def parse_slides(data: bytes, *, name: str) -> Parsed:
    """Parse a presentation; raises ``UnreadableSource``."""
    package = Package(data, accepted=("presentationml", "ms-powerpoint"), called="presentation")
    return _Presentation(package).parsed(name)


class _Presentation:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._composer = Composer(UnitKind.SLIDE)
        self._gaps: list[Gap] = []
        self._authors = dict(self._read_authors())
        self._layouts: dict[str, dict[_Placeholder, Bullets]] = {}
        self._masters: dict[str, Bullets] = {}

    def parsed(self, name: str) -> Parsed:
        root = self._package.root(self._package.main)
        if local(root.tag) != "presentation":
            raise UnreadableSource("it is no presentation: its main part holds no presentation")
        relationships = self._package.relationships(self._package.main)
        slides = child(root, "sldIdLst")
        for number, each in enumerate(() if slides is None else slides, 1):
            # The relationship is told by an identifier with a namespace, the slide by one without.
            identifiers = [text for key, text in each.items() if key != "id" and local(key) == "id"]
            found = relationships.get(identifiers[0]) if identifiers else None
            if found is None or found.target not in self._package:
                self._gaps.append(Gap(f"slide {number}", "its part is missing"))
                continue
            _Slide(self, self._composer, self._package, found.target, number).add(self._gaps)
        return self._composer.parsed(
            name=name,
            media_type=_MEDIA_TYPE,
            titles=[self._package.title()],
            metadata=self._package.metadata(),
            gaps=[*self._gaps, *self._package.gaps],
        )

    def author(self, comment: Element) -> str:
        """Name of who wrote a comment."""
        return self._authors.get(attribute(comment, "authorId") or "", "")

    def placeholders(self, layout: str) -> dict[_Placeholder, Bullets]:
        """The bullets of a layout's placeholders."""
        found = self._layouts.get(layout)
        if found is None:
            found = self._layouts[layout] = {}
            for shape in self._package.root(layout).iter():
                if local(shape.tag) == "sp" and (placeholder := _placeholder(shape)):
                    found[placeholder] = _list_style(child(shape, "txBody"))
        return found

    def master(self, layout: str) -> Bullets:
        """The bullets of the outline in the master of a layout."""
        for part in self._package.related(layout, "slideMaster")[:1]:
            if part not in self._masters:
                styles = child(self._package.root(part), "txStyles")
                self._masters[part] = dict(_levels(child(styles, "bodyStyle")))
            return self._masters[part]
        return {}

    def _read_authors(self) -> Iterator[tuple[str, str]]:
        for kind in ("commentAuthors", "authors"):
            for part in self._package.related(self._package.main, kind):
                for each in self._package.root(part):
                    yield attribute(each, "id") or "", attribute(each, "name") or ""


class _Slide:
    def __init__(
        self,
        presentation: _Presentation,
        composer: Composer,
        package: Package,
        part: str,
        number: int,
    ) -> None:
        self._presentation = presentation
        self._composer = composer
        self._package = package
        self._part = part
        self._number = number
        self._relationships = package.relationships(part)
        self._layout = next(iter(package.related(part, "slideLayout")), "")
        self._embedded: list[str] = []

    def add(self, gaps: list[Gap]) -> None:
        """Add the slide with its notes and comments."""
        root = self._package.root(self._part)
        shapes = list(_shapes(child(child(root, "cSld"), "spTree")))
        titles = [each for each in shapes if _is_title(each)]
        title = tidy(" ".join(paragraphs(titles[0]))) if titles else ""
        self._composer.turn(self._number, title)
        if title:
            self._composer.add(BlockKind.HEADING, title, level=1)
        for shape in shapes:
            if not titles or shape is not titles[0]:
                self._shape(shape)
        for part in self._package.related(self._part, "notesSlide"):
            for shape in _shapes(child(child(self._package.root(part), "cSld"), "spTree")):
                placeholder = _placeholder(shape)
                if placeholder and placeholder.kind == "body":
                    for text in paragraphs(shape):
                        self._composer.add(BlockKind.NOTE, text)
        for part in self._package.related(self._part, "comments"):
            self._comments(self._package.root(part))
        for file in self._embedded:
            place = f"slide {self._number}"
            gaps.append(Gap(place, f"embedded document {file[-80:]} is not read"))

    def _comments(self, element: Element) -> None:
        for each in element:
            if local(each.tag) in ("cm", "reply"):
                author = self._presentation.author(each)
                body = child(each, "txBody")
                if body is None:
                    written = child(each, "text")
                    said = "" if written is None else written.text or ""
                else:
                    said = "\n".join(paragraphs(body))
                if said.strip():
                    by = f"Comment by {author}" if author else "Comment"
                    self._composer.add(BlockKind.NOTE, f"{by}: {said}")
                self._comments(each)
            elif local(each.tag) == "replyLst":
                self._comments(each)

    def _shape(self, shape: Element) -> None:
        tag = local(shape.tag)
        if tag == "pic":
            self._composer.picture()
        properties = next((each for each in shape if local(each.tag).startswith("nv")), None)
        caption = alternative_text(_description(properties))
        if caption:
            self._composer.add(BlockKind.CAPTION, caption)
        if tag == "graphicFrame":
            self._graphic(shape)
        body = child(shape, "txBody")
        if body is not None:
            self._text(shape, body)

    def _text(self, shape: Element, body: Element) -> None:
        placeholder = _placeholder(shape)
        kind = placeholder.kind if placeholder else ""
        if kind in _RUNNING:
            for text in paragraphs(body):
                self._composer.add(BlockKind.DEBRIS, text)
            return
        inherited = self._inherited(placeholder, body)
        counts = [0] * LEVELS
        for paragraph in body:
            if local(paragraph.tag) != "p":
                continue
            text = "".join(_lines(paragraph))
            if not text.strip():
                continue
            properties = child(paragraph, "pPr")
            level = min(max(integer(None if properties is None else properties.get("lvl")), 0), 8)
            is_said, mark = _bullet(properties)
            if not is_said:
                mark = next((each[level] for each in inherited if level in each), None)
            marker = _marker(mark, counts, level)
            if marker:
                self._composer.add(BlockKind.LIST, f"{marker} {text.strip()}")
            else:
                self._composer.add(BlockKind.PROSE, text)

    def _inherited(self, placeholder: _Placeholder | None, body: Element) -> list[Bullets]:
        own = _list_style(body)
        if placeholder is None or not self._layout:
            return [own]
        layout = self._presentation.placeholders(self._layout)
        found = layout.get(placeholder) or next(
            (bullets for each, bullets in layout.items() if each.index == placeholder.index), {}
        )
        outlined = placeholder.kind in _OUTLINED
        return [own, found, self._presentation.master(self._layout) if outlined else {}]

    def _graphic(self, frame: Element) -> None:
        for each in frame.iter():
            tag = local(each.tag)
            if tag == "tbl":
                self._table(each)
            elif tag == "chart":
                self._related(attribute(each, "id"), add_chart)
            elif tag == "relIds":
                self._related(attribute(each, "dm"), add_diagram)
            elif tag == "oleObj":
                found = self._relationship(each)
                if found is not None:
                    self._embedded.append(found.target.rpartition("/")[2])

    def _relationship(self, element: Element) -> Relationship | None:
        return self._relationships.get(attribute(element, "id") or "")

    def _related(self, identifier: str | None, add: _Add) -> None:
        found = self._relationships.get(identifier or "")
        if found is not None and found.target in self._package:
            add(self._composer, self._package, found.target)

    def _table(self, table: Element) -> None:
        rows = [
            [
                ""
                if "1" in (cell.get("hMerge"), cell.get("vMerge"))
                else "\n".join(paragraphs(cell))
                for cell in row
                if local(cell.tag) == "tc"
            ]
            for row in table
            if local(row.tag) == "tr"
        ]
        properties = child(table, "tblPr")
        has_header = properties is not None and properties.get("firstRow") in ("1", "true")
        self._composer.add_table(rows, header_rows=int(has_header and len(rows) > 1))


def _shapes(tree: Element | None) -> Iterator[Element]:
    """All shapes in the order of the file, those of groups in their place."""
    for each in () if tree is None else tree:
        tag = local(each.tag)
        if tag in ("sp", "pic", "graphicFrame", "cxnSp", "contentPart"):
            yield each
        elif tag == "AlternateContent":
            choices = [one for one in each if local(one.tag) == "Choice"]
            yield from _shapes(next(iter(choices or each), None))
        elif tag == "grpSp":
            yield from _shapes(each)


def _placeholder(shape: Element) -> _Placeholder | None:
    for each in shape:
        if local(each.tag).startswith("nv"):
            found = child(child(each, "nvPr"), "ph")
            if found is not None:
                return _Placeholder(found.get("type"), found.get("idx", "0"))
    return None


def _is_title(shape: Element) -> bool:
    placeholder = _placeholder(shape)
    return placeholder is not None and placeholder.kind in _TITLES


def _description(properties: Element | None) -> str | None:
    found = child(properties, "cNvPr")
    return None if found is None else found.get("descr")


def _lines(paragraph: Element) -> Iterator[str]:
    for each in paragraph:
        tag = local(each.tag)
        if tag in ("r", "fld"):
            yield "".join(one.text or "" for one in each if local(one.tag) == "t")
        elif tag == "br":
            yield "\n"
        elif tag == "AlternateContent" or tag == "m":  # mathematics
            first = next((one for one in each if local(one.tag) != "Fallback"), None)
            for one in () if first is None else first.iter():
                if local(one.tag) == "t":
                    yield one.text or ""


def _list_style(body: Element | None) -> Bullets:
    return dict(_levels(child(body, "lstStyle")))


def _levels(style: Element | None) -> Iterator[tuple[int, Element | None]]:
    """The bullets that a list style defines, by level; levels without a definition are absent."""
    for each in () if style is None else style:
        tag = local(each.tag)
        if tag.startswith("lvl") and tag[3:4].isdigit():
            said, bullet_element = _bullet(each)
            if said:
                yield int(tag[3]) - 1, bullet_element


def _bullet(properties: Element | None) -> tuple[bool, Element | None]:
    """Whether paragraph properties define a bullet, and the element that does."""
    for each in () if properties is None else properties:
        tag = local(each.tag)
        if tag == "buNone":
            return True, None
        if tag in ("buChar", "buAutoNum", "buBlip"):
            return True, each
    return False, None


def _marker(element: Element | None, counts: list[int], level: int) -> str:
    """Count the paragraph, and return its number or bullet; empty for none."""
    counts[level + 1 :] = [0] * (LEVELS - level - 1)
    if element is None:
        counts[level] = 0
        return ""
    if local(element.tag) != "buAutoNum":
        return bullet(element.get("char", ""))
    counts[level] += 1
    number = integer(element.get("startAt"), 1) + counts[level] - 1
    kind = element.get("type", "")
    surroundings = next((end for end in _SURROUNDINGS if kind.endswith(end)), "Period")
    style = _NUMBER_STYLES.get(kind.removesuffix(surroundings), "decimal")
    return _SURROUNDINGS[surroundings].format(shown(number, style))
