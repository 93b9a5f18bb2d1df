"""``qa label``: write a question set, passage by passage."""

from contextlib import ExitStack
from typing import Annotated

import typer

from qa.cli.options import options_of
from qa.cli.terminal.output import note, terminal, write_lines
from qa.cli.terminal.texts import read_line


def label(
    context: typer.Context,
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCES", help="Files and folders; none for the passages of the index."
        ),
    ] = None,
    to: Annotated[
        str,
        typer.Option("--to", metavar="FILE", help="Question set to write or continue."),
    ] = "questions.jsonl",
    seed: Annotated[
        int,
        typer.Option("--seed", min=0, metavar="N", help="Random seed of the order of passages."),
    ] = 0,
) -> int:
    """Write questions about passages and mark where they are answered.

    Passages come in random order. Each question is saved before the next prompt, and a later call
    continues where this one stopped.
    """
    import qa

    options = options_of(context)
    with ExitStack() as opened:
        done = qa.label(
            sources or opened.enter_context(options.open()),
            to,
            into=options.index_to_write(),
            seed=seed,
            read=read_line,
            write=lambda text: write_lines([text]),
            width=terminal(options).width,
        )
    note(f"{to}: {done.questions} questions, {done.written} of them new", options)
    return 0
