"""What was promised of the answers of an index: how many are wrong at most, and on what basis.

The promise is kept with the calibration whose threshold keeps it (``qa.confidence.store``). Its
basis tells later whether documents and questions are still like those that it was made on; it holds
no text.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

KEPT_PASSAGES = 500
"""Passages whose hash is kept. Up to so many, shares of passages are exact; of more the standard
error is at most 2.2 percentage points. The file is read whenever an index is opened."""

KEPT_QUESTIONS = 300
"""Questions whose signals are kept: with 300 others, a distance of 0.16 between two distributions
is seen at 0.1%."""

SIGNALS = ("probability", "similarity", "evidence_share", "reading", "words", "trust")
"""The signals of a question that are kept, in order: see ``qa.confidence.signals``. The first is
the probability of the shipped fit."""

ABSENT = -100.0
"""Stands for a signal that a question does not have; below every value."""

NOTICED = 0.1
"""Share of new or gone passages from which a collection counts as another. A convention: no share
is known below which a promise holds."""

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class PassageSample:
    """Hashes of passages' texts: all of them, or the ``KEPT_PASSAGES`` lowest.

    Since hashes are spread evenly, these are a random sample, and whatever is below the highest of
    them can be compared with another collection (bottom-k sketch, Cohen and Kaplan 2007).
    """

    below: int
    """The highest hash that would have been kept."""
    hashes: tuple[int, ...]
    """Ascending, without duplicates."""

    @staticmethod
    def of(hashes: Hashes) -> "PassageSample":
        """The sample of a collection's passages, by the 64-bit hash of each text."""
        distinct = np.unique(hashes)
        kept = distinct[:KEPT_PASSAGES].tolist()
        return PassageSample(kept[-1] if len(distinct) > KEPT_PASSAGES else 2**64 - 1, tuple(kept))

    def drift(self, hashes: Hashes) -> "PassageDrift":
        """How far a collection with these passages is another one."""
        now = np.unique(hashes[hashes <= np.uint64(self.below)])
        then = np.array(self.hashes, dtype=np.uint64)
        same = len(np.intersect1d(now, then, assume_unique=True))
        return PassageDrift(
            new=round(1 - same / len(now), 4) if len(now) else 0.0,
            gone=round(1 - same / len(then), 4) if len(then) else 0.0,
        )


class PassageDrift(NamedTuple):
    """How far a collection has changed, by the texts of its passages."""

    new: float
    """Share of its passages that were not there."""
    gone: float
    """Share of those that were there and are there no more."""

    @property
    def noticed(self) -> bool:
        """Whether that is enough to doubt the promise."""
        return max(self) >= NOTICED


@dataclass(frozen=True, slots=True)
class PromiseBasis:
    """What the promise was made on, without any text."""

    tool: str
    """Version of the program that asked the questions."""
    questions: tuple[int, ...]
    """XXH32 of each question, so that it is not taken for a new one later."""
    passages: PassageSample | None
    """``None`` if the engine cannot tell the hashes of its passages."""
    signals: tuple[tuple[float, ...], ...]
    """``SIGNALS`` of at most ``KEPT_QUESTIONS`` questions."""


@dataclass(frozen=True, slots=True)
class Promise:
    """At most a share ``risk`` of what is answered is wrong, with a confidence of ``level``.

    For questions drawn like those of the set, asked in hybrid mode with reading, and without a
    filter. An answer is wrong if no source answers the question, or if the first citation does not
    hold what answers it.
    """

    risk: float
    confidence_level: float
    questions: int
    """Number of different questions that it was made on."""
    unanswerable: int
    """Of these, those that no source answers."""
    answered: int
    """Of the questions, those that reach the threshold."""
    wrong: int
    """Of the answered ones."""
    documents: int
    """Number of documents that answer the questions. Those about one document are not independent,
    as the promise takes them to be."""
    basis: PromiseBasis

    @property
    def share_answered(self) -> float:
        """Share of the questions that are answered."""
        return self.answered / self.questions

    def to_dict(self) -> dict[str, Any]:
        """The promise as JSON types, without its basis."""
        data = asdict(self)
        del data["basis"]
        return {**data, "share_answered": round(self.share_answered, 4)}


def parsed_promise(data: Mapping[str, Any] | None) -> Promise | None:
    """The promise that was stored. Raises ``ValueError``, ``TypeError`` or ``KeyError``."""
    if data is None:
        return None
    basis = data["basis"]
    sample = basis["passages"]
    risk, level = float(data["risk"]), float(data["confidence_level"])
    if not (0 < risk < 1 and 0 < level < 1):
        raise ValueError(f"a promise of {risk} with {level}")
    counts = {
        name: int(data[name])
        for name in ("questions", "unanswerable", "answered", "wrong", "documents")
    }
    if not 0 <= counts["wrong"] <= counts["answered"] <= counts["questions"]:
        raise ValueError(f"a promise on {counts}")
    if not counts["questions"]:
        raise ValueError("a promise on no questions")
    return Promise(
        risk=risk,
        confidence_level=level,
        **counts,
        basis=PromiseBasis(
            tool=str(basis["tool"]),
            questions=tuple(map(int, basis["questions"])),
            passages=None
            if sample is None
            else PassageSample(int(sample["below"]), tuple(map(int, sample["hashes"]))),
            signals=tuple(_row(row) for row in basis["signals"]),
        ),
    )


def _row(row: Any) -> tuple[float, ...]:
    values = tuple(map(float, row))
    if len(values) != len(SIGNALS) or not np.isfinite(values).all():
        raise ValueError("signals of a question are not as they were kept")
    return values
