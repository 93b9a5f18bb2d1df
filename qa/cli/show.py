"""``qa show``: a passage in its surroundings."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Options, options_of
from qa.cli.output import note, terminal, write_json, write_lines
from qa.errors import IndexMissing, IndexProblem, UnknownCitation

if TYPE_CHECKING:
    from qa.answering.excerpts import Excerpt


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
    from qa.rendering.excerpts import render_excerpt
    from qa_index.sources.freshness import told_stale

    options = options_of(context)
    excerpt = _excerpt(citation, options, sentences=sentences)
    if as_json:
        write_json(excerpt.to_dict())
    else:
        write_lines(render_excerpt(excerpt, terminal(options)))
    if excerpt.source.stale:
        note(f"warning: {told_stale(excerpt.source.path)}", options)
    return 0


def _excerpt(name: str, options: Options, *, sentences: int) -> "Excerpt":
    """From the index, or else from the one that ``qa ask --in`` asked last."""
    from qa import asked
    from qa.answering.excerpts import excerpt_of
    from qa.session import Session

    try:
        with options.open() as session:
            return excerpt_of(session.index, name, sentences=sentences)
    except (IndexMissing, UnknownCitation):
        last = None if options.named_index else asked.last()
        if last is None:
            raise
        with suppress(IndexProblem, UnknownCitation), Session(last) as session:
            return excerpt_of(session.index, name, sentences=sentences)
        raise
