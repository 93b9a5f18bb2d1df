"""What a build did."""

from dataclasses import asdict, dataclass
from typing import Any

from qa_index.sources.plan import SkippedFile


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did, or with ``dry_run`` would do. Paths are as stored."""

    generation: int | None
    """The live generation afterwards; ``None`` where there is none."""
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    skipped: tuple[SkippedFile, ...]
    newly_skipped: tuple[SkippedFile, ...]
    """Files that were not skipped for the same reason when the index was last written, and files
    that were named explicitly."""
    documents: int
    passages: int
    encoded: int
    """Passages whose vectors were computed; all others were reused."""
    resumed: int
    """Passages whose vectors an interrupted build had computed."""
    seconds: float
    incomplete: tuple[str, ...]
    """Documents added or changed that lack something of their file, such as a page that is only a
    picture."""
    left_out: tuple[str, ...]
    """Files, and folders with their contents, that are excluded by default."""

    @property
    def idle(self) -> bool:
        """Whether no file was added, changed or removed."""
        return not (self.added or self.changed or self.removed)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            **asdict(self),
            "skipped": [file._asdict() for file in self.skipped],
            "newly_skipped": [file._asdict() for file in self.newly_skipped],
        }
