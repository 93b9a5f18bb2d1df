"""``qa schema``: the JSON Schema of what the other commands print."""

from typing import Annotated

import typer

from qa.cli.terminal.output import write_json, write_lines


def schema(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="Such as qa.answer/1; none to list the names."),
    ] = None,
) -> int:
    """Print the JSON Schema of what other commands print with --json."""
    import qa

    if name is None:
        write_lines(qa.SCHEMA_NAMES)
    else:
        write_json(qa.json_schema(name))
    return 0
