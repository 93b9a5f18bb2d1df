"""The interface of an engine beyond questions: what is indexed, building, and opening."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from qa_index.collection.keys import Key
from qa_index.collection.manifest import Manifest
from qa_index.collection.protocol import CandidateBlock, Collection
from qa_index.collection.records import StoredDocument
from qa_index.collection.writing import Writer
from qa_index.vectors import Encoded, Rows


class Index(Collection, Protocol):
    """One generation of an index with its sources and settings, read-only."""

    @property
    def manifest(self) -> Manifest:
        """What it was made from and with."""
        ...

    @property
    def size(self) -> int:
        """Bytes that it takes where it is stored."""
        ...

    @property
    def engine(self) -> Mapping[str, Any] | None:
        """The state of the server that holds it, as JSON values; ``None`` for a folder."""
        ...

    def check(self) -> None:
        """Read everything and check it. Raises ``IndexDamaged``."""
        ...

    def name_of(self, file: str | PathLike[str]) -> str:
        """The name of a file in this index, whether it is indexed or not."""
        ...

    def numbers_with(self, sha256: str) -> list[int]:
        """Numbers of the documents whose file had this SHA-256, in order."""
        ...

    def outline(self, document: StoredDocument) -> NDArray[Any]:
        """A document's passages in order, a structured array.

        It has at least the fields ``start``, ``end``, ``first_line``, ``last_line`` and ``kind``, a
        position in ``records.KINDS``.
        """
        ...

    def words(self) -> list[str]:
        """The distinct words of the documents as they are written."""
        ...

    @property
    def text_hashes(self) -> NDArray[np.uint64]:
        """XXH3-64 of the text of every passage, shape (passages,), in any order."""
        ...

    def skipped(self) -> set[tuple[str, str]]:
        """Path and reason of each file that was skipped when this generation was built."""
        ...

    def unparsed(self) -> list[tuple[str, str, str, str, int, str]]:
        """Those that were read but not parsed, with the fields of ``sources.plan.Unparsed``."""
        ...

    def block(self, rows: Rows) -> CandidateBlock:
        """The columns of some passages, without scores or terms held."""
        ...

    def keys_of(self, rows: Rows) -> list[Key]:
        """The encoding key of each row."""
        ...

    def postings_by_term(self) -> Iterator[tuple[str, Rows, NDArray[np.int64]]]:
        """For every term, the rows that hold it and how often; a term may come several times."""
        ...

    def rows_of_keys(self, keys: Sequence[Key]) -> Rows:
        """A row with each of these encoding keys, shape (n,); -1 where there is none."""
        ...

    def encoded(self, rows: Rows) -> Encoded:
        """The vectors of these rows and of their sentences."""
        ...


class Engine(Protocol):
    """A place that holds an index, or will hold one."""

    @property
    def name(self) -> str:
        """What people call the place, without secrets."""
        ...

    @property
    def folder(self) -> Path:
        """Folder on this machine of what is kept beside the passages."""
        ...

    @property
    def root(self) -> Path:
        """Folder that stored paths start from."""
        ...

    def close(self) -> None:
        """Release what it holds between questions, such as connections; later ones make anew."""
        ...

    def open(self, *, base: str | PathLike[str] | None = None) -> Index:
        """The live generation; ``base``: see ``StoredIndex``. Raises an ``IndexProblem``."""
        ...

    def manifest(self) -> Manifest:
        """That of the live generation, without reading more. Raises an ``IndexProblem``."""
        ...

    def version(self) -> Hashable:
        """Changes whenever another generation goes live; ``None`` if there is no index.

        It is asked before every question, so it takes little time. Raises an ``IndexProblem`` if it
        cannot be told.
        """
        ...

    def writing(self, *, root: Path | None = None) -> AbstractContextManager[None]:
        """Be the one writer. Raises ``IndexLocked`` at once if another one is.

        ``root`` is that of an index which does not exist yet, if the place leaves it open.
        """
        ...

    def writer(self, *, dimension: int, previous: Index | None) -> Writer:
        """Writes the next generation, inside ``writing``.

        ``previous`` is the live generation, opened, if documents of it can be kept.
        """
        ...
