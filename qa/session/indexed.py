"""Makes sure that files and folders are indexed, and opens what holds them."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from qa.session import kept
from qa.session.library import CURRENT, Pathlike, find_index, index
from qa.session.opened import Session
from qa_index.collection.local.stored import StoredIndex, name_below
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
    from qa_index.building.build import BuildReport

Build = Callable[[Sequence[Pathlike], Path, bool], "BuildReport"]
"""Indexes paths into a folder, in addition to what is there or, if told so, anew."""

_PAUSE = 0.2
"""Seconds between two looks at an index that another process is making."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """An open index that holds the paths that were asked for."""

    session: Session
    places: tuple[str, ...]
    """The paths, as the index names them: what ``within`` takes."""
    report: "BuildReport | None"
    """What was done, if anything was looked at."""
    warning: str | None
    """Why the index could not be brought up to date."""


def open_indexed(
    paths: Sequence[Pathlike],
    *,
    folder: Pathlike | None = None,
    offline: bool = False,
    build: Build | None = None,
) -> Indexed:
    """Open an index that holds ``paths`` as they are now.

    That is the index in ``folder``, or the one that is found, if the paths already belong to it; it
    is brought up to date. For all others an index is kept in the user's cache: asking adds nothing
    to an index, and leaves nothing beside the files.

    Args:
        paths: Files and folders that have to exist.
        folder: An index to use if it holds the paths; by default the one that is found.
        offline: Look for the model on this machine only.
        build: Indexes; by default ``qa.index``.

    Raises:
        InputError: A path does not exist or cannot be indexed.
        IndexProblem: The index is missing, damaged, incompatible, or has to be written and cannot.
        ModelUnavailable: The model cannot be loaded.
    """
    for path in paths:
        if not Path(path).exists():
            raise InputError(f"{path}: no such file or folder")
    build = build or partial(_build, offline=offline)
    owner = _owner(paths, None if folder is None else Path(folder))
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
            kept.remove(own)  # what another error left is for the next time
        raise
    kept.remember(own)
    if report is not None:
        kept.clean(keep=own)
    return opened


def _build(paths: Sequence[Pathlike], into: Path, full: bool, *, offline: bool) -> "BuildReport":
    return index(paths, into=into, full=full, offline=offline)


def _owner(paths: Sequence[Pathlike], named: Path | None) -> Path | None:
    """The index named or found that all of these paths belong to."""
    folder = named
    if folder is None:
        try:
            folder = find_index()
        except IndexProblem:  # there is none, or it belongs to another user
            return None
    owner = StoredIndex(folder)
    return None if any(_lacks(owner, owner.name_of(path)) for path in paths) else folder


def _lacks(owner: StoredIndex, place: str) -> bool:
    """Whether a path is none of those that the index is made from."""
    if not roots_above(owner, place):
        return True
    # Below a root, a file can still be excluded there.
    return (owner.root / place).is_file() and place not in owner.paths_and_rows[0]


def _condition(owner: StoredIndex, paths: Sequence[Pathlike]) -> Condition:
    return condition_of(owner, [owner.name_of(path) for path in paths])


def _updated(
    folder: Path, paths: Sequence[Pathlike], build: Build
) -> "tuple[BuildReport | None, str | None]":
    """Bring an index up to date that the paths belong to. What was done, and why it was not."""
    condition = _condition(StoredIndex(folder), paths)
    if not condition.needs_update:
        gone = ", ".join(f"{root.path} {root.reason}" for root in condition.gone)
        return None, f"{gone} since it was indexed" if gone else None
    try:
        return build((), folder, False), None
    except (IndexNotWritable, IndexLocked, RootGone) as error:
        return None, f"{error}; answering from it as it is"


def _kept(folder: Path, paths: Sequence[Pathlike], build: Build) -> "BuildReport | None":
    """Make the index that is kept for the paths, or bring it up to date. What was done."""
    while True:
        try:
            condition = _condition(StoredIndex(folder), paths)
            if condition.fresh:
                return None
            full = bool(condition.gone)  # nothing is lost: it is asked for its paths alone
        except IndexMissing:
            full = False
        except IndexProblem:  # made again: there is nothing in it but what is in the files
            full = True
        try:
            return build(paths, folder, full)
        except IndexLocked:  # another process is making the same
            time.sleep(_PAUSE)
        except NothingToIndex:
            _refuse_skipped(index(paths, into=folder, full=True, dry_run=True), paths, folder)
            raise


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Keep an index of the cache from being removed."""
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
    """Raise ``InputError`` if a file that was asked for was left out."""
    reasons = dict(report.skipped)
    for path in paths:
        reason = reasons.get(name_below(path, folder.parent))
        if reason is not None:
            raise InputError(f"{path}: {reason}")
