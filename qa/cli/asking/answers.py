"""An answer as it is printed."""

from typing import TYPE_CHECKING, NamedTuple

from qa.cli.options import Options
from qa.cli.terminal.output import note, terminal, working_folder, write_json
from qa.cli.terminal.pager import page_lines

if TYPE_CHECKING:
    from qa import Answer, Answerer, Surroundings
    from qa.rendering.terminal import Terminal


class AnswerOutput(NamedTuple):
    """Output options of answers."""

    as_json: bool
    explain: bool
    full: bool
    context: int
    headed: bool
    """Whether the question is shown above the answer, as one of several."""
    hint: bool
    """Whether the commands that show more are named."""
    places: bool
    """Whether JSON holds the places in the original files."""
    told: set[str]
    """Warnings already shown; with several questions each is shown once."""
    paging: bool


def show_answer(
    answer: "Answer", answerer: "Answerer", output: AnswerOutput, options: Options, *, first: bool
) -> bool:
    """Show an answer. Returns False if stdout is closed."""
    if output.as_json:
        is_open = write_json(answer.to_dict(places=output.places))
    else:
        shown = terminal(options)
        lines = _lines(answer, answerer, output, shown, first=first)
        paging = output.paging and not output.headed
        is_open = page_lines(lines, height=shown.height, paging=paging)
    for warning in answer.warnings:
        if warning not in output.told:
            output.told.add(warning)
            note(f"warning: {warning}", options)
    return is_open


def _lines(
    answer: "Answer", answerer: "Answerer", output: AnswerOutput, shown: "Terminal", *, first: bool
) -> list[str]:
    from qa.rendering.answers import render_answer, render_question
    from qa.rendering.view import view_of

    around = _surroundings(answer, answerer, output.context) if output.context else None
    view = view_of(answer, here=working_folder(), surroundings=around)
    lines = render_answer(view, shown, full=output.full, explain=output.explain, hint=output.hint)
    above = [] if first else [""]
    if output.headed:
        above += [render_question(view.question, shown), ""]
    return [*above, *lines]


def _surroundings(
    answer: "Answer", answerer: "Answerer", sentences: int
) -> "dict[str, Surroundings]":
    return {
        citation.id: answerer.surroundings(citation.id, sentences=sentences)
        for citation in answer.citations
    }
