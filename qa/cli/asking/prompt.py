"""``qa ask`` without a question, on a terminal: one question after another."""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from qa import InputError, QAError, Span, UnknownCitation
from qa.cli.asking.history import History
from qa.cli.commands.show import open_file
from qa.cli.indexing import Opened
from qa.cli.options import Options
from qa.cli.terminal.output import note, say, terminal, working_folder, write_lines
from qa.cli.terminal.pager import page_lines
from qa.rendering.characters import counted
from qa.rendering.excerpts import render_excerpt

if TYPE_CHECKING:
    from qa import Answer, Answerer

PROMPT = "? "

_MORE = 5
"""Passages that `more` adds."""

_MOST = 100

_AROUND = 3
"""Sentences shown before and after a passage."""

HELP = """\
Type a question, or
  show 2   passage 2 in its surroundings; 2 does the same
  open 2   its file, at the page or line
  full     the last answer with whole passages
  more     the last question with more passages
  & text   a follow-up of the last question: & who signed it?
  help     this list
  quit     as Ctrl-D does
Ctrl-C cancels a question. In quotes, "help" is a question.
"""

_FOLLOW_UP = "&"

_COMMAND = re.compile(r"(?:(show|open)\s+)?(\d{1,3})|(show|open|full|more|help|quit|exit)", re.I)


class Asking(NamedTuple):
    """How questions are asked, by the options of the command."""

    opened: Opened
    answer: "Callable[[str, Answerer, int, Answer | None], Answer]"
    """Answers a question with so many passages at most, as a follow-up of an answer if given."""
    show: "Callable[[Answer, Answerer, bool], bool]"
    """Prints an answer, with whole passages if set. Returns False if stdout is closed."""
    options: Options
    most: int
    """Passages to show at most."""
    paging: bool


@dataclass(frozen=True, slots=True)
class _Last:
    """The answer that commands are about."""

    question: str
    answer: "Answer"
    answerer: "Answerer"
    count: int
    """Passages that were asked for."""
    after: "Answer | None"
    """The answer that the question followed up."""


def converse(asking: Asking, *, keep_history: bool) -> int:
    """Answers questions as they are typed, until the user ends it. Returns the exit code.

    The model stays open, and each question is answered from the index as it is then.
    """
    history = History.of_user(kept=keep_history)
    sitting = _Sitting(asking)
    size = counted(asking.opened.session.pinned().index.counts.documents, "document")
    note(f"{size}; type a question, help, or Ctrl-D to end", asking.options)
    for line in _lines(history):
        try:
            if not sitting.take(line):
                break
        except KeyboardInterrupt as interrupt:
            say(f"cancelled; {interrupt}" if str(interrupt) else "cancelled")
        except QAError as error:
            say(str(error))
    return 0


def _lines(history: History) -> Iterator[str]:
    """What is typed, until Ctrl-D; Ctrl-C drops the line."""
    sys.stdin.reconfigure(errors="surrogateescape")  # type: ignore[union-attr]
    while True:
        try:
            line = input(PROMPT).strip()
        except EOFError:
            write_lines([""])
            return
        except KeyboardInterrupt:
            write_lines([""])
            continue
        if line:
            history.add(line)
            yield line


class _Sitting:
    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._last: _Last | None = None

    def take(self, line: str) -> bool:
        """Answers a question or follows a command. Returns False at the end."""
        found = _COMMAND.fullmatch(line)
        if line.startswith(_FOLLOW_UP):
            last = self._latest()
            question = line.removeprefix(_FOLLOW_UP).strip()
            if not question:
                raise InputError("& needs a question, as in & who signed it?")
            return self._answer(question, self._asking.most, last.answer)
        if found is None:
            return self._answer(_unquoted(line), self._asking.most)
        verb, number, alone = found.groups()
        if number is not None:
            return self._passage((verb or "show").lower(), int(number))
        match alone.lower():
            case "help":
                return write_lines(HELP.splitlines())
            case "full":
                last = self._latest()
                return self._shown(last, full=True)
            case "more":
                last = self._latest()
                if len(last.answer.citations) < last.count:
                    raise InputError("there are no more passages")
                return self._answer(last.question, min(last.count + _MORE, _MOST), last.after)
            case "show" | "open":
                raise InputError(f"{alone} needs the number of a passage, as in {alone} 2")
        return False

    def _answer(self, question: str, count: int, after: "Answer | None" = None) -> bool:
        if self._last is not None:  # it was brought up to date when it was opened
            self._asking.opened.update()
        answerer = self._asking.opened.session.pinned()
        answer = self._asking.answer(question, answerer, count, after)
        self._last = _Last(question, answer, answerer, count, after)
        return self._shown(self._last, full=False)

    def _shown(self, last: _Last, *, full: bool) -> bool:
        return self._asking.show(last.answer, last.answerer, full) and write_lines([""])

    def _latest(self) -> _Last:
        if self._last is None:
            raise InputError("nothing was asked yet")
        return self._last

    def _passage(self, verb: str, number: int) -> bool:
        answer = self._latest().answer
        if not 1 <= number <= len(answer.citations):
            held = counted(len(answer.citations), "passage")
            raise InputError(f"the last answer has {held}; more asks for more")
        citation = answer.citations[number - 1]
        try:
            excerpt = self._asking.opened.session.excerpt(citation.id, sentences=_AROUND)
        except UnknownCitation as error:
            raise UnknownCitation(
                f"passage {number} is no longer in the index; ask again"
            ) from error
        if verb == "open":
            open_file(excerpt)
            return True
        shown = terminal(self._asking.options)
        evidence = [Span(each.start, each.end) for each in citation.evidence]
        lines = render_excerpt(excerpt, shown, here=working_folder(), evidence=evidence)
        return page_lines(["", *lines, ""], height=shown.height, paging=self._asking.paging)


def _unquoted(line: str) -> str:
    """A command in quotes is a question."""
    inner = line[1:-1]
    quoted = line[0] == line[-1] == '"' and (
        _COMMAND.fullmatch(inner) or inner.startswith(_FOLLOW_UP)
    )
    return inner if quoted else line
