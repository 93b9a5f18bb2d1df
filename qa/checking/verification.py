"""Checks whether a quote is still in its source by reading the source again."""

import hashlib
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from qa.places import (
    Lines,
    Place,
    SourceSpan,
    UnitRange,
    location_of,
    unit_to_dict,
    units_at,
)

if TYPE_CHECKING:
    from qa.checking.searching import Around
    from qa.checking.sources import Sources
    from qa_index.records import Parsed, Span


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
    """The source was not opened, as its path leads out of the folder and is not indexed; or its
    page is a picture that another version of the recognising program reads in another way."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a citation claims: that this quote is in this source at this place."""

    path: str
    source_sha256: str
    span: SourceSpan
    quote: str
    quote_sha256: str
    encoding: str | None = None
    """Codec that the source was read with; ``None`` if it is not known or not text."""
    lines: Lines | None = None
    unit: UnitRange | None = None
    """Pages or similar units."""
    format: str | None = None
    """Format that the source was parsed as, and its version; ``None`` if they are not known."""
    format_version: int | None = None
    recognition: str | None = None
    """What recognised text on pages that are pictures; see ``Source``."""
    around: tuple[str, str] | None = None
    """The text directly before and after the quote, if the citation tells it."""


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
        """Lines of the quote now; ``None`` if it was not found or has no lines."""
        return None if self.place is None else self.place.lines

    @property
    def unit(self) -> UnitRange | None:
        """Pages or similar units of the quote now; ``None`` if it was not found or has none."""
        return None if self.place is None else self.place.unit

    @property
    def location(self) -> str:
        """``path:line`` or ``path, page 12`` as cited; ``path:start-end`` if the citation does not
        say whether the source has lines.
        """
        if self.claim.lines is None and self.claim.unit is None and self.claim.format is None:
            return f"{self.path}:{self.span.start}-{self.span.end}"
        return location_of(self.path, self.claim.lines, self.claim.unit)

    def to_dict(self) -> dict[str, Any]:
        """The verification as JSON types."""
        return {
            "verdict": str(self.verdict),
            "path": self.path,
            "span": self.span.to_dict(),
            "found": None if self.found is None else self.found.to_dict(),
            "found_path": self.found_path,
            "lines": None if self.lines is None else asdict(self.lines),
            **unit_to_dict(self.unit),
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
        found = _find_in(data, claim, claim.path, sources)
    except _RecognisedOtherwise as error:
        return Verification(Verdict.NOT_CHECKED, claim, None, False, str(error))
    except (OSError, formats.UnreadableSource) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        detail = f"the source cannot be read: {reason}"
        return Verification(Verdict.MISSING, claim, None, True, detail)
    changed = hashlib.sha256(data).hexdigest() != claim.source_sha256
    if found is None:
        detail = "the source does not hold this quote"
        return Verification(Verdict.CHANGED, claim, None, changed, detail)
    if found.verbatim and _is_as_cited(found.place, claim):
        detail = "the source changed elsewhere" if changed else "the source is as it was indexed"
        return Verification(Verdict.VERIFIED, claim, found.place, changed, detail)
    return _moved(claim, found, changed=changed)


def _is_as_cited(place: Place, claim: Claim) -> bool:
    """Whether a quote is where the citation says: its page must be right like its characters."""
    lines, unit = claim.lines or place.lines, claim.unit or place.unit
    return (place.span, place.lines, place.unit) == (claim.span, lines, unit)


def _renamed(claim: Claim, sources: "Sources") -> Verification | None:
    """The quote in another file with the content of the source; ``None`` if there is none."""
    from qa_index import formats
    from qa_index.sources import files

    for path in sources.find(claim.source_sha256):
        if path == claim.path:
            continue
        try:
            found = _find_in(files.read_bytes(sources.root / path), claim, path, sources)
        except (OSError, formats.UnreadableSource, _RecognisedOtherwise):  # not as it was hashed
            continue
        if found is not None:
            return _moved(claim, found, changed=False)
    return None


class _RecognisedOtherwise(Exception):
    """The file is the same, but the text that is recognised on its pictures is not."""


class _Found(NamedTuple):
    """Where a quote was found."""

    place: Place
    verbatim: bool = True
    """Otherwise white space or hyphens inside words differ."""


def _moved(claim: Claim, found: _Found, *, changed: bool) -> Verification:
    detail = f"is at {found.place.location} now"
    if not found.verbatim:
        detail += ", with other white space or hyphens"
    return Verification(Verdict.MOVED, claim, found.place, changed, detail)


def _find_in(data: bytes, claim: Claim, path: str, sources: "Sources") -> _Found | None:
    """Where the quote is in a file's bytes; raises ``UnreadableSource``."""
    from qa_index import formats

    # What a saved answer says must not turn the raw bytes of a PDF file into text to be quoted.
    is_text = formats.choose(path, data[: formats.HEAD_BYTES], named=True).is_text
    if claim.encoding is not None and is_text:
        with suppress(LookupError):  # other programs may have saved an arbitrary name
            found = _find_in_text(formats.decode_as(data, claim.encoding), claim, path)
            if found is not None:
                return found
    parsed = sources.parse(data, path, recognition=claim.recognition)
    if parsed.encoding:
        return _find_in_text(parsed.text, claim, path)
    return _find_in_extracted(parsed, hashlib.sha256(data).hexdigest(), claim, path, sources)


def _find_in_text(text: str, claim: Claim, path: str) -> _Found | None:
    at = _nearest(text, claim.quote, claim.span.start)
    if at is None:
        return None
    if claim.around is not None:
        at = _best(text, claim)
    span = SourceSpan(at, at + len(claim.quote))
    return _Found(Place(path, span, Lines.of(text, span)))


def _best(text: str, claim: Claim) -> int:
    """Start of the occurrence, of which there is one, with the text around it that is told."""
    from qa.checking.searching import Around, exact, nearest

    around = Around(*(claim.around or ("", "")))
    found = nearest(
        exact(text, claim.quote), text, (), place=claim.span.start, unit=None, around=around
    )
    return -1 if found is None else found.start


def _find_in_extracted(
    parsed: "Parsed", sha256: str, claim: Claim, path: str, sources: "Sources"
) -> _Found | None:
    from qa.checking.searching import exact, loose, nearest
    from qa_index.records import Span

    def found(span: "Span", *, verbatim: bool) -> _Found:
        unit = UnitRange.of(units_at(parsed.units, *span))
        return _Found(Place(path, SourceSpan(*span), None, unit), verbatim)

    known = sha256, parsed.format, parsed.version, parsed.recognition
    cited = claim.source_sha256, claim.format, claim.format_version, claim.recognition or ""
    if known == cited:  # the same extraction: a quote of it is verbatim
        at = _nearest(parsed.text, claim.quote, claim.span.start)
        return None if at is None else found(Span(at, at + len(claim.quote)), verbatim=True)
    around = _around(claim, sources)
    for occurrences, verbatim in ((exact, True), (loose, False)):
        best = nearest(
            occurrences(parsed.text, claim.quote),
            parsed.text,
            parsed.units,
            place=claim.span.start,
            unit=claim.unit,
            around=around,
        )
        if best is not None:
            return found(best, verbatim=verbatim)
    if known[:3] == cited[:3] and claim.unit and claim.unit.recognised:
        raise _RecognisedOtherwise(
            f"{parsed.recognition} does not recognise in the picture what {claim.recognition} did"
        )
    return None


def _around(claim: Claim, sources: "Sources") -> "Around":
    """The text around a quote; empty if the index does not hold the source as it was cited."""
    from qa.checking.searching import Around
    from qa_index.records import Span

    if claim.around is not None:
        return Around(*claim.around)
    indexed = sources.indexed(
        claim.path,
        sha256=claim.source_sha256,
        format_name=claim.format,
        version=claim.format_version,
        recognition=claim.recognition,
    )
    if indexed is None or indexed.text[claim.span.start : claim.span.end] != claim.quote:
        return Around()
    return Around.of(indexed.text, Span(claim.span.start, claim.span.end))


def _nearest(text: str, quote: str, place: int) -> int | None:
    """Start of the occurrence of ``quote`` nearest to ``place``; ``None`` also without a quote."""
    if not quote:
        return None
    after = text.find(quote, max(place, 0))
    before = text.rfind(quote, 0, max(place, 0) + len(quote))
    found = [at for at in (before, after) if at >= 0]
    return min(found, key=lambda at: abs(at - place), default=None)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
