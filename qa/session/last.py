"""The last answer shown: its passages by number, for ``qa show 2``.

One small file in the user's cache, replaced atomically. Nothing fails if it cannot be written: it
only saves looking up a citation's id.
"""

import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from qa.errors import InputError
from qa.session.library import index_folder
from qa.session.owners import is_own
from qa.turns import Turn
from qa_index.encoding.cache import cache_folder
from qa_index.records import Span

if TYPE_CHECKING:
    from qa.answers import Answer
    from qa.listings import PassageList
    from qa.session.library import Pathlike

FORMAT = 2
_MOST_CHARACTERS = 300
"""Most characters kept of a question, which is shown to the user, and which others follow up."""


class Cited(NamedTuple):
    """The stored part of a citation."""

    id: str
    evidence: tuple[Span, ...]
    """The marked sentences, as spans of the source."""
    answer: Span | None
    """The words among them that answer the question."""


class LastAnswer(NamedTuple):
    """The stored part of an answer."""

    folder: Path
    """Folder of the index that answered."""
    question: str
    citations: tuple[Cited, ...]
    """Best first."""
    before: tuple[str, ...] = ()
    """The questions that it followed up, oldest first."""

    @property
    def turn(self) -> Turn:
        """What a question that follows up this one needs of it."""
        return Turn.of(self.question, self.before, tuple(each.id for each in self.citations))

    def citation(self, number: int) -> Cited:
        """Passage ``number``, from 1. Raises ``InputError``."""
        if not 1 <= number <= len(self.citations):
            held = len(self.citations)
            raise InputError(
                f"the last answer has no passage {number}, it has {held}; "
                "ask with `-k` or `--all` for more, or name a citation or PATH:LINE"
            )
        return self.citations[number - 1]


def keep_answer(answer: "Answer | PassageList", index: "Pathlike") -> None:
    """Stores an answer or a list, given by the index in this folder, as the last one shown.

    Raises no error if the cache cannot be written.
    """
    kept = {
        "format": FORMAT,
        "index": str(index_folder(index).absolute()),
        "question": answer.question[:_MOST_CHARACTERS],
        "before": [each[:_MOST_CHARACTERS] for each in answer.after.questions]
        if answer.after
        else [],
        "citations": [
            {
                "id": each.id,
                "evidence": [[span.start, span.end] for span in each.evidence],
                "answer": each.answer_span and [each.answer_span.start, each.answer_span.end],
            }
            for each in answer.citations
        ],
    }
    path = _path()
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.unlink(missing_ok=True)  # left by a killed process with the same id
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - opened above
            json.dump(kept, file)
        temporary.replace(path)
    except OSError as error:
        logging.getLogger("qa").debug("the last answer is not kept: %s", error)
        with suppress(OSError):
            temporary.unlink()


def last_answer() -> LastAnswer:
    """The last answer shown to this user. Raises ``InputError`` if there is none."""
    path = _path()
    try:
        if not is_own(path):
            raise ValueError("it belongs to another user, who could name any index")
        kept = json.loads(path.read_bytes())
        if kept["format"] != FORMAT:
            raise ValueError("another format")
        return LastAnswer(
            Path(kept["index"]),
            str(kept["question"]),
            tuple(_cited(each) for each in kept["citations"]),
            tuple(map(str, kept.get("before", ()))),
        )
    except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise InputError(
            "no last answer is kept; ask first, or name a citation or PATH:LINE"
        ) from error


def _cited(kept: Any) -> Cited:
    evidence = tuple(_span(span) for span in kept["evidence"])
    answer = kept["answer"]
    return Cited(str(kept["id"]), evidence, _span(answer) if answer else None)


def _span(kept: Any) -> Span:
    start, end = kept
    return Span(int(start), int(end))


def _path() -> Path:
    """Path of this user's file: a cache folder may be shared."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "")
    return cache_folder() / f"last-answer-{user}.json"
