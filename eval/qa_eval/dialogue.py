"""The dialogue of ``qa label``: a thin loop around ``LabelSession``."""

from collections.abc import Callable

from qa_eval.errors import LabelError
from qa_eval.labelling import Candidate, LabelSession, mark
from qa_eval.records import Span
from qa_eval.report.text import visible

HELP = (
    "Write a question that the passage answers. Empty line: next passage. "
    "?question: one that no source answers. :q stops; what was written is kept."
)


def label(
    session: LabelSession,
    *,
    read: Callable[[str], str] = input,
    write: Callable[[str], object] = print,
) -> int:
    """Ask until the passages end, ``:q``, or the end of input; returns how many were written."""
    before = len(session.questions)
    write(HELP)
    try:
        while passage := session.current:
            write(_shown(passage, session.remaining))
            while line := read("Question: ").strip():
                if line == ":q":
                    return len(session.questions) - before
                _take(session, passage, line, read, write)
            session.done()
        write("All passages are done.")
    except EOFError:
        pass
    return len(session.questions) - before


def _take(
    session: LabelSession,
    passage: Candidate,
    line: str,
    read: Callable[[str], str],
    write: Callable[[str], object],
) -> None:
    try:
        gold = None if line.startswith("?") else _gold(passage, read, write)
        tags = read("Tags, separated by commas: ").split(",")
        question = (
            session.add_unanswerable(line[1:], tags)
            if gold is None
            else session.add(line, gold, tags)
        )
        write(f"Saved as {question.id}.")
    except LabelError as error:
        write(f"Not saved: {error}.")


def _gold(passage: Candidate, read: Callable[[str], str], write: Callable[[str], object]) -> Span:
    while True:
        try:
            return mark(passage, read("Answered by sentence (2, 2-3) or these words: "))
        except LabelError as error:
            write(f"{error}.")


def _shown(passage: Candidate, remaining: int) -> str:
    sentences = [
        f"  {number:2d}  {visible(' '.join(passage.sentence(span).split()))}"
        for number, span in enumerate(passage.sentences, start=1)
    ]
    return "\n".join(["", f"{visible(passage.key)}  ({remaining} to go)", *sentences, ""])
