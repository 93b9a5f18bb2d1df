"""Fits the confidence of an index to labelled questions about its own documents."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, overload

import qa_eval
from qa.answering.answerer import Answerer
from qa.confidence import CALIBRATION
from qa.confidence.shipped import shipped_for
from qa.confidence.store import OwnCalibration, store
from qa.inputs import whole_number
from qa.measuring.asking import ask_all
from qa.measuring.errors import public_errors
from qa.measuring.evaluation import OnQuestion, question_set_of
from qa.measuring.promising import Promised, promise
from qa.session.library import Pathlike
from qa.session.opened import Session
from qa_eval.calibration import check_counts
from qa_index.errors import InputError

SCHEMA = "qa.calibrated/1"


@dataclass(frozen=True, slots=True)
class Calibrated:
    """The result of a calibration: the fitted model and how good it is."""

    file: Path
    own: OwnCalibration
    fit: qa_eval.Recalibration
    stored: bool
    """Whether it was stored, so that later answers use it."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.calibrated/1``."""
        return {
            "schema": SCHEMA,
            "file": str(self.file),
            "stored": self.stored,
            "worse": self.fit.worse,
            **asdict(self.fit),
        }


LEVEL = 0.9
"""Confidence level of a promise by default: 45 answers, all right, then show a risk of 5%."""


@overload
def calibrate(
    answerer: Session | Answerer,
    questions: Pathlike | qa_eval.QuestionSet,
    *,
    max_false_answers: float | None = None,
    force: bool = False,
    threads: int = 1,
    on_question: OnQuestion | None = None,
) -> Calibrated: ...


@overload
def calibrate(
    answerer: Session | Answerer,
    questions: Pathlike | qa_eval.QuestionSet,
    *,
    risk: float,
    confidence_level: float = LEVEL,
    threads: int = 1,
    on_question: OnQuestion | None = None,
) -> Promised: ...


def calibrate(
    answerer: Session | Answerer,
    questions: Pathlike | qa_eval.QuestionSet,
    *,
    max_false_answers: float | None = None,
    risk: float | None = None,
    confidence_level: float = LEVEL,
    force: bool = False,
    threads: int = 1,
    on_question: OnQuestion | None = None,
) -> Calibrated | Promised:
    """Fits the probability to labelled questions, and stores it in the index if it is no worse.

    It is judged by cross-validation, against the shipped model. Sessions use it from their next
    question on, in later generations of the index too. Three numbers are fitted, and the threshold.
    The weights of the signals stay: they were fitted to thousands of questions over many
    collections, and a few hundred would overfit them. How reliable the signals are, and what share
    of the questions has an answer, differs between collections, and a few dozen questions are
    enough to estimate it. The set should mix answerable and unanswerable questions in the
    proportion in which they will be asked: the probability is calibrated for that mixture.

    Args:
        answerer: The session or answerer to ask; the answers of an ``Answerer`` do not change.
        questions: A JSON Lines file, or a set read by one of ``qa_eval``'s loaders.
        max_false_answers: Choose the threshold that answers at most this share of the unanswerable
            questions. By default the shipped threshold is kept.
        risk: Promise instead: choose the lowest threshold at which at most this share of what is
            answered is wrong, and fit nothing. It is stored only if these questions show it
            (``qa_eval.promise``); goes neither with ``max_false_answers`` nor with ``force``.
        confidence_level: With ``risk``: of the question sets that could have been drawn, the share
            at least whose promise is kept.
        force: Store it even if it is worse than the shipped model on held-out questions.
        threads: Number of questions asked at a time.
        on_question: Called with the progress.

    Raises:
        QuestionSetError: The set is malformed, or a label is not found in its source.
        InputError: There are too few questions of a kind, or an option is out of range.
        IndexProblem: The index is locked, or cannot be written.
    """
    if risk is not None:
        if max_false_answers is not None or force:
            raise InputError("a risk goes neither with max_false_answers nor with force")
        return promise(
            answerer,
            questions,
            risk=risk,
            confidence_level=confidence_level,
            threads=whole_number(threads, "threads", least=1),
            on_question=on_question,
        )
    if max_false_answers is not None and not _is_share(max_false_answers):
        raise InputError(
            f"a share of false answers is a number from 0 to 1, below 1, not {max_false_answers!r}"
        )
    threads = whole_number(threads, "threads", least=1)
    chosen = question_set_of(questions)
    answerer = answerer.pinned()
    shipped = shipped_for(answerer.index.model.sha256)
    with public_errors():
        answerable = [question.answerable for question in chosen.questions]
        check_counts(answerable)  # before anything is asked
        signals, results = ask_all(answerer, chosen, threads, on_question)
        fit = qa_eval.calibrate(
            [shipped.logit(signals[question.text]) for question in chosen.questions],
            [shipped.ceiling(signals[question.text]) for question in chosen.questions],
            [float(result.correct) for result in results],
            answerable,
            threshold=shipped.threshold,
            before=[result.probability for result in results],
            answered_before=[result.answered for result in results],
            max_false_answers=max_false_answers,
        )
    own = OwnCalibration(
        model=shipped.rescaled(fit.rescaling, threshold=fit.threshold),
        encoder_sha256=answerer.index.model.sha256,
        questions=chosen.name,
        answerable=fit.answerable,
        unanswerable=fit.unanswerable,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    stored = force or not fit.worse
    if stored:
        store(own, answerer.index.folder)
    return Calibrated(answerer.index.folder / CALIBRATION, own, fit, stored)


def _is_share(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1
