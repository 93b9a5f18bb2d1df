"""A list with a sample of what it leaves out, judged by a person: how many are still missing.

`qa ask --all --sample` writes the list. Each passage of the sample has a field ``answers``: null
until somebody says whether it answers, then true or false. A file may come from anywhere, so
everything in it is checked.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from os import PathLike
from reprlib import repr as shortened
from typing import Any

import numpy as np

from qa import inputs
from qa.answering.answerer import MOST_SAMPLED
from qa.answering.listing import LEVEL
from qa.checking.saved import OF_LISTS, claims_of, spans_in
from qa.confidence.judged import JudgedSample
from qa.confidence.relevance import Further
from qa.errors import InputError
from qa.listings import MissedEstimate, PassageList
from qa.places import location_of
from qa_eval.files import write_atomically

SCHEMA = "qa.review/1"

_REMEDY = "make one with `qa ask --all --sample FILE`, or with `sample` in a program"

_MOST_GROUPS = 10_000
_MOST_LOGIT = 1000.0
_MOST_PASSAGES = 1e12
"""Nothing that is written has more groups, a logit further from 0, or a larger group."""


@dataclass(frozen=True, slots=True)
class ReviewedPassage:
    """A passage of the sample."""

    id: str
    """Of its citation."""
    location: str
    """``path:line`` or ``path, page 12``."""
    heading_path: tuple[str, ...]
    quote: str
    evidence: tuple[tuple[int, int], ...]
    """The sentences that would answer, as offsets into the quote."""
    answers: bool | None
    """Whether it answers, as a person judged; ``None`` if nobody has."""


@dataclass(frozen=True, slots=True)
class ReviewEstimate:
    """What the judgements tell of a list."""

    question: str
    sampled: int
    judged: int
    answering: tuple[str, ...]
    """Ids of the passages of the sample that answer, and were not listed."""
    missed: MissedEstimate
    """How many others answer: neither listed nor among these."""

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.review/1``."""
        return {"schema": SCHEMA, **asdict(self)}


