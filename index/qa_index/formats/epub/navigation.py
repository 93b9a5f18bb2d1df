"""The navigation of an EPUB: its table of contents and its list of printed pages."""

from typing import NamedTuple
from xml.etree.ElementTree import Element

from qa_index.formats.archive import Archive, local
from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.epub.package import Package, resolve
from qa_index.formats.html.charset import decode_page
from qa_index.formats.html.elements import tokens
from qa_index.formats.html.events import Attributes
from qa_index.formats.html.tree import walk
from qa_index.formats.html.xhtml import close_empty_elements


class Entry(NamedTuple):
    """A line of the table of contents or of the list of pages."""

    depth: int
    """1 for the outermost."""
    title: str
    path: str
    fragment: str


class Navigation(NamedTuple):
    """What a book says about its parts; either may be empty."""

    contents: list[Entry]
    pages: list[Entry]


def read_navigation(archive: Archive, package: Package) -> Navigation:
    """Read the navigation document, and the NCX for what it lacks."""
    found = Navigation([], [])
    if package.navigation in archive:
        try:
            markup = decode_page(archive.read(package.navigation))
        except UnreadableSource:
            markup = ""
        parser = _NavigationParser(package.navigation)
        walk(close_empty_elements(markup), parser)
        found = Navigation(parser.contents, parser.pages)
    if package.ncx in archive and not (found.contents and found.pages):
        older = _read_ncx(archive, package.ncx)
        found = Navigation(found.contents or older.contents, found.pages or older.pages)
    return found


class _NavigationParser:
    """Handles the events of a navigation document."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.contents: list[Entry] = []
        self.pages: list[Entry] = []
        self._target: list[Entry] | None = None
        self._depth = 0
        self._href = ""
        self._title: list[str] | None = None

    def start_element(self, tag: str, attributes: Attributes) -> None:
        values = dict(attributes)
        if tag == "nav":
            names = tokens(values.get("epub:type"), values.get("role"))
            if names & {"page-list", "doc-pagelist"}:
                self._target = self.pages
            elif names & {"toc", "doc-toc"}:
                self._target = self.contents
            else:
                self._target = None
            self._depth = 0
        elif tag in ("ol", "ul"):
            self._depth += 1
        elif tag == "a" and self._target is not None and values.get("href"):
            self._href = values["href"] or ""
            self._title = []
        elif tag == "img" and self._title is not None:
            self._title.append(values.get("alt") or "")

    def end_element(self, tag: str) -> None:
        if tag == "nav":
            self._target = None
        elif tag in ("ol", "ul"):
            self._depth -= 1
        elif tag == "a" and self._title is not None:
            title = " ".join("".join(self._title).split())
            self._title = None
            if self._target is not None:
                entry = Entry(max(self._depth, 1), title, *resolve(self._path, self._href))
                self._target.append(entry)

    def characters(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data)


def _read_ncx(archive: Archive, path: str) -> Navigation:
    """Read the NCX, the older kind of navigation. Damage ends it: the book is read without."""
    found = Navigation([], [])
    open_points: list[int] = []
    try:
        for event, element in archive.iterparse(path, doctype=True):
            tag = local(element.tag)
            if tag == "navPoint" and event == "start":
                open_points.append(len(found.contents))
                found.contents.append(Entry(len(open_points), "", "", ""))
            elif tag == "navPoint":
                at = open_points.pop()
                depth = found.contents[at].depth
                found.contents[at] = _ncx_entry(path, depth, element)
                element.clear()
            elif tag == "pageTarget" and event == "end":
                found.pages.append(_ncx_entry(path, 1, element))
    except UnreadableSource:
        pass
    return Navigation(
        [entry for entry in found.contents if entry.path],
        [entry for entry in found.pages if entry.path],
    )


def _ncx_entry(path: str, depth: int, element: Element) -> Entry:
    title = source = ""
    for child in element:
        if local(child.tag) == "navLabel" and not title:
            title = " ".join("".join(child.itertext()).split())
        elif local(child.tag) == "content":
            source = child.get("src", "")
    return Entry(depth, title, *(resolve(path, source) if source else ("", "")))
