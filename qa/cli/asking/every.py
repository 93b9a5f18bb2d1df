"""``qa ask --all``: every passage that answers, and how many are missed."""

import json
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import typer

from qa import InputError
from qa.cli.options import Options
from qa.cli.terminal.output import note, terminal, working_folder, write_json
from qa.cli.terminal.pager import page_lines
from qa.cli.terminal.progress import Progress, Unit
from qa.cli.terminal.texts import write_text
from qa.rendering.characters import counted

if TYPE_CHECKING:
    from qa import AskAllOptions, PassageList, Session

_REFUSED = {
    "count": "-k does not apply with --all, which lists all; --least sets the limit",
    "min_confidence": "--min-confidence is about the first passage; with --all use --least",
    "keep": "--keep keeps an answer, not a list; leave out --all",
    "certificate": "--certificate is about an answer, not a list; leave out --all",
    "annotations": "--annotations writes the citations of an answer; save the list with --json "
    "and use `qa verify LIST --annotations FILE`",
    "after": "--after does not apply with --all; ask the question in full",
    "sentences": "--context does not apply with --all; `qa show N` shows a passage in its "
    "surroundings",
}
"""Options that have no meaning for a list, by parameter, with what to do instead."""


class ListOutput(NamedTuple):
    """Output options of lists."""

    as_json: bool
    explain: bool
    full: bool
    headed: bool
    """Whether the question is shown above, as one of several."""
    places: bool
    paging: bool
    sample: str | None
    """File to write the list and its sample to."""


def is_given(context: typer.Context, name: str) -> bool:
    """Whether a parameter was given on the command line."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def refuse_with_all(context: typer.Context, question: str | None) -> None:
    """Raises ``InputError`` for what does not go with ``--all``."""
    if question is None:
        raise InputError("--all takes a question; see `qa ask --help`")
    for name, told in _REFUSED.items():
        if is_given(context, name):
            raise InputError(told)


def refuse_sample(file: str, *, several: bool) -> None:
    """Raises ``InputError`` for a file that would not be written, before anything is searched."""
    if several:
        raise InputError("--sample takes one question")
    if Path(file).exists():
        raise InputError(f"{file} exists, and may hold judgements; remove it or name another file")


def list_passages(
    questions: Iterable[str],
    session: "Session",
    limits: "AskAllOptions",
    output: ListOutput,
    options: Options,
) -> int:
    """Lists the passages of each question. Returns 0, or 1 if for one of them there is none."""
    import qa

    found_any = True
    told: set[str] = set()
    for number, question in enumerate(questions):
        with Progress("reading", options, unit=Unit.PASSAGES) as progress:
            asked: AskAllOptions = {**limits, "on_progress": progress}
            found = session.ask_all(question, **asked)
        found_any = found_any and bool(found.passages)
        if not output.as_json:
            qa.keep_answer(found, session.folder)
        is_open = _print(found, output, options, first=not number)
        if output.sample is not None:
            # Shown before: a list is not lost if the file cannot be written.
            saved = found.to_dict(places=output.places)
            write_text(output.sample, f"{json.dumps(saved, allow_nan=False)}\n")
            drawn = len(found.sample.passages) if found.sample else 0
            note(
                f"{counted(drawn, 'passage')} to judge: run `qa judge {shlex.quote(output.sample)}`"
                if drawn
                else "every passage that was scored is listed, so there is nothing to judge",
                options,
            )
        for warning in found.warnings:
            if warning not in told:
                told.add(warning)
                note(f"warning: {warning}", options)
        if not is_open:
            break
    return 0 if found_any else 1


def _print(found: "PassageList", output: ListOutput, options: Options, *, first: bool) -> bool:
    """Shows a list. Returns False if stdout is closed."""
    if output.as_json:
        return write_json(found.to_dict(places=output.places))
    from qa.rendering.passages import render_passages

    shown = terminal(options)
    lines = render_passages(
        found,
        shown,
        here=working_folder(),
        headed=output.headed,
        full=output.full,
        explain=output.explain,
    )
    above = [] if first else [""]
    paging = output.paging and not output.headed
    return page_lines([*above, *lines], height=shown.height, paging=paging)
