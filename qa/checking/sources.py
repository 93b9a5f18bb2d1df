"""The files that answers cite: their encodings, and which of them has a given content now."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from qa_index import formats, parsing
from qa_index.collection.engines import open_index
from qa_index.collection.index import Index
from qa_index.collection.records import StoredDocument
from qa_index.errors import IndexProblem
from qa_index.records import Parsed
from qa_index.sources import files
from qa_index.sources.condition import entries_now
from qa_index.sources.filters import lies_in
from qa_index.sources.freshness import sha256_of

_PARSED = 8
"""Most parsed files that are kept."""


class Sources:
    """The sources of an index, or the files below ``root`` if there is no index.

    ``root`` is where relative paths start from. ``open_index`` is called when something is needed
    that only the index knows; its errors are raised then. Of its sources, only those in or below
    ``within`` count, if that is given.
    """

    def __init__(
        self,
        root: Path,
        open_index: Callable[[], Index | None] = lambda: None,
        *,
        within: Sequence[str] = (),
    ) -> None:
        self.root = root
        self._within = within
        self._open_index = open_index
        self._hashes: dict[str, str | None] = {}
        self._parsed: dict[tuple[str, str, str | None], Parsed] = {}

    def lists(self, path: str) -> bool:
        """Whether the index holds the source with this stored path."""
        return path in self._documents

    def encoding_of(self, path: str) -> str | None:
        """Codec that the source was indexed with; ``None`` if it is not indexed or not text."""
        document = self._documents.get(path)
        return None if document is None else document.encoding or None

    def parse(self, data: bytes, path: str, *, recognition: str | None = None) -> Parsed:
        """A file's text and structure; raises ``UnreadableSource``.

        ``recognition``: see ``Source``; without it, pages that are pictures are left out. Several
        quotes of one file are often checked together: the last files are kept.
        """
        key = path, hashlib.sha256(data).hexdigest(), recognition
        if key not in self._parsed:
            while len(self._parsed) >= _PARSED:
                del self._parsed[next(iter(self._parsed))]
            again = parsing.Recognition.like(recognition) if recognition else None
            if again and not again.recogniser:
                raise formats.UnreadableSource(f"it holds pictures; {again.remedy}")
            self._parsed[key] = parsing.parse(data, name=path, recognition=again)
        return self._parsed[key]

    def indexed(
        self,
        path: str,
        *,
        sha256: str,
        format_name: str | None,
        version: int | None,
        recognition: str | None,
    ) -> Parsed | None:
        """The text and units of a source in the index, without the rest of its structure.

        ``None`` unless it is indexed with these bytes, this version of its format and this program
        of recognition.
        """
        document = self._documents.get(path)
        if self._index is None or document is None:
            return None
        as_indexed = document.sha256, document.format, document.format_version
        same = as_indexed == (sha256, format_name, version)
        if not same or document.recognition != (recognition or ""):
            return None
        return Parsed(
            text=self._index.text_of(document),
            media_type=document.media_type,
            title=document.title,
            blocks=(),
            headings=(),
            encoding=document.encoding,
            units=document.units,
            recognition=document.recognition,
            format=document.format,
            version=document.format_version,
        )

    def find(self, sha256: str) -> Iterator[str]:
        """Stored paths of the files that hold these bytes now: indexed ones, then others.

        Searches only the files that ``qa index`` would read. Each file that is new or changed since
        indexing is read at most once, however often this is called.
        """
        for path, document in self._documents.items():
            if document.sha256 == sha256 and self._sha256_of(path) == sha256:
                yield path
        for path in self._changed_files:
            if self._sha256_of(path) == sha256:
                yield path

    @cached_property
    def _index(self) -> Index | None:
        return self._open_index()

    @cached_property
    def _documents(self) -> dict[str, StoredDocument]:
        documents = self._index.documents() if self._index else ()
        return {each.path: each for each in documents if self._counts(each.path)}

    def _counts(self, path: str) -> bool:
        return not self._within or lies_in(path, self._within)

    @cached_property
    def _changed_files(self) -> tuple[str, ...]:
        """Files under the index's roots that are new or changed since indexing."""
        if self._index is None:
            return ()
        paths = [
            self._index.name_of(entry.path)
            for entry in entries_now(self._index)
            if isinstance(entry, files.FoundFile)
        ]
        return tuple(path for path in paths if self._counts(path) and not self._as_indexed(path))

    def _as_indexed(self, path: str) -> bool:
        """Whether a file's size and modification time match the index."""
        document = self._documents.get(path)
        if document is None:
            return False
        try:
            status = (self.root / path).stat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (document.size, document.mtime_ns)

    def _sha256_of(self, path: str) -> str | None:
        """SHA-256 of the file as it is now; ``None`` if it cannot be read."""
        if path not in self._hashes:
            self._hashes[path] = sha256_of(self.root / path)
        return self._hashes[path]


def sources_of(root: str, index_folder: str) -> Sources:
    """The sources of the index in a folder; those below ``root`` if it is gone by now."""

    def opened() -> Index | None:
        try:
            return open_index(index_folder, base=root) if index_folder else None
        except IndexProblem:
            return None

    return Sources(Path(root), opened)
