"""What an answer is made of: frozen records that print, save and check themselves.

``to_dict`` gives the JSON of schema ``qa.answer/1``; a person's output is drawn from the same
records. Offsets are code points, spans half open.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.places import Lines, Place, Source, SourceSpan

if TYPE_CHECKING:
    from qa.checking.sources import Sources
    from qa.checking.verification import Verification

SCHEMA = "qa.answer/1"


class Status(StrEnum):
    """Whether the sources answer the question."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"


class Reason(StrEnum):
    """Why there is no answer."""

    BELOW_THRESHOLD = "below_threshold"
    NO_MATCH = "no_match"
    EMPTY_INDEX = "empty_index"


class Confidence(StrEnum):
    """Bands of the probability that the first citations answer the question."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"

    def at_least(self, least: "Confidence") -> bool:
        """Whether this band is ``least`` or a higher one."""
        order = list(Confidence)
        return order.index(self) >= order.index(least)


@dataclass(frozen=True, slots=True)
class Scores:
    """How a passage came to its rank; a signal that the mode does not use is ``None``."""

    fused: float
    bm25: float | None
    passage: float | None
    """Similarity of question and passage vector."""
    sentence: float | None
    """Similarity of question and best sentence vector."""
    reading: float | None = None
    """How far its best sentence, with its neighbours, answers, 0 to 1; ``None`` if not read."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage quoted from a source, with all that is needed to check it."""

    id: str
    rank: int
    """1 for the best."""
    quote: str
    """``text[span.start:span.end]`` of the source, character by character."""
    quote_sha256: str
    """Of the quote in UTF-8."""
    source: Source
    span: SourceSpan
    lines: Lines
    page: int | None
    heading_path: tuple[str, ...]
    evidence: tuple[SourceSpan, ...]
    """The sentences inside ``span`` that match the question best; absolute, in order."""
    scores: Scores
    also_in: tuple[Place, ...]
    root: str = field(default="", repr=False)
    """Folder that a relative ``source.path`` starts from; not part of the JSON."""
    index_folder: str = field(default="", repr=False)
    """Of the index that it was found in; not part of the JSON."""
    answer_span: SourceSpan | None = None
    """The words of the evidence that answer, absolute; ``None`` unless the passage was read to
    answer, more likely than not, and it is clear which words do."""

    @property
    def location(self) -> str:
        """``path:line``, as editors and terminals understand it."""
        return f"{self.source.path}:{self.lines.start}"

    def verify(self) -> "Verification":
        """Read the source again and tell whether the quote still stands there, or elsewhere.

        A source that was renamed is found among the files that the index was made from.
        """
        from qa.checking.verification import Claim, verify

        source = self.source
        claim = Claim(
            path=source.path,
            source_sha256=source.sha256,
            span=self.span,
            quote=self.quote,
            quote_sha256=self.quote_sha256,
            encoding=source.encoding,
            lines=self.lines,
        )
        return verify(claim, self._sources())

    def _sources(self) -> "Sources":
        from qa.checking.sources import Sources
        from qa_index.collection.local.stored import StoredIndex
        from qa_index.errors import IndexProblem

        def open_index() -> StoredIndex | None:
            try:
                return StoredIndex(self.index_folder, base=self.root) if self.index_folder else None
            except IndexProblem:  # gone since: only renamed files are found with it
                return None

        return Sources(Path(self.root), open_index)

    def to_dict(self) -> dict[str, Any]:
        """The citation as JSON types."""
        data = asdict(self)
        del data["root"], data["index_folder"]
        data["span"] = self.span.to_dict()
        data["heading_path"] = list(self.heading_path)
        data["evidence"] = list(data["evidence"])
        data["also_in"] = list(data["also_in"])
        return data


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the probability of an answer was computed from."""

    similarity: float | None
    """Of the question and the nearest sentence of the first citations."""
    reading: float | None
    """How far the best sentence of the first, with its neighbours, answers, 0 to 1: told by a
    network that read both. ``None`` where it did not read."""
    evidence_share: float
    """Of the question's weight, rare words weighing more, that the evidence sentence holds."""
    passage_share: float
    """The same of a whole passage, the best of the first citations."""
    trust: float
    """How far similarity and reading count in the question's language; the rest is left to words
    alone."""
    passages: int
    """How many were searched."""
    threshold: float
    """Least probability that counts as an answer."""
    standardised_similarity: float | None = None
    """``similarity`` on the scale of the packaged model, which is what counts: the same for that
    model. ``None`` where similarity did not count."""


@dataclass(frozen=True, slots=True)
class IndexUsed:
    """Which state of which index answered."""

    generation: int
    model: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's status and the passages that answer it; nothing in it is generated."""

    question: str
    status: Status
    reason: Reason | None
    confidence: Confidence
    probability: float
    """That the first citations answer the question, 0 to 1."""
    citations: tuple[Citation, ...]
    """Best first. With ``NO_ANSWER``, the nearest passages, which do not answer it."""
    index: IndexUsed
    explanation: Explanation
    warnings: tuple[str, ...] = ()
    timing_ms: dict[str, float] = field(default_factory=dict, compare=False)
    """Milliseconds a step, and ``total``."""

    @property
    def answered(self) -> bool:
        """Whether the sources answer the question."""
        return self.status is Status.ANSWERED

    def to_dict(self) -> dict[str, Any]:
        """The answer as JSON types, schema ``qa.answer/1``."""
        return {
            "schema": SCHEMA,
            "question": self.question,
            "status": str(self.status),
            "reason": None if self.reason is None else str(self.reason),
            "confidence": str(self.confidence),
            "probability": self.probability,
            "citations": [citation.to_dict() for citation in self.citations],
            "index": asdict(self.index),
            "explanation": asdict(self.explanation),
            "warnings": list(self.warnings),
            "timing_ms": dict(self.timing_ms),
        }
