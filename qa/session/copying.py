"""Copies an index to another engine or place."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from qa.confidence.store import load, reset, store
from qa.session.library import Pathlike, index_folder, index_name
from qa_index.building.copying import copy_index
from qa_index.collection.engines import engine_of, open_index
from qa_index.errors import InputError

SCHEMA = "qa.copy/1"


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What was copied."""

    source: str
    """Folder or address, without secrets."""
    target: str
    generation: int
    """Number that it has at the target."""
    documents: int
    passages: int
    calibration: bool
    """Whether a confidence fitted to the user's own questions was copied, too."""
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON types, schema ``qa.copy/1``."""
        return {"schema": SCHEMA, **{name: getattr(self, name) for name in self.__slots__}}


def copy(
    source: Pathlike,
    target: Pathlike,
    *,
    replace: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> CopyReport:
    """Copies an index, such as one in a folder to a server or back, without encoding.

    No source file is read: paths go on meaning the same files. The target is switched in one step
    at the end. A calibration is copied, too, and that of a replaced index removed; kept questions
    are not copied.

    Args:
        source: Folder or address of the index: see ``index_folder``.
        target: Folder or address of the copy.
        replace: Replace an index that is there.
        on_progress: Called with the passages copied so far, and in all.

    Raises:
        InputError: Both are the same, or there is an index at the target and ``replace`` is not
            set.
        IndexProblem: The source cannot be read, or the target cannot be written; what was there
            is as it was before.
    """
    started = time.perf_counter()
    first, second = (index_folder(each).absolute() for each in (source, target))
    if first == second:
        raise InputError(f"{index_name(first)} cannot be copied to itself")
    found, engine = open_index(first), engine_of(second)
    own = load(first)
    counts = copy_index(found, engine, replaces=replace, on_progress=on_progress)
    if own is not None:
        store(own, second)
    else:
        reset(second)
    return CopyReport(
        source=index_name(first),
        target=index_name(second),
        generation=engine.manifest().generation,
        documents=counts.documents,
        passages=counts.passages,
        calibration=own is not None,
        seconds=time.perf_counter() - started,
    )
