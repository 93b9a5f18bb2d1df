"""``qa index``: make an index of files and folders, or bring it up to date."""

from typing import Annotated

import typer

from qa.cli.indexing import run_index
from qa.cli.options import options_of
from qa.cli.terminal.output import note, terminal, write_json, write_lines

SCHEMA = "qa.index/1"


def index(
    context: typer.Context,
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH", help="Files and folders; none to bring the index up to date."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="e5 (many languages, the default), minilm (English), auto (by the languages of "
            "the documents), or name or path of a sentence-transformers model. Remembered.",
            metavar="M",
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--language",
            help="Language of all documents, such as en; auto to detect it. Remembered for later "
            "runs.",
            metavar="L",
        ),
    ] = None,
    ocr: Annotated[
        str | None,
        typer.Option(
            "--ocr",
            help="auto: recognise text on pages that are pictures, if tesseract is installed; "
            "off: leave them out. Remembered for later runs.",
            metavar="auto|off",
        ),
    ] = None,
    ocr_languages: Annotated[
        str | None,
        typer.Option(
            "--ocr-languages",
            help="Languages to recognise, such as deu+eng; auto for those that tesseract has. "
            "Remembered for later runs.",
            metavar="L",
        ),
    ] = None,
    include: Annotated[
        list[str] | None,
        typer.Option(
            "--include",
            help="Index only files that match, as in .gitignore; may be repeated.",
            metavar="GLOB",
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            "--exclude",
            help="Leave out files that match, as in .gitignore; may be repeated.",
            metavar="GLOB",
        ),
    ] = None,
    default_excludes: Annotated[
        bool,
        typer.Option(
            "--default-excludes/--no-default-excludes",
            help="Leave out files made by tools: installed packages, caches, lock files.",
        ),
    ] = True,
    full: Annotated[
        bool, typer.Option("--full", help="Index everything again from scratch.")
    ] = False,
    prune: Annotated[
        bool,
        typer.Option("--prune", help="Forget earlier paths that are gone, with their documents."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be done.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            help="Processes that parse PDF, Word and other files; by default one for each core, "
            "at most 4.",
            metavar="N",
            min=1,
        ),
    ] = None,
    workers: Annotated[
        str | None,
        typer.Option(
            "--workers",
            help="Let the machines of a Ray cluster read, split and encode the documents; the "
            "index is the same.",
            metavar="ray://HOST",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> int:
    """Index files and folders, or bring the index up to date.

    Only what changed is read and encoded again. PATHs are added to those that the index was made
    from before. The new state replaces the old one in a single step: if anything fails, the index
    is as it was.
    """
    import qa
    from qa.rendering.reports import (
        render_build,
        render_incomplete,
        render_left_out,
        render_skipped,
    )

    options = options_of(context)
    folder = options.index_to_write() if paths else options.find_index()
    report = run_index(
        paths or [],
        folder,
        options,
        model=model,
        language=language,
        ocr=ocr,
        ocr_languages=ocr_languages,
        include=include or [],
        exclude=exclude or [],
        default_excludes=default_excludes,
        full=full,
        prune=prune,
        dry_run=dry_run,
        jobs=jobs,
        workers=workers,
    )
    for line in render_skipped(report, all_of_them=options.verbose):
        note(line, options)
    for line in render_incomplete(report):
        note(line, options)
    if paths and report.left_out:
        note(render_left_out(report.left_out), options)
    if as_json:
        said = {"schema": SCHEMA, "index": qa.index_name(folder), "dry_run": dry_run}
        write_json({**said, **report.to_dict()})
    elif not options.quiet:
        write_lines(render_build(report, terminal(options), dry_run=dry_run, full=full))
    return 0
