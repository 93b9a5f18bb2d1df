"""Checks whether a quote is still in its source by reading the source again."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from qa.places import Lines, Place, SourceSpan

if TYPE_CHECKING:
    from qa.checking.sources import Sources


class Verdict(StrEnum):
    """The result of checking a quote."""

    VERIFIED = "verified"
    """The quote is in the source where the citation says."""
    MOVED = "moved"
    """The quote is elsewhere in the same source, or the source was renamed."""
    CHANGED = "changed"
    """The source no longer holds the quote, or the citation was altered."""
    MISSING = "missing"
    """The source is gone or cannot be read."""
    NOT_CHECKED = "not_checked"
    """The source was not opened: its path leads out of the folder and is not indexed."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a citation claims: that this quote is in this source at this place."""

    path: str
    source_sha256: str
    span: SourceSpan
    quote: str
    quote_sha256: str
    encoding: str | None = None
    """Codec that the source was read with; ``None`` if it is not known."""
    lines: Lines | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict on one citation."""

    verdict: Verdict
    claim: Claim
    place: Place | None
    """Where the quote is now: the occurrence nearest to the cited place."""
    source_changed: bool | None
    """Whether the file is gone, or its bytes differ from those that were indexed; ``None`` if it
    was not checked."""
    detail: str
    """One line of explanation."""

    @property
    def verified(self) -> bool:
        """Whether the quote is where the citation says."""
        return self.verdict is Verdict.VERIFIED

    @property
    def stands(self) -> bool:
        """Whether the quote is in the source, at the cited place or elsewhere."""
        return self.verdict in {Verdict.VERIFIED, Verdict.MOVED}

    @property
    def path(self) -> str:
        """Path of the source, as cited."""
        return self.claim.path

    @property
    def span(self) -> SourceSpan:
        """Span of the quote, as cited."""
        return self.claim.span

    @property
    def found(self) -> SourceSpan | None:
        """Where the quote is now."""
        return None if self.place is None else self.place.span

    @property
    def found_path(self) -> str | None:
        """Path of the file that holds it; differs from ``path`` if the source was renamed."""
        return None if self.place is None else self.place.path

    @property
    def lines(self) -> Lines | None:
        """Lines of the quote now."""
        return None if self.place is None else self.place.lines

    @property
    def location(self) -> str:
        """``path:line`` as cited, or ``path:start-end`` if the citation has no lines."""
        where = f"{self.span.start}-{self.span.end}"
        return f"{self.path}:{self.claim.lines.start if self.claim.lines else where}"

    def to_dict(self) -> dict[str, Any]:
        """The verification as JSON types."""
        return {
            "verdict": str(self.verdict),
            "path": self.path,
            "span": self.span.to_dict(),
            "found": None if self.found is None else self.found.to_dict(),
            "found_path": self.found_path,
            "lines": None if self.lines is None else asdict(self.lines),
            "source_changed": self.source_changed,
            "detail": self.detail,
        }


def verify(claim: Claim, sources: "Sources", *, may_open: bool = True) -> Verification:
    """Read the source again and compare; if it is gone, look for a file with its content.

    With ``may_open`` false the file at ``claim.path`` is not opened and only others are searched. A
    source that is gone or unreadable raises no error: its verdict is ``MISSING``. Raises
    ``IndexProblem`` if the index has to be opened and cannot be.
    """
    if _sha256(claim.quote) != claim.quote_sha256:
        detail = "the quote does not match its own checksum"
        return Verification(Verdict.CHANGED, claim, None, None, detail)
    there = _verify_in_place(claim, sources) if may_open else _not_opened(claim)
    return there if there.stands else _renamed(claim, sources) or there


def _not_opened(claim: Claim) -> Verification:
    detail = "the path is not indexed and leads out of the folder; not opened"
    return Verification(Verdict.NOT_CHECKED, claim, None, None, detail)


def _verify_in_place(claim: Claim, sources: "Sources") -> Verification:
    """The verification against the file at ``claim.path``."""
    from qa_index import formats
    from qa_index.sources import files

    try:
        data = files.read_bytes(sources.root / claim.path)
        place = _place_in(data, claim, claim.path)
    except (OSError, formats.UnreadableSource) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        detail = f"the source cannot be read: {reason}"
        return Verification(Verdict.MISSING, claim, None, True, detail)
    changed = hashlib.sha256(data).hexdigest() != claim.source_sha256
    if place is None:
        detail = "the source does not hold this quote"
        return Verification(Verdict.CHANGED, claim, None, changed, detail)
    if place.span == claim.span:
        detail = "the source changed elsewhere" if changed else "the source is as it was indexed"
        return Verification(Verdict.VERIFIED, claim, place, changed, detail)
    return _moved(claim, place, changed=changed)


def _renamed(claim: Claim, sources: "Sources") -> Verification | None:
    """The quote in another file with the content of the source; ``None`` if there is none."""
    from qa_index import formats
    from qa_index.sources import files

    for path in sources.find(claim.source_sha256):
        if path == claim.path:
            continue
        try:
            place = _place_in(files.read_bytes(sources.root / path), claim, path)
        except (OSError, formats.UnreadableSource):  # changed since it was hashed
            continue
        if place is not None:
            return _moved(claim, place, changed=False)
    return None


def _moved(claim: Claim, place: Place, *, changed: bool) -> Verification:
    detail = f"is at {place.path}:{place.lines.start} now"
    return Verification(Verdict.MOVED, claim, place, changed, detail)


def _place_in(data: bytes, claim: Claim, path: str) -> Place | None:
    """Where the quote is in a file's bytes; raises ``UnreadableSource``."""
    for text in _texts(data, claim, path):
        at = _nearest(text, claim.quote, claim.span.start)
        if at is not None:
            span = SourceSpan(at, at + len(claim.quote))
            return Place(path, span, Lines.of(text, span))
    return None


def _texts(data: bytes, claim: Claim, path: str) -> Iterator[str]:
    """The file as it was decoded, then as it would be today; raises ``UnreadableSource``."""
    from qa_index import formats

    if claim.encoding is not None:
        with suppress(LookupError):  # other programs may have saved an arbitrary name
            yield formats.decode_as(data, claim.encoding)
    yield formats.parse(data, name=path).text


def _nearest(text: str, quote: str, place: int) -> int | None:
    """Start of the occurrence of ``quote`` nearest to ``place``."""
    after = text.find(quote, max(place, 0))
    before = text.rfind(quote, 0, max(place, 0) + len(quote))
    found = [at for at in (before, after) if at >= 0]
    return min(found, key=lambda at: abs(at - place), default=None)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
