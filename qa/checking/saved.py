"""Saved answers, verified citation by citation.

A saved answer comes from anywhere, so it does not get to choose which files are opened: only
those that the index lists, and those inside the folder that relative paths start from.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from qa.answers import SourceSpan
from qa.checking.verification import Verification, outside, saved_claims, verify


@dataclass(frozen=True, slots=True)
class NotChecked:
    """A citation whose source was not opened."""

    path: str
    span: SourceSpan
    detail: str
    verified: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "verdict": "not_checked",
            "path": self.path,
            "span": {**asdict(self.span), "unit": "codepoint"},
            "found": None,
            "source_changed": None,
            "detail": self.detail,
        }


def verify_saved(
    text: str,
    name: str,
    *,
    root: Path,
    listed: Collection[str],
    kept: Iterable[tuple[Path, Collection[str]]] = (),
) -> Iterator[Verification | NotChecked]:
    """Verify every citation of the answers in ``text``; ``name`` tells where it comes from.

    ``listed``: paths of the indexed sources, as named from ``root``. ``kept``: the same of other
    indexes, which are looked at for paths that the first does not list.

    Raises ``InputError`` for anything but answers as ``qa ask --json`` prints them.
    """
    others: list[tuple[Path, Collection[str]]] | None = None
    for claim in saved_claims(text, name):
        listing = root if claim.path in listed else None
        if claim.path not in listed:
            others = list(kept) if others is None else others
            listing = next((each for each, paths in others if claim.path in paths), None)
        if listing is not None or _stays_inside(claim.path, root):
            yield verify(claim, listing or root)
        else:
            detail = "the path is not indexed and leads out of the folder; not opened"
            yield NotChecked(claim.path, claim.span, detail)


def _stays_inside(path: str, root: Path) -> bool:
    if outside(path):
        return False
    try:
        return (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):  # too long, or links in a circle
        return False
