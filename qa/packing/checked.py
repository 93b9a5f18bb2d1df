"""The records of a pack that was checked."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from qa.checking.verification import Verdict, Verification
from qa.keeping.absence import CertificateChecked, FileVerdict
from qa.packing.records import Pack
from qa.packing.signing import SignatureChecked

SCHEMA = "qa.pack-verification/1"


class PictureVerdict(StrEnum):
    """Whether a picture in a pack shows its page, the worse the later."""

    NOT_DRAWN = "not_drawn"
    """The page could not be drawn again; the picture was checked by its hash alone."""
    SAME = "same"
    """The page drawn again has the same pixels."""
    CLOSE = "close"
    """No pixel differs by more than ``qa.packing.pictures.TOLERANCE`` of 255."""
    NOT_COMPARABLE = "not_comparable"
    """Pixels differ, but another version of the renderer drew it, an unknown one, or one with other
    fonts."""
    DIFFERS = "differs"
    """It shows something else."""


@dataclass(frozen=True, slots=True)
class PictureInPack:
    """A picture in a pack beside its page as it is drawn now."""

    page: int
    part: str
    verdict: PictureVerdict
    detail: str
    """The verdict in words."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "verdict": str(self.verdict)}


@dataclass(frozen=True, slots=True)
class QuoteInPack:
    """Whether a quote of a pack stands in its source, and with it the text around it."""

    answer: int
    citation: int
    verification: Verification
    context: Verification | None
    """The same for the quote with the text around it; ``None`` if the pack has none. The verdict is
    also ``CHANGED`` if that text does not have the quote in its place."""
    enclosed: bool
    """Whether the source in the pack was looked at, not the one outside."""
    pictures: tuple[PictureInPack, ...] = ()
    """Of its pages, beside the same source."""

    @property
    def here(self) -> bool:
        """Whether the source is at hand. One that an index lists and that is gone counts, too."""
        checked = self.verification
        return checked.verdict is not Verdict.NOT_CHECKED or checked.source_changed is not None

    @property
    def stands(self) -> bool:
        """Whether the quote is in the source, with the text around it."""
        return self.verification.stands and (self.context is None or self.context.stands)

    @property
    def as_it_was(self) -> bool:
        """Whether the source has the bytes that were cited, and the quote is where it was, with the
        text around it."""
        checked = self.verification
        return checked.verified and not self.context_differs and not checked.source_changed

    @property
    def context_differs(self) -> bool:
        """Whether what stands around the quote in the source is another text than in the pack."""
        if self.context is None:
            return False
        held = self.context.verified if self.verification.verified else self.context.stands
        return not held

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "answer": self.answer,
            "citation": self.citation,
            "stands": self.stands,
            "here": self.here,
            "enclosed": self.enclosed,
            "context": None if self.context is None else self.context.to_dict(),
            "pictures": [each.to_dict() for each in self.pictures],
            **self.verification.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class PackChecked:
    """What has become of a pack and of its sources."""

    pack: Pack | None
    """``None`` if it could not be taken apart."""
    problems: tuple[str, ...]
    """Why it is not intact."""
    page_compared: bool
    """Whether the page was made again from the parts; another version's cannot be."""
    quotes: tuple[QuoteInPack, ...]
    """Against the sources outside the pack."""
    enclosed: tuple[QuoteInPack, ...]
    """Against those inside it."""
    certificates: tuple[CertificateChecked, ...]
    not_read: int
    """Number of quotes of answers that were altered, which were not looked up."""
    not_looked_up: int
    """Number of others, outside and inside, and of certificates that were not looked up, as all of
    it took too long."""
    signature: SignatureChecked | None
    """``None`` if no signers were named."""
    signed: bool
    """Whether there is a signature beside it, checked or not."""

    @property
    def intact(self) -> bool:
        """Whether every byte is as it was written."""
        return not self.problems

    @property
    def here(self) -> tuple[QuoteInPack, ...]:
        """The quotes whose sources are at hand outside the pack."""
        return tuple(each for each in self.quotes if each.here)

    @property
    def _all_looked_up(self) -> bool:
        return not self.not_read and not self.not_looked_up

    @property
    def certificates_here(self) -> tuple[CertificateChecked, ...]:
        """The certificates of whose files at least one is at hand."""
        there = {FileVerdict.SAME, FileVerdict.CHANGED}
        return tuple(
            each for each in self.certificates if any(file.verdict in there for file in each.files)
        )

    @property
    def stands(self) -> bool:
        """Whether all quotes whose sources are at hand stand in them, outside and inside, and all
        certificates whose files are at hand hold. False if quotes could not be read, or not all
        were looked up."""
        held = self._all_looked_up and all(each.holds for each in self.certificates_here)
        return held and all(each.stands for each in (*self.here, *self.enclosed))

    @property
    def pictures(self) -> tuple[PictureInPack, ...]:
        """Each picture once: as it is beside the source outside, or else inside, with the worst of
        two verdicts."""
        order = list(PictureVerdict)
        found: dict[str, PictureInPack] = {}
        for each in (one for quote in (*self.quotes, *self.enclosed) for one in quote.pictures):
            known = found.setdefault(each.part, each)
            if order.index(each.verdict) > order.index(known.verdict):
                found[each.part] = each
        return tuple(found.values())

    @property
    def pictures_hold(self) -> bool:
        """Whether no picture shows something else than its page, as far as it could be drawn."""
        return not any(each.verdict is PictureVerdict.DIFFERS for each in self.pictures)

    @property
    def as_they_were(self) -> bool | None:
        """Whether the sources outside are all as they were; ``None`` if none is at hand."""
        if not self.here and not self.certificates_here:
            return None
        held = self._all_looked_up and all(each.holds for each in self.certificates_here)
        return held and all(each.as_it_was for each in self.here)

    @property
    def holds(self) -> bool:
        """Whether it is intact, signed if that was asked, and nothing at hand speaks against it."""
        signed = self.signature is None or self.signature.valid
        return self.intact and self.stands and self.pictures_hold and signed

    @property
    def complete(self) -> bool:
        """Whether it holds, all sources are at hand and as they were, and all pictures were drawn
        again and show their pages."""
        certified = all(each.holds for each in self.certificates)
        shown = {PictureVerdict.SAME, PictureVerdict.CLOSE}
        drawn = all(each.verdict in shown for each in self.pictures)
        return self.holds and certified and drawn and all(each.as_it_was for each in self.quotes)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.pack-verification/1``."""
        return {
            "schema": SCHEMA,
            "holds": self.holds,
            "intact": self.intact,
            "problems": list(self.problems),
            "page_compared": self.page_compared,
            "stands": self.stands,
            "pictures_hold": self.pictures_hold,
            "as_they_were": self.as_they_were,
            "signed": self.signed,
            "signature": None if self.signature is None else self.signature.to_dict(),
            "not_read": self.not_read,
            "not_looked_up": self.not_looked_up,
            "certificates_checked": len(self.certificates_here),
            "quotes": [each.to_dict() for each in self.quotes],
            "enclosed": [each.to_dict() for each in self.enclosed],
            "certificates": [each.to_dict() for each in self.certificates],
            "manifest": None if self.pack is None else self.pack.to_dict(),
        }
