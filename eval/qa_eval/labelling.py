"""Labelling by hand: passages are shown, questions and gold places are recorded.

Every question is saved before the next is asked. A session that was stopped continues at its
passage.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_eval.errors import LabelError, QuestionSetError
from qa_eval.fields import Fields, parse_json, read_objects
from qa_eval.files import write_atomically
from qa_eval.records import Gold, Question, Span
from qa_eval.sets.native import parse_question

SCHEMA = "qa.label/1"
_SENTENCES = re.compile(r"\s*([0-9]{1,6})\s*(?:-\s*([0-9]{1,6}))?\s*")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage to ask about."""

    path: str
    start: int
    text: str
    """``document.text[start : start + len(text)]``."""
    sentences: tuple[Span, ...]
    """Offsets into the document, in order."""
    location: str = ""
    """As it is shown: ``path:line``, or ``path, page 12``."""

    @property
    def key(self) -> str:
        """``path:start-end``, its key in the progress file."""
        return f"{self.path}:{self.start}-{self.start + len(self.text)}"

    def sentence(self, span: Span) -> str:
        """Text of one of its sentences."""
        return self.text[span.start - self.start : span.end - self.start]


class LabelSession:
    """A question set in progress, in ``output``, with its progress in a file beside it.

    Passages come in random order, by ``seed``, so that the first questions already cover all
    sources. Raises ``QuestionSetError`` if ``output`` or the progress cannot be read.
    """

    def __init__(
        self, candidates: Sequence[Candidate], output: str | Path, *, seed: int = 0
    ) -> None:
        self._output = Path(output)
        self._progress = self._output.with_name(self._output.name + ".progress")
        self._questions = (
            [parse_question(fields) for fields in read_objects(self._output)]
            if self._output.exists()
            else []
        )
        self._done = self._read_progress()
        drawn = sorted(candidates, key=lambda candidate: _draw(seed, candidate.key))
        self._waiting = [candidate for candidate in drawn if candidate.key not in self._done]

    @property
    def questions(self) -> tuple[Question, ...]:
        """Questions written so far, including earlier sessions."""
        return tuple(self._questions)

    @property
    def remaining(self) -> int:
        """Number of passages not yet done."""
        return len(self._waiting)

    @property
    def current(self) -> Candidate | None:
        """The passage to ask about; ``None`` when all are done."""
        return self._waiting[0] if self._waiting else None

    def done(self) -> None:
        """Mark the passage as done and move to the next."""
        self._done.append(self._waiting.pop(0).key)
        text = json.dumps({"schema": SCHEMA, "done": self._done}, ensure_ascii=False)
        write_atomically(self._progress, text + "\n")

    def add(self, text: str, gold: Span, tags: Sequence[str] = ()) -> Question:
        """Write a question answered by ``gold``, a span of the current passage's document.

        Raises ``LabelError`` for an empty question or a span outside the passage.
        """
        passage = self.current
        if passage is None:
            raise LabelError("all passages are done")
        start, end = gold.start - passage.start, gold.end - passage.start
        if not 0 <= start < end <= len(passage.text):
            raise LabelError(f"{gold.start}-{gold.end} is not inside {passage.key}")
        place = Gold(passage.path, passage.text[start:end], gold.start, gold.end, part="#1")
        return self._write(text, (place,), tags)

    def add_unanswerable(self, text: str, tags: Sequence[str] = ()) -> Question:
        """Write a question that no source answers; ``LabelError`` if it is empty."""
        return self._write(text, (), tags)

    def _write(self, text: str, gold: tuple[Gold, ...], tags: Sequence[str]) -> Question:
        if not text.strip():
            raise LabelError("a question has at least one word")
        question = Question(
            id=self._next_id(),
            text=text.strip(),
            answerable=bool(gold),
            gold=gold,
            tags=tuple(dict.fromkeys(tag.strip() for tag in tags if tag.strip())),
        )
        line = json.dumps(question.to_dict(), ensure_ascii=False)
        before = self._output.read_text("utf-8") if self._output.exists() else ""
        separator = "" if not before or before.endswith("\n") else "\n"
        write_atomically(self._output, f"{before}{separator}{line}\n")
        self._questions.append(question)
        return question

    def _next_id(self) -> str:
        """The next id of the form ``q0001``, above all existing ones."""
        numbers = [
            int(match[1])
            for question in self._questions
            if (match := re.fullmatch(r"q([0-9]{1,9})", question.id))
        ]
        return f"q{max(numbers, default=0) + 1:04d}"

    def _read_progress(self) -> list[str]:
        if not self._progress.exists():
            return []
        try:
            fields = Fields(
                parse_json(self._progress.read_bytes()), str(self._progress), QuestionSetError
            )
        except ValueError as error:
            raise QuestionSetError(
                f"{self._progress}: {error}; delete it to begin with the first passage again"
            ) from error
        if fields.text("schema") != SCHEMA:
            raise fields.problem(f'not the progress of a label session, schema "{SCHEMA}"')
        return list(fields.texts("done"))


def mark(candidate: Candidate, answer: str) -> Span:
    """The place given as ``2``, ``2-3`` (sentences, from 1) or as words of the passage.

    Raises ``LabelError`` if there is no such place, or more than one.
    """
    if numbers := _SENTENCES.fullmatch(answer):
        first, last = int(numbers[1]), int(numbers[2] or numbers[1])
        if not 1 <= first <= last <= len(candidate.sentences):
            raise LabelError(f"sentences are numbered 1 to {len(candidate.sentences)}")
        return Span(candidate.sentences[first - 1].start, candidate.sentences[last - 1].end)
    words = answer.strip()
    at = candidate.text.find(words) if words else -1
    if at < 0:
        raise LabelError("these words do not stand in the passage; copy them exactly")
    if candidate.text.find(words, at + 1) >= 0:
        raise LabelError("these words stand in the passage more than once; take more of them")
    return Span(candidate.start + at, candidate.start + at + len(words))


def _draw(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed}:{key}".encode("utf-8", "surrogatepass")).digest()
