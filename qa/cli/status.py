"""``qa status``: what is indexed, what is stale, and whether the index is intact."""

from typing import Annotated

import typer

from qa.cli.options import options_of
from qa.cli.output import terminal, write_json, write_lines


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
    as_json: Annotated[bool, typer.Option("--json", help="Print the state as JSON.")] = False,
) -> int:
    """Show what is indexed, what is stale, and whether the index is intact.

    Exits with 3 if the index is missing or damaged; changed sources are not an error.
    """
    from qa.rendering.reports import render_state

    options = options_of(context)
    with options.open() as session:
        state = session.state(deep=deep, documents=documents)
    if as_json:
        write_json(state.to_dict())
    else:
        write_lines(render_state(state, terminal(options), all_of_them=options.verbose))
    return 0
