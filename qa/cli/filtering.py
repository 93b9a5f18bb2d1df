"""Options that make a filter, for every command that has one."""

from typing import Annotated

import typer

Globs = Annotated[
    list[str] | None,
    typer.Option(
        "--filter",
        metavar="GLOB",
        help="Only sources that match, as in .gitignore: '*.md', 'docs/*.md', '!drafts/'; "
        "may be repeated.",
    ),
]
Types = Annotated[
    list[str] | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Only documents of this type, such as pdf, markdown or text/*; may be repeated.",
    ),
]
Languages = Annotated[
    list[str] | None,
    typer.Option(
        "--language",
        metavar="CODE",
        help="Only documents in this language, such as en or de; may be repeated.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DATE",
        help="Only documents of this year, month or day (2024-06) or later.",
    ),
]
Until = Annotated[
    str | None,
    typer.Option(
        "--until", metavar="DATE", help="Only documents of this year, month or day or earlier."
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option("--tag", metavar="TAG", help="Only documents with this tag; may be repeated."),
]
Headings = Annotated[
    list[str] | None,
    typer.Option(
        "--heading",
        metavar="TEXT",
        help="Only passages below a heading with these words; may be repeated.",
    ),
]
