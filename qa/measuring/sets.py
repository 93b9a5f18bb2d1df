"""Where a question set lies, in which format, and whether it brings its documents."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import qa_eval
from qa.measuring.evaluation import public_errors
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
    """One, or for TREC the topics and the qrels."""
    split: str = ""
    """Of a BEIR folder."""

    @property
    def brings_documents(self) -> bool:
        """Whether it is asked of documents of its own, and not of an index of files."""
        return self.format in {SetFormat.BEIR, SetFormat.SQUAD}

    def load(self) -> qa_eval.QuestionSet:
        """The questions; ``QuestionSetError`` if they cannot be read."""
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
        """The documents that it brings; ``QuestionSetError`` if they cannot be read."""
        read = {SetFormat.BEIR: qa_eval.beir_documents, SetFormat.SQUAD: qa_eval.squad_documents}
        with public_errors():
            yield from read[self.format](self.paths[0])


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents that a set brings, and how they are indexed: what a run keeps of them."""

    location: SetLocation
    whole: bool = False
    """Each document is one passage."""
    language: str | None = None
    """Of all documents; ``None`` to detect it."""
    model: str | None = None
    """``None`` for the default one."""

    def to_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "Collection":
        """What ``to_dict`` gave; ``InputError`` for anything else."""
        try:
            location = SetLocation(
                SetFormat(data["location"]["format"]),
                tuple(map(str, data["location"]["paths"])),
                str(data["location"]["split"]),
            )
            rest = {name: data[name] for name in ("whole", "language", "model")}
        except (KeyError, TypeError, ValueError) as error:
            raise InputError("the run does not say what collection it asked") from error
        if not location.brings_documents or not location.paths:
            raise InputError("the run does not say what collection it asked")
        return Collection(location, **rest)
