"""``qa check``: quotations and claims of a text, checked against the sources."""

from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import PAGING, Options, options_of
from qa.cli.terminal.output import note, terminal, write_json
from qa.cli.terminal.pager import page_lines
from qa.cli.terminal.progress import Progress, Unit

if TYPE_CHECKING:
    from qa import Session


def check(
    context: typer.Context,
    draft: Annotated[
        str,
        typer.Argument(metavar="DRAFT", help="The text to check, in any format that can be read."),
    ],
    within: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            metavar="PATH",
            help="Check against this file or folder, indexed first if needed; may be repeated.",
        ),
    ] = None,
    claims: Annotated[
        bool,
        typer.Option(
            "--claims/--no-claims",
            help="Also look for support of every sentence that claims something.",
        ),
    ] = True,
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="FILE", help="Also write one page (.html) to read."),
    ] = None,
    full: Annotated[
        bool, typer.Option("--full", help="Also show what is as it should be.")
    ] = False,
    paging: Annotated[bool, PAGING] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> int:
    """Check the quotations and claims of a text against the sources.

    Each quotation is exact, exact but for typography, drifted (and which words differ), misplaced
    (its footnote, link or sentence names another source or page) or nowhere. For each sentence
    that claims something, the passage that supports it best is quoted, with the probability that
    it supports the whole sentence.

    Exits with 1 if a quotation drifted, is misplaced or is nowhere.
    """
    import qa
    from qa.rendering.drafts import render_check

    options = options_of(context)
    session, places = _open(within or [], options)
    with session, Progress("checking", options, unit=Unit.PARTS) as progress:
        checked = qa.check(draft, index=session, within=places, claims=claims, on_progress=progress)
    if report is not None:
        qa.write_check(checked, report)
        note(f"wrote {report}", options)
    if as_json:
        write_json(checked.to_dict())
    else:
        shown = terminal(options)
        page_lines(
            list(render_check(checked, shown, full=full)), height=shown.height, paging=paging
        )
    for warning in checked.warnings:
        note(f"warning: {warning}", options)
    return 0 if checked.sound else 1


def _open(within: list[str], options: Options) -> "tuple[Session, tuple[str, ...]]":
    """The index, and the sources in it that count."""
    if not within:
        return options.open(), ()
    from qa.cli.indexing import open_with_progress

    opened = open_with_progress(within, options)
    return opened.session, opened.places
