"""The dialogue of ``qa label``: a thin loop around ``LabelSession``."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

from qa_eval.errors import LabelError
from qa_eval.labelling import Candidate, LabelSession, mark
from qa_eval.records import Question, Span
from qa_eval.report.text import visible

HELP = (
    "Write a question that the passage answers. Empty line: next passage. "
    "?question: one that no source answers. :q stops; what was written is kept."
)

STOP = ":q"

_QUESTION_MARKS = ("?", "？", "؟")

_WORDS_OF_A_TAG = 3
"""A line of more words without a comma may be a question without its mark."""


def label(
    session: LabelSession,
    *,
    read: Callable[[str], str] = input,
    write: Callable[[str], object] = print,
    width: int = 80,
) -> int:
    """Ask until the passages end, ``:q``, or the end of input; returns how many were written.

    What is shown is wrapped to ``width`` columns.
    """
    before = len(session.questions)
    _Dialogue(session, read, write, width).run()
    return len(session.questions) - before


class _Stopped(Exception):
    """``:q`` was typed."""


@dataclass(frozen=True, slots=True)
class _Dialogue:
    session: LabelSession
    read: Callable[[str], str]
    write: Callable[[str], object]
    width: int

    def run(self) -> None:
        self.say(HELP)
        try:
            while passage := self.session.current:
                self.write(self.shown(passage))
                line = self.ask("Question: ")
                while line:
                    line = self.take(passage, line) or self.ask("Question: ")
                self.session.done()
            self.say("All passages are done.")
        except (EOFError, _Stopped):
            pass

    def say(self, text: str) -> None:
        self.write(textwrap.fill(text, self.width))

    def ask(self, prompt: str) -> str:
        """The line typed, without blanks around it; raises ``_Stopped`` or ``EOFError``."""
        line = self.read(prompt).strip()
        if line == STOP:
            raise _Stopped
        return line

    def take(self, passage: Candidate, line: str) -> str | None:
        """Save a question; returns the next one if it was typed in place of tags."""
        unanswerable = line.startswith("?")
        gold = None
        if not unanswerable and (gold := self.place(passage)) is None:
            self.say("Not saved: no place was given.")
            return None
        try:
            typed = self.ask("Tags, separated by commas: ")
            is_next = self.is_question(typed)
        except (_Stopped, EOFError):
            self.save(line, gold, "")
            raise
        if not is_next:
            self.save(line, gold, typed)
            return None
        saved = self.save(line, gold, "", told=" without tags. That is taken as the next question.")
        return typed if saved else None

    def save(self, line: str, gold: Span | None, tags: str, *, told: str = ".") -> Question | None:
        """Write a question down; ``None`` if it cannot be one, which is said."""
        try:
            if gold is None:
                question = self.session.add_unanswerable(line[1:], tags.split(","))
            else:
                question = self.session.add(line, gold, tags.split(","))
        except LabelError as error:
            self.say(f"Not saved: {error}.")
            return None
        self.say(f"Saved as {question.id}{told}")
        return question

    def place(self, passage: Candidate) -> Span | None:
        """Where the passage answers; ``None`` for an empty line."""
        while answer := self.ask("Answered by sentence (2, 2-3) or these words: "):
            try:
                return mark(passage, answer)
            except LabelError as error:
                self.say(f"{error}.")
        return None

    def is_question(self, line: str) -> bool:
        """Whether what was typed as tags is the next question; asks where it may be either."""
        if line.startswith("?") or line.endswith(_QUESTION_MARKS):
            return True
        if "," in line or len(line.split()) <= _WORDS_OF_A_TAG:
            return False
        while True:
            reply = self.ask("Is that a tag (t) or the next question (q)? ").lower()
            if reply[:1] in {"t", "q"}:
                return reply[0] == "q"

    def shown(self, passage: Candidate) -> str:
        """Where a passage stands, and its sentences by number."""
        lines = ["", f"{visible(passage.location)}  ({self.session.remaining} to go)"]
        for number, span in enumerate(passage.sentences, start=1):
            lines += textwrap.wrap(
                visible(" ".join(passage.sentence(span).split())),
                self.width,
                initial_indent=f"  {number:2d}  ",
                subsequent_indent=" " * 6,
                break_on_hyphens=False,
            )
        return "\n".join([*lines, ""])
