"""The records of a draft that was checked: frozen, with the JSON of schema ``qa.draft/1``."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from qa.answers import Citation, IndexUsed
from qa.checking.quotes.records import QuoteCheck
from qa.places import Lines, SourceSpan, UnitRange, location_of, unit_to_dict

SCHEMA = "qa.draft/1"


class QuotationVerdict(StrEnum):
    """What the sources say of a quotation in a draft."""

    EXACT = "exact"
    TYPOGRAPHY = "typography"
    """Exact but for typography and what an editor marks."""
    DRIFTED = "drifted"
    """Nearly the same stands in a source."""
    MISPLACED = "misplaced"
    """It stands in a source, but not where the draft says."""
    NOWHERE = "nowhere"

    @property
    def is_problem(self) -> bool:
        """Whether somebody should look at it."""
        return self not in {QuotationVerdict.EXACT, QuotationVerdict.TYPOGRAPHY}


class QuotationKind(StrEnum):
    """How a draft marks that it quotes."""

    MARKS = "marks"
    """Quotation marks."""
    BLOCK = "block"
    """A block of its own, as with ``>`` in Markdown."""


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """A place in the draft."""

    span: SourceSpan
    """In the text of the draft."""
    lines: Lines | None
    """``None`` if the text was extracted from the file."""
    unit: UnitRange | None
    """Pages or similar units; ``None`` if it has none."""

    def location(self, path: str) -> str:
        """See ``location_of``."""
        return location_of(path, self.lines, self.unit)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "span": self.span.to_dict(),
            "lines": None if self.lines is None else asdict(self.lines),
            **unit_to_dict(self.unit),
        }


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a draft says that a quotation is from."""

    source: str
    """As the draft names it."""
    pages: tuple[str, ...] = ()
    """Numbers of pages or similar units that it gives, as they are written."""
    line: int | None = None
    indexed: bool = True
    """Whether the index holds such a source; otherwise it cannot be misplaced."""

    def __str__(self) -> str:
        """For a person."""
        if self.line is not None:
            return f"{self.source}:{self.line}"
        return f"{self.source}, p. {', '.join(self.pages)}" if self.pages else self.source

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "pages": list(self.pages)}


@dataclass(frozen=True, slots=True)
class Quotation:
    """A quotation in a draft, and what the sources say of it."""

    text: str
    """Without its marks, character by character as in the draft."""
    place: DraftPlace
    kind: QuotationKind
    verdict: QuotationVerdict
    detail: str
    """One line of explanation."""
    attributions: tuple[Attribution, ...]
    """Where the draft says that it is from."""
    check: QuoteCheck
    """The quote as it was looked up."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        check = self.check.to_dict()
        del check["schema"]
        return {
            "text": self.text,
            "verdict": str(self.verdict),
            "detail": self.detail,
            "kind": str(self.kind),
            **self.place.to_dict(),
            "attributions": [each.to_dict() for each in self.attributions],
            "check": check,
        }


@dataclass(frozen=True, slots=True)
class ClaimCheck:
    """A sentence of a draft that claims something, and what supports it best."""

    text: str
    """The sentence as it was looked for: without marks of Markdown and notes."""
    place: DraftPlace
    probability: float
    """Probability, 0 to 1, that the quote supports the whole sentence."""
    supported: bool
    """Whether the probability is high enough to show the quote as support."""
    quote: str | None
    """The sentences of the source that support it best; ``None`` if nothing is near."""
    citation: Citation | None
    """The passage that the quote is from."""
    answers: float = 0.0
    """Probability that ``Answerer.ask`` gives for the sentence, which says less: that the passage
    is about just this."""
    lacking: tuple[str, ...] = ()
    """Numbers of the sentence that the passage does not hold."""
    negation: bool = False
    """Whether one of sentence and quote negates and the other does not."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON types."""
        return {
            "text": self.text,
            **self.place.to_dict(),
            "probability": self.probability,
            "supported": self.supported,
            "quote": self.quote,
            "citation": None if self.citation is None else self.citation.to_dict(),
            "answers": self.answers,
            "lacking": list(self.lacking),
            "negation": self.negation,
        }


@dataclass(frozen=True, slots=True)
class DraftCheck:
    """What the sources say of a draft."""

    path: str
    """Of the draft, as it was given."""
    sha256: str
    """Of its bytes."""
    quotations: tuple[Quotation, ...]
    """In the order of the text."""
    claims: tuple[ClaimCheck, ...] | None
    """In the order of the text; ``None`` if they were not asked for."""
    scare_quotes: int
    """Quotations of one or two words, which are not looked up."""
    unclosed: int
    """Quotation marks that open and do not close."""
    not_checked: int
    """Quotations and sentences beyond the limits."""
    threshold: float
    """Lowest probability that counts as support."""
    index: IndexUsed
    warnings: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[Quotation, ...]:
        """The quotations that drifted, are misplaced or are nowhere."""
        return tuple(each for each in self.quotations if each.verdict.is_problem)

    @property
    def sound(self) -> bool:
        """Whether every quotation stands where it should."""
        return not self.problems

    @property
    def unsupported(self) -> tuple[ClaimCheck, ...]:
        """The sentences without support."""
        return tuple(each for each in self.claims or () if not each.supported)

    def counts(self) -> dict[QuotationVerdict, int]:
        """Number of quotations by verdict."""
        verdicts = [each.verdict for each in self.quotations]
        return {verdict: verdicts.count(verdict) for verdict in QuotationVerdict}

    def to_dict(self) -> dict[str, Any]:
        """The check as JSON types, schema ``qa.draft/1``."""
        return {
            "schema": SCHEMA,
            "draft": {"path": self.path, "sha256": self.sha256},
            "sound": self.sound,
            "counts": {str(verdict): count for verdict, count in self.counts().items()},
            "scare_quotes": self.scare_quotes,
            "unclosed": self.unclosed,
            "not_checked": self.not_checked,
            "threshold": self.threshold,
            "quotations": [each.to_dict() for each in self.quotations],
            "claims": (None if self.claims is None else [each.to_dict() for each in self.claims]),
            "index": asdict(self.index),
            "warnings": list(self.warnings),
        }
