"""The records of a quote that was looked up: frozen, with the JSON of schema ``qa.quote/1``."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from qa.places import Lines, Source, SourceSpan, UnitRange, location_of, unit_to_dict

SCHEMA = "qa.quote/1"


class QuoteVerdict(StrEnum):
    """What the indexed sources say of a quote."""

    EXACT = "exact"
    """A source holds it, character by character."""
    TYPOGRAPHY = "typography"
    """A source holds it, but for typography and what an editor marks: see ``Typography``."""
    DRIFTED = "drifted"
    """A source holds nearly the same; ``QuoteCheck.changes`` says which words differ."""
    ELSEWHERE = "elsewhere"
    """The named source does not hold it, but another one does."""
    ABSENT = "absent"
    """No source holds it or anything near it."""


class Typography(StrEnum):
    """In what a quote differs from its source if its words are the same."""

    QUOTATION_MARKS = "quotation marks"
    DASHES = "dashes"
    WHITE_SPACE = "white space"
    HYPHENATION = "hyphenation"
    LETTER_FORMS = "letter forms"
    """Ligatures, composed accents, or invisible characters."""
    MARKUP = "markup"
    """Asterisks, underscores, backticks, links and marks of notes, as in Markdown."""
    ELLIPSIS = "ellipsis"
    """Pieces that stand in this order, joined by an ellipsis."""
    FIRST_LETTER = "case of the first letter"
    BRACKETS = "brackets"
    """Changes in square brackets."""
    END = "punctuation at the end"


class DifferenceKind(StrEnum):
    """How a run of words of a quote relates to the source."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    """Only in the quote."""
    LEFT_OUT = "left_out"
    """Only in the source."""


class Concern(StrEnum):
    """What makes a difference a serious one."""

    NUMBER = "number"
    """A number or its sign differs."""
    NEGATION = "negation"
    """A word such as *not* is missing or added."""
    LOOKALIKE = "lookalike letters"
    """Letters of another script that look the same."""
    JOINED = "left out without a mark"
    """Several words of the source are missing, and no ellipsis says so."""


@dataclass(frozen=True, slots=True)
class WordChange:
    """A run of words of the quote beside what stands in the source."""

    kind: DifferenceKind
    written: str
    """In the quote; empty if ``LEFT_OUT``."""
    stands: str
    """In the source; empty if ``ADDED``."""

    def to_dict(self) -> dict[str, str]:
        """As JSON types."""
        return {"kind": str(self.kind), "written": self.written, "stands": self.stands}


@dataclass(frozen=True, slots=True)
class QuotePlace:
    """A place in a source, with what really stands there."""

    quote: str
    """``text[span.start:span.end]`` of the source, character by character."""
    quote_sha256: str
    """Of it in UTF-8."""
    source: Source
    span: SourceSpan
    lines: Lines | None
    """``None`` if the text was extracted, as from a PDF."""
    unit: UnitRange | None
    """Pages or similar units; ``None`` if the document has none."""

    @property
    def location(self) -> str:
        """``path:line``, as editors and terminals understand it, or ``path, page 12``."""
        return location_of(self.source.path, self.lines, self.unit)

    def to_dict(self) -> dict[str, Any]:
        """The place as JSON types, with the names that citations have."""
        return {
            "quote": self.quote,
            "quote_sha256": self.quote_sha256,
            "source": asdict(self.source),
            "span": self.span.to_dict(),
            "lines": None if self.lines is None else asdict(self.lines),
            **unit_to_dict(self.unit),
        }


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """A quote, and what the sources say of it."""

    quote: str
    """As it was given."""
    verdict: QuoteVerdict
    detail: str
    """One line of explanation."""
    places: tuple[QuotePlace, ...] = ()
    """The first places where it stands, or what is nearest to it, in the order of paths."""
    further: int = 0
    """Number of places beyond those."""
    counted_all: bool = True
    """Whether every place was counted: counting ends at ``MOST_PLACES``."""
    typography: tuple[Typography, ...] = ()
    """In what it differs from its first place, if only in that."""
    changes: tuple[WordChange, ...] = ()
    """The whole quote beside its first place, if it ``DRIFTED``; also for ``ELSEWHERE`` if the
    named source has something near, which is ``nearest`` then."""
    concerns: tuple[Concern, ...] = ()
    """What makes the changes serious."""
    similarity: float | None = None
    """Share of the words that are the same, 0 to 1, if it ``DRIFTED``."""
    nearest: QuotePlace | None = None
    """What is nearest to it in the named source, if the verdict is ``ELSEWHERE``."""
    source: str | None = None
    """The source that was named."""
    unspecific: bool = False
    """Whether it is so short, and stands in so many places, that finding it says little."""

    @property
    def stands(self) -> bool:
        """Whether it is ``EXACT``, or equal but for ``TYPOGRAPHY``, where it should be."""
        return self.verdict in {QuoteVerdict.EXACT, QuoteVerdict.TYPOGRAPHY}

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON types, schema ``qa.quote/1``."""
        return {
            "schema": SCHEMA,
            "quote": self.quote,
            "source": self.source,
            "verdict": str(self.verdict),
            "stands": self.stands,
            "detail": self.detail,
            "places": [place.to_dict() for place in self.places],
            "further": self.further,
            "counted_all": self.counted_all,
            "unspecific": self.unspecific,
            "typography": [str(each) for each in self.typography],
            "changes": [each.to_dict() for each in self.changes],
            "concerns": [str(each) for each in self.concerns],
            "similarity": self.similarity,
            "nearest": None if self.nearest is None else self.nearest.to_dict(),
        }
