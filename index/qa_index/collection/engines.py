"""Which engine holds the index in a folder."""

from os import PathLike

from qa_index.collection.index import Engine, Index
from qa_index.collection.local.engine import LocalEngine


def engine_of(folder: str | PathLike[str]) -> Engine:
    """The engine of the index that ``folder`` holds or stands for."""
    return LocalEngine(folder)


def open_index(folder: str | PathLike[str], *, base: str | PathLike[str] | None = None) -> Index:
    """The live generation of the index; ``base``: see ``Engine.open``. Raises an
    ``IndexProblem``."""
    return engine_of(folder).open(base=base)


def has_index(folder: str | PathLike[str]) -> bool:
    """Whether there is an index, sound or not."""
    return engine_of(folder).version() is not None
