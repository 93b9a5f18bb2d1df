"""``qa judge``: tell which passages of a sample answer, and see how many are still missing."""

import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import options_of
from qa.cli.terminal.output import terminal, write_json, write_lines
from qa.cli.terminal.texts import read_text

if TYPE_CHECKING:
    from qa import Review
    from qa.rendering.terminal import Terminal

_PROMPT = "Does it answer? [y/n/m/b/q] "
_HELP = (
    "y: it answers. n: it does not. m: show more of it. b: back to the one before. q: stop; what "
    "was judged is kept."
)


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

    The estimate counts passages that answer and are neither listed nor found in the sample. It
    holds on collections that the list's own estimate was not fitted to.
    """
    import qa
    from qa.rendering.reviews import render_estimate

    options = options_of(context)
    text, name = read_text(file, "`qa judge - < FILE.json`")
    review = qa.read_review(text, name)
    shown = terminal(options)
    if not as_json and file != "-" and sys.stdin.isatty() and sys.stdout.isatty():
        _converse(review, file, shown)
        if not any(each.answers is not None for each in review.passages):
            return 0
    found = review.estimate()
    if as_json:
        write_json(found.to_dict())
    else:
        write_lines(render_estimate(found, shown))
    return 0


def _converse(review: "Review", file: str, terminal: "Terminal") -> None:
    """Asks about each passage that is not judged yet, until all are or nobody answers."""
    from qa.rendering.column import note
    from qa.rendering.reviews import render_to_judge

    passages = review.passages
    left = [number for number, each in enumerate(passages) if each.answers is None]
    if not left:
        return
    write_lines(["", *note(review.question, terminal), *note(_HELP, terminal, dim=True)])
    place, full = 0, False
    while place < len(left):
        passage = passages[left[place]]
        lines = render_to_judge(
            passage, terminal, number=left[place] + 1, count=len(passages), full=full
        )
        write_lines(["", *lines])
        full = False
        typed = _typed()
        if typed == "q":
            break
        if typed == "b":
            place = max(place - 1, 0)
        elif typed == "m":
            full = True
        elif typed in ("y", "n"):
            review.judge(passage.id, typed == "y")
            review.save(file)
            place += 1
        else:
            write_lines(note(_HELP, terminal, dim=True))
    write_lines([""])


def _typed() -> str:
    """The letter that was typed; ``q`` at the end of input."""
    # Importing the module, where it exists, enables line editing.
    with suppress(ImportError):
        import_module("readline")
    try:
        return input(_PROMPT).strip().lower()[:1]
    except EOFError:
        write_lines([""])  # later output starts on a new line
        return "q"
