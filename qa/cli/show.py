"""``qa show``: show a passage in its surroundings."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from qa import UnknownCitation
from qa.cli.options import PAGING, Options, options_of
from qa.cli.output import note, terminal, working_folder, write_json
from qa.cli.pager import page_lines

if TYPE_CHECKING:
    from qa import Excerpt, Span

_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
"""The number of a passage of the last answer. A citation's id is longer, a place has a colon."""


def show(
    context: typer.Context,
    citation: Annotated[
        str,
        typer.Argument(
            metavar="CITATION",
            help="The number of a passage of the last answer, a citation's id, PATH:LINE, or "
            "PATH:START-END in characters as in its span.",
        ),
    ],
    sentences: Annotated[
        int,
        typer.Option(
            "--context", min=0, max=1000, metavar="N", help="Sentences to show before and after."
        ),
    ] = 3,
    paging: Annotated[bool, PAGING] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the passage as JSON.")] = False,
) -> int:
    """Show a passage in its surroundings, as it was indexed.

    The passage has a bar at the left, and a heavier one at its marked sentences if it is named by
    number. The text around it has no bar.
    """
    from qa.rendering.excerpts import render_excerpt

    options = options_of(context)
    excerpt, evidence = _excerpt(citation, options, sentences=sentences)
    if as_json:
        write_json(excerpt.to_dict())
    else:
        shown = terminal(options)
        lines = render_excerpt(excerpt, shown, here=working_folder(), evidence=evidence)
        page_lines(lines, height=shown.height, paging=paging)
    for warning in excerpt.warnings:
        note(f"warning: {warning}", options)
    return 0


def _excerpt(name: str, options: Options, *, sentences: int) -> "tuple[Excerpt, tuple[Span, ...]]":
    """The passage with this name, and the spans to mark in it."""
    import qa

    if not _NUMBER.fullmatch(name):
        return qa.excerpt(name, index=options.named_index, sentences=sentences), ()
    last = qa.last_answer()
    citation = last.citation(int(name))
    note(f"passage {name} of the answer to: {last.question}", options)
    try:
        excerpt = qa.excerpt(citation.id, index=last.folder, sentences=sentences)
    except UnknownCitation as error:
        raise UnknownCitation(
            f"passage {name} of the last answer is no longer in the index; ask again"
        ) from error
    return excerpt, citation.evidence
