"""Indexing as commands do it: with a progress bar, and a word of comfort when interrupted."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qa.cli.options import Options
from qa.cli.output import note
from qa.cli.progress import Progress
from qa_index.errors import IndexLocked, IndexMissing, IndexNotWritable, InputError, RootGone

if TYPE_CHECKING:
    from qa_index.building.build import BuildReport
    from qa_index.collection.local.stored import StoredIndex


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
        raise KeyboardInterrupt(f"the index is as it was before{told}") from None


def ensure_indexed(paths: Sequence[str], options: Options) -> tuple[Path, list[str]]:
    """Bring the index up to date with ``paths``, unless it is. Returns it and their stored paths.

    Where the index cannot be updated but holds the paths, it is used as it is, with a warning.
    """
    from qa_index.sources.condition import condition_of
    from qa_index.sources.plan import stored_path

    folder = options.index_to_write()
    for path in paths:
        if not Path(path).exists():
            raise InputError(f"{path}: no such file or folder")
    places = [stored_path(Path(path), folder) for path in paths]
    index = _existing(folder)
    missing = [path for path, place in zip(paths, places, strict=True) if _lacks(index, place)]
    if not missing and index is not None:
        condition = condition_of(index, places)
        if not condition.needs_update:
            for root in condition.gone:
                note(f"warning: {root.path} {root.reason} since it was indexed", options)
            return folder, places
    try:
        report = run_index(missing, folder, options)
    except (IndexNotWritable, IndexLocked, RootGone) as error:
        if missing:
            raise
        note(f"warning: {error}; answering from it as it is", options)
    else:
        for file in report.skipped:
            if file.path in places:
                raise InputError(f"{file.path}: {file.reason}")
        if not report.idle:
            note(
                f"indexed {report.documents:,} documents, {report.passages:,} passages "
                f"in {report.seconds:.1f} s into {folder}",
                options,
            )
    return folder, places


def _existing(folder: Path) -> "StoredIndex | None":
    from qa_index.collection.local.stored import StoredIndex

    try:
        return StoredIndex(folder)
    except IndexMissing:
        return None


def _lacks(index: "StoredIndex | None", place: str) -> bool:
    """Whether a stored path has to be added to what the index is made from."""
    from qa_index.sources.condition import roots_above

    if index is None or not roots_above(index, place):
        return True
    # Below a root, a file can still be excluded there; asked for by name, it is wanted.
    is_file = (index.root / place).is_file()
    return is_file and all(document.path != place for document in index.documents())
