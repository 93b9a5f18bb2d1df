"""Packages of Office: their parts and the relationships between them."""

from collections.abc import Iterator
from posixpath import dirname, join, normpath
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from qa_index.formats.archive import ENCRYPTED, Archive, local
from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.office.properties import read_properties
from qa_index.formats.office.signatures import OLE
from qa_index.records import NO_METADATA, Gap, Metadata

_MOST_ELEMENTS = 2_000_000
"""In a part that is read as a whole; they take about 200 MB."""
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


class Relationship(NamedTuple):
    """A relationship of one part to another."""

    kind: str
    """Last segment of its type, such as ``footnotes``; it is the same in Strict files."""
    target: str
    """Name of the part; as written if it lies outside the package."""
    is_external: bool


class Package:
    """An Office document in memory. Every method raises ``UnreadableSource``.

    ``accepted`` are words, one of which occurs in the content type of the main part.
    """

    def __init__(self, data: bytes, *, accepted: tuple[str, ...], called: str) -> None:
        if data.startswith(OLE):
            if _ENCRYPTED_STREAM in data:
                raise UnreadableSource(ENCRYPTED)
            raise UnreadableSource(
                "it has the format of before Office 2007; save it in a newer one"
            )
        self._archive = Archive(data)
        self._names = {name.casefold(): name for name in self._archive.names}
        self.gaps: list[Gap] = []
        if "[content_types].xml" not in self._names:
            raise UnreadableSource(f"it is no {called}: it does not list its content types")
        roots = self.relationships("")
        mains = [each.target for each in roots.values() if each.kind == "officeDocument"]
        if not mains or mains[0] not in self:
            raise UnreadableSource(f"it is no {called}: its main part is missing")
        self.main = mains[0]
        content_type = self._content_type(self.main)
        if not any(word in content_type for word in accepted):
            raise UnreadableSource(
                f"it is no {called}: its main part has the type {content_type[:100] or 'unknown'}"
            )
        self._core = next(
            (each.target for each in roots.values() if each.kind == "core-properties"), ""
        )

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._names

    def iterparse(self, name: str) -> Iterator[tuple[str, Element]]:
        """Events of a part's XML."""
        return self._archive.iterparse(self._names.get(name.casefold(), name))

    def root(self, name: str) -> Element:
        """The whole XML of a small part."""
        for count, (_, element) in enumerate(self.iterparse(name)):
            last = element
            if count > 2 * _MOST_ELEMENTS:
                raise UnreadableSource(f"its part {name[-80:]} has too many elements")
        return last

    def relationships(self, part: str) -> dict[str, Relationship]:
        """Relationships of a part by their ids; of the package itself for ``""``."""
        folder, _, file = part.rpartition("/")
        name = join(folder, "_rels", f"{file}.rels")
        if name not in self:
            return {}
        found = {}
        for element in self.root(name):
            target = unquote(element.get("Target", ""))
            is_external = element.get("TargetMode") == "External"
            if not is_external:
                target = normpath(join("/", dirname(part), target)).lstrip("/")
            kind = element.get("Type", "").rpartition("/")[2]
            found[element.get("Id", "")] = Relationship(kind, target, is_external)
        return found

    def related(self, part: str, kind: str) -> list[str]:
        """Names of the parts that this part relates to in this way. Missing ones become gaps."""
        names = []
        for each in self.relationships(part).values():
            if each.kind == kind and not each.is_external:
                if each.target in self:
                    names.append(each.target)
                else:
                    self.gaps.append(Gap("document", f"its part {each.target[-80:]} is missing"))
        return names

    def title(self) -> str:
        """The title among the document's properties; empty for none."""
        if self._core not in self:
            return ""
        for element in self.root(self._core):
            if local(element.tag) == "title":
                return element.text or ""
        return ""

    def metadata(self) -> Metadata:
        """What the document's properties state."""
        return read_properties(self.iterparse(self._core)) if self._core in self else NO_METADATA

    def _content_type(self, part: str) -> str:
        suffix = part.rpartition(".")[2].casefold()
        default = ""
        for element in self.root("[Content_Types].xml"):
            if element.get("PartName", "").lstrip("/").casefold() == part.casefold():
                return element.get("ContentType", "")
            if element.get("Extension", "").casefold() == suffix:
                default = element.get("ContentType", "")
        return default


def attribute(element: Element, name: str) -> str | None:
    """An attribute by its local name."""
    found = element.get(name)
    if found is not None:
        return found
    for key, value in element.items():
        if local(key) == name:
            return value
    return None


def child(element: Element | None, name: str) -> Element | None:
    """The first child with this local name."""
    if element is not None:
        for each in element:
            if local(each.tag) == name:
                return each
    return None


def value(element: Element | None, name: str) -> str | None:
    """The attribute ``val`` of the first child with this local name."""
    found = child(element, name)
    return None if found is None else attribute(found, "val")


def is_on(element: Element | None, name: str) -> bool | None:
    """An on/off property; ``None`` if it is absent."""
    found = child(element, name)
    if found is None:
        return None
    return attribute(found, "val") not in ("0", "false", "off", "none")


def integer(text: str | None, default: int = 0) -> int:
    """An attribute as a number; the default if it is none or has ten characters or more."""
    if text is not None and len(text) < 10:
        try:
            return int(text)
        except ValueError:
            pass
    return default
