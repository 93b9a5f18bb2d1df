"""``qa label``: write a question set, passage by passage."""

from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Options, options_of
from qa.cli.output import note, terminal, write_lines

if TYPE_CHECKING:
    from qa_eval import Candidate


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
    import qa_eval
    from qa.measuring.evaluation import public_errors

    options = options_of(context)
    with public_errors():
        session = qa_eval.LabelSession(_candidates(sources or [], options), to, seed=seed)
        try:
            written = qa_eval.label(
                session,
                read=_read,
                write=lambda text: write_lines([text]),
                width=terminal(options).width,
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"what was written is in {to}") from None
    note(f"{to}: {len(session.questions)} questions, {written} of them new", options)
    return 0


def _candidates(sources: list[str], options: Options) -> "list[Candidate]":
    from qa.measuring.passages import candidates_of_files, candidates_of_index

    if sources:
        return candidates_of_files(list(map(Path, sources)), options.index_to_write())
    with options.open() as session:
        return list(candidates_of_index(session.index))


def _read(prompt: str) -> str:
    # Importing the module, where it exists, enables line editing.
    with suppress(ImportError):
        import_module("readline")
    try:
        return input(prompt)
    except EOFError:
        write_lines([""])  # later output starts on a new line
        raise
