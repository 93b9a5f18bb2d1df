"""The package of an EPUB: which parts of the archive are its chapters, in which order."""

from posixpath import dirname, join, normpath
from typing import NamedTuple
from urllib.parse import unquote
from xml.etree.ElementTree import Element

from qa_index.formats.archive import Archive, local
from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.structure.metadata import MOST_TAGS, stated
from qa_index.records import Metadata

_DUBLIN_CORE = ("/dc/elements/1.1/}title", "/dc/elements/1.1/}date")
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_OBFUSCATED_FONTS = frozenset(
    {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
)
"""Algorithms that keep fonts from being copied and protect no text."""


class Item(NamedTuple):
    """A part that the package lists."""

    path: str
    """In the archive."""
    media_type: str
    properties: frozenset[str]


class Package(NamedTuple):
    """What the package file says."""

    title: str
    metadata: Metadata
    chapters: list[Item | None]
    """In order; those outside the reading order last. ``None`` for one that is not listed."""
    navigation: str
    """Path of the navigation document; empty for none."""
    ncx: str
    """Path of the older kind of navigation; empty for none."""


def resolve(base: str, href: str) -> tuple[str, str]:
    """Path in the archive and fragment of a link in the part ``base``."""
    path, _, fragment = href.partition("#")
    path = unquote(path.partition("?")[0])
    return (normpath(join(dirname(base), path)) if path else base), unquote(fragment)


def read_package(archive: Archive) -> Package:
    """Read the package file.

    Raises ``UnreadableSource`` if there is none, or if the book is protected.
    """
    _refuse_protected(archive)
    path = _package_path(archive)
    titles: list[str] = []
    dates: list[str] = []
    changed: list[str] = []
    subjects: list[str] = []
    items: dict[str, Item] = {}
    linear: list[str] = []
    others: list[str] = []
    ncx = ""
    for event, element in archive.iterparse(path, doctype=True):
        if event == "start":
            continue
        tag = local(element.tag)
        if tag == "title" and element.tag.endswith(_DUBLIN_CORE):
            titles.append(" ".join("".join(element.itertext()).split()))
        elif tag == "date" and element.tag.endswith(_DUBLIN_CORE) and len(dates) < MOST_TAGS:
            is_first = _is_publication(element)
            dates.insert(0 if is_first else len(dates), "".join(element.itertext()))
        elif tag == "subject" and len(subjects) < MOST_TAGS:
            subjects.append("".join(element.itertext()))
        elif tag == "meta" and element.get("property") == "dcterms:modified":
            changed[:] = ["".join(element.itertext())]
        elif tag == "item":
            items[element.get("id", "")] = Item(
                resolve(path, element.get("href", ""))[0],
                element.get("media-type", "").lower(),
                frozenset(element.get("properties", "").split()),
            )
        elif tag == "itemref":
            order = others if element.get("linear") == "no" else linear
            order.append(element.get("idref", ""))
        elif tag == "spine":
            ncx = element.get("toc", "")
    if not linear and not others:
        raise UnreadableSource("its package lists no chapters")
    by_type = (item.path for item in items.values() if item.media_type.endswith("dtbncx+xml"))
    return Package(
        title=next(filter(None, titles), ""),
        metadata=stated(dates + changed, subjects),
        chapters=[items.get(each) for each in linear + others],
        navigation=next((item.path for item in items.values() if "nav" in item.properties), ""),
        ncx=items[ncx].path if ncx in items else next(by_type, ""),
    )


def _is_publication(element: Element) -> bool:
    """Whether a date says that it is when the book appeared."""
    return any(local(name) == "event" and value == "publication" for name, value in element.items())


def _package_path(archive: Archive) -> str:
    if _CONTAINER in archive:
        for _, element in archive.iterparse(_CONTAINER, doctype=True):
            path = element.get("full-path") if local(element.tag) == "rootfile" else None
            if path:
                return unquote(path) if unquote(path) in archive else path
    for name in archive.names:
        if name.lower().endswith(".opf"):
            return name
    raise UnreadableSource("it is no EPUB: its archive holds no package")


def _refuse_protected(archive: Archive) -> None:
    if _ENCRYPTION not in archive:
        return
    algorithm = ""
    inside_key = 0
    for event, element in archive.iterparse(_ENCRYPTION, doctype=True):
        tag = local(element.tag)
        if tag in ("EncryptedKey", "KeyInfo"):
            inside_key += 1 if event == "start" else -1
        elif tag == "EncryptionMethod" and not inside_key:
            algorithm = element.get("Algorithm", "")
        elif tag == "EncryptedData" and event == "end":
            if algorithm not in _OBFUSCATED_FONTS:
                raise UnreadableSource("it is protected against copying (DRM)")
            algorithm = ""
