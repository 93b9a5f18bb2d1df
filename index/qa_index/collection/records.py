"""Records of a source and of a passage, as a collection stores them."""

import json
from dataclasses import dataclass

from qa_index.records import BlockKind, Gap, Heading, Span, TableHeader, Unit, UnitKind

_UNIT_KINDS = {str(kind): kind for kind in UnitKind}
"""A document can have thousands of units, and ``UnitKind()`` takes thirty times as long."""


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
        data["text"] = Span(*data["text"])
        data["passages"] = Span(*data["passages"])
        return StoredDocument(**data)


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