class Review:
    """A saved list whose sample is being judged."""

    def __init__(self, data: Mapping[str, Any], name: str) -> None:
        """``data`` as ``PassageList.to_dict`` gives it; see ``read_review``."""
        self._name = name
        try:  # a copy, that changes with nothing of the caller's
            self._data: dict[str, Any] = json.loads(json.dumps(dict(data), allow_nan=False))
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(f"{name} is not JSON ({error}); {_REMEDY}") from None
        if self._data.get("schema") != OF_LISTS or not isinstance(self._data.get("sample"), dict):
            raise InputError(f"{name} is no list with a sample; {_REMEDY}")
        try:
            self.question = inputs.text(self._data["question"], "question")
            sample = self._data["sample"]
            self._passages: list[dict[str, Any]] = sample["passages"]
            if len(self._passages) > MOST_SAMPLED or len(sample["others"]) > _MOST_GROUPS:
                raise ValueError("it is too large")
            self._numbers = {str(each["id"]): n for n, each in enumerate(self._passages)}
            if len(self._numbers) < len(self._passages):
                raise ValueError("it holds a passage twice")
            self._parsed = [_reviewed(each) for each in self._passages]
            for each in self._passages:
                _check(each["logit"], -_MOST_LOGIT, _MOST_LOGIT)
            for group in sample["others"]:
                _check(group["logit"], -_MOST_LOGIT, _MOST_LOGIT)
                _check(group["passages"], 0.0, _MOST_PASSAGES)
            _check(sample["answered"], 0.0, 1.0)
            _check(sample["deviation"], 0.0, _MOST_LOGIT)
        except (KeyError, TypeError, ValueError, AttributeError, InputError) as error:
            raise InputError(f"{name} holds a damaged sample ({error}); {_REMEDY}") from None

    @property
    def passages(self) -> tuple[ReviewedPassage, ...]:
        """The sample, in the order in which it is to be judged."""
        return tuple(self._parsed)

    def judge(self, passage: str, answers: bool | None) -> None:
        """Says whether a passage of the sample, named by its citation's id, answers.

        ``None`` takes a judgement back. Raises ``InputError`` for an id that is not in the sample.
        """
        if inputs.text(passage, "passage") not in self._numbers:
            raise InputError(f"{self._name} has no passage {passage!r} in its sample")
        place, judged = self._numbers[passage], _judgement(answers)
        self._passages[place]["answers"] = judged
        self._parsed[place] = replace(self._parsed[place], answers=judged)

    def estimate(self) -> ReviewEstimate:
        """How many passages that answer are missing. Raises ``InputError`` if none is judged."""
        judged = [each for each in self._passages if each["answers"] is not None]
        if not judged and self._passages:
            raise InputError(
                f"no passage of the sample in {self._name} is judged; say true or false in the "
                "field 'answers' of each, or run `qa judge` on a terminal"
            )
        sample = self._data["sample"]
        unjudged = [each for each in self._passages if each["answers"] is None]
        groups = [(each["logit"], each["passages"]) for each in sample["others"]]
        groups += [(each["logit"], 1.0) for each in unjudged]
        counted = JudgedSample(
            np.array([each["logit"] for each in judged], dtype=np.float64),
            np.array([each["answers"] for each in judged], dtype=np.bool_),
            Further(*np.array(groups, dtype=np.float64).reshape(-1, 2).T),
            float(sample["deviation"]),
            float(sample["answered"]),
        ).counted(LEVEL)
        return ReviewEstimate(
            self.question,
            len(self._passages),
            len(judged),
            tuple(str(each["id"]) for each in judged if each["answers"]),
            MissedEstimate(round(counted.expected, 2), counted.low, counted.high, LEVEL),
        )

    def save(self, file: str | PathLike[str]) -> None:
        """Replaces a file by the list with the judgements. Raises ``InputError``."""
        path = inputs.path(file, "file")
        try:
            write_atomically(path, f"{json.dumps(self._data, allow_nan=False)}\n")
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise InputError(f"cannot write {path}: {reason}") from None

    def to_dict(self) -> dict[str, Any]:
        """The list with the judgements, schema ``qa.passages/1``."""
        copied: dict[str, Any] = json.loads(json.dumps(self._data))
        return copied


def read_review(saved: PassageList | Mapping[str, Any] | str, name: str = "the list") -> Review:
    """The review of a list that was made with ``sample``, of its JSON, or of a text of that.

    ``name`` says where it comes from, for messages. Raises ``InputError`` for anything else.
    """
    if isinstance(saved, PassageList):
        return Review(saved.to_dict(), name)
    try:
        data = json.loads(saved) if isinstance(saved, str) else saved
    except (ValueError, RecursionError):
        raise InputError(f"{name} is not JSON; {_REMEDY}") from None
    if not isinstance(data, Mapping):
        raise InputError(f"{name} is no list with a sample; {_REMEDY}")
    return Review(data, name)


def _check(value: Any, least: float, most: float) -> None:
    """Raises for anything but a number within the bounds; NaN is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a number is missing")
    if not least <= value <= most:
        raise ValueError("a number is out of bounds")


def _reviewed(saved: dict[str, Any]) -> ReviewedPassage:
    """Raises ``KeyError``, ``TypeError`` or ``InputError`` for what is no passage of a sample."""
    [claim] = claims_of({"schema": OF_LISTS, "citations": [saved]}, "the list")
    start, length = claim.span.start, len(claim.quote)
    return ReviewedPassage(
        inputs.text(saved["id"], "id"),
        location_of(claim.path, claim.lines, claim.unit),
        tuple(inputs.names(saved["heading_path"], "heading_path")),
        claim.quote,
        tuple(
            (each.start - start, each.end - start)
            for each in spans_in(saved["evidence"])
            if start <= each.start and each.end <= start + length
        ),
        _judgement(saved["answers"]),
    )


def _judgement(value: object) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise InputError(f"'answers' is true, false or null, not {shortened(value)}")
