"""What a build has to do: which files there are, and which of them changed."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from qa_index import formats
from qa_index.collection.local.manifest import Root
from qa_index.collection.local.stored import StoredIndex, absolute, name_below
from qa_index.errors import InputError
from qa_index.sources import files


class SkippedFile(NamedTuple):
    """A file that was left out, and why."""

    path: str
    reason: str


class PlannedFile(NamedTuple):
    """A file to index."""

    path: str
    """As stored."""
    file: Path
    sha256: str
    size: int
    """In bytes."""
    mtime_ns: int
    unchanged: int | None
    """Its number in the live generation if the content is the same there."""


@dataclass(slots=True)
class Plan:
    """Every file of the next generation, in the order of stored paths, and what is new about it."""

    roots: tuple[Root, ...]
    files: list[PlannedFile] = field(default_factory=list)
    skipped: list[SkippedFile] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    @property
    def idle(self) -> bool:
        """Whether every file is as it was."""
        return not (self.added or self.changed or self.removed)


def stored_path(file: Path, folder: Path) -> str:
    """How a file is named in the index ``folder``: relative to its parent if it lies inside."""
    return name_below(file, absolute(folder).parent)


def roots_of(
    paths: Sequence[Path],
    folder: Path,
    previous: StoredIndex | None,
    *,
    include: Sequence[str],
    exclude: Sequence[str],
) -> tuple[Root, ...]:
    """What the index was made from before, and these ``paths``; named again, a path is replaced."""
    roots = {root.path: root for root in previous.manifest.roots} if previous else {}
    for path in paths:
        name = stored_path(path, folder)
        roots[name] = Root(name, tuple(include), tuple(exclude))
    if not roots:
        raise InputError("nothing to index: name files or folders, as in `qa index PATH`")
    return tuple(roots[name] for name in sorted(roots))


def compare(
    roots: Sequence[Root], folder: Path, previous: StoredIndex | None, *, named: Sequence[Path] = ()
) -> Plan:
    """Read and hash every file under ``roots`` and compare it with the live generation.

    Raises ``InputError`` if one of the ``named`` paths does not exist; a root from before that is
    gone only loses its documents.
    """
    result = Plan(tuple(roots))
    known = _known(previous)
    found: dict[str, PlannedFile] = {}
    for entry in _walk(roots, folder, {stored_path(path, folder) for path in named}):
        name = stored_path(entry.path, folder)
        if isinstance(entry, files.Skipped):
            result.skipped.append(SkippedFile(name, entry.reason))
        elif not name.isascii() and _has_surrogates(name):
            result.skipped.append(SkippedFile(name, "its name is not valid UTF-8"))
        elif name not in found:
            try:
                found[name] = _compared(name, entry.path, known)
            except (OSError, formats.UnreadableSource) as error:
                result.skipped.append(SkippedFile(name, reason_of(error)))
    result.files = [found[name] for name in sorted(found)]
    for file in result.files:
        if file.unchanged is None:
            (result.changed if file.path in known else result.added).append(file.path)
    result.removed = sorted(known.keys() - found.keys())
    return result


def _has_surrogates(name: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in name)


def _known(index: StoredIndex | None) -> dict[str, tuple[int, str]]:
    """Number and checksum of each document of the live generation, by path."""
    documents = index.documents() if index else ()
    return {document.path: (number, document.sha256) for number, document in enumerate(documents)}


def _walk(
    roots: Sequence[Root], folder: Path, named: set[str]
) -> Iterator[files.FoundFile | files.Skipped]:
    for root in roots:
        path = absolute(folder).parent / root.path
        if path.exists() or root.path in named:
            yield from files.find_files([path], include=root.include, exclude=root.exclude)


def _compared(name: str, file: Path, known: dict[str, tuple[int, str]]) -> PlannedFile:
    """Read a file and compare it; raises ``OSError`` or ``UnreadableSource``."""
    mtime_ns = file.stat().st_mtime_ns
    data = files.read_bytes(file)
    sha256 = hashlib.sha256(data).hexdigest()
    number, old_sha256 = known.get(name, (None, ""))
    if sha256 != old_sha256:
        formats.check_readable(data, name=name)
        number = None
    return PlannedFile(name, file, sha256, len(data), mtime_ns, number)


def reason_of(error: OSError | formats.UnreadableSource) -> str:
    """Why a file was left out, in a few words."""
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
