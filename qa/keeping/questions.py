"""Questions kept with an index, each with its answer at the time.

    .qa/questions.json   one JSON object, ``checksum`` over all the others

It outlives generations. Only quotes of the answer are kept, so that what changed can be shown.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.keeping.options import to_json
from qa.sealed import OtherSchema, changing, sealed, unsealed
from qa_index.collection.local import disk
from qa_index.errors import IndexDamaged, IndexIncompatible, InputError

if TYPE_CHECKING:
    from qa.answering.answerer import AskOptions
    from qa.answers import Answer

FILE = "questions.json"
SCHEMA = "qa.questions/1"

_UNCHANGED = "the kept questions are as they were before"

MOST = 10_000
"""Most questions kept with one index."""


@dataclass(frozen=True, slots=True)
class KeptQuote:
    """A quote of the answer at the time."""

    citation: str
    """The citation's id."""
    path: str
    location: str
    """``path:line`` or ``path, page 12``."""
    quote: str


@dataclass(frozen=True, slots=True)
class KeptQuestion:
    """A question, how it is asked, and its answer at the time."""

    question: str
    options: Mapping[str, Any]
    """Options of ``Answerer.ask`` as JSON types."""
    answered: bool
    quotes: tuple[KeptQuote, ...]
    """Of all citations if it was answered, best first; else empty."""
    kept: str
    """Time at which the answer was kept, in ISO 8601, UTC."""

    @staticmethod
    def of(answer: "Answer", options: "AskOptions | Mapping[str, Any]") -> "KeptQuestion":
        """The question of an answer that was given with these options.

        Raises ``InputError`` for a follow-up.
        """
        cited = answer.citations if answer.answered else ()
        return KeptQuestion(
            question=answer.question,
            options=to_json(options, answer.after),
            answered=answer.answered,
            quotes=tuple(
                KeptQuote(each.id, each.source.path, each.location, each.quote) for each in cited
            ),
            kept=datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def to_dict(self) -> dict[str, Any]:
        """The question as JSON types, schema ``qa.question/1``."""
        return {"schema": "qa.question/1", **asdict(self)}


def kept_questions(folder: Path) -> tuple[KeptQuestion, ...]:
    """The questions kept with the index in a folder, in the order of keeping.

    Raises ``IndexDamaged`` or ``IndexIncompatible``.
    """
    path = folder / FILE
    try:
        data = unsealed(path.read_bytes(), SCHEMA)
        return tuple(map(_parsed, data["questions"]))
    except FileNotFoundError:
        return ()
    except OtherSchema as other:
        raise IndexIncompatible(
            f"{path} is in the format {other.args[0]!r}, not {SCHEMA}; remove it to begin anew"
        ) from None
    except OSError as error:
        raise IndexDamaged(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise IndexDamaged(f"{path} is damaged; remove it to begin anew") from error


def keep_questions(kept: Sequence[KeptQuestion], folder: Path) -> None:
    """Keeps questions with the index in a folder; the same question replaces the one before.

    Raises ``IndexLocked``, ``IndexNotWritable``, ``IndexDamaged``, or ``InputError`` for too many.
    """
    with changing(folder, unchanged=_UNCHANGED):
        known = {_key(each): each for each in kept_questions(folder)}
        known.update((_key(each), each) for each in kept)
        if len(known) > MOST:
            raise InputError(f"{len(known):,} questions would be kept, and {MOST:,} can be")
        _store(list(known.values()), folder)


def forget_questions(numbers: Sequence[int], folder: Path) -> None:
    """Drops questions by their numbers, from 1. Raises as ``keep_questions`` does."""
    with changing(folder, unchanged=_UNCHANGED):
        known = kept_questions(folder)
        for number in numbers:
            if not 1 <= number <= len(known):
                raise InputError(
                    f"there is no kept question {number}, there are {len(known)}; "
                    "`qa again --list` numbers them"
                )
        gone = set(numbers)
        _store([each for place, each in enumerate(known, 1) if place not in gone], folder)


def _store(questions: Sequence[KeptQuestion], folder: Path) -> None:
    data = {"questions": [asdict(each) for each in questions]}
    disk.write_whole(folder / FILE, sealed(SCHEMA, data))


def _key(kept: KeptQuestion) -> str:
    return json.dumps([kept.question, kept.options], sort_keys=True)


def _parsed(data: Mapping[str, Any]) -> KeptQuestion:
    return KeptQuestion(
        question=str(data["question"]),
        options=dict(data["options"]),
        answered=bool(data["answered"]),
        quotes=tuple(
            KeptQuote(*(str(each[name]) for name in ("citation", "path", "location", "quote")))
            for each in data["quotes"]
        ),
        kept=str(data["kept"]),
    )
