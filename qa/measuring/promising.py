"""Promises how many answers are wrong at most, and sees later whether that was kept."""

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import xxhash

import qa_eval
from qa.answering.answerer import Answerer
from qa.confidence import CALIBRATION
from qa.confidence.model import ConfidenceModel
from qa.confidence.promise import (
    ABSENT,
    KEPT_QUESTIONS,
    SIGNALS,
    PassageSample,
    Promise,
    PromiseBasis,
)
from qa.confidence.shipped import shipped_for
from qa.confidence.signals import Signals
from qa.confidence.store import OwnCalibration, store
from qa.measuring.asking import ask_all
from qa.measuring.errors import public_errors
from qa.measuring.evaluation import OnQuestion, question_set_of
from qa.session.library import Pathlike
from qa.session.opened import Session
from qa_eval import promise as promising
from qa_eval.binomial import interval
from qa_index.search.query import Mode
from qa_index.version import tool_version

SCHEMA = "qa.promised/1"

LEAST_UNANSWERABLE = 20
"""Fewest questions without an answer with which the threshold may fall below the shipped one. A set
without any would let everything be answered, whatever is asked later."""


@dataclass(frozen=True, slots=True)
class Promised:
    """What can be promised of an index's answers, and what it would take if nothing can."""

    file: Path
    risk: float
    confidence_level: float
    questions: int
    """Number of different questions."""
    unanswerable: int
    repeated: int
    """Questions left out since the set has them already, in the same words."""
    least_answers: int
    """Fewest answers, all of them right, on which this could be promised."""
    promise: Promise | None
    threshold: float | None
    """Least probability of an answer that keeps the promise."""
    enough: int | None
    """Without a promise: questions in all, of the same kind, that would probably do; ``None`` if
    no number would, or more than anybody labels."""
    least_risk: float | None
    """Without a promise: the lowest risk, in whole percent, that these questions do show."""
    replaced: str | None
    """Name of the question set of the calibration that this one replaced."""

    @property
    def stored(self) -> bool:
        """Whether the threshold was stored, so that later answers use it."""
        return self.promise is not None

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.promised/1``."""
        promise = None if self.promise is None else self.promise.to_dict()
        data = asdict(replace(self, promise=None))
        return {
            "schema": SCHEMA,
            **data,
            "file": str(self.file),
            "stored": self.stored,
            "promise": promise,
        }


def promise(
    answerer: Session | Answerer,
    questions: Pathlike | qa_eval.QuestionSet,
    *,
    risk: float,
    confidence_level: float,
    threads: int,
    on_question: OnQuestion | None,
) -> Promised:
    """Chooses the threshold that keeps the selective risk, and stores it; see ``calibrate``.

    The probability is that of the shipped fit, which has not seen these questions: fitted to them,
    it would make them look better ordered than others. A question asked twice counts once.
    """
    with public_errors():
        promising.check_target(risk, confidence_level)
    given = question_set_of(questions)
    chosen = replace(given, questions=_distinct(given))
    answerer = answerer.pinned()
    index = answerer.index
    shipped = shipped_for(index.model.sha256)
    with public_errors():
        signals, results = ask_all(answerer, chosen, threads, on_question)
        probability = [shipped.probability(signals[each.text]) for each in chosen.questions]
        wrong = [not result.correct for result in results]
        unanswerable = sum(not each.answerable for each in chosen.questions)
        target = {
            "risk": risk,
            "level": confidence_level,
            "least": 0.0 if unanswerable >= LEAST_UNANSWERABLE else shipped.threshold,
        }
        found = promising.choose(probability, wrong, **target)
        lacking = (
            promising.shortfall(probability, wrong, **target)
            if found is None
            else promising.Shortfall(None, None)
        )
    made = found and Promise(
        risk=risk,
        confidence_level=confidence_level,
        questions=len(chosen.questions),
        unanswerable=unanswerable,
        answered=found.answered,
        wrong=found.wrong,
        documents=len({gold.path for each in chosen.questions for gold in each.gold}),
        basis=PromiseBasis(
            tool=tool_version(),
            questions=tuple(sorted(_hash_of(each.text) for each in chosen.questions)),
            passages=_sample(answerer),
            signals=kept_signals(signals, shipped),
        ),
    )
    before = answerer.calibration
    if made is not None and found is not None:
        own = OwnCalibration(
            model=replace(shipped, threshold=found.threshold),
            encoder_sha256=index.model.sha256,
            questions=given.name,
            answerable=len(chosen.questions) - unanswerable,
            unanswerable=unanswerable,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            promise=made,
        )
        store(own, index.folder)
    return Promised(
        file=index.folder / CALIBRATION,
        risk=risk,
        confidence_level=confidence_level,
        questions=len(chosen.questions),
        unanswerable=unanswerable,
        repeated=len(given.questions) - len(chosen.questions),
        least_answers=promising.least_answers(risk, confidence_level),
        promise=made,
        threshold=None if found is None else found.threshold,
        enough=lacking.questions,
        least_risk=lacking.least_risk,
        replaced=before.questions if before is not None and made is not None else None,
    )


class PromiseVerdict(StrEnum):
    """What labelled questions say of a promise."""

    HELD = "held"
    """The whole interval lies at or below the risk."""
    OPEN = "open"
    """The risk lies within the interval: these questions do not decide it."""
    BROKEN = "broken"
    """The whole interval lies above the risk."""


@dataclass(frozen=True, slots=True)
class PromiseCheck:
    """How often answers to new questions were wrong, beside what was promised."""

    risk: float
    confidence_level: float
    answered: int
    wrong: int
    interval: tuple[float, float]
    """Of the share of wrong answers: exact, 95% (Clopper and Pearson 1934)."""
    left_out: int
    """Different questions that the promise was made on, which say nothing new."""

    @property
    def verdict(self) -> PromiseVerdict:
        """What the questions say of the promise."""
        low, high = self.interval
        if low > self.risk:
            return PromiseVerdict.BROKEN
        return PromiseVerdict.HELD if high <= self.risk else PromiseVerdict.OPEN

    def to_dict(self) -> dict[str, Any]:
        """As JSON types: the field ``promise`` of ``qa.eval/1``."""
        return {**asdict(self), "interval": list(self.interval), "verdict": str(self.verdict)}


def check_promise(answerer: Session | Answerer, run: qa_eval.Run) -> PromiseCheck | None:
    """What a run's questions say of the promise of the index that answered them.

    A question asked twice counts once, as in the promise. ``None`` if there is no promise, or the
    run did not ask in hybrid mode and of all sources, which it was made for.
    """
    made = answerer.pinned().promise
    if made is None or Mode.HYBRID not in run.modes or run.provenance.get("filter"):
        return None
    known = frozenset(made.basis.questions)
    first: dict[str, qa_eval.Result] = {}
    for question, result in zip(run.questions, run.modes[Mode.HYBRID], strict=True):
        first.setdefault(same_words(question.text), result)
    new = [result for words, result in first.items() if _hash_of(words) not in known]
    given = [result for result in new if result.answered]
    wrong = sum(not result.correct for result in given)
    low, high = interval(wrong, len(given))
    return PromiseCheck(
        risk=made.risk,
        confidence_level=made.confidence_level,
        answered=len(given),
        wrong=wrong,
        interval=(round(low, 4), round(high, 4)),
        left_out=len(first) - len(new),
    )


def kept_signals(
    signals: Mapping[str, Signals], shipped: ConfidenceModel
) -> tuple[tuple[float, ...], ...]:
    """The ``SIGNALS`` of at most ``KEPT_QUESTIONS`` of these questions, in no telling order."""
    rows = sorted(signal_row(each, shipped) for each in signals.values())
    step = max(len(rows) / KEPT_QUESTIONS, 1.0)
    return tuple(rows[int(place * step)] for place in range(min(len(rows), KEPT_QUESTIONS)))


def signal_row(signals: Signals, shipped: ConfidenceModel) -> tuple[float, ...]:
    """The ``SIGNALS`` of a question, to four decimals as the probability is."""
    values = (shipped.probability(signals), *(getattr(signals, name) for name in SIGNALS[1:]))
    return tuple(ABSENT if value is None else round(float(value), 4) for value in values)


def same_words(question: str) -> str:
    """The question without regard to case, spacing and form of its characters."""
    return " ".join(unicodedata.normalize("NFKC", question).casefold().split())


def _distinct(given: qa_eval.QuestionSet) -> tuple[qa_eval.Question, ...]:
    """The first of each question in the same words."""
    found: dict[str, qa_eval.Question] = {}
    for each in given.questions:
        found.setdefault(same_words(each.text), each)
    return tuple(found.values())


def _hash_of(question: str) -> int:
    return xxhash.xxh32_intdigest(same_words(question).encode())


def _sample(answerer: Answerer) -> PassageSample | None:
    # An engine of somebody else's may give what answering needs and no more.
    hashes = getattr(answerer.index, "text_hashes", None)
    return None if hashes is None else PassageSample.of(hashes)
