"""Indexing for commands: with a progress bar and a message if it is interrupted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.cli.options import Options
from qa.cli.output import note
from qa.cli.progress import Progress

if TYPE_CHECKING:
    from qa import BuildReport, Indexed


def run_index(paths: Sequence[str], folder: Path, options: Options, **how: Any) -> "BuildReport":
    """``qa.index`` with progress on stderr."""
    import qa

    with Progress("indexing", options) as progress:
        return qa.index(paths, into=folder, offline=options.offline, on_progress=progress, **how)


def open_with_progress(paths: Sequence[str], options: Options) -> "Indexed":
    """``qa.open_indexed`` with progress and notes on stderr."""
    import qa
    from qa.rendering.characters import counted

    def build(paths: Sequence[Any], into: Path, full: bool) -> "BuildReport":
        return run_index(paths, into, options, full=full)

    opened = qa.open_indexed(
        paths, folder=options.named_index, offline=options.offline, build=build
    )
    report = opened.report
    if opened.warning:
        note(f"warning: {opened.warning}", options)
    elif report is not None and not report.idle:
        size = f"{counted(report.documents, 'document')}, {counted(report.passages, 'passage')}"
        note(
            f"indexed {size} in {report.seconds:.1f} s into {opened.session.folder}",
            options,
        )
    return opened
