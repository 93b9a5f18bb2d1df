"""The records of an evaluation: questions with their gold, and retrieved passages.

Offsets are code points into the text of a source, and spans are half open: ``text[start:end]``.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Span(NamedTuple):
    """A run of characters, ``text[start:end]``."""

    start: int
    end: int


class Place(NamedTuple):
    """A span of one source."""

    path: str
    start: int
    end: int


class Document(NamedTuple):
    """One document of a collection that comes with its questions (BEIR, SQuAD)."""

    id: str
    """Its id in ``Gold.path``."""
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Gold:
    """A place that answers a question, or one part of the answer.

    Without ``quote``, ``start`` and ``end`` it is a whole document. A place read from a file may
    have only a quote; ``resolve`` finds the span.
    """

    path: str
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    grade: int = 1
    """Relevance grade, 1 or more: the gain in nDCG."""
    part: str = ""
    """Places of the same part are alternatives. Each part is one relevant item, so a question
    that needs two passages has two parts."""

    @property
    def is_document(self) -> bool:
        """Whether it is a whole document."""
        return self.quote is None and self.start is None

    def to_dict(self) -> dict[str, Any]:
        """The gold place as JSON types, without unset fields."""
        data: dict[str, Any] = {"path": self.path}
        for name in ("quote", "start", "end"):
            value = getattr(self, name)
            if value is not None:
                data[name] = value
        return data | {"grade": self.grade, "part": self.part}


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its labels."""

    id: str
    text: str
    answerable: bool
    gold: tuple[Gold, ...] = ()
    """Empty if and only if it is not answerable; all spans or all documents."""
    answers: tuple[str, ...] = ()
    """Correct answer strings."""
    tags: tuple[str, ...] = ()
    where: str = field(default="", compare=False)
    """``file:line`` that it was read from."""

    @property
    def by_document(self) -> bool:
        """Whether gold places are whole documents, so that ranks count documents."""
        return any(gold.is_document for gold in self.gold)

    @property
    def parts(self) -> dict[str, tuple[Gold, ...]]:
        """Gold places by part, in order: the relevant items and their alternatives."""
        parts: dict[str, list[Gold]] = {}
        for gold in self.gold:
            parts.setdefault(gold.part, []).append(gold)
        return {part: tuple(places) for part, places in parts.items()}

    def to_dict(self) -> dict[str, Any]:
        """The question as JSON types: a line of the project's own format."""
        return {
            "id": self.id,
            "question": self.text,
            "answerable": self.answerable,
            "gold": [gold.to_dict() for gold in self.gold],
            "answers": list(self.answers),
            "tags": list(self.tags),
        }


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Questions of one file or folder; ids are unique, and there is at least one question."""

    name: str
    questions: tuple[Question, ...]
    left_out: int = 0
    """Questions of the file without a relevant document that are not marked unanswerable: those of
    another split of a BEIR folder, or topics without judgments."""

    @property
    def sha256(self) -> str:
        """Hash of questions and labels; the order of the questions does not matter."""
        return questions_sha256(self.questions)


def questions_sha256(questions: Iterable[Question]) -> str:
    """SHA-256 over the questions' JSON, sorted by id, in hexadecimal."""
    ordered = sorted(questions, key=lambda question: question.id)
    canonical = json.dumps([question.to_dict() for question in ordered], sort_keys=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Retrieved:
    """One passage as it was cited."""

    path: str
    start: int
    end: int
    quote: str = ""
    """``text[start:end]`` of the source."""
    score: float = 0.0
    evidence: tuple[Span, ...] = ()
    """Marked sentences as absolute spans inside ``start:end``."""
    also_in: tuple[Place, ...] = ()
    """Other places of the same passage; finding one counts as finding all."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place of the passage, its own first."""
        return (Place(self.path, self.start, self.end), *self.also_in)


@dataclass(frozen=True, slots=True)
class Response:
    """The response to a question."""

    retrieved: tuple[Retrieved, ...]
    """Best first."""
    probability: float
    """That the first passage answers the question, 0 to 1."""
    answered: bool

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ValueError(f"a probability lies between 0 and 1, not at {self.probability}")


Ask = Callable[[str], Response]
"""Asks one question. Called from several threads if the run uses several."""

TextOf = Callable[[str], str | None]
"""Text of a source by its path, or ``None`` for a path that is not indexed."""
