"""Whether the files differ from the index; reads only files that may have changed."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from qa_index.collection.engines import engine_of, open_index
from qa_index.collection.index import Index
from qa_index.errors import IndexMissing, IndexProblem, RootGone
from qa_index.sources.condition import condition_of
from qa_index.sources.filters import lies_in
from qa_index.sources.freshness import sha256_of
from qa_index.sources.plan import stored_path

_MOST_HASHED = 200
"""Files that are hashed here; if more have changed, the update does that."""


class Look(NamedTuple):
    """The result of a look at the files."""

    differs: bool
    """Whether an update has something to do."""
    gone: RootGone | None
    """The indexed paths that are gone, whose documents are kept."""


def look(folder: Path, touched: Collection[Path]) -> Look:
    """Compare the index in ``folder`` with its files.

    A file of the size and time that the index knows counts as unchanged, unless it was
    ``touched``: then its content is compared. Raises an ``IndexProblem``.
    """
    index = open_index(folder)
    condition = condition_of(index)
    newly_skipped = not index.skipped().issuperset(condition.skipped)
    differs = condition.needs_update or newly_skipped or _changed(index, touched)
    if not condition.gone:
        return Look(differs, None)
    lost = [root.path for root in condition.gone]
    kept = sum(lies_in(document.path, lost) for document in index.documents())
    names = ", ".join(f"{root.path} {root.reason}" for root in condition.gone)
    told = (
        f"{names}; the index still holds its documents ({kept:,}) and waits for it, "
        "or forget it and them with `qa index --prune`"
    )
    return Look(differs, RootGone(told))


def _changed(index: Index, touched: Collection[Path]) -> bool:
    """Whether the content of an indexed file is another one."""
    if len(touched) > _MOST_HASHED:
        return True
    names = {index.name_of(path) for path in touched}
    known = (document for document in index.documents() if document.path in names)
    return any(sha256_of(index.root / each.path) not in (None, each.sha256) for each in known)


def roots_of(folder: Path, given: Sequence[Path], known: dict[str, Path]) -> dict[str, Path]:
    """The paths to watch by their stored names: those of the index, or those ``given``.

    While the index cannot be read, such as that of a server that is down, they are those ``known``.
    """
    try:
        engine = engine_of(folder)
        roots = engine.manifest().roots
    except IndexMissing:
        return {stored_path(path, folder): path for path in given}
    except IndexProblem:
        return known or {stored_path(path, folder): path for path in given}
    return {root.path: engine.root / root.path for root in roots}
