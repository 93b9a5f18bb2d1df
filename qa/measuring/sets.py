"""The location and format of a question set, and the documents that come with it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import qa_eval
from qa.measuring.errors import public_errors
from qa_index.errors import InputError


class SetFormat(StrEnum):
    """A format of question sets."""

    QUESTIONS = "questions"
    """The project's own JSON Lines."""
    BEIR = "beir"
    TREC = "trec"
    SQUAD = "squad"


@dataclass(frozen=True, slots=True)
class SetLocation:
    """A question set on disk."""

    format: SetFormat
    paths: tuple[str, ...]
    """One path, or for TREC the topics and the qrels."""
    split: str = ""
    """Split of a BEIR folder."""

    @property
    def brings_documents(self) -> bool:
        """Whether the set comes with its own documents instead of using an index of files."""
        return self.format in {SetFormat.BEIR, SetFormat.SQUAD}

    def load(self) -> qa_eval.QuestionSet:
        """The questions; raises ``QuestionSetError`` if they cannot be read."""
        with public_errors():
            match self.format:
                case SetFormat.QUESTIONS:
                    return qa_eval.load_questions(self.paths[0])
                case SetFormat.BEIR:
                    return qa_eval.load_beir(self.paths[0], self.split)
                case SetFormat.TREC:
                    return qa_eval.load_trec(*self.paths)
                case SetFormat.SQUAD:
                    return qa_eval.load_squad(self.paths[0])

    def documents(self) -> Iterator[qa_eval.Document]:
        """The documents of the set; raises ``QuestionSetError`` if they cannot be read."""
        read = {SetFormat.BEIR: qa_eval.beir_documents, SetFormat.SQUAD: qa_eval.squad_documents}
        with public_errors():
            yield from read[self.format](self.paths[0])


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of a set and how they are indexed, as stored in a run."""

    location: SetLocation
    whole: bool = False
    """Whether each document is one passage."""
    language: str | None = None
    """Language of all documents; ``None`` to detect it."""
    model: str | None = None
    """Name of the model; ``None`` for the default one."""

    def to_dict(self) -> dict[str, Any]:
        """The corpus as JSON types."""
        return asdict(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "Corpus":
        """The inverse of ``to_dict``; raises ``InputError`` for anything else."""
        try:
            location = SetLocation(
                SetFormat(data["location"]["format"]),
                tuple(map(str, data["location"]["paths"])),
                str(data["location"]["split"]),
            )
            rest = {name: data[name] for name in ("whole", "language", "model")}
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("the run does not record its collection") from error
        if not location.brings_documents or not location.paths:
            raise InputError("the run does not record its collection")
        return Corpus(location, **rest)
