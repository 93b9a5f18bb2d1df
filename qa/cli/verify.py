"""``qa verify``: saved answers against the sources as they are now."""

import sys
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from qa.cli.options import Options, options_of
from qa.cli.output import note, terminal, write_json, write_lines
from qa_index.errors import IndexMissing, IndexProblem, InputError

SCHEMA = "qa.verification/1"


def verify(
    context: typer.Context,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Answers saved from `qa ask --json`; - for standard input."
        ),
    ] = "-",
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdicts as JSON.")] = False,
) -> int:
    """Check saved answers against the sources as they are.

    Prints one line a citation.

    verified: the quote stands where the citation says. moved: it stands elsewhere in the same
    source. changed: the source no longer holds it, or the citation was altered. missing: the
    source cannot be read. not checked: the path leads out of the folder and is not indexed.

    Exits with 1 unless all are verified. Relative paths start from the folder of the index, or
    without one from the working folder.
    """
    from qa.checking.saved import verify_saved
    from qa.rendering.reports import render_verification

    options = options_of(context)
    text, name = _read(file)
    root, listed = _sources(options)
    checked = list(verify_saved(text, name, root=root, listed=listed, kept=_kept()))
    verified = all(result.verified for result in checked)
    if as_json:
        citations = [result.to_dict() for result in checked]
        write_json({"schema": SCHEMA, "verified": verified, "citations": citations})
    else:
        shown = terminal(options)
        write_lines(render_verification(result, shown) for result in checked)
    if not checked:
        note(f"{name} holds no citations; there is nothing to verify", options)
    return 0 if verified else 1


def _read(file: str) -> tuple[str, str]:
    """The text, and what to call it."""
    name = "standard input" if file == "-" else file
    if file == "-" and sys.stdin.isatty():
        raise InputError("name a file, or pipe an answer in: qa ask --json ... | qa verify")
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig"), name
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"cannot read {name}: {reason}") from None


def _sources(options: Options) -> tuple[Path, set[str]]:
    """Where relative paths start from, and the paths that the index lists."""
    try:
        with options.open() as session:
            return session.index.root, set(session.index.paths_and_rows[0])
    except IndexMissing:
        if options.named_index:
            raise
        return Path.cwd(), set()


def _kept() -> Iterator[tuple[Path, Collection[str]]]:
    """The same of the indexes that ``qa ask --in`` keeps."""
    from qa.session import kept
    from qa.session.opened import Session

    for folder in kept.all_kept():
        with suppress(IndexProblem), Session(folder) as session:
            yield session.index.root, session.index.paths_and_rows[0]
