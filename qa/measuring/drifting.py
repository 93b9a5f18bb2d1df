"""Whether questions are still like those that a promise was made on. Needs no labels."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qa.answering.answerer import Answerer
from qa.confidence.promise import ABSENT, SIGNALS
from qa.confidence.shipped import shipped_for
from qa.measuring.promising import same_words, signal_row
from qa.session.library import Pathlike
from qa.session.opened import Session
from qa_eval.drift import difference
from qa_index.errors import InputError

SCHEMA = "qa.question-drift/1"

LEAST_QUESTIONS = 20
"""Fewest questions that are compared: with fewer, only what differs grossly can be told."""

MOST_QUESTIONS = 1_000
"""Most questions that are asked of a file, spread over it."""

NOTICED = 0.01
"""Largest p that is called a drift: of files of unchanged questions, one in a hundred is."""

OnAsked = Callable[[int, int], None]
"""Called with the number of questions asked and the total."""


@dataclass(frozen=True, slots=True)
class QuestionDrift:
    """How far questions differ from those that a promise was made on."""

    questions: int
    """Number of different questions compared."""
    compared_with: int
    """Number of the promise's."""
    p: float
    """Probability that questions of the same kind differ as much: a permutation test over the
    largest Kolmogorov-Smirnov distance of all signals (``qa_eval.drift``)."""
    signal: str
    """The signal that differs most."""
    distance: float
    """Its Kolmogorov-Smirnov distance, 0 to 1."""
    median_then: float | None
    """Of that signal; ``None`` if most questions do not have it."""
    median_now: float | None
    answered_then: float
    """Share of the promise's questions that reach the threshold."""
    answered_now: float
    """Share of these that do."""

    @property
    def drifted(self) -> bool:
        """Whether the questions are of another kind."""
        return self.p <= NOTICED

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.question-drift/1``."""
        return {"schema": SCHEMA, **asdict(self), "drifted": self.drifted}


def compare_questions(
    answerer: Session | Answerer,
    questions: Pathlike | Sequence[str],
    *,
    on_asked: OnAsked | None = None,
) -> QuestionDrift:
    """Asks questions and compares their signals with those that the promise was made on.

    It tells questions on another subject, in another language or harder to answer. It cannot tell
    those that look alike and are answered wrongly more often: only labels can (``check_promise``).

    Args:
        answerer: The session or answerer of an index with a promise.
        questions: A file of one question a line, or of JSON objects with a field ``question``, such
            as a question set or kept questions; or the questions. At most 1,000 are asked.
        on_asked: Called with the progress.

    Raises:
        InputError: The index has no promise, or the questions are too few or cannot be read.
    """
    answerer = answerer.pinned()
    promise = answerer.promise
    if promise is None:
        raise InputError(
            "there is no promise to compare questions with; `qa calibrate QUESTIONS --risk 0.05` "
            "makes one"
        )
    asked = _distinct(_given(questions))
    if len(asked) < LEAST_QUESTIONS:
        raise InputError(
            f"comparing takes {LEAST_QUESTIONS} or more different questions, not {len(asked)}"
        )
    shipped = shipped_for(answerer.index.model.sha256)
    rows = []
    for number, question in enumerate(asked):
        signals = answerer.find_and_assess(question, 1)[1].signals
        rows.append(signal_row(signals, shipped))
        if on_asked:
            on_asked(number + 1, len(asked))
    then, now = np.array(promise.basis.signals), np.array(rows)
    found = difference(then, now)
    threshold = answerer.confidence.threshold
    return QuestionDrift(
        questions=len(now),
        compared_with=len(then),
        p=found.p,
        signal=SIGNALS[found.feature],
        distance=round(found.distance, 4),
        median_then=_median(then[:, found.feature]),
        median_now=_median(now[:, found.feature]),
        answered_then=round(float((then[:, 0] >= threshold).mean()), 4),
        answered_now=round(float((now[:, 0] >= threshold).mean()), 4),
    )


def _median(values: Any) -> float | None:
    median = float(np.median(values))
    return None if median <= ABSENT / 2 else round(median, 3)


def _distinct(questions: Iterable[str]) -> list[str]:
    """The different questions, spread over all if there are too many."""
    found = list({same_words(each): each for each in questions if each.strip()}.values())
    step = max(len(found) / MOST_QUESTIONS, 1.0)
    return [found[int(place * step)] for place in range(min(len(found), MOST_QUESTIONS))]


def _given(questions: Pathlike | Sequence[str]) -> Iterable[str]:
    if not isinstance(questions, str) and isinstance(questions, Sequence):
        if all(isinstance(each, str) for each in questions):
            return questions
        raise InputError("questions must be a path or a list of str")
    path = Path(questions)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from error
    return _lines(text, str(path))


def _lines(text: str, name: str) -> Iterator[str]:
    """The questions of a file's lines."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.lstrip().startswith("{"):
            yield line.strip()
            continue
        try:
            found = json.loads(line)["question"]
        except (ValueError, KeyError, RecursionError):
            found = None
        if not isinstance(found, str):
            raise InputError(f'{name}:{number}: is no JSON object with a text "question"')
        yield found
