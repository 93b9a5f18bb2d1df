"""The records of an answer: frozen, with methods to serialise and verify them.

``to_dict`` gives the JSON of schema ``qa.answer/1``; the terminal output is rendered from the same
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
    """The scores that rank a passage; a signal that the mode does not use is ``None``."""

    fused: float
    bm25: float | None
    passage: float | None
    """Similarity of question and passage vector."""
    sentence: float | None
    """Similarity of question and best sentence vector."""
    reading: float | None = None
    """Probability, 0 to 1, that its best sentence and neighbours answer; ``None`` if not read."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage quoted from a source, with everything needed to check it."""

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
    """Folder that ``source.path`` is relative to; not part of the JSON."""
    index_folder: str = field(default="", repr=False)
    """Folder of the index that it was found in; not part of the JSON."""
    answer_span: SourceSpan | None = None
    """The words of the evidence that answer the question, absolute; ``None`` unless the reader
    gives the passage a probability of at least one half and it is clear which words answer."""

    @property
    def location(self) -> str:
        """``path:line``, as editors and terminals understand it."""
        return f"{self.source.path}:{self.lines.start}"

    def verify(self) -> "Verification":
        """Reads the source again and checks whether the quote is still there, or elsewhere.

        A renamed source is searched for among the files that the index was made from.
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
            except IndexProblem:  # gone by now; it is only needed to find renamed files
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
    """The values that the probability of an answer was computed from."""

    similarity: float | None
    """Similarity of the question and the nearest sentence of the first citations."""
    reading: float | None
    """Probability, 0 to 1, that the best sentence of the first citation and its neighbours answer,
    as the reader estimates it. ``None`` if it was not read."""
    evidence_share: float
    """Share of the question's idf weight that the evidence sentence holds."""
    passage_share: float
    """The same for a whole passage, the best of the first citations."""
    trust: float
    """Weight of similarity and reading in the question's language; the rest is that of words
    alone."""
    passages: int
    """Number of passages searched."""
    threshold: float
    """Lowest probability that counts as an answer."""
    standardised_similarity: float | None = None
    """``similarity`` on the scale of the packaged model, for which the two are equal; the
    probability is computed from this one. ``None`` if similarity did not count."""


@dataclass(frozen=True, slots=True)
class IndexUsed:
    """The generation and model of the index that answered."""

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
    """Probability that the first citations answer the question, 0 to 1."""
    citations: tuple[Citation, ...]
    """Best first. With ``NO_ANSWER``, the nearest passages, which do not answer it."""
    index: IndexUsed
    explanation: Explanation
    warnings: tuple[str, ...] = ()
    timing_ms: dict[str, float] = field(default_factory=dict, compare=False)
    """Milliseconds per step, and ``total``."""

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
