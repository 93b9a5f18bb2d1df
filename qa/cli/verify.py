"""``qa verify``: check saved answers against the current sources."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qa.cli.options import Options, options_of
from qa.cli.output import note, terminal, write_json, write_lines
from qa.errors import IndexMissing, IndexProblem, InputError

if TYPE_CHECKING:
    from qa.checking.sources import Sources

SCHEMA = "qa.verification/1"


def verify(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Answers saved from `qa ask --json`; - for standard input."
        ),
    ] = "-",
    strict: Annotated[
        bool, typer.Option("--strict", help="Also fail if a quote has moved.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> int:
    """Check saved answers against the current sources.

    Prints one line per citation.

    verified: the quote is where the citation says. moved: it is elsewhere in the source,
    or in the source under another name. changed: the source no longer holds it, or the citation
    was altered. missing: the source cannot be read. not checked: the path leads out of the folder
    and is not indexed.

    Exits with 1 unless every quote is verified or has moved; with --strict, unless every quote is
    verified. Relative paths start from the folder of the index, or without one from the working
    folder.
    """
    from qa.checking.saved import verify_saved
    from qa.rendering.reports import render_verification

    options = options_of(context)
    text, name = _read(file)
    with ExitStack() as opened:
        sources = _sources(options, opened)
        checked = list(verify_saved(text, name, sources=sources, kept=_kept(opened)))
    verified = all(result.verified for result in checked)
    stands = all(result.stands for result in checked)
    if as_json:
        citations = [result.to_dict() for result in checked]
        write_json(
            {"schema": SCHEMA, "verified": verified, "stands": stands, "citations": citations}
        )
    else:
        shown = terminal(options)
        write_lines(render_verification(result, shown) for result in checked)
    if not checked:
        note(f"{name} holds no citations; there is nothing to verify", options)
    return 0 if verified or (stands and not strict) else 1


def _read(file: str) -> tuple[str, str]:
    """The text, and its name for messages."""
    name = "standard input" if file == "-" else file
    if file == "-" and sys.stdin.isatty():
        raise InputError("name a file, or pipe an answer in: qa ask --json ... | qa verify")
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig"), name
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"cannot read {name}: {reason}") from None


def _sources(options: Options, opened: ExitStack) -> "Sources":
    """The index's sources, kept open by ``opened``; without an index, files below this folder."""
    from qa.checking.sources import Sources

    try:
        session = opened.enter_context(options.open())
    except IndexMissing:
        if options.named_index:
            raise
        return Sources(Path.cwd())
    return Sources(session.index.root, lambda: session.index)


def _kept(opened: ExitStack) -> "Iterator[Sources]":
    """The sources of the indexes that ``qa ask --in`` keeps."""
    from qa.checking.sources import Sources
    from qa.session import kept
    from qa.session.opened import Session

    for folder in kept.all_kept():
        with suppress(IndexProblem):
            index = opened.enter_context(Session(folder)).index
            yield Sources(index.root, lambda index=index: index)  # type: ignore[misc]
