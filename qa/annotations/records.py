"""The records of annotations that were read and found: frozen, schema ``qa.annotations/1``."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from qa.checking.quotes.records import Concern, Typography, WordChange
from qa.places import Place, SourceSpan

SCHEMA = "qa.annotations/1"


class AnnotationVerdict(StrEnum):
    """How the text of an annotation was found."""

    SAME = "same"
    """The file is the one that was annotated, by its hash and its path."""
    RENAMED = "renamed"
    """The file is the one that was annotated, by its hash, under another path."""
    NAMED = "named"
    """A file of that name holds the text. The annotation tells no hash, or the file has changed."""
    CONVERTED = "converted"
    """Another file holds the text, at most in another typography."""
    AMBIGUOUS = "ambiguous"
    """The text stands in several places, or in one with other text around it, and nothing tells
    whether it is the one that was annotated."""
    CHANGED = "changed"
    """A file holds nearly the same text; ``FoundTarget.changes`` says which words differ."""
    ABSENT = "absent"
    """No file holds the text or anything near it."""
    NOT_CHECKED = "not_checked"
    """The annotation quotes no text."""


STANDING = frozenset(
    {
        AnnotationVerdict.SAME,
        AnnotationVerdict.RENAMED,
        AnnotationVerdict.NAMED,
        AnnotationVerdict.CONVERTED,
    }
)
"""The verdicts on a text that was found, and in one place."""


@dataclass(frozen=True, slots=True)
class AnnotationTarget:
    """What an annotation is about: a part of a source."""

    annotation: str
    """The annotation's id; empty if it has none."""
    source: str
    """The IRI of the source, as it is written; empty if there is none."""
    path: str
    """The path that it names; empty if it names none."""
    title: str
    """Of the source; empty if it is not told."""
    sha256: str | None
    """Of the source's bytes when it was annotated."""
    quote: str
    """The text that is annotated; empty if it is not told."""
    before: str = ""
    """The text directly before it, as far as it is told."""
    after: str = ""
    span: SourceSpan | None = None
    """Its offsets in the text that the annotating program saw."""
    page: int | None = None
    """Number of the page on which it begins, from 1."""

    @property
    def location(self) -> str:
        """The source for a person: its path, else its title or IRI, and the page."""
        name = self.path or self.title or self.source or "a source without a name"
        return f"{name}, page {self.page}" if self.page else name

    def to_dict(self) -> dict[str, Any]:
        """The target as JSON types."""
        span = None if self.span is None else self.span.to_dict()
        return {**asdict(self), "span": span}


@dataclass(frozen=True, slots=True)
class FoundTarget:
    """A target, and where its text stands now."""

    target: AnnotationTarget
    verdict: AnnotationVerdict
    detail: str
    """One line of explanation."""
    place: Place | None = None
    """Where the text stands, or what is nearest to it."""
    quote: str | None = None
    """What stands there, character by character."""
    parts: tuple[SourceSpan, ...] = ()
    """Its parts in the place, if something else stands between its lines, such as the foot of a
    page or another column."""
    others: tuple[Place, ...] = ()
    """Further places that fit as well, at most nine."""
    further: int = 0
    """Number of places beyond those."""
    typography: tuple[Typography, ...] = ()
    """In what it differs, if only in that."""
    changes: tuple[WordChange, ...] = ()
    """The annotated text beside what stands there, if it was ``CHANGED``, if marks such as bullets
    differ, or if there are ``parts``."""
    concerns: tuple[Concern, ...] = ()
    """What makes the changes serious."""
    similarity: float | None = None
    """Share of the words that are the same, 0 to 1, if there are ``changes``."""

    @property
    def stands(self) -> bool:
        """Whether the text was found, in one place."""
        return self.verdict in STANDING

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON types."""
        return {
            "target": self.target.to_dict(),
            "verdict": str(self.verdict),
            "stands": self.stands,
            "detail": self.detail,
            "place": None if self.place is None else self.place.to_dict(),
            "quote": self.quote,
            "parts": [each.to_dict() for each in self.parts],
            "others": [each.to_dict() for each in self.others],
            "further": self.further,
            "typography": [str(each) for each in self.typography],
            "changes": [each.to_dict() for each in self.changes],
            "concerns": [str(each) for each in self.concerns],
            "similarity": self.similarity,
        }


@dataclass(frozen=True, slots=True)
class FoundAnnotations:
    """The targets of annotations, and where their texts stand now."""

    targets: tuple[FoundTarget, ...]
    """One for each target of each annotation, in order."""
    index: Path
    """Folder of the index whose documents were searched."""

    @property
    def stands(self) -> bool:
        """Whether every text was found, in one place."""
        return all(each.stands for each in self.targets)

    @property
    def unchanged(self) -> bool:
        """Whether every text stands in the same file, under the same name."""
        return all(each.verdict is AnnotationVerdict.SAME for each in self.targets)

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.annotations/1``."""
        return {
            "schema": SCHEMA,
            "stands": self.stands,
            "targets": [each.to_dict() for each in self.targets],
        }
