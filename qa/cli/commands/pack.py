"""``qa pack``: answers with their evidence in one file."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from qa import InputError
from qa.cli.options import options_of
from qa.cli.terminal.output import note, terminal, write_json, write_lines
from qa.cli.terminal.texts import read_text


def pack(
    context: typer.Context,
    answers: Annotated[
        list[str],
        typer.Argument(
            metavar="ANSWER",
            help="Answers saved from `qa ask --json`, or certificates; - for standard input.",
        ),
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", metavar="FILE", help="The pack: a page (.html) or an archive (.zip)."
        ),
    ] = "pack.html",
    sources: Annotated[
        bool,
        typer.Option("--sources", help="Put the source files into the archive, too."),
    ] = False,
    allow_changed: Annotated[
        bool,
        typer.Option(
            "--allow-changed",
            help="Pack quotes that their sources no longer hold, and say so in the pack.",
        ),
    ] = False,
    sign: Annotated[
        str | None,
        typer.Option(
            "--sign",
            metavar="KEY",
            help="Sign it with this key of OpenSSH; the signature is FILE.sig.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest as JSON.")] = False,
) -> int:
    """Pack answers with their evidence into one file that opens anywhere.

    It holds the questions, the quotes with the text around them and pictures of their pages, the
    hashes of quotes and sources, and a manifest. `qa verify FILE` checks it. The same answers and
    sources give the same bytes.

    Every quote is looked up in its source first. Exits with 1 and packs nothing if one does not
    stand there any more, unless --allow-changed is given.
    """
    import qa
    from qa.rendering.packs import render_lacking, render_pack

    options = options_of(context)
    if answers.count("-") > 1:
        raise InputError("standard input can be read once; name - once")
    given = [
        read_text(each, "qa ask --json ... | qa pack -")[0] if each == "-" else Path(each)
        for each in answers
    ]
    made = qa.pack(
        given,
        to=output,
        index=options.named_index,
        sources=sources,
        allow_changed=allow_changed,
        sign=sign,
        interactive=sys.stdin.isatty(),
    )
    if as_json:
        write_json(made.to_dict())
    else:
        write_lines(render_pack(made, terminal(options)))
    for line in render_lacking(made):
        note(line, options)
    if made.signature is None and Path(f"{output}.sig").exists():
        note(f"{output}.sig is of what was there before; sign again with --sign", options)
    return 0
