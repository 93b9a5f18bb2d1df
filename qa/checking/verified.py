"""The verdicts on saved answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qa.checking.verification import Verification

SCHEMA = "qa.verification/1"


@dataclass(frozen=True, slots=True)
class VerifiedAnswers:
    """The verdicts on saved answers."""

    citations: tuple[Verification, ...]
    """One for each citation, in order."""
    root: Path
    """Folder that relative paths start from."""
    index: Path | None
    """Folder of the index; ``None`` if there is none, so that the files below ``root`` count."""

    @property
    def verified(self) -> bool:
        """Whether every quote is where its citation says."""
        return all(each.verified for each in self.citations)

    @property
    def stands(self) -> bool:
        """Whether every quote is in its source, at the cited place or elsewhere."""
        return all(each.stands for each in self.citations)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.verification/1``."""
        return {
            "schema": SCHEMA,
            "verified": self.verified,
            "stands": self.stands,
            "citations": [each.to_dict() for each in self.citations],
        }
