"""What happens while an index is watched."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from qa.errors import QAError
from qa.session.library import index_name

if TYPE_CHECKING:
    from pathlib import Path

    from qa_index.building.report import BuildReport

SCHEMA = "qa.watch/1"


class WatchKind(StrEnum):
    """What happened."""

    WATCHING = "watching"
    """Watching began, or began again because a path is back or was replaced."""
    UPDATED = "updated"
    """The index was brought up to date."""
    WAITING = "waiting"
    """Something is in the way. The index is as it was, and is tried again by itself."""


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """Something that happened while an index was watched."""

    kind: WatchKind
    at: datetime
    """Time in UTC."""
    index: "Path"
    """Its folder, or the one that stands for its address."""
    paths: tuple[str, ...] = ()
    """The paths that are watched, as the index names them; with ``WATCHING`` alone."""
    poll: float | None = None
    """Seconds between looks; ``None`` if the file system reports changes."""
    report: "BuildReport | None" = None
    """What was done; with ``UPDATED`` alone."""
    error: QAError | None = None
    """What is in the way; with ``WAITING`` alone."""

    def to_dict(self) -> dict[str, Any]:
        """The event as JSON values, with the fields of its kind alone."""
        told: dict[str, Any] = {
            "schema": SCHEMA,
            "event": str(self.kind),
            "at": self.at.isoformat(timespec="milliseconds"),
            "index": index_name(self.index),
        }
        if self.kind is WatchKind.WATCHING:
            told |= {"paths": list(self.paths), "poll": self.poll}
        if self.report is not None:
            told["report"] = self.report.to_dict()
        if self.error is not None:
            told["error"] = {"kind": type(self.error).__name__, "message": str(self.error)}
        return told
