"""The properties of Office documents, in both families of formats."""

from collections.abc import Iterable
from contextlib import suppress
from xml.etree.ElementTree import Element

from qa_index.formats.archive import Archive, local
from qa_index.formats.decoding import UnreadableSource
from qa_index.formats.structure.metadata import MOST_TAGS, separated, stated
from qa_index.records import NO_METADATA, Metadata

PARTS = ("docProps/core.xml", "meta.xml")
"""Where they usually are: in Office files, and in OpenDocument."""

_DATES = ("created", "creation-date", "modified", "date")
"""Elements that hold a date, the most telling first."""
_TAGS = ("keywords", "keyword", "category")


class Properties:
    """What the elements of the properties state, by their names."""

    def __init__(self) -> None:
        self._values: dict[str, list[str]] = {name: [] for name in (*_DATES, *_TAGS)}

    def add(self, element: Element) -> None:
        """Keep the text of an element that is complete, if it is a date or tags."""
        found = self._values.get(local(element.tag))
        if found is not None and len(found) < MOST_TAGS:
            found.append(element.text or "")

    def metadata(self) -> Metadata:
        """All that was kept."""
        dates = (date for name in _DATES for date in self._values[name])
        tags = (each for name in _TAGS for text in self._values[name] for each in separated(text))
        return stated(dates, tags)


def read_properties(events: Iterable[tuple[str, Element]]) -> Metadata:
    """What the part of the properties states. Raises ``UnreadableSource``."""
    found = Properties()
    for event, element in events:
        if event == "end":
            found.add(element)
            element.clear()
    return found.metadata()


def properties_of(data: bytes) -> Metadata:
    """The properties of a file that may be an archive; nothing if there are none to read."""
    with suppress(UnreadableSource):
        archive = Archive(data)
        for part in PARTS:
            if part in archive:
                return read_properties(archive.iterparse(part))
    return NO_METADATA
