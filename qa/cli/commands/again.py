"""``qa again``: ask the kept questions of what the index holds now."""

from typing import Annotated

import typer

from qa import InputError
from qa.cli.options import options_of
from qa.cli.terminal.output import note, terminal, write_json, write_lines


def again(
    context: typer.Context,
    listed: Annotated[
        bool, typer.Option("--list", help="List the kept questions, without asking them.")
    ] = False,
    forgotten: Annotated[
        list[int] | None,
        typer.Option("--forget", metavar="N", help="Forget question N; may be repeated."),
    ] = None,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Keep the answers of now, to compare with from here on."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per question and line.")
    ] = False,
) -> int:
    """Ask the questions kept with `qa ask --keep` of what the index holds now.

    Prints what has changed in their answers: quotes that are new, worded in another way, gone, or
    no longer first, and questions that are answered now or no longer. The index is not brought up
    to date; run `qa index` before.

    Exits with 1 if anything has changed.
    """
    import qa
    from qa.rendering.again import render_again, render_kept

    options = options_of(context)
    folder = options.find_index()
    if forgotten:
        if listed or accept:
            raise InputError("--forget goes alone")
        qa.forget_questions(forgotten, folder)
        note(f"forgot {len(set(forgotten))}; {len(qa.kept_questions(folder))} are kept", options)
        return 0
    kept = qa.kept_questions(folder)
    if not kept:
        note("no questions are kept; keep one with `qa ask --keep`", options)
    if listed:
        if as_json:
            for question in kept:
                write_json(question.to_dict())
        else:
            write_lines(render_kept(kept, terminal(options)))
        return 0
    changed, asked = 0, []
    with options.open() as session:
        for number, each in enumerate(qa.ask_again(session), 1):
            asked.append(each)
            changed += each.changed
            if as_json:
                is_open = write_json(each.to_dict())
            else:
                is_open = write_lines(render_again(each, number, terminal(options)))
            if not is_open:
                break
    if accept and changed:
        qa.keep_questions([each.renewed() for each in asked], folder)
    if kept:
        kept_now = "; the answers of now are kept" if accept and changed else ""
        note(f"{changed} of {len(asked)} changed{kept_now}", options)
    return 1 if changed else 0
