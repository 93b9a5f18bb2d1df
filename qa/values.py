"""What several passages say to one question: their values in groups, and where each stands.

The records say which passages hold equal values and which hold others. They do not say which of
them is right.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from qa.places import SourceSpan
from qa_index.records import DateSource


class ValueKind(StrEnum):
    """What a question asks for."""

    NUMBER = "number"
    """With or without a unit, also an amount of money or a share."""
    DURATION = "duration"
    DATE = "date"
    NAME = "name"
    YES_NO = "yes_no"
    """Whether something is permitted or required."""


class Bound(StrEnum):
    """What the words before a number make of it."""

    AT_LEAST = "at_least"
    MORE_THAN = "more_than"
    AT_MOST = "at_most"
    LESS_THAN = "less_than"
    ABOUT = "about"


class VersionSource(StrEnum):
    """Where the version of a source is from."""

    FILE_NAME = "file_name"
    TITLE = "title"


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalValue:
    """A value in the form in which values are compared; what it lacks is ``None``.

    Nothing is converted: 30 days are not a month, and 50% is not a half.
    """

    number: str | None = None
    """With a decimal point and no other separator, as in ``1234.5``. As written if it could be two
    numbers."""
    to: str | None = None
    """The upper end of a range."""
    unit: str | None = None
    """Singular, such as ``day``, ``percent`` or ``USD``."""
    per: str | None = None
    """The unit of time of a rate."""
    bound: Bound | None = None
    date: str | None = None
    """``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD`` or ``--MM-DD``. As written if it could be two dates."""
    name: str | None = None
    """In lower case and without titles."""
    affirms: bool | None = None
    """Whether it permits or requires what is asked about."""

    def to_dict(self) -> dict[str, Any]:
        """The fields that it has, as JSON types."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class ValueMember:
    """A passage that holds a value."""

    rank: int
    """Of its citation."""
    citation: str
    """The citation's id."""
    span: SourceSpan
    """The value's, as offsets into the source."""
    text: str
    """``text[span.start:span.end]`` of the source."""
    sentence: SourceSpan
    """The one that the value stands in."""
    quote: str
    """``text[sentence.start:sentence.end]`` of the source."""
    date: str | None
    """Of the document: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``."""
    date_from: DateSource | None
    version: str | None
    """Of the document, such as ``2.1``."""
    version_from: VersionSource | None
    copies: int
    """Other places of the same text, the citation's ``also_in``; they are no witnesses of their
    own."""

    def to_dict(self) -> dict[str, Any]:
        """The member as JSON types."""
        return {
            **asdict(self),
            "span": self.span.to_dict(),
            "sentence": self.sentence.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class ValueGroup:
    """Passages that hold equal values."""

    value: str
    """As the first of them writes it."""
    normal: NormalValue
    members: tuple[ValueMember, ...]
    """In the order of their ranks; never empty."""

    @property
    def copies(self) -> int:
        """Other places of the members' texts."""
        return sum(member.copies for member in self.members)

    @property
    def wordings(self) -> int:
        """Number of different sentences among the members'."""
        return len({" ".join(each.quote.casefold().split()) for each in self.members})

    def to_dict(self) -> dict[str, Any]:
        """The group as JSON types."""
        return {
            "value": self.value,
            "normal": self.normal.to_dict(),
            "passages": len(self.members),
            "wordings": self.wordings,
            "copies": self.copies,
            "members": [member.to_dict() for member in self.members],
        }


@dataclass(frozen=True, slots=True)
class Agreement:
    """The values of the kind that a question asks for, in at least two passages."""

    kind: ValueKind
    groups: tuple[ValueGroup, ...]
    """The one with the first citation's value first, then in the order of ranks."""

    @property
    def members(self) -> Iterable[ValueMember]:
        """Those of all groups."""
        return (member for group in self.groups for member in group.members)

    def to_dict(self) -> dict[str, Any]:
        """The agreement as JSON types."""
        return {"kind": str(self.kind), "groups": [group.to_dict() for group in self.groups]}
