"""Records of a source and of a passage, as a collection stores them."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple

from qa_index.formats.structure.dates import date_in_name
from qa_index.records import (
    BlockKind,
    DateSource,
    Gap,
    Heading,
    Metadata,
    Span,
    TableHeader,
    Unit,
    UnitKind,
)

_UNIT_KINDS = {str(kind): kind for kind in UnitKind}
"""A document can have thousands of units, and ``UnitKind()`` takes thirty times as long."""


_OLDEST_FILE = "1980-01-02"
"""Programs that need a time and have none write the first day of 1970 or of 1980."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Sizes of a generation."""

    documents: int
    passages: int
    sentences: int


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """What the index stores of a source, except its text."""

    path: str
    title: str
    media_type: str
    sha256: str
    size: int
    mtime_ns: int
    encoding: str
    format: str
    """Name of the format that parsed it. If its version changes, the file is parsed again."""
    format_version: int
    language: str
    headings: tuple[Heading, ...]
    units: tuple[Unit, ...]
    gaps: tuple[Gap, ...]
    pictures: int
    """Pages that are pictures, and what recognised text on them; see ``Parsed``."""
    recognition: str
    headers: tuple[TableHeader, ...]
    metadata: Metadata
    text: Span
    """Bytes into ``TEXTS``."""
    characters: int
    passages: Span
    """Rows."""

    def to_json(self) -> bytes:
        """One line of ``documents.jsonl``."""
        data = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(data, ensure_ascii=False).encode() + b"\n"

    @staticmethod
    def from_json(raw: bytes) -> "StoredDocument":
        """Parse the output of ``to_json``."""
        data = json.loads(raw)
        data["headings"] = tuple(Heading(*heading) for heading in data["headings"])
        data["units"] = tuple(
            [
                Unit(_UNIT_KINDS[kind], number, label, start, end, recognised)
                for kind, number, label, start, end, recognised in data["units"]
            ]
        )
        data["gaps"] = tuple(Gap(*gap) for gap in data["gaps"])
        data["headers"] = tuple(TableHeader(*header) for header in data["headers"])
        date, date_from, tags = data["metadata"]
        data["metadata"] = Metadata(date, DateSource(date_from), tuple(tags))
        data["text"] = Span(*data["text"])
        data["passages"] = Span(*data["passages"])
        return StoredDocument(**data)


class Dated(NamedTuple):
    """The date of a document, and where it is from."""

    date: str
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""
    source: DateSource


def dated(document: StoredDocument) -> Dated | None:
    """The date that it states, or else that in its name, or else that of its file in UTC.

    ``None`` if it has none of them.
    """
    stated = document.metadata
    if stated.date:
        return Dated(stated.date, stated.date_from)
    if found := date_in_name(PurePosixPath(document.path).name):
        return Dated(found, DateSource.FILE_NAME)
    try:
        day = datetime.fromtimestamp(document.mtime_ns // 1_000_000_000, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None
    return Dated(day, DateSource.MTIME) if day >= _OLDEST_FILE else None


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """One passage as it is cited."""

    row: int
    id: str
    document: StoredDocument
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]
    """Code points into the document, like ``start`` and ``end``."""
    heading_path: tuple[str, ...]
    kind: BlockKind
    first_line: int
    last_line: int
