"""Whether a quote still stands in its source, found by reading the source again."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from qa.answers import SCHEMA, SourceSpan
from qa_index.errors import InputError


class Verdict(StrEnum):
    """What became of a quote."""

    VERIFIED = "verified"
    """It stands in the source where the citation says."""
    MOVED = "moved"
    """It stands elsewhere in the same source."""
    CHANGED = "changed"
    """The source does not hold it any more, or the citation was altered."""
    MISSING = "missing"
    """The source is gone or cannot be read."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict on one citation."""

    verdict: Verdict
    path: str
    span: SourceSpan
    """As the citation says."""
    found: SourceSpan | None
    """Where the quote stands now; the occurrence nearest to ``span``."""
    source_changed: bool
    """Whether the file's bytes differ from those that were indexed."""
    detail: str
    """One line for a person."""

    @property
    def verified(self) -> bool:
        """Whether the quote stands where the citation says."""
        return self.verdict is Verdict.VERIFIED

    def to_dict(self) -> dict[str, Any]:
        """The verification as JSON types."""
        return {
            "verdict": str(self.verdict),
            "path": self.path,
            "span": {"start": self.span.start, "end": self.span.end, "unit": "codepoint"},
            "found": None
            if self.found is None
            else {"start": self.found.start, "end": self.found.end, "unit": "codepoint"},
            "source_changed": self.source_changed,
            "detail": self.detail,
        }


@dataclass(frozen=True, slots=True)
class Claim:
    """What a citation claims: that this quote stands in this source at this place."""

    path: str
    source_sha256: str
    span: SourceSpan
    quote: str
    quote_sha256: str


def verify(claim: Claim, root: Path) -> Verification:
    """Read the source again and compare.

    ``root`` is where a relative path starts from. Nothing is raised for a source that is gone or
    unreadable: the verdict is ``MISSING``.
    """
    from qa_index import formats
    from qa_index.sources import files

    def verdict(
        kind: Verdict, detail: str, *, found: SourceSpan | None = None, changed: bool = True
    ) -> Verification:
        return Verification(kind, claim.path, claim.span, found, changed, detail)

    if _sha256(claim.quote) != claim.quote_sha256:
        return verdict(Verdict.CHANGED, "the quote does not match its own checksum")
    try:
        data = files.read_bytes(root / claim.path)
        text = formats.parse(data, name=claim.path).text
    except (OSError, formats.UnreadableSource) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return verdict(Verdict.MISSING, f"the source cannot be read: {reason}")
    changed = hashlib.sha256(data).hexdigest() != claim.source_sha256
    start, end = claim.span.start, claim.span.end
    if text[start:end] == claim.quote:
        detail = "the source changed elsewhere" if changed else "the source is as it was indexed"
        return verdict(Verdict.VERIFIED, detail, found=claim.span, changed=changed)
    at = _nearest(text, claim.quote, start)
    if at is None:
        return verdict(Verdict.CHANGED, "the source does not hold this quote", changed=changed)
    found = SourceSpan(at, at + len(claim.quote))
    return verdict(
        Verdict.MOVED, f"stands at {found.start}-{found.end} now", found=found, changed=changed
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _nearest(text: str, quote: str, place: int) -> int | None:
    """Start of the occurrence of ``quote`` nearest to ``place``."""
    after = text.find(quote, max(place, 0))
    before = text.rfind(quote, 0, max(place, 0) + len(quote))
    found = [at for at in (before, after) if at >= 0]
    return min(found, key=lambda at: abs(at - place), default=None)


def saved_claims(text: str, name: str) -> Iterator[Claim]:
    """The citations of saved answers: one JSON object, or one a line.

    Raises ``InputError`` naming ``name`` for anything that is not an answer of ``qa ask --json``.
    """
    for number, answer in enumerate(_json_objects(text, name), 1):
        if not isinstance(answer, dict) or answer.get("schema") != SCHEMA:
            raise InputError(f"{name}: object {number} is not an answer of schema {SCHEMA}")
        try:
            yield from map(_claim, answer["citations"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{name}: object {number} has a malformed citation: {error}") from None


def _json_objects(text: str, name: str) -> Iterator[Any]:
    try:
        yield json.loads(text)
        return
    except (ValueError, RecursionError):
        lines = [line for line in text.split("\n") if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            raise InputError(
                f"{name}: line {number} is not JSON; save an answer with `qa ask --json`"
            ) from None
    if not lines:
        raise InputError(f"{name} is empty; save an answer with `qa ask --json`")


def _claim(citation: dict[str, Any]) -> Claim:
    source, span = citation["source"], citation["span"]
    fields = (source["path"], source["sha256"], citation["quote"], citation["quote_sha256"])
    if not all(isinstance(value, str) for value in fields):
        raise TypeError("a path, quote or checksum is not a string")
    if not all(type(span[side]) is int and span[side] >= 0 for side in ("start", "end")):
        raise TypeError("a span is not a pair of positions")
    if "\0" in source["path"]:
        raise ValueError("a path holds a NUL character")
    return Claim(
        path=source["path"],
        source_sha256=source["sha256"],
        span=SourceSpan(span["start"], span["end"]),
        quote=citation["quote"],
        quote_sha256=citation["quote_sha256"],
    )


def outside(path: str) -> bool:
    """Whether a stored path leads out of the root it is relative to."""
    pure = PurePosixPath(path)
    return pure.is_absolute() or ".." in pure.parts
