"""Indexing for commands: with a progress bar and a message if it is interrupted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.cli.options import Options
from qa.cli.output import note
from qa.cli.progress import Progress

if TYPE_CHECKING:
    from qa import BuildReport
    from qa.session.indexed import Indexed


def run_index(paths: Sequence[str], folder: Path, options: Options, **how: Any) -> "BuildReport":
    """``qa.index`` with progress on stderr."""
    import qa

    try:
        with Progress("indexing", options) as progress:
            return qa.index(
                paths, into=folder, offline=options.offline, on_progress=progress, **how
            )
    except KeyboardInterrupt:
        from qa_index.collection.local import journal

        kept = "; what was encoded is kept, run the same command again to go on from there"
        told = kept if journal.holds_work(folder) else ""
        before = (
            "the index is as it was before"
            if (folder / "CURRENT").is_file()
            else "there is no index yet"
        )
        raise KeyboardInterrupt(before + told) from None


def open_with_progress(paths: Sequence[str], options: Options) -> "Indexed":
    """``qa.session.indexed.open_indexed`` with progress and notes on stderr."""
    from qa.rendering.characters import counted
    from qa.session.indexed import open_indexed

    def build(paths: Sequence[Any], into: Path, full: bool) -> "BuildReport":
        return run_index(paths, into, options, full=full)

    opened = open_indexed(paths, folder=options.named_index, offline=options.offline, build=build)
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
