"""Ensures that files and folders are indexed, and opens the index that holds them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.session import kept
from qa.session.library import CURRENT, Pathlike, find_index, index, index_folder
from qa.session.opened import Session
from qa_index.collection.engines import engine_of, open_index
from qa_index.collection.index import Index
from qa_index.collection.names import name_below
from qa_index.errors import (
    IndexLocked,
    IndexMissing,
    IndexNotWritable,
    IndexProblem,
    InputError,
    NothingToIndex,
    RootGone,
)
from qa_index.sources.condition import Condition, condition_of, roots_above

if TYPE_CHECKING:
    from qa_index.building.report import BuildReport

Build = Callable[[Sequence[Pathlike], Path, bool], "BuildReport"]
"""Indexes paths into a folder: adds to the index there, or rebuilds it if the flag is set."""

_PAUSE = 0.2
"""Seconds between checks of an index that another process is building."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """An open index that holds the requested paths."""

    session: Session
    places: tuple[str, ...]
    """The paths as the index names them, for ``within``."""
    report: "BuildReport | None"
    """The report of the build; ``None`` if none was run."""
    warning: str | None
    """Why the index could not be brought up to date."""


def open_indexed(
    paths: Sequence[Pathlike],
    *,
    folder: Pathlike | None = None,
    offline: bool = False,
    build: Build | None = None,
) -> Indexed:
    """Opens an index that holds ``paths`` as they are now.

    This is the index in ``folder``, or the one that is found, if the paths already belong to it; it
    is brought up to date. For other paths an index is kept in the user's cache: asking adds no
    paths to an index and leaves nothing beside the files.

    Args:
        paths: Files and folders, which must exist.
        folder: An index to use if it holds the paths; by default the one that is found.
        offline: Look for the model on this machine only.
        build: Function that indexes; by default ``qa.index``.

    Raises:
        InputError: A path does not exist or cannot be indexed.
        IndexProblem: The index is missing, damaged, incompatible, or must be written and cannot be.
        ModelUnavailable: The model cannot be loaded.
    """
    for path in paths:
        if not Path(path).exists():
            raise InputError(f"{path}: no such file or folder")
    build = build or partial(_build, offline=offline)
    owner = _owner(paths, None if folder is None else index_folder(folder))
    if owner is not None:
        report, warning = _updated(owner, paths, build)
        return _opened(owner, paths, report, warning, offline=offline)
    own = kept.folder_for(paths)
    try:
        with _held(own):
            report = _kept(own, paths, build)
            opened = _opened(own, paths, report, None, offline=offline)
    except InputError:
        if not (own / CURRENT).exists():
            kept.remove(own)  # after other errors it stays, for the next call
        raise
    kept.remember(own)
    if report is not None:
        kept.clean(keep=own)
    return opened


def _build(paths: Sequence[Pathlike], into: Path, full: bool, *, offline: bool) -> "BuildReport":
    return index(paths, into=into, full=full, offline=offline)


def _owner(paths: Sequence[Pathlike], named: Path | None) -> Path | None:
    """The named or found index, if all of these paths belong to it."""
    folder = named
    if folder is None:
        try:
            folder = find_index()
        except IndexProblem:  # there is none, or it belongs to another user
            return None
    owner = open_index(folder)
    return None if any(lacks(owner, owner.name_of(path)) for path in paths) else folder


def lacks(owner: Index, place: str) -> bool:
    """Whether a path is not among those that the index is made from."""
    if not roots_above(owner, place):
        return True
    # Below a root, a file can still be excluded there.
    return (owner.root / place).is_file() and place not in owner.paths_and_rows[0]


def _condition(owner: Index, paths: Sequence[Pathlike]) -> Condition:
    return condition_of(owner, [owner.name_of(path) for path in paths])


def _updated(
    folder: Path, paths: Sequence[Pathlike], build: Build
) -> "tuple[BuildReport | None, str | None]":
    """Updates the index that the paths belong to. Returns the report, and a warning if it
    failed."""
    condition = _condition(open_index(folder), paths)
    if not condition.needs_update:
        gone = ", ".join(f"{root.path} {root.reason}" for root in condition.gone)
        return None, f"{gone} since it was indexed" if gone else None
    try:
        return build((), folder, False), None
    except (IndexNotWritable, IndexLocked, RootGone) as error:
        return None, f"{error}; answering from it as it is"


def _kept(folder: Path, paths: Sequence[Pathlike], build: Build) -> "BuildReport | None":
    """Builds or updates the index kept for the paths. Returns the report, if anything was done."""
    while True:
        try:
            condition = _condition(open_index(folder), paths)
            if condition.fresh:
                return None
            full = bool(condition.gone)  # nothing is lost: it serves only these paths
        except IndexMissing:
            full = False
        except IndexProblem:  # rebuilt: it holds nothing that is not in the files
            full = True
        try:
            return build(paths, folder, full)
        except IndexLocked:  # another process is building the same index
            time.sleep(_PAUSE)
        except NothingToIndex:
            _refuse_skipped(index(paths, into=folder, full=True, dry_run=True), paths, folder)
            raise


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Protects an index in the cache from being removed."""
    try:
        kept.make_private()
    except OSError as error:
        raise IndexNotWritable(
            f"cannot write {error.filename or folder}: {error.strerror or error}; "
            "set QA_CACHE to a folder that can be written"
        ) from error
    lease = kept.hold(folder)
    try:
        yield
    finally:
        if lease is not None:
            lease.close()


def _opened(
    folder: Path,
    paths: Sequence[Pathlike],
    report: "BuildReport | None",
    warning: str | None,
    *,
    offline: bool,
) -> Indexed:
    if report is not None:
        _refuse_skipped(report, paths, folder)
    session = Session(folder, offline=offline)
    return Indexed(session, tuple(map(session.index.name_of, paths)), report, warning)


def _refuse_skipped(report: "BuildReport", paths: Sequence[Pathlike], folder: Path) -> None:
    """Raises ``InputError`` if a requested file was skipped."""
    reasons = dict(report.skipped)
    for path in paths:
        reason = reasons.get(name_below(path, engine_of(folder).root))
        if reason is not None:
            raise InputError(f"{path}: {reason}")
