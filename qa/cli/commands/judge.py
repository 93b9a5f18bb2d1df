"""``qa judge``: tell which passages of a sample answer, and see how many are still missing."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import options_of
from qa.cli.terminal.output import terminal, write_json, write_lines
from qa.cli.terminal.texts import read_line, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from qa import Review
    from qa.rendering.terminal import Terminal

_PROMPT = "Does it answer? [y/n/m/b/q] "
_ALL_JUDGED = "All are judged. b to go back, Enter to end: "
_HELP = (
    "y: it answers. n: it does not. m: show more of it. b: back to the one before. q: stop; what "
    "was judged is kept."
)
_WORDS = {"yes": "y", "no": "n", "more": "m", "back": "b", "quit": "q"}


def judge(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE.json", help="What `qa ask --all --sample FILE.json` wrote; - to read it."
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="Ask nothing; print what the judgements tell as JSON.")
    ] = False,
) -> int:
    """Judge a sample of what a list left out, and estimate how many are still missing.

    On a terminal each passage is shown, and you say whether it answers the question. Every
    judgement is saved at once, and a later call goes on where this one stopped. Elsewhere nothing
    is asked: programs write true or false into the field `answers` of each passage of the sample.

    The estimate counts passages that answer and are neither listed nor found in the sample. It is
    meant for collections unlike those that the list's own estimate was fitted to, too.
    """
    import qa
    from qa.rendering.reviews import render_estimate

    options = options_of(context)
    text, name = read_text(file, "`qa judge - < FILE.json`")
    review = qa.read_review(text, name)
    shown = terminal(options)
    if not as_json and file != "-" and sys.stdin.isatty() and sys.stdout.isatty():
        _Sitting(review, file, text, shown).run()
        if review.passages and not any(each.answers is not None for each in review.passages):
            return 0
    found = review.estimate()
    if as_json:
        write_json(found.to_dict())
    else:
        write_lines(render_estimate(found, shown))
    return 0


class _Sitting:
    """Asks about each passage that is not judged yet, until all are or nobody answers."""

    def __init__(self, review: "Review", file: str, text: str, terminal: "Terminal") -> None:
        """``text`` is what ``file`` held when ``review`` was read from it."""
        self._review = review
        self._file = file
        self._text = text
        self._terminal = terminal

    def run(self) -> None:
        """Ask."""
        from qa.rendering.column import note

        place = self._next(0)
        if place is None:
            return
        question = note(self._review.question, self._terminal)
        write_lines(["", *question, *self._help()])
        full = False
        while True:
            typed = self._ask(place, full=full)
            full = typed == "m"
            count = len(self._review.passages)
            if typed == "q" or (place is None and typed != "b"):
                break
            if typed == "b":
                place = max((count if place is None else place) - 1, 0)
            elif typed in ("y", "n") and place is not None:
                self._judge(place, answers=typed == "y")
                place = self._next(place)
            elif not full:
                write_lines(self._help())
        write_lines([""])

    def _next(self, place: int) -> int | None:
        """The next passage that is not judged yet, from this one on and then from the first."""
        passages = self._review.passages
        order = [*range(place, len(passages)), *range(place)]
        return next((each for each in order if passages[each].answers is None), None)

    def _ask(self, place: int | None, *, full: bool) -> str:
        """What was typed of a passage, or once all are judged."""
        from qa.rendering.reviews import render_to_judge

        if place is None:
            return _typed(_ALL_JUDGED)
        passages = self._review.passages
        lines = render_to_judge(
            passages[place], self._terminal, number=place + 1, count=len(passages), full=full
        )
        write_lines(["", *lines])
        return _typed(_PROMPT)

    def _judge(self, place: int, *, answers: bool) -> None:
        """Judge a passage and save; raises ``InputError`` if another program wrote the file."""
        from qa import InputError

        text, _ = read_text(self._file, "")
        if text != self._text:
            raise InputError(f"{self._file} was changed by another program meanwhile; run it again")
        self._review.judge(self._review.passages[place].id, answers)
        self._review.save(self._file)
        self._text, _ = read_text(self._file, "")

    def _help(self) -> "Iterator[str]":
        from qa.rendering.column import note

        return note(_HELP, self._terminal, dim=True)


def _typed(prompt: str) -> str:
    """The letter or word that was typed; ``q`` at the end of input."""
    try:
        word = read_line(prompt).strip().lower()
    except EOFError:
        return "q"
    return _WORDS.get(word, word)
