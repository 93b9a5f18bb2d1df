"""Indexing for commands: with a progress bar and a message if it is interrupted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.cli.options import Options
from qa.cli.terminal.output import note
from qa.cli.terminal.progress import Progress

if TYPE_CHECKING:
    from qa import BuildReport, Indexed, Session


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
            f"indexed {size} in {report.seconds:.1f} s into {qa.index_name(opened.session.folder)}",
            options,
        )
    return opened


class Opened:
    """The index that is asked."""

    def __init__(self, within: Sequence[str], options: Options) -> None:
        self._within = within
        self._options = options
        self.places: tuple[str, ...] = ()
        """The paths that the answer is restricted to, as the index names them."""
        self.session = self._opened()

    def _opened(self) -> "Session":
        if not self._within:
            return self._options.open()
        found = open_with_progress(self._within, self._options)
        self.places = found.places
        return found.session

    def update(self) -> None:
        """Bring an index of given paths up to date, and keep the model."""
        if self._within:
            newer = self._opened()
            if newer.folder == self.session.folder:
                newer.close()  # the older one follows, and has the model
            else:
                self.session.close()
                self.session = newer

    def close(self) -> None:
        """Release its files and the model."""
        self.session.close()
