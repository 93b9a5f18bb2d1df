"""``qa status``: what is indexed, what is stale, and whether the index is intact."""

from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Options, options_of
from qa.cli.terminal.output import terminal, write_json, write_lines

if TYPE_CHECKING:
    from qa import QuestionDrift, Session


def status(
    context: typer.Context,
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every byte of the index and check it.")
    ] = False,
    documents: Annotated[
        bool,
        typer.Option(
            "--documents",
            help="List every document with what filters see of it: language, date, type and tags.",
        ),
    ] = False,
    questions: Annotated[
        str | None,
        typer.Option(
            "--questions",
            metavar="FILE",
            help="Ask these, one a line, and tell whether they are still like those of the promise "
            "(`qa calibrate --risk`). They need no labels.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the state as JSON.")] = False,
) -> int:
    """Show what is indexed, what is stale, and whether the index is intact.

    Exits with 3 if the index is missing or damaged; changed sources are not an error.
    """
    from qa.rendering.promises import render_question_drift
    from qa.rendering.reports import render_state

    options = options_of(context)
    with options.open() as session:
        state = session.state(deep=deep, documents=documents)
        drift = None if questions is None else _drift(session, questions, options)
    if as_json:
        compared = {} if drift is None else {"question_drift": drift.to_dict()}
        write_json(state.to_dict() | compared)
        return 0
    shown = terminal(options)
    write_lines(render_state(state, shown, all_of_them=options.verbose))
    if drift is not None:
        write_lines(["", *render_question_drift(drift, shown)])
    return 0


def _drift(session: "Session", questions: str, options: Options) -> "QuestionDrift":
    import qa
    from qa.cli.terminal.progress import Progress, Unit

    with Progress("asking", options, unit=Unit.QUESTIONS) as progress:
        return qa.compare_questions(session, questions, on_asked=progress)
