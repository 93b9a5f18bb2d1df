"""The records of every passage that answers: frozen, with methods to serialise them.

``to_dict`` gives the JSON of schema ``qa.passages/1``; the terminal output is rendered from the
same records.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from qa.answers import Citation, IndexUsed, Reason, cited
from qa_index.records import Correction

SCHEMA = "qa.passages/1"


@dataclass(frozen=True, slots=True)
class ListedPassage:
    """A passage that may answer."""

    citation: Citation
    """Its rank is the place in the list."""
    probability: float
    """That it is one of those that answer, 0 to 1, to four decimals."""

    def to_dict(self, *, places: bool = False) -> dict[str, Any]:
        """The citation as JSON types, and ``probability``."""
        return {**cited(self.citation, places=places), "probability": self.probability}


@dataclass(frozen=True, slots=True)
class MissedEstimate:
    """How many passages that answer are not listed, copies not counted."""

    expected: float
    """The sum of the probabilities of all that were not listed."""
    low: int
    high: int
    """The number lies from ``low`` to ``high`` for a share ``level`` of the questions, on
    collections like those it was fitted to. On others it did for fewer: 72% of the questions of
    CISI, and 26% of those of CACM with a fit to others."""
    level: float


@dataclass(frozen=True, slots=True)
class SampledPassage:
    """A passage that is not listed, to be judged by a person."""

    citation: Citation
    """Its rank is the place in the sample."""
    probability: float
    """That it is one of those that answer, 0 to 1, to four decimals."""
    logit: float
    """Of the probability that it answers if anything does, for a question like the mean of those
    fitted (u = 0 in ``qa.confidence.relevance``). The estimate is computed from it."""

    def to_dict(self, *, places: bool = False) -> dict[str, Any]:
        """The citation as JSON types, ``probability`` and ``logit``, and ``answers`` unjudged."""
        return {
            **cited(self.citation, places=places),
            "probability": self.probability,
            "logit": self.logit,
            "answers": None,
        }


@dataclass(frozen=True, slots=True)
class OtherPassages:
    """Passages neither listed nor in the sample, in a group of nearly the same logit."""

    logit: float
    passages: float
    """Number of them; not whole where it was inferred."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A sample of the candidates that are not listed; ``qa judge`` reads it.

    Once it is judged, it tells how many passages that answer are left out.
    """

    passages: tuple[SampledPassage, ...]
    """In random order, so that a place says nothing about the passage."""
    others: tuple[OtherPassages, ...]
    answered: float
    """Probability that anything answers, 0 to 1."""
    deviation: float
    """Standard deviation of the logits between questions of the fit."""

    def to_dict(self, *, places: bool = False) -> dict[str, Any]:
        """The sample as JSON types."""
        return {
            "passages": [each.to_dict(places=places) for each in self.passages],
            "others": [asdict(each) for each in self.others],
            "answered": self.answered,
            "deviation": self.deviation,
        }


@dataclass(frozen=True, slots=True)
class PassageList:
    """Every passage that answers a question with a probability of ``least`` or more."""

    question: str
    least: float
    reason: Reason | None
    """Why nothing is listed; ``None`` if something is."""
    passages: tuple[ListedPassage, ...]
    """The likeliest first."""
    expected: float
    """The sum of the probabilities of those listed: so many of them answer, about."""
    missed: MissedEstimate
    searched: int
    """Number of passages that the filter leaves."""
    candidates: int
    """Number of passages with distinct texts whose probability was computed one by one. That of
    the others is taken from the least likely of these."""
    read: int
    """Number of passages that the reader read."""
    index: IndexUsed
    sample: Sample | None = None
    """A sample of what is not listed, if one was asked for."""
    corrections: tuple[Correction, ...] = ()
    """Words of the question that no document holds, and as what they were read."""
    warnings: tuple[str, ...] = ()
    timing_ms: dict[str, float] = field(default_factory=dict, compare=False)
    """Milliseconds per step, and ``total``."""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Those of the passages, the likeliest first."""
        return tuple(each.citation for each in self.passages)

    @property
    def after(self) -> None:
        """A list is never a follow-up; see ``Answer.after``."""
        return None

    def to_dict(self, *, places: bool = False) -> dict[str, Any]:
        """The list as JSON types, schema ``qa.passages/1``.

        With ``places``, citations say where quote and evidence are in the original file, unless it
        changed since it was indexed.
        """
        return {
            "schema": SCHEMA,
            "question": self.question,
            "least": self.least,
            "reason": None if self.reason is None else str(self.reason),
            "citations": [each.to_dict(places=places) for each in self.passages],
            "expected": self.expected,
            "missed": asdict(self.missed),
            "searched": self.searched,
            "candidates": self.candidates,
            "read": self.read,
            "index": asdict(self.index),
            "sample": None if self.sample is None else self.sample.to_dict(places=places),
            "corrections": [each._asdict() for each in self.corrections],
            "warnings": list(self.warnings),
            "timing_ms": dict(self.timing_ms),
        }
