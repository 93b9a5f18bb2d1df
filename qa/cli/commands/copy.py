"""``qa copy``: copy an index to another engine or place."""

from typing import Annotated

import typer

from qa.cli.options import options_of
from qa.cli.terminal.output import write_json, write_lines
from qa.cli.terminal.progress import Progress, Unit


def copy(
    context: typer.Context,
    source: Annotated[str, typer.Argument(metavar="FROM", help="Folder or address of the index.")],
    target: Annotated[str, typer.Argument(metavar="TO", help="Folder or address of the copy.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace an index that is there.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> int:
    """Copy an index, such as one in a folder into PostgreSQL or Milvus, or back.

    Nothing is encoded and no source is read. The copy replaces what was there in a single step.
    """
    import qa
    from qa.rendering.characters import counted, visible

    options = options_of(context)
    with Progress("copying", options, unit=Unit.PARTS) as progress:
        report = qa.copy(source, target, replace=replace, on_progress=progress)
    if as_json:
        write_json(report.to_dict())
    elif not options.quiet:
        size = f"{counted(report.documents, 'document')}, {counted(report.passages, 'passage')}"
        write_lines([visible(f"copied {size} to {report.target} in {report.seconds:.1f} s")])
    return 0
