"""``qa show``: a passage in its surroundings."""

from typing import Annotated

import typer

from qa.cli.options import options_of
from qa.cli.output import note, terminal, write_json, write_lines


def show(
    context: typer.Context,
    citation: Annotated[
        str,
        typer.Argument(
            metavar="CITATION",
            help="A citation's id, PATH:LINE, or PATH:START-END in characters as in its span.",
        ),
    ],
    sentences: Annotated[
        int,
        typer.Option(
            "--context", min=0, max=1000, metavar="N", help="Sentences to show before and after."
        ),
    ] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print the passage as JSON.")] = False,
) -> int:
    """Show a passage in its surroundings, as it was indexed.

    The passage stands behind a bar; what stands around it does not.
    """
    from qa.answering.excerpts import excerpt_of
    from qa.rendering.excerpts import render_excerpt
    from qa_index.collection.local.stored import StoredIndex
    from qa_index.sources.freshness import told_stale

    options = options_of(context)
    index = StoredIndex(options.find_index())
    excerpt = excerpt_of(index, citation, sentences=sentences)
    if as_json:
        write_json(excerpt.to_dict())
    else:
        write_lines(render_excerpt(excerpt, terminal(options)))
    if excerpt.source.stale:
        note(f"warning: {told_stale(excerpt.source.path)}", options)
    return 0
