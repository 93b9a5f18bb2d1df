"""What an index of any engine tells of its manifest, and of the files that were skipped."""

from abc import ABC, abstractmethod
from typing import Any

from qa_index.collection.manifest import Manifest
from qa_index.collection.records import Counts
from qa_index.encoding import ModelDescription


class Described(ABC):
    """The part of ``Index`` that is the same wherever its generation lies."""

    manifest: Manifest

    @property
    def generation(self) -> int:
        """Number of the live generation when this was opened."""
        return self.manifest.generation

    @property
    def tool(self) -> str:
        """Version of the program that wrote it."""
        return self.manifest.tool

    @property
    def model(self) -> ModelDescription:
        """The embedding model of its vectors."""
        return self.manifest.model

    @property
    def counts(self) -> Counts:
        """Numbers of documents, passages and sentences."""
        return self.manifest.counts

    @abstractmethod
    def skipped_files(self) -> list[list[Any]]:
        """Path, reason and, of an unparsed file, the other fields. Raises ``IndexDamaged``."""

    def skipped(self) -> set[tuple[str, str]]:
        """Path and reason of each file that was skipped when this generation was built."""
        return {(path, reason) for path, reason, *_ in self.skipped_files()}

    def unparsed(self) -> list[tuple[str, str, str, str, int, str]]:
        """Those that were read but not parsed, with the fields of ``Unparsed``."""
        return [(path, reason, *rest) for path, reason, *rest in self.skipped_files() if rest]
