"""How an index stands to the files it was made from, told without reading what did not change.

A file of the same size and modification time is taken to be the same, as git and make do.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qa_index import formats
from qa_index.collection.local.manifest import Root
from qa_index.collection.local.stored import StoredIndex
from qa_index.sources import files
from qa_index.sources.filters import lies_in
from qa_index.sources.freshness import is_stale
from qa_index.sources.plan import GoneRoot, SkippedFile, gone_roots, reason_of, stored_path


@dataclass(frozen=True, slots=True)
class Condition:
    """What `qa index` would find. Paths are as stored, in order."""

    changed: tuple[str, ...]
    vanished: tuple[str, ...]
    """Indexed, but gone or not readable as a file any more."""
    new: tuple[str, ...]
    skipped: tuple[SkippedFile, ...]
    gone: tuple[GoneRoot, ...]
    """Roots that are gone; all of them, also where the comparison keeps to some paths."""

    @property
    def fresh(self) -> bool:
        """Whether the index holds the files as they are."""
        return not (self.changed or self.vanished or self.new or self.gone)

    @property
    def needs_update(self) -> bool:
        """Whether there is a difference besides roots that are gone, whose documents stay."""
        lost = [root.path for root in self.gone]
        vanished = any(not lies_in(path, lost) for path in self.vanished)
        return bool(self.changed or self.new or vanished)


def roots_above(index: StoredIndex, place: str) -> list[Root]:
    """The indexed roots that hold a stored path."""
    return [root for root in index.manifest.roots if lies_in(place, [root.path])]


def condition_of(index: StoredIndex, within: Sequence[str] | None = None) -> Condition:
    """Compare the index with the files; ``within`` keeps to these stored paths."""

    def wanted(path: str) -> bool:
        return within is None or lies_in(path, within)

    documents = {document.path: document for document in index.documents()}
    gone = gone_roots(index.manifest.roots, index.root, list(documents))
    lost = [root.path for root in gone]
    known = {path: document for path, document in documents.items() if wanted(path)}
    present: set[str] = set()
    new: list[str] = []
    skipped: list[SkippedFile] = []
    for entry in _entries(index, lost):
        name = stored_path(entry.path, index.folder)
        if not wanted(name) or name in present:
            continue
        reason = entry.reason if isinstance(entry, files.Skipped) else None
        if reason is None:
            present.add(name)
            reason = None if name in known else _unreadable(entry.path, name)
        if reason is not None:
            skipped.append(SkippedFile(name, reason))
        elif name not in known:
            new.append(name)
    there = [document for name, document in known.items() if name in present]
    return Condition(
        changed=tuple(sorted(d.path for d in there if is_stale(d, index.root))),
        vanished=tuple(sorted(known.keys() - present)),
        new=tuple(sorted(new)),
        skipped=tuple(skipped),
        gone=tuple(gone),
    )


def _entries(index: StoredIndex, gone: Sequence[str]) -> Iterator[files.FoundFile | files.Skipped]:
    for root in index.manifest.roots:
        path = index.root / root.path
        if root.path not in gone:
            yield from files.find_files([path], include=root.include, exclude=root.exclude)


def _unreadable(path: Path, name: str) -> str | None:
    """Why a file that is not indexed would be left out; ``None`` if it would be indexed."""
    try:
        formats.parse(files.read_bytes(path), name=name)
    except (OSError, formats.UnreadableSource) as error:
        return reason_of(error)
    return None
