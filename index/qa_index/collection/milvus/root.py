"""The root of a generation: one blob by which everything else of it is found.

Documents are listed in pages, in the order of their paths. A page that an update leaves as it was
belongs to both generations, so an update writes the pages with changes, and no others.
"""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.manifest import Manifest
from qa_index.collection.milvus.blobs import Ref
from qa_index.vectors import Rows

PAGE = 1024
"""Documents of a page at most: some 200 kB."""

ENTRY = np.dtype(
    [
        ("first_passage", "<i8"),
        ("passages", "<i8"),
        ("sentences", "<i8"),
        ("terms", "<i8"),  # of its passages, repeats counted
        ("bytes", "<i8"),  # that were sent for it
        ("record", "<i8", 2),  # ``Ref``
        ("text", "<i8", 2),  # ``Ref``
        ("text_hash", "V16"),  # XXH3-128
    ]
)


class Segment(NamedTuple):
    """Counts of terms that were written together: rows of the collection of terms."""

    start: int
    """Key of the first row."""
    rows: int
    """Their keys follow one another."""

    @property
    def end(self) -> int:
        """Key after that of the last row."""
        return self.start + self.rows


class PageRef(NamedTuple):
    """A page where it is stored."""

    start: int
    pieces: int
    documents: int

    @property
    def ref(self) -> Ref:
        """Where its blob is."""
        return Ref(self.start, self.pieces)


class Named(NamedTuple):
    """What tells documents apart, as text."""

    path: str
    language: str
    sha256: str
    """Of the file."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """d documents in the order of their paths."""

    entries: NDArray[Any]
    """``ENTRY``, shape (d,)."""
    names: list[Named]

    def pack(self) -> bytes:
        """The documents as a page."""
        return self.entries.tobytes() + zlib.compress(
            json.dumps(self.names, ensure_ascii=False).encode("utf-8", "surrogatepass"), 1
        )

    @staticmethod
    def unpack(raw: bytes, documents: int) -> "Table":
        """The output of ``pack``. Raises ``ValueError``."""
        size = documents * ENTRY.itemsize
        try:
            names = json.loads(zlib.decompress(raw[size:]).decode("utf-8", "surrogatepass"))
            found = [Named(*each) for each in names]
        except (zlib.error, TypeError, IndexError) as error:
            raise ValueError("no page of documents") from error
        if len(found) != documents:
            raise ValueError("a page has other documents")
        return Table(np.frombuffer(raw, ENTRY, documents), found)

    @staticmethod
    def joined(tables: Sequence["Table"]) -> "Table":
        """Documents of several tables, one after the other."""
        entries = np.concatenate([np.empty(0, ENTRY), *(each.entries for each in tables)])
        return Table(entries, [name for each in tables for name in each.names])

    def part(self, first: int, last: int) -> "Table":
        """Documents ``first:last``."""
        return Table(self.entries[first:last], self.names[first:last])

    def refs(self, field: str, numbers: Iterable[int]) -> list[Ref]:
        """Where the ``record`` or the ``text`` of some documents is."""
        return [Ref(*map(int, self.entries[field][number])) for number in numbers]

    def runs(self) -> Iterator[tuple[int, int]]:
        """Ranges of the numbers of their passages, ascending, neighbours joined."""
        order = np.argsort(self.entries["first_passage"], kind="stable")
        start = end = -1
        for first, count in self.entries[["first_passage", "passages"]][order].tolist():
            if first == end:
                end += count
            elif count:
                if end > start:
                    yield start, end
                start, end = first, first + count
        if end > start:
            yield start, end


@dataclass(frozen=True, slots=True, eq=False)
class Root:
    """Everything that a generation consists of."""

    manifest: Manifest
    folder: str
    """Folder that stored paths start from."""
    average: float
    """Terms in a passage that the stored weights of terms reckon with."""
    pages: tuple[PageRef, ...]
    segments: tuple[Segment, ...]
    words: tuple[Ref, ...]
    """Words as they are written, in blocks; a line each."""
    words_hash: str
    skipped: Ref
    sums: tuple[Ref, Ref]
    """Of the vectors of passages and of those of sentences: see ``vectors.Moments``."""

    def to_json(self) -> bytes:
        """The root as it is stored."""
        data = {name: getattr(self, name) for name in self.__slots__}
        data["manifest"] = self.manifest.to_json().decode()
        return json.dumps(data, ensure_ascii=False).encode()

    @staticmethod
    def from_json(raw: bytes, name: str) -> "Root":
        """The output of ``to_json``. Raises ``ValueError`` or an ``IndexProblem``."""
        try:
            data = json.loads(raw)
            return Root(
                manifest=Manifest.from_json(data["manifest"].encode(), name),
                folder=str(data["folder"]),
                average=float(data["average"]),
                pages=tuple(PageRef(*map(int, each)) for each in data["pages"]),
                segments=tuple(Segment(*map(int, each)) for each in data["segments"]),
                words=tuple(Ref(*map(int, each)) for each in data["words"]),
                words_hash=str(data["words_hash"]),
                skipped=Ref(*map(int, data["skipped"])),
                sums=(Ref(*map(int, data["sums"][0])), Ref(*map(int, data["sums"][1]))),
            )
        except (TypeError, KeyError, IndexError, AttributeError) as error:
            raise ValueError("no root") from error

    def blobs(self) -> set[Ref]:
        """All blobs that it names itself."""
        return {each.ref for each in self.pages} | {*self.words, self.skipped, *self.sums}


def bounds(entries: NDArray[Any]) -> tuple[int, int]:
    """The lowest number of a passage of these documents, and the one after the highest."""
    own: Rows = entries["first_passage"][entries["passages"] > 0]
    if not len(own):
        return 0, 0
    ends = (entries["first_passage"] + entries["passages"])[entries["passages"] > 0]
    return int(own.min()), int(ends.max())
