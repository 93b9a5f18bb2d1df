"""What a follow-up question takes from the questions before it.

``Turn`` is a question that was answered, as far as a later one needs it; ``CarriedOver`` is what a
later one took from it, for an answer to tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qa_index.errors import InputError

SCHEMA = "qa.answer/1"
"""Schema of the answers that can be followed up."""

MOST_QUESTIONS = 3
"""Most earlier questions that count, the latest ones: a conversation moves on."""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What an answer took from the questions before its own."""

    questions: tuple[str, ...]
    """Oldest first; each followed up the one before it."""
    words: tuple[str, ...]
    """Words of theirs that also counted, as they are written there."""
    documents: tuple[str, ...]
    """Paths of the documents whose passages were preferred."""

    def to_dict(self) -> dict[str, Any]:
        """It as JSON types."""
        return {
            "questions": list(self.questions),
            "words": list(self.words),
            "documents": list(self.documents),
        }


@dataclass(frozen=True, slots=True)
class Turn:
    """A question that was answered, and what it was answered with."""

    questions: tuple[str, ...]
    """It and those that it followed up, oldest first, at most ``MOST_QUESTIONS``."""
    citations: tuple[str, ...]
    """Ids of the citations, best first."""

    @staticmethod
    def of(question: str, before: tuple[str, ...], citations: tuple[str, ...]) -> "Turn":
        """Of a question that followed up those ``before``."""
        return Turn((*before, question)[-MOST_QUESTIONS:], citations)

    @staticmethod
    def from_dict(answer: Mapping[str, Any]) -> "Turn":
        """Of an answer in JSON, schema ``qa.answer/1``. Raises ``InputError`` for anything else."""
        if not isinstance(answer, Mapping) or answer.get("schema") != SCHEMA:
            raise InputError(f"it is not an answer of schema {SCHEMA}")
        try:
            before = (answer.get("after") or {}).get("questions") or ()
            told = [answer["question"], *before, *(each["id"] for each in answer["citations"])]
        except (AttributeError, KeyError, TypeError) as error:
            raise InputError(f"its question or citations are malformed: {error}") from None
        if not all(isinstance(each, str) for each in told):
            raise InputError("its question, or the id of a citation, is no text")
        return Turn.of(told[0], tuple(before), tuple(told[1 + len(before) :]))
